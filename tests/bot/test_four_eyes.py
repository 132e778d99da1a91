"""Where whoever asked for a run may not approve its plan, it is so through whatever face they come the second time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.access.people.visitors import Visitor
from bot.local.operator import OPERATOR
from tests.bot.test_actions import runs_of
from tests.fakes.finished_run import RUN, finished_run
from tests.fakes.wheel import Wheel
from workflows.errors import RunError
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.runs.approval import Seen
from workflows.runs.principal import Principal, Role
from workflows.store.run_rows import runs
from workflows.store.web.keys import ApiKey, KeyScope
from workflows.values import ApprovalRules, Issue, Options, RunStatus, from_json

HERE = "github.com/octo/adder"
NUMBERS = {"alice": 11, "alicia": 11, "bob": 12}
"""Alice has called herself alicia since."""


@pytest.fixture
def wheel(tmp_path: Path) -> Iterator[Wheel]:
    with finished_run(tmp_path) as done:
        yield Wheel(done)


def key(number: str, login: str = "") -> Principal:
    made = ApiKey(number, "script", login, "", frozenset(KeyScope), 1.0, account=NUMBERS.get(login, 0))
    who = Visitor(login, operator=not login, admin=True, key=made, account=made.account)
    return who.principal(Role.ADMIN, HERE)


def comment(login: str) -> Principal:
    return Principal(login, "github", Role.ADMIN, HERE, account=NUMBERS[login])


def page(login: str) -> Principal:
    return Visitor(login, account=NUMBERS[login]).principal(Role.ADMIN, HERE)


def chat(login: str) -> Principal:
    return Principal(login, "telegram", Role.ADMIN, HERE, account=NUMBERS[login])


LINK = Visitor("", operator=True, admin=True).principal(Role.ADMIN, HERE)
A_PERSONS: dict[str, Callable[[str], Principal]] = {
    "comment": comment,
    "page": page,
    "telegram": chat,
    "api": lambda login: key(f"of {login}", login),
}
THE_SERVERS = {"key": key("k1"), "other key": key("k2"), "link": LINK, "terminal": OPERATOR}


async def starts(wheel: Wheel, who: Principal, **inputs: object) -> None:
    """A run whose plan waits, asked for by them."""

    async def make() -> Wanted:
        given = {**wheel.run.inputs, "forge": "github", "repository": "octo/adder", **inputs}
        return Wanted("issue_to_pr", "t", given, Options(model="scripted/one"))

    made = await actions.start(runs_of(wheel), who, HERE, make)
    rules = replace(made.options, approval=ApprovalRules(not_requester=True))
    wheel.done.store.write_now(runs.set_options, RUN, rules)
    wheel.done.store.write_now(runs.update_run, RUN, repository=HERE, inputs=made.inputs)
    wheel.asks()


async def approves(wheel: Wheel, who: Principal) -> bool:
    """Whether they may; the run waits as before."""
    issue = from_json(Issue, wheel.run.inputs["issue"])
    why = ""
    try:
        await actions.approve(runs_of(wheel), RUN, who, Seen(0.0, issue.digest))
    except RunError as error:
        why = str(error)
    waits = wheel.run.status is RunStatus.WAITING
    assert waits is ("does not approve its plan here" in why) is ("approval.not_requester" in why) is bool(why)
    wheel.asks()
    return not waits


@pytest.mark.parametrize("first", A_PERSONS)
async def test_a_person_is_the_same_through_each_face_and_under_another_login(wheel: Wheel, first: str) -> None:
    await starts(wheel, A_PERSONS[first]("alice"))
    for face in A_PERSONS.values():
        assert not await approves(wheel, face("alice"))
        assert not await approves(wheel, face("alicia"))
        assert await approves(wheel, face("bob"))


@pytest.mark.parametrize("first", A_PERSONS)
async def test_a_key_that_names_nobody_and_a_link_approve_nothing(wheel: Wheel, first: str) -> None:
    await starts(wheel, A_PERSONS[first]("alice"))
    assert [name for name, who in THE_SERVERS.items() if await approves(wheel, who)] == ["terminal"]


@pytest.mark.parametrize("first", THE_SERVERS)
async def test_what_whoever_runs_the_server_asked_for_a_person_approves(wheel: Wheel, first: str) -> None:
    await starts(wheel, THE_SERVERS[first])
    assert [name for name, who in THE_SERVERS.items() if await approves(wheel, who)] == []
    for face in A_PERSONS.values():
        assert await approves(wheel, face("alice"))


async def test_who_took_over_a_login_is_somebody_else(wheel: Wheel) -> None:
    await starts(wheel, comment("alice"))
    assert await approves(wheel, replace(comment("alice"), account=99))


async def test_a_key_is_the_same_whoever_it_is_made_out_to(wheel: Wheel) -> None:
    await starts(wheel, key("k1", "alice"))
    assert not await approves(wheel, key("k1", "bob"))


async def test_of_a_run_of_before_it_counts_whom_its_commits_name(wheel: Wheel) -> None:
    await starts(wheel, comment("bob"), requester={"login": "Alice", "name": "", "email": ""})
    kept = {name: value for name, value in wheel.run.inputs.items() if name != "asked"}
    wheel.done.store.write_now(runs.update_run, RUN, inputs=kept)
    assert not await approves(wheel, comment("alice"))
    assert await approves(wheel, comment("bob"))


@pytest.mark.parametrize("inputs", [{"forge": ""}, {}], ids=["local", "dry"])
async def test_at_home_there_is_nobody_else_to_ask(wheel: Wheel, inputs: dict[str, str]) -> None:
    await starts(wheel, OPERATOR, **inputs)
    if not inputs:
        wheel.done.store.write_now(runs.set_options, RUN, replace(wheel.run.options, dry_run=True))
    for who in THE_SERVERS.values():
        assert await approves(wheel, who)


async def test_without_the_rule_whoever_may_approve_may(wheel: Wheel) -> None:
    await starts(wheel, key("k1"))
    wheel.done.store.write_now(runs.set_options, RUN, replace(wheel.run.options, approval=ApprovalRules()))
    assert await approves(wheel, key("k1"))
