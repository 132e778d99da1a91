"""What a step suggests names no other step; the definition does, and each that is named is there."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.snapshots import snapshot
from workflows import registry
from workflows.advice import RESUME, RESUME_WITH_MORE, RETRY, ROLLBACK, SKIP, remake, step_of, words_of
from workflows.definition import Definition, Done, Result, Step
from workflows.errors import DefinitionError
from workflows.values import RunStatus

ROOT = Path(registry.__file__).parent


async def nothing(context: object) -> Result:
    return Done()


def test_the_words_are_those_that_are_kept() -> None:
    said = (RESUME, RESUME_WITH_MORE, RETRY, remake("the plan"), SKIP, ROLLBACK)
    assert list(words_of(said, "here", {"the plan": "think"})) == [
        "resume",
        "resume with a larger budget",
        "retry here",
        "retry think",
        "skip",
        "rollback",
    ]


def test_what_nobody_makes_is_not_suggested() -> None:
    assert list(words_of((remake("the plan"), ROLLBACK), "here", {"the change": "there"})) == ["rollback"]


@pytest.mark.parametrize(
    ("words", "key"), [("retry plan", "plan"), ("retry", ""), ("resume", ""), ("skip", ""), ("rollback hard", "")]
)
def test_the_step_that_words_name(words: str, key: str) -> None:
    assert step_of(words) == key


def test_a_maker_that_is_not_there_is_refused_when_the_definition_is_made() -> None:
    with pytest.raises(DefinitionError, match="has 'the plan' made by 'plan', which is not there"):
        Definition("w", "W", (Step("a", "A", nothing, makers={"the plan": "plan"}),))


@pytest.mark.parametrize("name", list(registry.WORKFLOWS))
def test_whatever_a_workflow_s_steps_want_made_anew_its_definition_has_a_maker_of(name: str) -> None:
    definition = registry.definitions()[name]
    steps = definition.steps
    wired = {what for step in steps for what in step.makers}
    modules = {Path(sys.modules[step.run.__module__].__file__ or "") for step in steps}  # some are another workflow's
    sources = [path.read_text() for path in sorted({*modules, *(ROOT / name).glob("*.py")})]
    wanted = {what for text in sources for what in re.findall(r"remake\(\"([^\"]+)\"\)", text)}
    if (ROOT / name).is_dir():
        assert wanted == wired
    else:  # it is made of another workflow's steps, and what nobody makes in it is not suggested
        assert wired <= wanted
    named = re.compile(r"\b(?:retry|Retry) (?:" + "|".join(map(re.escape, definition.keys)) + r")\b")
    failures = [line for text in sources for line in text.splitlines() if "Failed(" in line and named.search(line)]
    assert failures == [], "a step names no other one"


@pytest.mark.parametrize("name", list(registry.WORKFLOWS))
def test_an_outcome_names_steps_of_its_own_workflow_only(name: str) -> None:
    shown = snapshot(status=RunStatus.COMPLETED)
    advice = registry.outcome_of(replace(shown.run, workflow=name)).advice
    keys = registry.definitions()[name].keys
    assert all(not step_of(words) or step_of(words) in keys for words in advice)
