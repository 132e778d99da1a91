"""Every action through every face: refused without its role, done once with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.access.people.visitors import Visitor
from bot.app import DEFINITIONS, App
from bot.cli import inspect_commands, run_commands
from bot.commands import steering
from bot.local.detached import NoReporter, detached
from bot.settings_source import load
from bot.webhook.events.conversation import Actor, Commented, EventPlace
from bot.webhook.run_inputs import RunRequest
from bot.webhook.start import Starting
from sandbox.trees.rollback import Mode
from tests.fakes.finished_run import RUN, finished_run
from tests.fakes.wheel import Wheel
from workflows.errors import NotAllowed, NotAsked, RunError
from workflows.policy.config.repo_config import RepoConfig
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.runs.approval import Seen
from workflows.runs.control import Runs
from workflows.runs.permission import ROLES, Action
from workflows.runs.principal import Principal, Role
from workflows.store import audit
from workflows.store.run_rows import runs
from workflows.store.web.keys import ApiKey, KeyScope
from workflows.values import ApprovalRules, Issue, Options, RunStatus, from_json

ISSUE = Issue(8, "mul() adds", "It does.")
"""What a new run is about; the run that is there is about another one."""


@dataclass(frozen=True)
class Act:
    """How an action is asked for in a comment and at the terminal, when it can be done, and what the audit says."""

    comment: str
    terminal: Callable[[Wheel], Any]
    prepare: Callable[[Wheel], None]
    noted: str


def _solve(wheel: Wheel) -> int:
    file = wheel.done.settings.data / "issue.md"
    file.write_text("# mul() adds\n\nIt does.\n")
    return run_commands.solve(
        str(wheel.done.repository),
        str(file),
        model="scripted/one",
        proof="",
        number=8,
        labels=[],
        approve=False,
        dry_run=False,
        as_json=False,
        max_cost=None,
        max_minutes=None,
    )


def _nothing(wheel: Wheel) -> None: ...


def _completed(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.COMPLETED, "summary")


ACTS = {
    Action.START: Act("/fix", _solve, _nothing, "start"),
    Action.APPROVE: Act(
        "/approve",
        lambda wheel: run_commands.answer(RUN, "approve", "", False, approval=True),
        Wheel.asks,
        "answer:approve",
    ),
    Action.REJECT: Act(
        "/reject too broad",
        lambda wheel: run_commands.answer(RUN, "reject", "too broad", False, approval=True),
        Wheel.asks,
        "answer:reject",
    ),
    Action.ANSWER: Act(
        "The second.",
        lambda wheel: run_commands.answer(RUN, "The second.", "", False, approval=False),
        lambda wheel: wheel.asks("question", "implement", ""),
        "answer:The second.",
    ),
    Action.ABORT: Act(
        "/abort",
        lambda wheel: inspect_commands.abort(RUN, ""),
        lambda wheel: wheel.is_at(RunStatus.RUNNING),
        "abort",
    ),
    Action.RETRY: Act(
        "/retry implement",
        lambda wheel: run_commands.retry(RUN, "implement", False, None, None),
        lambda wheel: wheel.is_at(RunStatus.FAILED, "commit"),
        "retry:implement",
    ),
    Action.SKIP: Act(
        "/skip",
        lambda wheel: run_commands.skip(RUN, "", False),
        lambda wheel: wheel.is_at(RunStatus.FAILED, "update"),
        "skip:update",
    ),
    Action.ROLLBACK: Act(
        "/rollback soft",
        lambda wheel: inspect_commands.rollback(RUN, True, False, None, False),
        _completed,
        "rollback:soft",
    ),
    Action.ROLLBACK_HARD: Act(
        "/rollback hard",
        lambda wheel: inspect_commands.rollback(RUN, False, True, None, False),
        _completed,
        "rollback:hard",
    ),
    Action.STATUS: Act("/status", lambda wheel: inspect_commands.show(RUN, False, None, output=False), _nothing, ""),
}


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wheel]:
    with finished_run(tmp_path) as done:
        app = App(done.settings, done.services, detached(done.store))

        def _work(settings: object, change: Callable[[App], Any], as_json: bool) -> int:
            asyncio.run(change(app))
            return 0

        for face in (inspect_commands, run_commands):
            monkeypatch.setattr(face, "prepared", lambda: done.settings)
        monkeypatch.setattr(run_commands, "follow", _work)  # it would follow the run with an engine
        yield Wheel(done)


# --- the faces -------------------------------------------------------------------------------------


async def through_a_comment(wheel: Wheel, action: Action, login: str, reference: str) -> None:
    """As a delivery brings it: it answers in words where it is refused."""
    if action is Action.ANSWER:
        await steering.answer_question(ACTS[action].comment, wheel.desk(login, "", reference=reference))
        return
    said = await wheel.say(ACTS[action].comment, login, reference=reference, start=_starting(wheel, login, reference))
    assert action is not Action.STATUS or (RUN in said) is (login != "bob")


async def through_an_api(wheel: Wheel, action: Action, login: str, reference: str) -> None:
    """As any face to come: it has nothing but a principal, and a role counts where it is one."""
    role = {"max": Role.MAINTAIN, "alice": Role.WRITE, "tom": Role.TRIAGE}.get(login, Role.NONE)
    principal = Principal(login, "api", role, wheel.run.repository, reference)
    if role >= ROLES[action]:
        assert await ask(wheel, action, principal)
        return
    with pytest.raises(NotAllowed, match=f"takes the role {ROLES[action]} in "):
        await ask(wheel, action, principal)
    with pytest.raises(NotAllowed):
        await ask(wheel, action, replace(principal, role=Role.ADMIN, repository="github.com/mallory/own"))


async def ask(wheel: Wheel, action: Action, who: Principal) -> object:
    them, services, here = runs_of(wheel), wheel.done.services, wheel.run.repository
    seen = Seen(time.time(), from_json(Issue, wheel.run.inputs["issue"]).digest)

    async def make() -> Wanted:
        return Wanted("issue_to_pr", ISSUE.title, {"delivery": who.reference}, Options(model="scripted/one"))

    match action:
        case Action.START:
            return await actions.start(them, who, here, make, number=8, delivery=who.reference)
        case Action.APPROVE:
            return await actions.approve(them, RUN, who, seen)
        case Action.REJECT:
            return await actions.reject(them, RUN, who, seen, "too broad")
        case Action.ANSWER:
            return await actions.answer(them, RUN, who, seen, "The second.")
        case Action.ABORT:
            return await actions.abort(them, RUN, who)
        case Action.RETRY:
            return await actions.retry(them, RUN, who, "implement")
        case Action.SKIP:
            return await actions.skip(them, RUN, who)
        case Action.ROLLBACK:
            return await actions.rollback(them, services, RUN, who, Mode.SOFT)
        case Action.ROLLBACK_HARD:
            return await actions.rollback(them, services, RUN, who, Mode.HARD)
        case Action.STATUS:
            return await actions.status(them, who, here, 7)


def runs_of(wheel: Wheel) -> Runs:
    return Runs(wheel.done.store, wheel.queue, DEFINITIONS, NoReporter())


def _starting(wheel: Wheel, login: str, reference: str) -> Callable[..., Any]:
    """Starts on the other issue, as the server does; who asks is looked up once more where it was not before."""
    place = SimpleNamespace(permission=wheel.thread.permission, user=_user)
    credentials = SimpleNamespace(host="github.com", web_url="https://github.com")
    github: Any = SimpleNamespace(credentials=credentials, repository=lambda installation, name: place)
    starting = Starting(load({"PULLWRIGHT_MODEL": "scripted/one"}), github, runs_of(wheel))
    event = Commented(
        EventPlace(1, "octo/sample"), Actor(login), ISSUE, False, False, 1, "a comment", "/fix", Actor(login)
    )

    async def start(*, workflow: str, role: Role | None, hint: str, approve: bool = False) -> Any:
        return await starting.start(
            RunRequest(event, reference, RepoConfig(), hint, approve, role=role, workflow=workflow)
        )

    return start


async def _user(login: str, account: int = 0) -> Any:
    return SimpleNamespace(login=login, name="", commit_email=f"{login}@example.org")


FACES = {"comment": through_a_comment, "api": through_an_api}


# --- the pairs -------------------------------------------------------------------------------------


def times(wheel: Wheel, action: Action) -> int:
    """How often it was done: by the audit of the run, or by the runs that were started."""
    found = wheel.done.store.read_now(runs.list_runs)
    if action is Action.START:
        return len(found) - 1
    return sum(
        one.what == ACTS[action].noted for one in wheel.done.store.read_now(audit.of_run, RUN) if not one.refused
    )


def test_the_table_has_every_action() -> None:
    assert set(ACTS) == set(Action) == set(ROLES)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("action", Action)
async def test_an_action_takes_its_role_and_is_done_once_whatever_it_is_asked_through(
    wheel: Wheel, action: Action, face: str
) -> None:
    less = {Role.TRIAGE: "bob", Role.WRITE: "tom", Role.MAINTAIN: "alice"}[ROLES[action]]
    enough = {Role.TRIAGE: "tom", Role.WRITE: "alice", Role.MAINTAIN: "max"}[ROLES[action]]
    ACTS[action].prepare(wheel)
    before = wheel.run
    await FACES[face](wheel, action, less, "delivery 1")
    assert (times(wheel, action), wheel.run) == (0, before)
    for _ in range(2):  # the second time after a crash: its delivery is handled again
        await FACES[face](wheel, action, enough, "delivery 2")
        assert times(wheel, action) == (0 if action is Action.STATUS else 1)
        ACTS[action].prepare(wheel)
    if action not in (Action.START, Action.STATUS):
        await FACES[face](wheel, action, enough, "delivery 3")
        assert times(wheel, action) == 2, "what is asked for anew is done anew"


@pytest.mark.parametrize("mode", Mode)
async def test_what_a_rollback_would_do_is_told_to_who_may_roll_back(wheel: Wheel, mode: Mode) -> None:
    needed = ROLES[Action.ROLLBACK_HARD if mode is Mode.HARD else Action.ROLLBACK]
    here, them, services = wheel.run.repository, runs_of(wheel), wheel.done.services
    with pytest.raises(NotAllowed):
        await actions.plan_rollback(them, services, RUN, Principal("x", "api", Role(needed - 1), here), mode, 1)
    assert await actions.plan_rollback(them, services, RUN, Principal("x", "api", needed, here), mode, 1)


@pytest.mark.parametrize("action", Action)
def test_the_operator_may_everything_at_the_terminal(
    wheel: Wheel, action: Action, capsys: pytest.CaptureFixture[str]
) -> None:
    ACTS[action].prepare(wheel)
    assert ACTS[action].terminal(wheel) == 0
    if action is Action.STATUS:
        assert RUN in capsys.readouterr().out
    else:
        assert times(wheel, action) == 1
        newest = wheel.done.store.read_now(runs.list_runs)[0] if action is Action.START else wheel.run
        asked = wheel.done.store.read_now(audit.of_run, newest.id)[-1]
        assert (asked.who, asked.source) == ("you", "cli")


async def test_where_a_start_is_carried_out_github_is_asked_for_the_role_that_nobody_had(wheel: Wheel) -> None:
    with pytest.raises(NotAllowed):
        await _starting(wheel, "tom", "delivery 1")(workflow="issue_to_pr", role=None, hint="")
    assert times(wheel, Action.START) == 0
    assert await _starting(wheel, "alice", "delivery 1")(workflow="issue_to_pr", role=None, hint="")


async def test_only_the_operator_changes_the_options_of_a_run_at_will(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.FAILED, "commit")
    alice = Principal("alice", "api", Role.ADMIN, wheel.run.repository, "1")
    with pytest.raises(AssertionError, match="others raise a budget"):
        await actions.retry(runs_of(wheel), RUN, alice, change=lambda old: replace(old, model="openai/dear"))
    assert wheel.run.status is RunStatus.FAILED


# --- approval --------------------------------------------------------------------------------------


async def test_a_face_that_does_not_say_what_was_read_approves_nothing(wheel: Wheel) -> None:
    wheel.asks()
    alice = Principal("alice", "api", Role.WRITE, wheel.run.repository, "1")
    digest = from_json(Issue, wheel.run.inputs["issue"]).digest
    for seen, why in (
        (Seen(time.time(), ""), "whether the issue is still as it was"),
        (Seen(time.time(), "another"), "The issue was edited"),
        (Seen(time.time() - 60, digest), "The plan was made after"),
        (Seen(time.time(), digest, binding="an old plan"), "something newer than what was answered"),
    ):
        with pytest.raises(RunError, match=why):
            await actions.approve(runs_of(wheel), RUN, alice, seen)
    with pytest.raises(NotAsked):
        await actions.answer(runs_of(wheel), RUN, alice, Seen(time.time(), digest), "approve")
    assert (wheel.run.status, wheel.audit()) == (RunStatus.WAITING, [])


async def test_whoever_asked_for_a_run_does_not_approve_it_by_a_key_of_theirs(wheel: Wheel) -> None:
    rules = ApprovalRules(not_requester=True)
    wheel.done.store.write_now(runs.set_options, RUN, replace(wheel.run.options, approval=rules))
    wheel.done.store.write_now(runs.update_run, RUN, inputs={**wheel.run.inputs, "requester": {"login": "Alice"}})
    wheel.asks()
    digest = from_json(Issue, wheel.run.inputs["issue"]).digest
    key = ApiKey("k2", "ci", "alice", "", frozenset(KeyScope), 1.0)
    for visitor in (Visitor("alice"), Visitor("ALICE", key=key)):
        hers = Principal(visitor.name, visitor.source, Role.MAINTAIN, wheel.run.repository, "1")
        with pytest.raises(RunError, match="does not approve its plan here"):
            await actions.approve(runs_of(wheel), RUN, hers, Seen(time.time(), digest))
    alices = Principal("alices (key k3)", "api", Role.MAINTAIN, wheel.run.repository, "2")
    await actions.approve(runs_of(wheel), RUN, alices, Seen(time.time(), digest))
    assert wheel.audit() == [("alices (key k3)", "api", "answer:approve")]


async def test_a_repositorys_rules_about_approval_are_not_about_the_operator(wheel: Wheel) -> None:
    rules = ApprovalRules(role="maintain", not_requester=True)
    wheel.done.store.write_now(runs.set_options, RUN, replace(wheel.run.options, approval=rules))
    wheel.done.store.write_now(runs.update_run, RUN, inputs={**wheel.run.inputs, "requester": {"login": "You"}})
    wheel.asks()
    you = Principal("you", "api", Role.MAINTAIN, wheel.run.repository, "1")
    with pytest.raises(RunError, match="does not approve its plan here"):
        await actions.approve(runs_of(wheel), RUN, you, Seen(time.time(), "x"))
    await actions.approve(runs_of(wheel), RUN, Principal("you", "cli", operator=True), Seen(0.0, ""))
    assert wheel.audit() == [("you", "cli", "answer:approve")]
