"""The local forge: a branch and a Markdown file, found again after a crash; a dry one changes nothing."""

import asyncio
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.forge.local import DryForge, LocalForge, pull_document
from sandbox.errors import RollbackRefused
from sandbox.git.repository import Repository
from sandbox.journal import JournalEntry, Where
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.real_repository import git, make_repository
from tests.fakes.undoing import undoer
from workflows.effects.conversation.labels import AddLabels
from workflows.effects.conversation.pull import OpenPull
from workflows.journal import Journal
from workflows.ports import Pull, PullDraft

DRAFT = PullDraft(
    "fix/issue-7", "main", "0123456789abcdef", "Fix it", "## Summary\n\nFixed.\n", draft=True, labels=("bug",)
)
JOURNAL = Journal(MemoryLedger(), Where("r1", "pull"))
OPENED = JournalEntry(1, Where("r1", "pull"), 0.0, effect=OpenPull("fix/issue-7", "0123456789abcdef").effect)


@pytest.fixture
def forge(tmp_path: Path) -> LocalForge:
    make_repository(tmp_path / "repo", {"a": "a"})
    git(tmp_path / "repo", "branch", "fix/issue-7")
    mirror = Repository.mirror(tmp_path / "mirror.git")
    return LocalForge(tmp_path / "repo", "main", tmp_path / "pulls", mirror)


async def test_the_text_is_written_whole_and_again_in_the_same_place(forge: LocalForge) -> None:
    pull = await forge.open_pull("r1", DRAFT, JOURNAL)
    assert pull == await forge.open_pull("r1", DRAFT, JOURNAL) == Pull(0, str(forge.pulls / "r1.md"), True)
    assert Path(pull.url).read_text() == pull_document(DRAFT)
    assert sorted(path.name for path in forge.pulls.iterdir()) == ["r1.body.md", "r1.md"]
    back = undoer(forge, "r1")
    await back.keep(OPENED)
    assert Path(pull.url).exists()
    assert await back.undo(OPENED) == await back.undo(OPENED) == await back.obstacle(OPENED) == ""
    assert not list(forge.pulls.iterdir())
    labelled = JournalEntry(2, OPENED.where, 0.0, effect=AddLabels(1, ("bug",)).effect)
    assert "not known how to undo 'add_labels' (#1) where this run is" in await back.obstacle(labelled)
    with pytest.raises(RollbackRefused, match="not known how to undo 'add_labels'"):
        await back.undo(labelled)


def test_the_text_says_what_goes_where() -> None:
    assert pull_document(DRAFT) == snapshot("""\
# Fix it

Draft of a pull request: `fix/issue-7` (0123456789ab) into `main`
Labels: bug

## Summary

Fixed.
""")


async def test_branches_are_those_of_the_repository(forge: LocalForge) -> None:
    head = git(forge.root, "rev-parse", "main")
    assert await forge.branch_head("fix/issue-7") == head
    assert await forge.branch_head("none") is None
    assert (await forge.remote(write=True)).url == str(forge.root)
    with pytest.raises(RollbackRefused):
        await forge.delete_branch("fix/issue-7", "1" * 40)
    await forge.delete_branch("fix/issue-7", head)
    assert await forge.branch_head("fix/issue-7") is None


async def test_the_base_stays_the_one_that_the_run_started_from(forge: LocalForge) -> None:
    git(forge.root, "switch", "-q", "fix/issue-7")
    assert await forge.default_base() == "main"


async def test_a_dry_forge_reads_and_changes_nothing(forge: LocalForge) -> None:
    dry = DryForge(forge)
    before = await asyncio.to_thread(git, forge.root, "for-each-ref")
    assert await dry.open_pull("r1", DRAFT, JOURNAL) == Pull(0, "", True)
    head = await dry.branch_head("fix/issue-7")
    assert head is not None
    await dry.delete_branch("fix/issue-7", head)
    assert "not known how to undo" in await undoer(dry, "r1").obstacle(OPENED), "it has left none"
    assert (await dry.remote()).url == str(forge.root)
    assert await dry.default_base() == "main"
    with pytest.raises(AssertionError):
        await dry.remote(write=True)
    assert await asyncio.to_thread(git, forge.root, "for-each-ref") == before
    assert not forge.pulls.exists()


async def test_no_run_id_leads_out_of_the_directory(forge: LocalForge) -> None:
    with pytest.raises(AssertionError):
        await forge.open_pull("../r1", DRAFT, JOURNAL)
