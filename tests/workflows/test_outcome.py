"""A run of any workflow is shown in that workflow's own words, and one without words of its own claims nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from bot.terminal.result import exit_code
from bot.terminal.result import summary as lines
from bot.view.json_form import as_json
from bot.view.progress import check_state, progress
from bot.view.run_view import RunView, view_of
from tests.fakes.snapshots import snapshot
from workflows import registry
from workflows.definition import Definition
from workflows.outcome import Outcome, Part
from workflows.store.records import Run
from workflows.values import RunStatus


def _finished(workflow: str, **state: object) -> RunView:
    shown = snapshot(status=RunStatus.COMPLETED, state=state)
    return view_of(replace(shown, run=replace(shown.run, workflow=workflow)), 30.0)


def test_a_workflow_that_verifies_nothing_is_not_called_unverified() -> None:
    shown = _finished("one_of_before")
    assert (shown.sentence, exit_code(shown)) == ("Done.", 0)
    assert check_state(shown).conclusion == "neutral"
    assert shown.replies == ()
    text = progress(shown, ("retry", "rollback"))
    assert "erified" not in text
    assert "verified" not in as_json(shown)


def test_each_workflow_tells_its_outcome_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(run: Run) -> Outcome:
        found = int(run.state["findings"])
        parts = (Part("high", ("adder.py:2 subtracts",)),)
        facts = {"findings": found}
        return Outcome(f"{found} findings.", "failure", 2, parts=parts, facts=facts, advice=("review again",))

    entry = replace(registry.WORKFLOWS["issue_to_pr"], name="review_pr", outcome="somewhere:judge")
    monkeypatch.setattr(registry, "WORKFLOWS", {"review_pr": entry})
    monkeypatch.setattr(registry, "_load", lambda place: judge)
    shown = _finished("review_pr", findings=3)
    assert (shown.sentence, exit_code(shown)) == ("3 findings.", 2)
    assert (check_state(shown).conclusion, check_state(shown).title) == ("failure", "3 findings.")
    assert shown.replies == ("/review again",)
    assert as_json(shown)["findings"] == 3
    assert "  high     adder.py:2 subtracts" in list(lines(shown))
    assert "### 3 findings." in progress(shown, ("review",))


def test_every_entry_has_its_parts() -> None:
    definitions = registry.definitions()
    for name, entry in registry.WORKFLOWS.items():
        assert isinstance(definitions[name], Definition)
        found = definitions[name]
        assert (found.name, found.version, found.title) == (name, entry.version, entry.title)
        assert isinstance(_finished(name).outcome, Outcome)
        assert entry.takes


def test_an_older_version_keeps_its_row_beside_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    old = registry.WORKFLOWS["explain"]
    new = replace(old, version=2, definition="workflows.issue_to_pr.definition:ISSUE_TO_PR")
    monkeypatch.setattr(registry, "WORKFLOWS", {"explain": new})
    monkeypatch.setattr(registry, "VERSIONS", {("explain", 1): old, ("explain", 2): new})
    found = registry.definitions()
    assert {key: (one.name, one.version) for key, one in found.items()} == {
        "explain": ("issue_to_pr", 1),
        "explain@1": ("explain", 1),
    }


def test_the_table_and_the_outcomes_load_neither_steps_nor_an_engine_nor_a_model() -> None:
    look = (
        "import sys; from workflows.registry import WORKFLOWS, _load\n"
        "for entry in WORKFLOWS.values(): _load(entry.outcome)\n"
        "not_wanted = ('workflows.steps', 'workflows.issue_to_pr.planning', 'dbos', 'litellm', 'numpy')\n"
        "print([name for name in sys.modules if name.startswith(not_wanted)])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
