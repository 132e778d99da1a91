"""Triage, release notes and follow-up on a server that is killed at each of their steps: each thing is done once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.journal import EffectState
from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, answers, desk, edit, finish, folder, shell
from tests.stories.disturbed import Scene
from tests.stories.github_desk import REPO, GitHubDesk, github_desk
from tests.stories.samples import PYTHON
from tests.stories.test_follow_up import ASKED, RIGHT, Ours, done
from tests.stories.test_release_notes_github import CHANGES, drafts, merged, tag
from tests.stories.test_triage import SHOWS, judges, same, writes
from tests.stories.test_triage_github import RULES, labels
from workflows.issue_to_pr.follow_up.definition import FOLLOW_UP
from workflows.release_notes.definition import RELEASE_NOTES
from workflows.store.run_rows.ledger import SqlLedger
from workflows.triage.definition import TRIAGE
from workflows.values import RunStatus

__all__ = ["desk", "folder"]

pytestmark = [pytest.mark.timeout(400), pytest.mark.at_length]

MOMENTS = ("begun", "write", "done", "recorded")


def _cases() -> Iterator[object]:
    for moment in MOMENTS:
        yield pytest.param("sqlite", moment)
    yield pytest.param("postgres", "write")


def killed(scene: Scene, moment: str, keys: tuple[str, ...], begin: Callable[[], object]) -> None:
    """Kill the server at that moment of each step, and let the last one come to the end."""
    for key in keys:
        process = scene.hub.start(trap=Trap(key, moment, number=1 if moment == "write" else 0))
        if key == keys[0]:
            begin()
        scene.died(process)
    process = scene.hub.start()
    run = scene.until_status(RunStatus.COMPLETED)
    unknown = [one.effect for one in SqlLedger(scene.store).entries(run.id) if one.state is EffectState.INTENDED]
    assert unknown == [], "what became of each effect is known in the end"
    hub = scene.hub  # the last word is said behind it
    hub.wait("it is told", lambda: not any("### At work" in one["body"] for one in hub.progress(scene.number)))
    scene.hub.stop(process)


def opened(hub: GitHubDesk, database: str, request: pytest.FixtureRequest) -> Scene:
    return Scene(hub, request.getfixturevalue("postgres_url") if database == "postgres" else "")


@pytest.mark.parametrize(("database", "moment"), list(_cases()))
def test_a_triage_that_is_killed_asks_labels_and_tells_once(
    database: str, moment: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    desk.model.conversations = [writes(shell(SHOWS), finish()), judges(), same()]
    hub = github_desk(github, desk, PYTHON | {".github/pullwright.yml": RULES})
    hub.alice.post(f"{REPO}/labels", json={"name": "bug", "color": "aaaaaa"}).raise_for_status()
    with opened(hub, database, request).open() as scene:
        keys = tuple(key for key in TRIAGE.keys if key not in ("bisect", "workspace"))
        with_writes = ("label",) if moment == "write" else keys
        killed(scene, moment, with_writes, lambda: scene.say("/triage"))
        assert labels(hub, scene.number) == ["bug"]
        (told,) = hub.progress(scene.number)
        assert "### A bug (high), reproduced." in told["body"]
        assert "**Labels** put on: `bug`" in told["body"], "what an attempt that died has put on is told as ours"


@pytest.mark.parametrize(("database", "moment"), list(_cases()))
def test_release_notes_that_are_killed_draft_and_propose_once(
    database: str, moment: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    rules = "triggers: {pull: false}\nworkflows:\n  release_notes:\n    changelog: true\n"
    desk.model.conversations = [Conversation("Say for each change of a release", (Turn("{}"),), repeat_last=True)]
    hub = github_desk(github, desk, {"a": "0", "CHANGES.md": CHANGES, ".github/pullwright.yml": rules})
    with opened(hub, database, request).open() as scene:
        merged(hub, "Docs of slugs", "bug")
        hub.github.settle()
        keys = ("fetch", "know", "sort", "write", "draft", "propose")
        with_writes = ("draft", "propose") if moment == "write" else keys
        assert set(keys) < set(RELEASE_NOTES.keys)
        killed(scene, moment, with_writes, lambda: tag(hub, "v1.1.0"))
        (held,) = drafts(hub)
        assert (held["tag_name"], held["draft"]) == ("v1.1.0", True)
        assert len(hub.pulls()) == 1
        assert hub.file("CHANGES.md", "release-notes/1-1-0").count("## 1.1.0") == 1


@pytest.mark.parametrize(("database", "moment"), list(_cases()))
def test_a_follow_up_that_is_killed_pushes_and_answers_once(
    database: str, moment: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    desk.env["PULLWRIGHT_PUSH_QUIET_SECONDS"] = "0"
    label = "adder.py:2: alice: Say what it does."
    turns: tuple[Turn, ...] = (edit("adder.py", "def add(a, b):", 'def add(a, b):\n    """The sum."""'), done(label))
    desk.model.conversations = [Conversation(ASKED, turns), *answers([RIGHT, finish()])]
    hub = github_desk(github, desk, PYTHON)
    with opened(hub, database, request).open() as scene:
        process = hub.start()
        ours = Ours(hub)
        first = ours.head
        hub.stop(process)
        thread: list[int] = []
        keys = tuple(key for key in FOLLOW_UP.keys if key not in ("gather", "merge"))
        with_writes = ("address", "push", "answer") if moment == "write" else keys
        killed(scene, moment, with_writes, lambda: thread.append(ours.comment("Say what it does.")))
        assert len(ours.replies(thread[0])) == 1
        pushed = hub.alice.get(f"{REPO}/compare/{first}...{ours.head}").json()
        assert pushed["ahead_by"] == 1
