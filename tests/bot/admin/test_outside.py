"""What a run did outside is listed with its address, and with what undoing it would do."""

from __future__ import annotations

import re

import pytest

from bot.admin.outside import outside_rows
from sandbox.journal import Effect, EffectState, FileAction, FileChange, JournalEntry, Where
from workflows.effects.code.push import PushCommits
from workflows.effects.table import EFFECTS
from workflows.store.records import Run
from workflows.values import Options, RunStatus

ISSUE = "https://github.com/octo/sample/issues/7"


def run(repository: str = "octo/sample") -> Run:
    inputs = {"forge": "github", "installation": 1, "repository": repository}
    name = f"github.com/{repository}"
    return Run("r1", "issue_to_pr", 1, RunStatus.COMPLETED, name, "t", inputs, Options(), {}, "summary", 0, 0)


def entry(kind: str, target: str, state: EffectState = EffectState.DONE, **result: object) -> JournalEntry:
    return JournalEntry(1, Where("r1", "pull"), 0.0, effect=Effect(kind, target), state=state, result=result)


def test_every_kind_of_effect_says_what_undoing_it_would_do() -> None:
    for name, kind in EFFECTS.items():
        (row,) = outside_rows(run(), "", [entry(name, "x")])
        assert row.undoing == kind.undoing
        assert re.fullmatch(r"[A-Z].{10,90}\.", row.undoing), name


@pytest.mark.parametrize(
    ("one", "address"),
    [
        (entry("create_branch", "fix/issue-7"), "https://github.com/octo/sample/tree/fix/issue-7"),
        (entry("push", "a#b?c d"), "https://github.com/octo/sample/tree/a%23b%3Fc%20d"),
        (entry("push", "\udcff"), "https://github.com/octo/sample/tree/%FF"),
        (entry("open_pull", "fix/issue-7", url="https://github.com/octo/sample/pull/9"), f"{ISSUE[:-8]}pull/9"),
        (entry("open_pull", "fix/issue-7", url="javascript:alert(1)"), f"{ISSUE[:-8]}tree/fix/issue-7"),
        (entry("add_labels", "#9"), "https://github.com/octo/sample/issues/9"),
        (entry("add_labels", "#9/../../x"), ""),
        (entry("create_check", "0a1b2c"), ""),
        (entry("create_branch", "fix/issue-7", EffectState.UNDONE), ""),
    ],
)
def test_each_leads_to_where_it_is(one: JournalEntry, address: str) -> None:
    (row,) = outside_rows(run(), ISSUE, [one])
    assert row.address == address


@pytest.mark.parametrize("subject", ["", "issue.md", "https://elsewhere.test/x/issues/7", "javascript://octo/sample/"])
def test_where_the_repository_is_not_known_nothing_is_guessed(subject: str) -> None:
    (row,) = outside_rows(run(), subject, [entry("create_branch", "main")])
    assert row.address == ""


def test_what_is_undone_or_failed_needs_no_undoing_and_files_are_no_effects() -> None:
    file = JournalEntry(2, Where("r1", "implement"), 0.0, change=FileChange("a.py", FileAction.MODIFIED))
    found = outside_rows(
        run(), ISSUE, [entry("push", "b", EffectState.UNDONE), file, entry("push", "b"), entry("x", "b")]
    )
    assert [one.undoing for one in found] == ["", PushCommits.undoing, "This version does not know."]
