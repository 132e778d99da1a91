"""The progress comment and the check arrive: once, not too often, and at the end for certain."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.channels.github import GitHubChannel, progress_link
from bot.channels.outbox import Outbox
from bot.commands.table import COMMANDS
from tests.bot.github.connecting import Hurried, app_client
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.secrets.redaction import Redactor
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run, StepRun
from workflows.store.run_rows import definition_rows, runs, steps
from workflows.store.tables import workers
from workflows.values import Issue, Options, RunStatus, StepStatus, to_json

__all__ = ["postgres", "postgres_url"]

Json = Any
LONG = 3600.0
SECRET = "hunter2-hunter2-hunter2"


@dataclass
class Desk:
    """One issue with one run, and what is seen of it on GitHub."""

    scene: Scene
    store: Store
    issue: int
    run_id: str = "r1"

    def change(self, **columns: Json) -> None:
        self.store.write_now(runs.update_run, self.run_id, **columns)

    def step(self, ordinal: int, key: str, summary: str) -> None:
        row = StepRun(self.run_id, 0, ordinal, 1, key, StepStatus.COMPLETED, summary, ended_at=1.0)
        self.store.write_now(steps.begin_step, row)

    @property
    def bodies(self) -> list[str]:
        found = self.scene.alice.get(f"{REPO}/issues/{self.issue}/comments").raise_for_status().json()
        return [one["body"] for one in found]

    def calls(self, method: str, path: str) -> int:
        return sum(one["method"] == method and path in one["path"] for one in self.scene.github.requests())

    def digest(self, kind: str) -> str:
        """What is known of the post; "" while its making is not confirmed."""
        post = self.store.read_now(posts.find, self.run_id, kind)
        return "" if post is None else post.digest

    def checks(self, commit: str) -> list[Json]:
        found = self.scene.alice.get(f"{REPO}/commits/{commit}/check-runs").raise_for_status().json()
        return list(found["check_runs"])

    def shows(self, text: str) -> Callable[[], bool]:
        """True when there is one comment, and it holds the text."""
        return lambda: len(self.bodies) == 1 and text in self.bodies[0]


@asynccontextmanager
async def reporting(
    desk: Desk, seconds: float = LONG, me: str = "a", way: Callable[[Any], Any] = lambda github: github
) -> AsyncIterator[Outbox]:
    async with app_client(desk.scene, Hurried(), timeout=5) as github:
        channel = GitHubChannel(
            desk.store,
            way(github),
            redact=Redactor(SECRET),
            commands=COMMANDS,
            web_url=desk.scene.github.url,
            pace=seconds,
        )
        async with Outbox(desk.store, channel, me=me) as reporter:
            yield reporter


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that must come; the time only bounds a failure."""
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.02)


@pytest.fixture
def desk(scene: Scene, tmp_path: Path) -> Iterator[Desk]:
    with a_desk(scene, f"sqlite:///{tmp_path / 'app.sqlite'}") as made:
        yield made


@contextmanager
def a_desk(scene: Scene, url: str) -> Iterator[Desk]:
    store = Store(url)
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("issue_to_pr", 1, "W", (("a", "Begin"), ("b", "Work"))))
    issue = scene.issue()
    inputs = {"forge": "github", "installation": scene.installation, "repository": "octo/sample"}
    inputs["issue"] = to_json(Issue(issue, "It is broken", ""))
    run = Run(
        "r1", "issue_to_pr", 1, RunStatus.RUNNING, "github.com/octo/sample", "t", inputs, Options(), {}, "a", 0, 0
    )
    store.write_now(runs.insert_run, run)
    yield Desk(scene, store, issue)
    store.close()


async def test_a_run_has_one_comment_that_is_edited_as_it_goes(desk: Desk) -> None:
    async with reporting(desk, seconds=0.01) as reporter:
        await reporter.changed("r1")
        await until(desk.shows("At work: Begin"))
        desk.step(0, "a", "created `fix/issue-1`")
        await reporter.changed("r1")
        await until(desk.shows("- [x] Begin: created `fix/issue-1`"))
        desk.change(status=RunStatus.COMPLETED)
        await reporter.ended("r1")
        await until(desk.shows("### Not verified: no check was run."))


async def test_many_changes_are_one_edit_and_the_end_does_not_wait_for_it(desk: Desk) -> None:
    async with reporting(desk, seconds=LONG) as reporter:
        await reporter.changed("r1")
        await until(desk.shows("At work"))
        for number in range(50):
            desk.change(state={"number": number})
            await reporter.changed("r1")
        desk.change(status=RunStatus.ABORTED, error_text="Aborted by alice")
        await reporter.ended("r1")
        await until(desk.shows("Aborted by alice"))
    assert desk.calls("PATCH", "/issues/comments/") == 1


async def test_a_text_that_did_not_change_is_not_sent_again(desk: Desk) -> None:
    desk.change(status=RunStatus.FAILED, error_text="No.")
    async with reporting(desk, seconds=0.01) as reporter:
        await until(desk.shows("No."))
        for _ in range(3):
            await reporter.ended("r1")
            await asyncio.sleep(0.05)
    assert desk.calls("PATCH", "/issues/comments/") == 0
    assert desk.calls("POST", f"/issues/{desk.issue}/comments") == 1


async def test_what_a_crash_left_behind_arrives_at_the_next_start(desk: Desk) -> None:
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(desk.shows("At work"))
    desk.change(status=RunStatus.FAILED, error_text="The power went.")
    async with reporting(desk):
        await until(desk.shows("The power went."))


async def test_a_comment_whose_answer_was_lost_with_the_process_is_not_posted_twice(desk: Desk) -> None:
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(desk.shows("At work"))
    made = desk.store.read_now(posts.find, "r1", "comment")
    assert made is not None
    unconfirmed = posts.Post(made.run_id, made.kind, made.target, "", "", made.at)
    desk.store.write_now(posts.confirm, unconfirmed)
    desk.change(status=RunStatus.FAILED, error_text="Found again.")
    async with reporting(desk):
        await until(desk.shows("Found again."))


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"status": 500}, {"kind": "secondary", "seconds": 1}])
async def test_a_failing_forge_delays_the_comment_and_never_doubles_it(desk: Desk, fault: Json) -> None:
    desk.scene.github.fault(".*/comments", method="POST", times=2, late=fault == {"kind": "reset"}, **fault)
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(desk.shows("At work"))
        desk.scene.github.fault(".*/comments/[0-9]+", method="PATCH", times=2, **fault)
        desk.change(status=RunStatus.FAILED, error_text="In the end.")
        await reporter.ended("r1")
        await until(desk.shows("In the end."))


async def test_a_comment_that_was_deleted_is_posted_anew_with_the_news(desk: Desk) -> None:
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(desk.shows("At work"))
        (one,) = desk.scene.alice.get(f"{REPO}/issues/{desk.issue}/comments").json()
        desk.scene.bot.delete(f"{REPO}/issues/comments/{one['id']}").raise_for_status()
        desk.change(status=RunStatus.FAILED, error_text="Still told.")
        await reporter.ended("r1")
        await until(desk.shows("Still told."))


async def test_somebody_elses_comment_with_our_marker_is_left_alone(desk: Desk) -> None:
    forged = "<!-- pullwright:run:r1 -->\nmine"
    desk.scene.bob.post(f"{REPO}/issues/{desk.issue}/comments", json={"body": forged}).raise_for_status()
    desk.store.write_now(posts.claim, posts.Post("r1", "comment", f"octo/sample#{desk.issue}"), 1.0)
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(lambda: len(desk.bodies) == 2)
    assert desk.bodies[0] == forged


async def test_a_refusal_is_not_asked_for_again_until_something_changes(desk: Desk) -> None:
    refusal = "Resource not accessible by integration"
    desk.scene.github.fault(".*/comments", method="POST", status=403, message=refusal, times=99)
    async with reporting(desk) as reporter:
        await until(lambda: desk.digest("comment") == posts.GIVEN_UP)
        assert await reporter.catch_up() == []
        desk.scene.github.heal()
        desk.change(status=RunStatus.FAILED, error_text="Once more.")
        await reporter.ended("r1")
        await until(desk.shows("Once more."))


async def test_it_can_be_told_from_any_thread_and_before_it_is_entered(desk: Desk) -> None:
    async with app_client(desk.scene, Hurried()) as github:
        reporter = Outbox(desk.store, GitHubChannel(desk.store, github, redact=str))
        await reporter.changed("r1")
        async with reporter:
            await until(desk.shows("At work"))
            desk.change(status=RunStatus.FAILED, error_text="From a thread.")
            teller = threading.Thread(target=lambda: asyncio.run(reporter.ended("r1")))
            teller.start()
            await until(desk.shows("From a thread."))
            teller.join()
    await reporter.ended("r1")


async def test_leaving_posts_what_is_due(desk: Desk) -> None:
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(lambda: desk.digest("comment") != "")
        await asyncio.sleep(0.2)  # now it pauses before the next edit
        desk.change(current_step="b")
        await reporter.changed("r1")
    assert desk.shows("At work: Work")()


@pytest.fixture(params=["sqlite", "postgres"])
def several(request: pytest.FixtureRequest, scene: Scene, tmp_path: Path) -> Iterator[Desk]:
    """A run of which two workers tell."""
    file = f"sqlite:///{tmp_path / 'app.sqlite'}"
    with a_desk(scene, file if request.param == "sqlite" else request.getfixturevalue("postgres_url")) as desk:
        signed = [{"id": one, "host": "h", "process": 1, "places": 2, "started_at": 0, "seen_at": 0} for one in "ab"]
        desk.store.write_now(lambda db: db.execute(workers.insert(), signed))
        yield desk


async def test_two_workers_make_one_comment_and_either_brings_it_up_to_date(several: Desk) -> None:
    async with reporting(several, seconds=0.01) as one, reporting(several, seconds=0.01, me="b") as other:
        for _ in range(5):
            await asyncio.gather(one.changed("r1"), other.changed("r1"))
        await until(several.shows("At work"))
        several.change(status=RunStatus.FAILED, error_text="Told by the other.")
        await other.ended("r1")
        await until(several.shows("Told by the other."))


async def test_what_a_worker_saw_first_is_written_first(several: Desk) -> None:
    held, free = asyncio.Event(), asyncio.Event()
    async with (
        reporting(several, seconds=0.01, way=lambda github: Slow(github, held, free)) as one,
        reporting(several, seconds=0.01, me="b") as other,
    ):
        await one.changed("r1")
        await until(several.shows("At work"))
        several.step(0, "a", "the older news")
        several.change(current_step="b")
        await one.changed("r1")
        await held.wait()
        several.change(status=RunStatus.FAILED, error_text="The newer news.")
        await asyncio.gather(one.ended("r1"), other.ended("r1"))
        await asyncio.sleep(0.3)
        free.set()
        await until(several.shows("The newer news."))
        await asyncio.sleep(0.3)
        assert several.shows("The newer news.")()


@dataclass
class Slow:
    """A way to GitHub on which an edit of a comment, once begun, takes until `free`."""

    github: Any
    held: asyncio.Event
    free: asyncio.Event

    def repository(self, installation: int, full_name: str, number: int = 0) -> Any:
        self.board = self.github.repository(installation, full_name)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.board, name)

    async def edit_comment(self, comment: int, body: str) -> None:
        self.held.set()
        await self.free.wait()
        await self.board.edit_comment(comment, body)


@pytest.mark.at_length
async def test_the_last_words_of_a_worker_that_died_do_not_stay(desk: Desk) -> None:
    signed = [{"id": one, "host": "h", "process": 1, "places": 2, "started_at": 0, "seen_at": 0} for one in "ab"]
    desk.store.write_now(lambda db: db.execute(workers.insert(), signed))
    sheet = posts.Post("r1", "comment", f"octo/sample#{desk.issue}")
    desk.change(status=RunStatus.FAILED, error_text="The newer news.")
    assert desk.store.write_now(posts.take_lease, sheet, "a", time.time(), LONG) is not None
    async with reporting(desk, me="b"):
        await asyncio.sleep(0.7)
        assert desk.bodies == [], "it may be writing"
        desk.store.write_now(lambda db: db.execute(workers.update().where(workers.c.id == "a").values(left_at=1.0)))
        await until(desk.shows("The newer news."))
        (one,) = desk.scene.alice.get(f"{REPO}/issues/{desk.issue}/comments").json()
        late = {"body": "The older news."}
        desk.scene.bot.patch(f"{REPO}/issues/comments/{one['id']}", json=late).raise_for_status()
        await until(desk.shows("The newer news."))


async def test_secrets_are_taken_out(desk: Desk) -> None:
    desk.change(status=RunStatus.FAILED, error_text=f"git said: password {SECRET}")
    async with reporting(desk):
        await until(desk.shows("git said"))
    assert SECRET not in desk.bodies[0]


async def test_the_check_on_the_pull_request_mirrors_the_run(desk: Desk) -> None:
    head = desk.scene.branch("fix/issue-1", "one.txt")
    state = {"commit": head, "pull": {"number": 2, "url": "u"}, "branch": "fix/issue-1"}
    desk.change(state=state)
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(lambda: len(desk.checks(head)) == 1)
        assert desk.checks(head)[0]["status"] == "in_progress"
        desk.change(status=RunStatus.FAILED, error_text="It broke.")
        await reporter.ended("r1")
        await until(lambda: desk.checks(head)[0]["conclusion"] == "failure")
    (check,) = desk.checks(head)
    assert check["output"]["title"] == "Failed at “Begin”"
    assert "It broke." in check["output"]["summary"]
    assert check["external_id"] == "r1"


async def test_a_check_that_may_not_be_made_does_not_keep_the_comment_back(desk: Desk) -> None:
    head = desk.scene.branch("fix/issue-1", "one.txt")
    desk.scene.github.fault(".*/check-runs", status=403, message="Resource not accessible by integration", times=9)
    desk.change(status=RunStatus.COMPLETED, state={"commit": head, "pull": {"number": 2, "url": "u"}, "branch": "b"})
    async with reporting(desk) as reporter:
        await until(desk.shows("Pull request: [#2](u)"))
        await until(lambda: desk.digest("check") == posts.GIVEN_UP)
        assert await reporter.catch_up() == []


async def test_the_link_leads_to_the_comment(desk: Desk) -> None:
    run = desk.store.read_now(runs.get_run, "r1")
    assert await progress_link(desk.store, desk.scene.github.url, run) == ""
    async with reporting(desk) as reporter:
        await reporter.changed("r1")
        await until(desk.shows("At work"))
        await until(lambda: desk.digest("comment") != "")
    (one,) = desk.scene.alice.get(f"{REPO}/issues/{desk.issue}/comments").json()
    assert await progress_link(desk.store, desk.scene.github.url, run) == one["html_url"]


async def test_runs_of_other_forges_are_none_of_its_business(desk: Desk) -> None:
    run = Run("local", "w", 1, RunStatus.RUNNING, "/repo", "t", {}, Options(), {}, "a", 0, 0)
    desk.store.write_now(runs.insert_run, run)
    async with reporting(desk) as reporter:
        await reporter.ended("local")
        await reporter.ended("no such run")
        await reporter.changed("r1")
        await until(desk.shows("At work"))
