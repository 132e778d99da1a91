"""The forge on GitHub: one pull request per branch however often it is asked for, and nothing of a person's undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.github.api.errors import Gone
from bot.github.forge import GitHubForge
from sandbox.errors import RollbackRefused
from sandbox.git.history import Person
from sandbox.git.repository import Repository
from sandbox.journal import JournalEntry, Where
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.undoing import undoer
from workflows.journal import Journal
from workflows.ports import Pull, PullDraft

BRANCH = "fix/issue-1"


def draft(commit: str, **changes: object) -> PullDraft:
    whole = PullDraft(BRANCH, "main", commit, "Mend it", "All of it.", draft=True, labels=("mended",))
    return replace(whole, **changes)  # type: ignore[arg-type]


def journal() -> Journal:
    return Journal(MemoryLedger(), Where("r1", "pull"))


def effects_of(written: Journal) -> list[JournalEntry]:
    return written.ledger.entries("r1")


@asynccontextmanager
async def forge_of(scene: Scene, tmp_path: Path, reviewer: str = "alice") -> AsyncIterator[GitHubForge]:
    async with connected(scene) as client:
        yield GitHubForge(client, Repository.mirror(tmp_path / "mirror.git"), reviewer)


async def test_a_pull_request_is_opened_once_with_labels_and_a_reviewer(scene: Scene, tmp_path: Path) -> None:
    head = scene.branch(BRANCH, "one.txt")
    async with forge_of(scene, tmp_path) as forge:
        first = await forge.open_pull("r1", draft(head), written := journal())
        assert first == await forge.open_pull("r1", draft(head), written)
        again = await forge.open_pull("r1", draft(head, title="Mend it well", draft=False), written)
    assert (
        first
        == replace(again, draft=True)
        == Pull(first.number, f"{scene.github.url}/octo/sample/pull/{first.number}", True)
    )
    assert [(e.effect.kind, e.effect.target, e.state.value) for e in effects_of(written) if e.effect] == [
        ("open_pull", BRANCH, "done"),
        ("add_labels", "#1", "done"),
        ("request_review", "#1", "done"),
        ("update_pull", "#1", "done"),
    ]
    (pull,) = scene.alice.get(f"{REPO}/pulls").json()
    assert (pull["title"], pull["draft"], pull["base"]["ref"]) == ("Mend it well", False, "main")
    assert [label["name"] for label in pull["labels"]] == ["mended"]
    assert [who["login"] for who in pull["requested_reviewers"]] == ["alice"]


async def test_a_lost_answer_does_not_make_two(scene: Scene, tmp_path: Path) -> None:
    head = scene.branch(BRANCH, "one.txt")
    scene.github.fault(f"{REPO}/pulls", method="POST", kind="reset", late=True)
    async with forge_of(scene, tmp_path) as forge:
        pull = await forge.open_pull("r1", draft(head), journal())
    assert [one["number"] for one in scene.alice.get(f"{REPO}/pulls").json()] == [pull.number]


async def test_a_reviewer_who_cannot_be_asked_does_not_stop_it(scene: Scene, tmp_path: Path) -> None:
    head = scene.branch(BRANCH, "one.txt")
    async with forge_of(scene, tmp_path, reviewer="stranger") as forge:
        pull = await forge.open_pull("r1", draft(head), journal())
    assert scene.alice.get(f"{REPO}/pulls/{pull.number}").json()["requested_reviewers"] == []


async def test_what_a_draft_would_say_is_said_in_words_where_there_are_none(scene: Scene, tmp_path: Path) -> None:
    head = scene.branch(BRANCH, "one.txt")
    scene.github.drafts("octo/sample", False)
    async with forge_of(scene, tmp_path) as forge:
        pull = await forge.open_pull("r1", draft(head), written := journal())
        assert await forge.open_pull("r1", draft(head), written) == pull == Pull(pull.number, pull.url, draft=False)
        shown = scene.alice.get(f"{REPO}/pulls/{pull.number}").json()
        assert (shown["title"], shown["draft"]) == ("[Not ready] Mend it", False)
        assert "please read its verdict before you merge it" in shown["body"]
        assert shown["body"].endswith("All of it.")

        await forge.open_pull("r1", draft(head, draft=False), written)
        shown = scene.alice.get(f"{REPO}/pulls/{pull.number}").json()
        assert (shown["title"], shown["body"]) == ("Mend it", "All of it."), "verified now"

        await forge.open_pull("r1", draft(head), written)
        assert scene.alice.get(f"{REPO}/pulls/{pull.number}").json()["title"] == "[Not ready] Mend it"
        for _ in range(2):
            await undoer(forge, "r1").keep(effects_of(written)[0])
            shown = scene.alice.get(f"{REPO}/pulls/{pull.number}").json()
            assert shown["title"] == "[Handed over] Mend it"
            assert "Not ready" not in shown["body"]
            assert shown["body"].endswith("All of it.")
    edits = [one for one in scene.github.requests() if (one["method"], one["path"]) == ("PATCH", f"{REPO}/pulls/1")]
    assert len(edits) == 4, "what says it already is not said again"


async def test_a_pull_request_that_is_handed_over_becomes_a_draft(scene: Scene, tmp_path: Path) -> None:
    head = scene.branch(BRANCH, "one.txt")
    async with forge_of(scene, tmp_path) as forge:
        pull = await forge.open_pull("r1", draft(head, draft=False), written := journal())
        for _ in range(2):
            await undoer(forge, "r1").keep(effects_of(written)[0])
        shown = scene.alice.get(f"{REPO}/pulls/{pull.number}").json()
        assert (shown["draft"], shown["title"]) == (True, "Mend it")


async def test_a_branch_is_deleted_only_where_it_was_left(scene: Scene, tmp_path: Path) -> None:
    head = scene.branch(BRANCH, "one.txt")
    async with forge_of(scene, tmp_path) as forge:
        assert await forge.branch_head(BRANCH) == head
        with pytest.raises(RollbackRefused):
            await forge.delete_branch(BRANCH, "1" * 40)
        assert await forge.branch_head(BRANCH) == head
        await forge.delete_branch(BRANCH, head)
        assert await forge.branch_head(BRANCH) is None
        await forge.delete_branch(BRANCH, head)


async def test_git_fetches_with_the_one_token_and_pushes_with_the_other(scene: Scene, tmp_path: Path) -> None:
    mirror = Repository.mirror(tmp_path / "mirror.git")
    ada = Person("Ada", "ada@example.org")
    async with connected(scene) as client:
        forge = GitHubForge(client, mirror)
        base = await forge.default_base()
        reading, writing = await forge.remote(), await forge.remote(write=True)
        assert reading.env != writing.env
        await asyncio.to_thread(mirror.fetch, reading.url, reading.env)
        main = mirror.resolve(base)
        made = mirror.write_commit(mirror.tree_of(main), [main], "Mend it", author=ada, committer=ada, when=1)
        await asyncio.to_thread(mirror.push, writing.url, made, BRANCH, expected=None, env=writing.env)
        assert await forge.branch_head(BRANCH) == made


async def test_git_gets_a_token_that_github_still_takes(scene: Scene, tmp_path: Path) -> None:
    async with forge_of(scene, tmp_path) as forge:
        for write in (False, True):
            before = await forge.remote(write=write)
            scene.github.expire_tokens()
            after = await forge.remote(write=write)
            assert after.env != before.env
            assert isinstance(forge.mirror, Repository)
            await asyncio.to_thread(forge.mirror.fetch, after.url, after.env)


async def test_an_archived_repository_is_told_at_the_start(scene: Scene, tmp_path: Path) -> None:
    scene.github.roles("octo/sample", root="admin")
    scene.github.as_user("root").patch(REPO, json={"archived": True}).raise_for_status()
    async with forge_of(scene, tmp_path) as forge:
        with pytest.raises(Gone, match="archived"):
            await forge.default_base()
