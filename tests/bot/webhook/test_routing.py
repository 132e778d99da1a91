"""What each event means to us, as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.context import Call
from bot.webhook.events import Actor, Commented, InstallationChanged, IssueAssigned, IssueLabeled, IssueOpened, Place
from bot.webhook.routing import Answer, Decision, Facts, Ignore, Reply, Start, Trigger, route
from workflows.policy.repo_config import RepoConfig, parse
from workflows.runs.principal import Role
from workflows.values import Issue

PLACE = Place(5, "octo/sample", "main")
ALICE = Actor("alice", 1)
ISSUE = Issue(7, "It is broken", "Badly.", "bob")
FACTS = Facts("pullwright", "pullwright-helper", "pullwright", RepoConfig(), Role.WRITE, asked=False)


def assigned(to: str = "pullwright-helper", **fields: Any) -> IssueAssigned:
    return replace(IssueAssigned(PLACE, ALICE, ISSUE, False, to), **fields)


def labeled(label: str = "pullwright", **fields: Any) -> IssueLabeled:
    return replace(IssueLabeled(PLACE, ALICE, ISSUE, False, label), **fields)


def said(body: str, **fields: Any) -> Commented:
    event = Commented(PLACE, ALICE, ISSUE, False, False, 3, "u", body, ALICE)
    return replace(event, **fields)


OPENED = IssueOpened(PLACE, ALICE, ISSUE)


def opened(body: str) -> IssueOpened:
    return replace(OPENED, issue=replace(ISSUE, body=body))


@pytest.mark.parametrize(
    ("event", "decision"),
    [
        (assigned(), Start(Trigger.ASSIGNED)),
        (assigned("Pullwright-Helper"), Start(Trigger.ASSIGNED)),
        (labeled(), Start(Trigger.LABEL)),
        (labeled("Pullwright"), Start(Trigger.LABEL)),
        (said("@pullwright look at the parser"), Start(Trigger.MENTION, "@pullwright look at the parser")),
        (said("/fix the parser"), Answer((Call("fix", "the parser"),))),
        (said("@pullwright /abort it"), Answer((Call("abort", "it"),))),
        (said("/retest\n\n@pullwright see it"), Start(Trigger.MENTION, "/retest @pullwright see it")),
        (opened("@pullwright please"), Start(Trigger.MENTION)),
        (opened("It fails.\n\n/fix the parser"), Start(Trigger.COMMAND, "the parser")),
        (opened("/plan"), Start(Trigger.COMMAND, approve=True)),
        (said("/status", on_pull=True), Answer((Call("status"),))),
        (said("/fix", closed=True), Answer((Call("fix"),))),
    ],
)
def test_what_asks_for_something(event: Any, decision: Decision) -> None:
    assert route(event, FACTS) == decision


@pytest.mark.parametrize(
    "event",
    [
        assigned("alice"),
        assigned(closed=True),
        assigned(place=replace(PLACE, archived=True)),
        labeled("bug"),
        labeled(sender=Actor("dependabot[bot]", 2, bot=True)),
        labeled(sender=Actor("pullwright[bot]", 3)),
        OPENED,
        opened("```\n/fix\n```"),
        opened("/status"),
        said("fix it please"),
        said("> @pullwright do it"),
        said("`@pullwright` is a bot"),
        said("mail me: me@pullwright.example"),
        said("@pullwright do it", before="@pullwright do this", edited=True),
        said("@pullwright do it", on_pull=True),
        said("@pullwright do it", closed=True),
        said("/fix", before="/fix", edited=True),
        said("/fix", author=Actor("other[bot]", 4, bot=True)),
        said("```\n/fix\n```"),
        InstallationChanged(5, "octo", "suspend"),
    ],
)
def test_what_does_not(event: Any) -> None:
    assert isinstance(route(event, FACTS), Ignore)


@pytest.mark.parametrize("event", [assigned(), labeled(), said("@pullwright do it")])
@pytest.mark.parametrize("role", [Role.NONE, Role.READ, Role.TRIAGE])
def test_who_may_not_write_starts_nothing(event: Any, role: Role) -> None:
    assert isinstance(route(event, replace(FACTS, role=role)), Ignore)


@pytest.mark.parametrize(
    ("text", "event", "starts"),
    [
        ("label: robot", labeled("robot"), True),
        ("label: robot", labeled("pullwright"), False),
        ("triggers: {label: false}", labeled(), False),
        ("triggers: {assigned: false}", assigned(), False),
        ("triggers: {mention: false}", said("@pullwright do it"), False),
        ("triggers: {command: false}", said("/fix"), False),
        ("triggers: {opened: true}", OPENED, True),
        ("triggers: {command: false, opened: true}", opened("/fix"), True),
        ("triggers: {command: false}", opened("/fix"), False),
        ("triggers: {mention: false}", opened("@pullwright please"), False),
    ],
)
def test_the_repository_decides_what_starts_work(text: str, event: Any, starts: bool) -> None:
    decision = route(event, replace(FACTS, config=parse(text)))
    assert isinstance(decision, Start) is starts


@pytest.mark.parametrize("event", [labeled("anything"), OPENED, assigned(), said("@pullwright x")])
def test_what_only_github_knows_is_not_held_against_an_event_before_it_is_known(event: Any) -> None:
    assert isinstance(route(event, replace(FACTS, config=None, role=None)), Start)


def test_without_a_configured_assignee_no_assignment_counts() -> None:
    assert isinstance(route(assigned(""), replace(FACTS, assignee="")), Ignore)


def test_words_that_ask_for_nothing_answer_the_question_of_a_run_where_it_asks_one() -> None:
    asked = replace(FACTS, asked=True)
    assert route(said("The second one."), asked) == Reply("The second one.")
    assert route(said("@pullwright the second one."), asked) == Reply("@pullwright the second one.")
    assert route(said("/status"), asked) == Answer((Call("status"),))
    assert route(said("Below\n/tmp"), asked) == Reply("Below\n/tmp")
    assert isinstance(route(said("/retest"), asked), Ignore)
    assert route(said("The second one."), replace(asked, asked=None)) == Reply("The second one.")
    for event in (
        said("The 2nd.", edited=True, before="The first."),
        said(" "),
        said("Hi", author=Actor("x", 1, True)),
    ):
        assert isinstance(route(event, asked), Ignore)
    assert isinstance(route(said("The second one."), replace(asked, role=Role.TRIAGE)), Ignore)
