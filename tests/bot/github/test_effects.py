"""Each kind of effect is taken back as long as it is as we left it; what people did since is theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.github.forge import GitHubForge
from bot.view.progress import CHECK_NAME
from sandbox.errors import RollbackRefused
from sandbox.git.repository import Repository
from sandbox.journal import Effect, EffectState, JournalEntry, Where
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.undoing import undoer
from workflows.effects.code.branch import CreateBranch
from workflows.effects.code.check import CreateCheck
from workflows.effects.code.push import PushCommits
from workflows.effects.code.release import DraftRelease
from workflows.effects.code.withdrawn_draft import DeleteDraft
from workflows.effects.conversation.comment import PostComment
from workflows.effects.conversation.file_comment import CommentOnFile
from workflows.effects.conversation.issue_field import SetIssueField
from workflows.effects.conversation.issue_type import SetIssueType
from workflows.effects.conversation.labels import AddLabels, put_on_before
from workflows.effects.conversation.pull import OpenPull
from workflows.effects.conversation.review import PostReview
from workflows.effects.kind import RemoteEffect
from workflows.errors import Refused
from workflows.journal import Journal
from workflows.ports import PullDraft

RUN = "261120-aaaaa"
BRANCH = "fix/issue-1"
WHERE = Where(RUN, "pull")


@asynccontextmanager
async def forge_of(scene: Scene, tmp_path: Path) -> AsyncIterator[GitHubForge]:
    async with connected(scene) as client:
        yield GitHubForge(client, Repository.mirror(tmp_path / "mirror.git"), "alice")


def entry(effect: RemoteEffect | Effect, **result: object) -> JournalEntry:
    """An effect of which only this is known; with no result its answer was lost."""
    state = EffectState.DONE if result else EffectState.INTENDED
    written = effect if isinstance(effect, Effect) else effect.effect
    return JournalEntry(1, WHERE, 0.0, effect=written, state=state, result=result)


async def opened(scene: Scene, forge: GitHubForge, **changes: Any) -> list[JournalEntry]:
    """The journal of a pull request from our branch, oldest first."""
    head = scene.branch(BRANCH, "one.txt")
    draft = PullDraft(BRANCH, "main", head, "Mend it", "All of it.", draft=False, labels=("mended", "bot"))
    journal = Journal(MemoryLedger(), WHERE)
    await forge.open_pull(RUN, draft, journal)
    if changes:
        await forge.open_pull(RUN, replace(draft, **changes), journal)
    return journal.ledger.entries(RUN)


def pull_of(scene: Scene) -> Any:
    return scene.alice.get(f"{REPO}/pulls/1").raise_for_status().json()


async def test_a_pull_request_goes_with_its_labels_its_request_and_a_word_why_and_once(
    scene: Scene, tmp_path: Path
) -> None:
    async with forge_of(scene, tmp_path) as forge:
        journal = await opened(scene, forge)
        head = pull_of(scene)["head"]["sha"]
        await forge.client.create_check(CHECK_NAME, head, external_id=RUN, conclusion="success", title="Verified")
        for _ in range(2):
            for one in reversed(journal):
                assert await undoer(forge, RUN).obstacle(one) == ""
                assert await undoer(forge, RUN).undo(one) == ""
    pull = pull_of(scene)
    assert (pull["state"], pull["labels"], pull["requested_reviewers"]) == ("closed", [], [])
    (said,) = scene.alice.get(f"{REPO}/issues/1/comments").json()
    assert f"Run `{RUN}`, which made this pull request, was rolled back" in said["body"]
    (check,) = scene.alice.get(f"{REPO}/commits/{head}/check-runs").json()["check_runs"]
    assert (check["conclusion"], check["output"]["title"]) == ("cancelled", "Rolled back")
    changes = [one for one in scene.github.requests() if one["method"] in ("PATCH", "DELETE")]
    assert len(changes) == 5, "two labels, a request, a check and the pull request: the second time finds them gone"


async def test_one_whose_number_was_lost_is_found_by_its_branch(scene: Scene, tmp_path: Path) -> None:
    async with forge_of(scene, tmp_path) as forge:
        (first, *_) = await opened(scene, forge)
        assert await undoer(forge, RUN).undo(replace(first, state=EffectState.INTENDED, result={})) == ""
        assert pull_of(scene)["state"] == "closed"
        assert await undoer(forge, RUN).undo(entry(OpenPull("fix/never", "1" * 40))) == ""


async def test_what_is_merged_or_somebody_else_s_stands_in_the_way(scene: Scene, tmp_path: Path) -> None:
    async with forge_of(scene, tmp_path) as forge:
        (first, *_) = await opened(scene, forge)
        scene.alice.put(f"{REPO}/pulls/1/merge", json={}).raise_for_status()
        merged = await undoer(forge, RUN).obstacle(first)
        assert "#1 is merged already" in merged
        assert f"“Revert” at the end of {pull_of(scene)['html_url']}" in merged
        with pytest.raises(RollbackRefused, match="merged"):
            await undoer(forge, RUN).undo(first)
        scene.branch("fix/theirs", "two.txt")
        scene.github.protect("octo/sample", "fix/theirs")
        head = await forge.branch_head("fix/theirs")
        assert head is not None
        made = entry(CreateBranch("fix/theirs", head))
        for one in (made, entry(PushCommits("fix/theirs", "1" * 40, head))):
            assert "Branch fix/theirs is protected by a rule" in await undoer(forge, RUN, [one]).obstacle(one)
        given = {"title": "Theirs", "head": "fix/theirs", "base": "main"}
        scene.alice.post(f"{REPO}/pulls", json=given).raise_for_status()
        assert "alice opened pull request #2" in await undoer(forge, RUN, [made]).obstacle(made)
        assert "alice's" in await undoer(forge, RUN).undo(entry(OpenPull("fix/theirs", "1" * 40), number=2))
        assert scene.alice.get(f"{REPO}/pulls/2").json()["state"] == "open"


async def test_labels_that_a_person_put_on_and_requests_that_a_person_made_stay(scene: Scene, tmp_path: Path) -> None:
    labels, requests = f"{REPO}/issues/1/labels", f"{REPO}/pulls/1/requested_reviewers"
    async with forge_of(scene, tmp_path) as forge:
        _, labelled, asked = await opened(scene, forge)
        scene.alice.delete(f"{labels}/bot").raise_for_status()
        scene.alice.post(labels, json={"labels": ["bot", "mine"]}).raise_for_status()
        scene.alice.request("DELETE", requests, json={"reviewers": ["alice"]}).raise_for_status()
        scene.github.as_user("bob")
        scene.github.roles("octo/sample", max="write")
        scene.github.as_user("max").post(requests, json={"reviewers": ["alice"]}).raise_for_status()
        assert "#1: bot. That stays" in await undoer(forge, RUN).undo(labelled)
        assert "Somebody else asked alice" in await undoer(forge, RUN).undo(asked)
    pull = pull_of(scene)
    assert [label["name"] for label in pull["labels"]] == ["bot", "mine"]
    assert [who["login"] for who in pull["requested_reviewers"]] == ["alice"]


LABELS = st.sampled_from(["bot", "Mended", "mine"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.sets(LABELS), after=st.lists(st.tuples(st.sampled_from(["add", "remove"]), LABELS), max_size=5))
def test_whatever_people_do_to_labels_what_they_put_on_stays_and_nothing_else(
    scene: Scene, tmp_path: Path, before: set[str], after: list[tuple[str, str]]
) -> None:
    number, wanted = scene.issue(labels=sorted(before)), ["bot", "Mended"]
    mine = [name for name in wanted if name not in before]
    there = dict.fromkeys(before, "people") | dict.fromkeys(mine, "us")

    async def run() -> None:
        async with connected(scene) as client:
            await client.add_labels(number, *wanted)
            for act, name in after:
                if act == "add":
                    scene.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": [name]}).raise_for_status()
                    there.setdefault(name, "people")
                elif there.pop(name, ""):
                    scene.alice.delete(f"{REPO}/issues/{number}/labels/{name}").raise_for_status()
            forge = GitHubForge(client, Repository.mirror(tmp_path / "mirror.git"))
            for _ in range(2):
                left = await undoer(forge, RUN).undo(entry(AddLabels(number, tuple(mine)), done=True))
                assert bool(left) == any(there.get(name) == "people" for name in mine)
            shown = await client.labels(number)
            assert sorted(shown) == sorted(name for name, by in there.items() if by == "people")

    asyncio.run(run())


@pytest.mark.parametrize("state", [EffectState.INTENDED, EffectState.DONE, EffectState.FAILED, EffectState.UNDONE])
async def test_labels_of_an_attempt_that_died_are_known_for_ours(state: EffectState) -> None:
    ledger, labels = MemoryLedger(), AddLabels(7, ("bug", "P1"))
    ledger.settle(ledger.intend(WHERE, labels.effect), state)
    known = labels.labels if state in (EffectState.INTENDED, EffectState.DONE) else ()
    assert await put_on_before(7, Journal(ledger, WHERE)) == known
    assert await put_on_before(8, Journal(ledger, WHERE)) == ()
    assert await put_on_before(7, Journal(ledger, replace(WHERE, step="another"))) == ()


async def test_a_type_and_a_field_are_given_once_and_taken_back_unless_somebody_chose(
    scene: Scene, tmp_path: Path
) -> None:
    field = scene.github.issue_types("octo/sample", "Bug", "Task", Priority=["High", "Low"])["Priority"]
    number, ledger = scene.issue(), MemoryLedger()
    values, address = f"{REPO}/issues/{number}/issue-field-values", f"{REPO}/issues/{number}"
    kind, high = SetIssueType(number, "Bug"), SetIssueField(number, field, "Priority", "High")
    async with forge_of(scene, tmp_path) as forge:
        client, journal = forge.client, Journal(ledger, WHERE)
        assert await client.issue_types() == ("Bug", "Task")
        ledger.intend(WHERE, kind.effect)  # an attempt that died after GitHub took it
        await client.set_issue_type(number, "Bug")
        for one in (kind, high):  # the second attempt is one that follows on one which died when it was done
            assert [await one.do(journal, client) for _ in range(2)] == [True, True]
            assert not await one.do(Journal(ledger, replace(WHERE, step="another")), client), "only what it did itself"
        assert [one.state for one in ledger.entries(RUN)] == [EffectState.DONE] * 2
        for _ in range(2):
            assert await undoer(forge, RUN).undo(entry(kind, done=True)) == ""
            assert await undoer(forge, RUN).undo(entry(high, done=True)) == ""
            assert await client.issue_type(number) == ""
            assert await client.field_values(number) == ()
        scene.alice.patch(address, json={"type": "Bug"}).raise_for_status()
        scene.alice.post(values, json={"issue_field_values": [{"field_id": field, "value": "Low"}]}).raise_for_status()
        assert not await kind.do(Journal(MemoryLedger(), WHERE), client)
        assert "type Bug. That stays" in await undoer(forge, RUN).undo(entry(kind, done=True))
        assert "chose Low as Priority of #1. That stays" in await undoer(forge, RUN).undo(entry(high, done=True))
        with pytest.raises(Refused):
            await SetIssueField(scene.issue(), field, "Priority", "Made up").do(journal, client)
        with pytest.raises(Refused):
            await SetIssueType(scene.issue(), "Made up").do(journal, client)


async def test_a_text_is_as_it_was_unless_somebody_edited_it(scene: Scene, tmp_path: Path) -> None:
    async with forge_of(scene, tmp_path) as forge:
        changed = (await opened(scene, forge, title="Mend more", body="More of it.", draft=True))[-1]
        assert (pull_of(scene)["title"], pull_of(scene)["draft"]) == ("Mend more", True)
        for _ in range(2):
            assert await undoer(forge, RUN).undo(changed) == ""
            pull = pull_of(scene)
            assert (pull["title"], pull["body"], pull["draft"]) == ("Mend it", "All of it.", False)
        scene.alice.patch(f"{REPO}/pulls/1", json={"title": "Mine"}).raise_for_status()
        assert "Somebody edited pull request #1" in await undoer(forge, RUN).undo(changed)
    assert pull_of(scene)["title"] == "Mine"


async def test_a_comment_is_deleted_unless_somebody_edited_it(scene: Scene, tmp_path: Path) -> None:
    number, mark = scene.issue(), "<!-- pullwright:r1:triage -->"
    comments = f"{REPO}/issues/comments"
    async with forge_of(scene, tmp_path) as forge:
        body = f"{mark}\nIt is a bug."
        made = PostComment.of(number, mark, body)
        first = await forge.client.comment(number, body)
        assert await undoer(forge, RUN).undo(entry(made)) == "", "found by its mark"
        assert scene.alice.get(f"{comments}/{first}").status_code == 404
        second = await forge.client.comment(number, body)
        scene.alice.patch(f"{comments}/{second}", json={"body": "It is none."}).raise_for_status()
        assert "so it stays" in await undoer(forge, RUN).undo(entry(made, id=second))
        assert scene.alice.get(f"{comments}/{second}").json()["body"] == "It is none."
        scene.alice.delete(f"{comments}/{second}").raise_for_status()
        assert await undoer(forge, RUN).undo(entry(made, id=second)) == ""


async def test_a_check_says_that_it_holds_no_more(scene: Scene, tmp_path: Path) -> None:
    head = scene.branch(BRANCH, "one.txt")
    async with forge_of(scene, tmp_path) as forge:
        check = await forge.client.create_check("Review", head, external_id=RUN, conclusion="failure", title="No")
        made = entry(CreateCheck("Review", head, RUN), id=check.id)
        for _ in range(2):
            assert await undoer(forge, RUN).undo(made) == ""
        assert await undoer(forge, RUN).undo(entry(CreateCheck("Review", "1" * 40, RUN))) == ""
    (shown,) = scene.alice.get(f"{REPO}/commits/{head}/check-runs").json()["check_runs"]
    assert (shown["conclusion"], shown["output"]["title"]) == ("cancelled", "Rolled back")


async def test_a_pending_review_is_deleted_a_verdict_dismissed_and_mere_comments_hidden(
    scene: Scene, tmp_path: Path
) -> None:
    scene.branch(BRANCH, "one.txt")
    given = {"title": "Theirs", "head": BRANCH, "base": "main"}
    scene.alice.post(f"{REPO}/pulls", json=given).raise_for_status()
    reviews = f"{REPO}/pulls/1/reviews"
    async with forge_of(scene, tmp_path) as forge:
        for event, mark in (("APPROVE", "<!-- a -->"), ("COMMENT", "<!-- b -->"), (None, "<!-- c -->")):
            given = {"body": f"{mark} Well."} | ({"event": event} if event else {})
            scene.bot.post(reviews, json=given).raise_for_status()
        for _ in range(2):
            told = [await undoer(forge, RUN).undo(entry(PostReview(1, f"<!-- {name} -->"))) for name in "abc"]
            assert told == ["", "", ""]
        assert await undoer(forge, RUN).undo(entry(PostReview(99, "<!-- a -->"))) == ""
    assert [one["state"] for one in scene.bot.get(reviews).json()] == ["DISMISSED", "COMMENTED"]
    assert scene.github.hidden("octo/sample", 1)["reviews"] == [False, True]


async def test_a_comment_on_a_file_is_made_once_and_deleted_unless_somebody_edited_or_answered_it(
    scene: Scene, tmp_path: Path
) -> None:
    head = scene.branch(BRANCH, "one.txt")
    scene.alice.post(f"{REPO}/pulls", json={"title": "Theirs", "head": BRANCH, "base": "main"}).raise_for_status()
    comments, mark = f"{REPO}/pulls/1/comments", "<!-- a -->"
    made = CommentOnFile.of(1, "one.txt", mark, f"{mark} Well.")

    def said() -> list[Any]:
        return list(scene.alice.get(comments).json())

    async with forge_of(scene, tmp_path) as forge:
        theirs = {"body": f"{mark} Mine.", "line": 1, "path": "one.txt", "commit_id": head}
        scene.alice.post(comments, json=theirs).raise_for_status()
        for _ in range(2):
            await made.do(Journal(MemoryLedger(), WHERE), forge.client, f"{mark} Well.", commit=head)
        assert [one["body"] for one in said()] == [f"{mark} Mine.", f"{mark} Well."]
        number = said()[1]["id"]
        scene.bot.patch(f"{REPO}/pulls/comments/{number}", json={"body": f"{mark} Better."}).raise_for_status()
        assert "Somebody edited" in await undoer(forge, RUN).undo(entry(made, id=number))
        scene.bot.patch(f"{REPO}/pulls/comments/{number}", json={"body": f"{mark} Well."}).raise_for_status()
        answer = scene.alice.post(f"{comments}/{number}/replies", json={"body": "So?"}).raise_for_status().json()
        assert "Somebody answered" in await undoer(forge, RUN).undo(entry(made, id=number))
        scene.alice.delete(f"{REPO}/pulls/comments/{answer['id']}").raise_for_status()
        for _ in range(2):
            assert await undoer(forge, RUN).undo(entry(made)) == ""
            assert [one["body"] for one in said()] == [f"{mark} Mine."]
        other = CommentOnFile.of(1, "none.txt", mark, mark)
        with pytest.raises(Refused) as refused:
            await other.do(Journal(MemoryLedger(), WHERE), forge.client, mark, commit=head)
        assert refused.value.status == 422


async def test_a_draft_that_was_deleted_is_made_again_once_and_not_beside_another_release(
    scene: Scene, tmp_path: Path
) -> None:
    releases = f"{REPO}/releases"
    async with forge_of(scene, tmp_path) as forge:
        given = {"tag_name": "v1", "name": "One", "body": "News", "draft": True, "target_commitish": "main"}
        scene.bot.post(releases, json=given).raise_for_status()
        (draft,) = await forge.client.releases()
        deleted = entry(DeleteDraft.of(draft))
        assert await undoer(forge, RUN).undo(deleted) == "", "its process died before it was deleted"
        assert len(await forge.client.releases()) == 1
        await DeleteDraft.of(draft).do(Journal(MemoryLedger(), WHERE), forge.client)
        assert await forge.client.releases() == []
        for _ in range(2):
            assert await undoer(forge, RUN).undo(deleted) == ""
            (again,) = await forge.client.releases()
            assert replace(again, id=draft.id) == draft
        await forge.client.update_release(again.id, body="Theirs")
        assert "There is another release of v1" in await undoer(forge, RUN).undo(deleted)


async def test_a_draft_of_a_release_is_deleted_and_what_is_published_never(scene: Scene, tmp_path: Path) -> None:
    releases, mark = f"{REPO}/releases", "<!-- pullwright:r1 -->"
    async with forge_of(scene, tmp_path) as forge:
        given = {"tag_name": "v1", "body": f"{mark} News", "draft": True}
        scene.bot.post(releases, json=given).raise_for_status()
        made = entry(DraftRelease("v1", mark))
        assert (
            await undoer(forge, RUN).obstacle(made)
            == await undoer(forge, RUN).undo(made)
            == await undoer(forge, RUN).undo(made)
            == ""
        )
        assert scene.bot.get(releases).json() == []
        out = scene.bot.post(releases, json=given | {"draft": False}).raise_for_status().json()
        published = entry(DraftRelease("v1", mark), id=out["id"])
        assert "delete it on GitHub, or make it a draft again" in await undoer(forge, RUN).obstacle(published)
        with pytest.raises(RollbackRefused):
            await undoer(forge, RUN).undo(published)
    assert [one["tag_name"] for one in scene.bot.get(releases).json()] == ["v1"]


async def test_what_is_done_twice_is_there_once_and_goes_again(scene: Scene, tmp_path: Path) -> None:
    """As by a step whose answer was lost: the second time finds what the first one made."""
    head = scene.branch(BRANCH, "one.txt")
    scene.alice.post(f"{REPO}/pulls", json={"title": "Theirs", "head": BRANCH, "base": "main"}).raise_for_status()
    mark = "<!-- pullwright:r1 -->"
    async with forge_of(scene, tmp_path) as forge:
        client, journals = forge.client, [Journal(MemoryLedger(), WHERE) for _ in range(2)]
        said, check = PostComment.of(1, mark, f"{mark} Well."), CreateCheck("Review", head, RUN)
        review, release = PostReview(1, mark), DraftRelease("v1", mark)
        for journal in journals:
            await said.do(journal, client, f"{mark} Well.")
            await check.do(journal, client, conclusion="success", title="Good", summary="All of it.")
            await review.do(journal, client, f"{mark} Good.", "APPROVE", commit=head)
            await release.do(journal, client, "One", f"{mark} News", target=head)
        one, other = (journal.ledger.entries(RUN) for journal in journals)
        assert [entry.result for entry in one] == [entry.result for entry in other]
        assert len(scene.alice.get(f"{REPO}/issues/1/comments").json()) == 1
        assert scene.alice.get(f"{REPO}/commits/{head}/check-runs").json()["total_count"] == 1
        assert len(scene.bot.get(f"{REPO}/pulls/1/reviews").json()) == 1
        assert [found["draft"] for found in scene.bot.get(f"{REPO}/releases").json()] == [True]
        for made in reversed(one):
            assert await undoer(forge, RUN).undo(made) == ""
    assert scene.alice.get(f"{REPO}/issues/1/comments").json() == []
    assert scene.bot.get(f"{REPO}/releases").json() == []
    assert [found["state"] for found in scene.bot.get(f"{REPO}/pulls/1/reviews").json()] == ["DISMISSED"]


async def test_what_is_not_known_is_in_the_way_before_anything_is_undone(scene: Scene, tmp_path: Path) -> None:
    async with forge_of(scene, tmp_path) as forge:
        for effect, words in (
            (Effect("launch_rocket", "moon"), "not known how to undo 'launch_rocket' (moon)"),
            (Effect("add_labels", "#1", {"number": "many"}), "keeps of 'add_labels' (#1) cannot be read"),
            (Effect("update_pull", "#1", {"number": 1, "before": None, "after": {}}), "cannot be read"),
        ):
            assert words in await undoer(forge, RUN).obstacle(entry(effect))
            with pytest.raises(RollbackRefused, match=r"not known|cannot be read"):
                await undoer(forge, RUN).undo(entry(effect))
            await undoer(forge, RUN).keep(entry(effect))
