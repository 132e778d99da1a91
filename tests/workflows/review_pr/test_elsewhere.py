"""A review, an explanation and release notes go on at a machine whose mirror holds nothing yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import make_services
from bot.local.detached import NoReporter
from bot.settings import Settings
from tests.fakes.real_repository import commit, git
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Done, Result
from workflows.explain import steps as explain
from workflows.release_notes import steps as release_notes
from workflows.review_pr.source import fetch, look
from workflows.services import StepContext
from workflows.store.run_rows import runs

Step = Callable[[StepContext], Awaitable[Result]]


def begun(hand: ByHand, workflow: str, **inputs: Any) -> ByHand:
    row = replace(hand.run, id="261120-ccccc", workflow=workflow, state={})
    hand.store.write_now(runs.insert_run, replace(row, inputs={**row.inputs, **inputs}))
    return replace(hand, id=row.id)


@pytest.mark.parametrize(
    ("workflow", "first", "second"),
    [
        ("review_pr", fetch, look),
        ("explain", explain.fetch, explain.find),
        ("release_notes", release_notes.fetch, release_notes.sort),
    ],
)
def test_the_next_step_finds_what_it_reads_on_another_machine(
    tmp_path: Path, workflow: str, first: Step, second: Step
) -> None:
    with by_hand(tmp_path, {"a.py": "x = 1\n"}) as hand:
        base = hand.head("main")
        git(hand.repository, "tag", "v1.0", base)
        git(hand.repository, "switch", "-q", "-c", "change")
        head = commit(hand.repository, {"a.py": "x = 2\n"})
        asked = {"until": "change", "since": "v1.0"}
        run = begun(hand, workflow, head_commit=head, base_commit=base, range=asked, plain=True)
        assert isinstance(run.take(first, "fetch"), Done)
        settings = Settings(data=tmp_path / "other", sandbox="unsafe_local")
        settings.prepare()
        elsewhere = replace(run, services=make_services(settings, hand.store, NoReporter()))
        assert isinstance(elsewhere.take(second, "next"), Done)
