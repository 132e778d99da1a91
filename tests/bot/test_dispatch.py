"""Deliveries as GitHub sends them become runs, answers, or nothing; each once, whatever breaks in between."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.app import DEFINITIONS, make_services
from bot.dispatch import MOST_ATTEMPTS, Dispatch
from bot.github.door import FAILURES, TRIES, Clock
from bot.handling import Handling
from bot.local.detached import NoEngine, NoReporter
from bot.routing import Facts
from bot.settings import load
from bot.starting import Starting
from tests.bot.github.connecting import Hurried, app_client
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.tables import make_tables
from workflows.runs import Runs
from workflows.store import deliveries, runs, steps, waits
from workflows.store.database import Store
from workflows.store.deliveries import Delivery
from workflows.store.records import Question, Run, StepRun
from workflows.store.tables import deliveries as table
from workflows.values import ApprovalRules, FailureRules, RunStatus, StepStatus, Then

__all__ = ["github"]


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write", "bob": "read", "helper": "write"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


@dataclass
class Racing(Hurried):
    """A clock on which time flies also while nobody waits: what is away is soon asked again."""

    started: float = field(default_factory=time.monotonic)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at + 5000 * (time.monotonic() - self.started), self.sleep)


@dataclass
class Desk:
    """A dispatch over the stand-in, with everything real but the engine."""

    scene: Scene
    store: Store
    dispatch: Dispatch
    seen: int = 0
    began: float = field(default_factory=lambda: time.time() - 1000)

    async def arrive(self) -> None:
        """What GitHub has sent since the last time is stored."""
        await asyncio.to_thread(self.scene.github.settle)
        sent = await asyncio.to_thread(self.scene.github.deliveries)
        fresh, self.seen = sent[self.seen :], len(sent)
        kept = [
            Delivery(one["guid"], one["event"], json.dumps(one["payload"]).encode(), self.began + self.seen + at)
            for at, one in enumerate(fresh)
        ]
        if kept:
            await self.store.write(deliveries.keep, kept)

    async def settle(self) -> None:
        """Everything that has arrived comes to its end; what is put off does not have to wait."""
        await self.arrive()
        while await self.store.read(deliveries.next_due) is not None:
            await self.store.write(lambda db: db.execute(table.update().values(due_at=0.0)))
            working = asyncio.create_task(self.dispatch.run())
            while self.dispatch.at_work or await self._is_due():
                await asyncio.sleep(0.02)
            self.dispatch.stop()
            await working
            self.dispatch._stopping = False

    async def _is_due(self) -> bool:
        due = await self.store.read(deliveries.next_due)
        return due is not None and due < time.time()

    def runs(self) -> list[Run]:
        return self.store.read_now(runs.list_runs)

    def outcomes(self) -> list[tuple[str, str]]:
        query = table.select().order_by(table.c.received_at)
        return self.store.read_now(lambda db: [(row.status, row.error_text) for row in db.execute(query)])

    def comments(self, number: int) -> list[str]:
        answer = self.scene.alice.get(f"{REPO}/issues/{number}/comments").raise_for_status()
        return [one["body"] for one in answer.json() if one["user"]["type"] == "Bot"]

    def say(self, number: int, body: str, who: str = "alice") -> int:
        answer = self.scene.github.as_user(who).post(f"{REPO}/issues/{number}/comments", json={"body": body})
        return int(answer.raise_for_status().json()["id"])

    def label(self, number: int, label: str = "pullwright", who: str = "alice") -> None:
        client = self.scene.github.as_user(who)
        client.post(f"{REPO}/issues/{number}/labels", json={"labels": [label]}).raise_for_status()

    def configure(self, text: str) -> None:
        import base64

        fields = {"message": "Configure", "content": base64.b64encode(text.encode()).decode()}
        file = f"{REPO}/contents/.github/pullwright.yml"
        if (there := self.scene.alice.get(file)).status_code == 200:
            fields["sha"] = there.json()["sha"]
        self.scene.alice.put(file, json=fields).raise_for_status()


@asynccontextmanager
async def at_the_desk(scene: Scene, folder: Path, **settings: str) -> AsyncIterator[Desk]:
    store = Store(f"sqlite:///{folder / 'app.sqlite'}")
    make_tables(store)
    environ = {"PULLWRIGHT_DATA": str(folder), "PULLWRIGHT_MODEL": "scripted/one"}
    environ |= {f"PULLWRIGHT_{name.upper()}": value for name, value in settings.items()}
    async with app_client(scene, Racing()) as client:
        runner = Runs(store, NoEngine(), DEFINITIONS, NoReporter())
        starting = Starting(load(environ), client, runner)
        services = make_services(load(environ | {"PULLWRIGHT_SANDBOX": "unsafe_local"}), store, NoReporter())
        facts = Facts(scene.app.slug, "helper", "pullwright")
        handling = Handling(starting, services, facts)
        yield Desk(scene, store, Dispatch(store, handling, pause=0.01, look_seconds=0.05))
    store.close()


@pytest.fixture
async def desk(scene: Scene, tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_the_desk(scene, tmp_path) as one:
        yield one


async def test_a_label_starts_a_run_with_the_snapshot_of_its_issue(desk: Desk) -> None:
    number = desk.scene.issue("It is broken <!-- and this is hidden -->", body="Badly.\n<!-- obey -->")
    desk.label(number)
    await desk.arrive()
    desk.scene.alice.patch(f"{REPO}/issues/{number}", json={"body": "Something else"}).raise_for_status()
    await desk.settle()
    (run,) = desk.runs()
    assert run.repository.endswith("/octo/sample")
    assert run.inputs["forge"] == "github"
    assert run.inputs["installation"] == desk.scene.installation
    assert run.inputs["issue"]["body"] == "Badly."
    assert "hidden" not in run.inputs["issue"]["title"]
    assert run.inputs["requester"]["login"] == "alice"
    assert run.inputs["requester"]["email"].endswith("@users.noreply.github.com")
    assert run.options.model == "scripted/one"


async def test_an_assignment_starts_a_run_where_it_is_to_the_configured_account(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.scene.alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["alice"]}).raise_for_status()
    await desk.settle()
    assert desk.runs() == []
    desk.scene.alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["helper"]}).raise_for_status()
    await desk.settle()
    assert len(desk.runs()) == 1


async def test_a_mention_starts_a_run_with_what_was_said(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.say(number, f"@{desk.scene.app.slug} look at the parser first")
    await desk.settle()
    (run,) = desk.runs()
    assert "look at the parser first" in run.inputs["hint"]


async def test_a_command_starts_a_run_and_is_acknowledged(desk: Desk) -> None:
    number = desk.scene.issue()
    comment = desk.say(number, "/fix the parser")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.inputs["hint"], run.inputs["comment"]) == ("the parser", comment)
    reactions = desk.scene.alice.get(f"{REPO}/issues/comments/{comment}").json()["reactions"]
    assert reactions["eyes"] == 1


async def test_a_plan_waits_for_approval(desk: Desk) -> None:
    desk.say(desk.scene.issue(), "/plan")
    await desk.settle()
    (run,) = desk.runs()
    assert run.options.approve


async def test_an_outsider_starts_nothing_and_is_answered_once_at_most(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.say(number, "/fix", "bob")
    desk.say(number, f"@{desk.scene.app.slug} do it", "bob")
    desk.say(number, "/fix now", "bob")
    await desk.settle()
    assert desk.runs() == []
    assert len(desk.comments(number)) == 1


async def test_a_second_trigger_is_answered_with_the_first_run(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    desk.say(number, "/fix")
    desk.say(number, f"@{desk.scene.app.slug} please")
    await desk.settle()
    (run,) = desk.runs()
    answers = desk.comments(number)
    assert len(answers) == 2
    assert all(run.id in answer for answer in answers)


async def test_a_repository_that_was_renamed_has_its_runs_still_and_its_old_name_is_another_repositorys(
    desk: Desk,
) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    (run,) = desk.runs()
    github = desk.scene.github
    github.roles("octo/sample", root="admin")
    github.as_user("root").patch(REPO, json={"name": "renamed"}).raise_for_status()
    there = f"/repos/octo/renamed/issues/{number}/comments"
    desk.scene.alice.post(there, json={"body": "/fix"}).raise_for_status()
    await desk.settle()
    assert [one.id for one in desk.runs()] == [run.id], "one run works on one issue, whatever its repository is called"
    assert run.id in desk.scene.alice.get(there).json()[-1]["body"]
    github.repository("octo/sample", roles={"alice": "write", "helper": "write"})
    assert desk.scene.issue() == number
    desk.label(number)
    await desk.settle()
    (other,) = [one for one in desk.runs() if one.id != run.id]
    assert other.inputs["repository"] == "octo/sample"
    assert other.repository.startswith(f"{run.repository}~"), "neither its runs nor its mirror are the other's"


async def test_an_issue_that_is_opened_with_label_and_assignee_is_one_request(desk: Desk) -> None:
    number = desk.scene.issue(labels=["pullwright"], assignees=["helper"], body="/plan with care")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.options.approve, run.inputs["hint"]) == (True, "with care")
    assert desk.comments(number) == []


async def test_a_delivery_that_is_handled_twice_starts_once_and_says_nothing(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    desk.say(number, "/help")
    await desk.settle()
    for run in desk.runs():
        await Runs(desk.store, NoEngine(), DEFINITIONS, NoReporter()).abort(run.id, asker=_asker())
    said = desk.comments(number)
    desk.store.write_now(lambda db: db.execute(table.update().values(status="stored", due_at=0.0)))
    await desk.settle()
    assert len(desk.runs()) == 1
    assert desk.comments(number) == said


async def test_a_wrong_configuration_is_answered_once_with_its_place(desk: Desk) -> None:
    desk.configure("triggers:\n  label: perhaps\nlabel: robot\n")
    number = desk.scene.issue()

    def label_again() -> None:
        desk.scene.alice.delete(f"{REPO}/issues/{number}/labels/robot")
        desk.label(number, "robot")

    label_again()
    label_again()
    await desk.settle()
    assert desk.runs() == []
    (answer,) = desk.comments(number)
    assert ".github/pullwright.yml:2" in answer.replace("\\", "")
    desk.configure("label: robot\n")
    label_again()
    await desk.settle()
    assert len(desk.runs()) == 1, "what was mended counts at once"


async def test_the_repository_asks_for_less_than_the_server_allows_never_for_more(desk: Desk) -> None:
    desk.configure("max_cost: 50\nmax_minutes: 5\n")
    desk.label(desk.scene.issue())
    await desk.settle()
    (run,) = desk.runs()
    assert (run.options.bounds.usd, run.options.bounds.minutes) == (2.0, 5)


async def test_without_a_model_the_asker_is_told(scene: Scene, tmp_path: Path) -> None:
    async with at_the_desk(scene, tmp_path, model="") as desk:
        number = scene.issue()
        desk.label(number)
        await desk.settle()
        assert desk.runs() == []
        assert "model" in desk.comments(number)[0]
        assert "failed" in dict(desk.outcomes())


async def test_a_run_is_started_with_the_rules_of_its_repository_and_wrong_ones_are_told(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.configure("workflows:\n  issue_to_pr:\n    on_failure: retry\napproval:\n  role: maintain\n")
    desk.label(number)
    await desk.settle()
    (run,) = desk.runs()
    assert (run.options.failure, run.options.approval) == (FailureRules(Then.RETRY), ApprovalRules("maintain"))
    other = desk.scene.issue()
    text = "workflows:\n  issue_to_pr:\n    steps:\n      parse: skip\n"
    desk.configure(text)
    desk.dispatch.handling.starting.forget("octo/sample")
    desk.label(other)
    await desk.settle()
    assert len(desk.runs()) == 1
    assert ".github/pullwright.yml:4: workflows.issue" in desk.comments(other)[-1].replace("\\", "")


async def test_a_permission_that_was_not_granted_is_told_once_to_who_may_ask(desk: Desk) -> None:
    scene = desk.scene
    granted = {"issues": "write", "pull_requests": "write", "checks": "write", "metadata": "read"}
    scene.github.grant(scene.installation, permissions=granted)
    asked, talked = scene.issue(), scene.issue()
    desk.say(asked, "/fix")
    desk.label(asked)
    desk.say(asked, "/status")
    desk.label(talked, "bug")
    desk.say(talked, "/assign")
    desk.say(talked, "/fix", "bob")
    await desk.settle()
    (answer,) = desk.comments(asked)
    assert "lacks the permission contents: read" in answer
    assert "accept the change" in answer
    assert desk.comments(talked) == []


async def test_what_github_cannot_do_now_is_tried_again(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.arrive()
    desk.scene.github.fault("/repos/octo/sample/contents/.*", status=503, times=TRIES)
    await desk.settle()
    assert len(desk.runs()) == 1
    desk.scene.github.heal()


async def test_while_github_is_away_a_delivery_waits_without_using_up_its_attempts(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.scene.github.fault("/repos/octo/sample/contents/.*", status=503, times=FAILURES + MOST_ATTEMPTS)
    await desk.settle()
    assert len(desk.runs()) == 1
    assert {status for status, _ in desk.outcomes()} == {"handled", "ignored"}


async def test_while_github_does_not_know_us_a_delivery_waits_for_whoever_mends_that(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.store.write_now(lambda db: db.execute(table.update().values(attempts=MOST_ATTEMPTS - 1)))
    desk.scene.github.fault("/app/installations/.*", status=401, times=6)
    await desk.settle()
    assert len(desk.runs()) == 1
    assert {status for status, _ in desk.outcomes()} == {"handled", "ignored"}


async def test_what_github_could_not_do_for_hours_ends_after_a_number_of_attempts(desk: Desk) -> None:
    desk.began = 1000.0
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.scene.github.fault("/repos/octo/sample/contents/.*", status=503, times=10_000)
    await desk.settle()
    assert desk.runs() == []
    assert [status for status, _ in desk.outcomes()].count("failed") >= 1
    desk.scene.github.heal()


async def test_a_delivery_that_ends_the_process_each_time_is_given_up(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.store.write_now(lambda db: db.execute(table.update().values(attempts=MOST_ATTEMPTS)))
    await desk.settle()
    assert desk.runs() == []
    assert {status for status, _ in desk.outcomes()} == {"failed"}


async def test_a_plain_comment_answers_what_the_run_asks_and_nothing_else(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.say(number, "/fix")
    await desk.settle()
    (run,) = desk.runs()
    desk.say(number, "Just talking.")
    await desk.settle()
    question = Question(run.id, 0, "implement", "question", "Which?", "", "abort", time.time())
    desk.store.write_now(waits.ask, question)
    desk.store.write_now(lambda db: runs.update_run(db, run.id, status=RunStatus.WAITING))
    desk.say(number, "Not mine to say.", "bob")
    desk.say(number, "The second.")
    desk.say(number, "I mean the third.")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.status, run.state["answer"]) == (RunStatus.PENDING, "The second.")
    assert desk.comments(number) == []


async def test_a_run_that_was_retried_is_found_by_the_next_request(desk: Desk) -> None:
    number = desk.scene.issue()
    for said in ("/fix", "/abort", "/retry parse", "/abort"):
        desk.say(number, said)
        await desk.settle()
        if said == "/abort":
            _attempted(desk)
    desk.say(number, "/retry")
    desk.say(number, "/fix")
    await desk.settle()
    (run,) = desk.runs()
    assert (run.status, run.segment) == (RunStatus.PENDING, 2)
    assert "already works on this issue" in desk.comments(number)[-1]


async def test_a_suspended_installation_is_a_clear_end(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    with desk.scene.github.client(desk.scene.app.jwt()) as app:
        app.put(f"/app/installations/{desk.scene.installation}/suspended").raise_for_status()
    await desk.settle()
    assert desk.runs() == []
    assert any("suspended" in why for _, why in desk.outcomes())


async def test_what_a_process_that_ends_was_handling_is_due_for_the_next_one_and_no_attempt_was_made(
    desk: Desk,
) -> None:
    number = desk.scene.issue()
    desk.scene.github.fault(".*/collaborators/.*", kind="hang", seconds=60)
    desk.label(number)
    await desk.arrive()
    working = asyncio.create_task(desk.dispatch.run())
    while not desk.dispatch.at_work:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)  # now it waits for GitHub's answer
    desk.dispatch.interrupt()
    await working
    kept = desk.store.read_now(lambda db: db.execute(table.select().where(table.c.status == "stored")).all())
    assert [(one.attempts, one.due_at) for one in kept] == [(0, 0.0)]
    assert not desk.dispatch.at_work


def _attempted(desk: Desk) -> None:
    """The run has come to its first step, which the engine of these tests does not do."""
    (run,) = desk.runs()
    if desk.store.read_now(steps.last_with_key, run.id, "parse") is None:
        desk.store.write_now(steps.begin_step, StepRun(run.id, 0, 0, 1, "parse", StepStatus.ABORTED))


def _asker() -> Any:
    from workflows.runs import Asker

    return Asker("alice", "github")
