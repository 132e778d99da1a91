"""What each event means to us, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.commands.context import Call
from bot.github.api.models import InstallationInfo
from bot.github.features import CHECKS_HEARD, LOGS
from bot.webhook import triggers
from bot.webhook.decisions import (
    AnswerQuestion,
    Asked,
    Decision,
    Ignore,
    NoteEdit,
    Refuse,
    RunCommands,
    StartRun,
    TriggerName,
    Wish,
    Withdraw,
)
from bot.webhook.events.code import (
    BranchPushed,
    CheckCompleted,
    ChecksCompleted,
    Deployed,
    PullChanged,
    PullDetails,
    ReleaseChanged,
    ReportedCheck,
    ReviewCommented,
    Reviewed,
    TagPushed,
)
from bot.webhook.events.conversation import (
    Actor,
    Commented,
    EventPlace,
    InstallationChanged,
    IssueAssigned,
    IssueChanged,
    IssueLabeled,
    IssueOpened,
)
from bot.webhook.facts import Facts, Names
from bot.webhook.routing import route
from bot.webhook.triggers import TRIGGERS, Trigger
from sandbox.errors import TransientError
from workflows.errors import ConfigError
from workflows.policy.config.config_file import WrongConfig, parse
from workflows.policy.config.repo_config import RepoConfig
from workflows.registry import WORKFLOWS
from workflows.release_notes.proposal.proposals import Proposal
from workflows.runs.principal import Role
from workflows.store.records import Run
from workflows.subject import Subject, SubjectKind
from workflows.values import Issue, Options, RunStatus

PLACE = EventPlace(5, "octo/sample", "main")
ALICE = Actor("alice", 1)
ISSUE = Issue(7, "It is broken", "Badly.", "bob")
NAMES = Names("pullwright", "pullwright-helper", "pullwright")
SUBJECT = Subject(SubjectKind.ISSUE, "octo/sample", "github", 5, 7)
RUN = Run("r1", "w", 1, RunStatus.WAITING, "github.com/octo/sample", "", {}, Options(), {}, "a", 0, 0)


@dataclass
class Given:
    """Facts as a test has them; `asked` are those that a decision asked for, in order."""

    rules: RepoConfig | Exception = field(default_factory=RepoConfig)
    held: Role | Exception = Role.WRITE
    question: bool = False
    permissions: Mapping[str, str] = field(default_factory=dict)
    work: Run | None = None
    proposed: list[Proposal] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)
    looked_at: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def config(self) -> RepoConfig:
        self.asked.append("config")
        if isinstance(self.rules, Exception):
            raise self.rules
        return self.rules

    async def role(self, login: str) -> Role:
        self.asked.append(f"role {login}")
        if isinstance(self.held, Exception):
            raise self.held
        return self.held

    async def run(self) -> Run | None:
        self.asked.append("run")
        return RUN if self.question else None

    async def at_work(self) -> Run | None:
        self.asked.append("at work")
        return self.work

    async def begun_by_us(self, number: int, thread: int) -> bool:
        return thread == 70

    async def reproduced(self, number: int) -> bool:
        return number == 7

    async def proposals(self) -> list[Proposal]:
        return self.proposed

    async def is_open(self, number: int) -> bool:
        self.looked_at.append(number)
        return number not in self.closed

    async def has_notes(self, tag: str) -> bool:
        return any(one.tag == tag for one in self.proposed)

    async def asking(self) -> Run | None:
        self.asked.append("asking")
        return RUN if self.question else None

    async def installation(self) -> InstallationInfo:
        self.asked.append("installation")
        return InstallationInfo(5, "octo", permissions=self.permissions, url="https://github.com/installations/5")


async def routed(event: Any, given: Given | None = None, names: Names = NAMES, table: Any = TRIGGERS) -> Decision:
    given = given or Given()
    decision = await route(event, Facts(names, given), table)
    assert len(set(given.asked)) == len(given.asked), "each fact is asked for once"
    return decision


def starts(why: TriggerName, hint: str = "", approve: bool = False) -> StartRun:
    return StartRun("issue_to_pr", SUBJECT, why, hint, approve)


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
        (assigned(), starts(TriggerName.ASSIGNED)),
        (assigned("Pullwright-Helper"), starts(TriggerName.ASSIGNED)),
        (labeled(), starts(TriggerName.LABEL)),
        (labeled("Pullwright"), starts(TriggerName.LABEL)),
        (said("@pullwright look at the parser"), starts(TriggerName.MENTION, "@pullwright look at the parser")),
        (said("/fix the parser"), RunCommands((Call("fix", "the parser"),))),
        (said("@pullwright /abort it"), RunCommands((Call("abort", "it"),))),
        (said("/retest\n\n@pullwright see it"), starts(TriggerName.MENTION, "/retest @pullwright see it")),
        (opened("@pullwright please"), starts(TriggerName.MENTION)),
        (opened("It fails.\n\n/fix the parser"), starts(TriggerName.COMMAND, "the parser")),
        (opened("/plan"), starts(TriggerName.COMMAND, approve=True)),
        (said("/status", on_pull=True), RunCommands((Call("status"),))),
        (said("/fix", closed=True), RunCommands((Call("fix"),))),
    ],
)
async def test_what_asks_for_something(event: Any, decision: Decision) -> None:
    assert await routed(event) == decision


@pytest.mark.parametrize(
    "event",
    [
        assigned("alice"),
        assigned(closed=True),
        assigned(place=replace(PLACE, archived=True)),
        labeled("question"),
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
async def test_what_does_not(event: Any) -> None:
    assert isinstance(await routed(event), Ignore)


@pytest.mark.parametrize("event", [assigned(), labeled(), said("@pullwright do it")])
@pytest.mark.parametrize("role", [Role.NONE, Role.READ, Role.TRIAGE])
async def test_who_may_not_write_starts_nothing(event: Any, role: Role) -> None:
    assert isinstance(await routed(event, Given(held=role)), Ignore)


@pytest.mark.parametrize(
    ("text", "event", "begins"),
    [
        ("label: robot", labeled("robot"), True),
        ("label: robot", labeled("pullwright"), False),
        ("triggers: {label: false}", labeled(), False),
        ("triggers: {assigned: false}", assigned(), False),
        ("triggers: {mention: false}", said("@pullwright do it"), False),
        ("triggers: {command: false}", said("/fix"), False),
        ("triggers: {command: false}", said("@pullwright /fix"), False),
        ("triggers: {opened: true}", OPENED, True),
        ("triggers: {command: false, opened: true}", opened("/fix"), True),
        ("triggers: {command: false}", opened("/fix"), False),
        ("triggers: {command: false}", opened("/fix\n\n@pullwright please"), True),
        ("triggers: {mention: false}", opened("@pullwright please"), False),
    ],
)
async def test_the_repository_decides_what_starts_work(text: str, event: Any, begins: bool) -> None:
    assert isinstance(await routed(event, Given(parse(text))), StartRun) is begins


async def test_without_a_configured_assignee_no_assignment_counts() -> None:
    assert isinstance(await routed(assigned(""), names=replace(NAMES, assignee="")), Ignore)


async def test_words_that_ask_for_nothing_answer_the_question_of_a_run_where_it_asks_one() -> None:
    def asked(**more: Any) -> Given:
        return Given(question=True, **more)

    assert await routed(said("The second one."), asked()) == AnswerQuestion("The second one.")
    assert await routed(said("@pullwright the second one."), asked()) == AnswerQuestion("@pullwright the second one.")
    assert await routed(said("/status"), asked()) == RunCommands((Call("status"),))
    assert await routed(said("Below\n/tmp"), asked()) == AnswerQuestion("Below\n/tmp")
    off = parse("triggers: {command: false}")
    for event in (
        said("/retest"),
        said("The 2nd.", edited=True, before="The first."),
        said(" "),
        said("Hi", author=Actor("x", 1, True)),
    ):
        assert isinstance(await routed(event, asked()), Ignore)
    assert isinstance(await routed(said("/status\nplease"), asked(rules=off)), Ignore)
    assert isinstance(await routed(said("The second one."), asked(held=Role.TRIAGE)), Ignore)


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        (assigned("somebody"), []),
        (assigned(closed=True), []),
        (assigned(), ["config", "role alice"]),
        (labeled("question"), ["config"]),
        (labeled(closed=True), []),
        (said("/fix"), ["config"]),
        (said("just talking"), ["asking"]),
        (said("/retest"), []),
        (OPENED, ["config"]),
        (InstallationChanged(5, "octo", "suspend"), []),
        (TagPushed(PLACE, ALICE, "v1", after="a" * 40), ["config"]),
        (TagPushed(PLACE, ALICE, "nightly", after="a" * 40), []),
        (PullChanged(PLACE, ALICE, PullDetails(8), False, "opened"), ["config", "role ghost"]),
        (PullChanged(PLACE, ALICE, PullDetails(8), False, "labeled"), []),
        (PullChanged(PLACE, ALICE, PullDetails(8, author=Actor("pullwright[bot]", 1, True)), False, "opened"), []),
        (PullChanged(PLACE, ALICE, PullDetails(8, draft=True), False, "opened"), ["config"]),
    ],
)
async def test_only_the_facts_that_decide_are_asked_for(event: Any, facts: list[str]) -> None:
    given = Given()
    await routed(event, given)
    assert given.asked == facts


async def test_a_configuration_that_is_wrong_is_told_to_who_may_start_and_its_label_counts() -> None:
    wrong = WrongConfig("No.", "Mend it.")
    wrong.label = "robot"
    assert await routed(labeled("robot"), Given(wrong)) == Refuse(wrong)
    assert isinstance(await routed(labeled(), Given(wrong)), Ignore)
    assert isinstance(await routed(labeled("robot"), Given(wrong, Role.READ)), Ignore)
    assert await routed(said("/abort"), Given(ConfigError("No."))) == RunCommands((Call("abort"),))
    given = Given(wrong, question=True)
    assert await routed(said("The second."), given) == AnswerQuestion("The second.")
    assert "config" not in given.asked


async def test_what_cannot_be_known_now_is_raised() -> None:
    with pytest.raises(TransientError):
        await routed(labeled(), Given(held=TransientError("away")))


# --- a workflow is one row --------------------------------------------------------------------------


async def _on_push(event: TagPushed, facts: Facts) -> Asked:
    return Wish("first" if not event.before else "moved") if event.after else Ignore("the tag is gone")


async def _failed(event: ChecksCompleted, facts: Facts) -> Asked:
    return Wish() if event.check.conclusion == "failure" else Ignore("nothing failed")


NOTES = Trigger(TriggerName.RULE, "a tag is pushed", TagPushed, _on_push, "notes", role=None, bots=True, told=False)
FOLLOW = Trigger(
    TriggerName.RULE,
    "a check fails",
    ChecksCompleted,
    _failed,
    "follow",
    (CHECKS_HEARD, LOGS),
    None,
    bots=True,
    told=True,
)
RED = ChecksCompleted(
    PLACE, Actor("ci[bot]", 9, True), ReportedCheck(1, "", "ci", "failure", "c" * 40, "fix/issue-7", (8,), "u")
)


async def test_a_workflow_on_a_tag_is_one_row() -> None:
    robot = Actor("release-bot[bot]", 8, True)
    pushed = TagPushed(PLACE, robot, "v1.2", after="a" * 40)
    there = Subject(SubjectKind.TAG, "octo/sample", "github", 5, name="v1.2")
    assert await routed(pushed, table=(NOTES,)) == StartRun(
        "notes", there, TriggerName.RULE, "first", told=False, by_rule=True
    )
    assert await routed(replace(pushed, before="b"), table=(NOTES,)) == StartRun(
        "notes", there, TriggerName.RULE, "moved", told=False, by_rule=True
    )
    for other in (
        replace(pushed, after=""),
        replace(pushed, sender=Actor("pullwright[bot]", 1, True)),
        replace(pushed, place=replace(PLACE, archived=True)),
    ):
        assert isinstance(await routed(other, table=(NOTES,)), Ignore)
    assert isinstance(await routed(pushed, table=(replace(NOTES, bots=False),)), Ignore)


async def test_what_takes_a_permission_that_was_not_granted_is_refused_with_the_place_where_to_grant_it() -> None:
    decision = await routed(RED, Given(permissions={"checks": "write"}), table=(FOLLOW,))
    assert isinstance(decision, Refuse)
    assert decision.error.sentence == (
        "This installation has not granted actions: read, which reading the logs of failed jobs takes."
    )
    assert "https://github.com/installations/5" in decision.error.remedy
    granted = Given(permissions={"checks": "write", "actions": "read"})
    assert isinstance(await routed(RED, granted, table=(FOLLOW,)), StartRun)
    quiet = await routed(RED, Given(), table=(replace(FOLLOW, told=False),))
    assert isinstance(quiet, Ignore)
    assert "actions: read" in quiet.reason


async def test_a_check_of_our_own_starts_nothing() -> None:
    """GitHub names whoever pushed as the sender of what all checks of an App came to."""
    ours = replace(RED, sender=ALICE, check=replace(RED.check, app=NAMES.slug))
    granted = Given(permissions={"checks": "write", "actions": "read"})
    assert isinstance(await routed(ours, granted, table=(FOLLOW,)), Ignore)
    assert isinstance(await routed(replace(ours, check=RED.check), granted, table=(FOLLOW,)), StartRun)


async def test_a_check_is_about_the_one_pull_request_of_its_head_else_about_the_branch() -> None:
    assert RED.subject == Subject(SubjectKind.PULL, "octo/sample", "github", 5, 8)
    for pulls in ((), (8, 9)):
        other = replace(RED, check=replace(RED.check, pulls=pulls))
        assert other.subject == Subject(SubjectKind.BRANCH, "octo/sample", "github", 5, name="fix/issue-7")


# --- the table itself ---------------------------------------------------------------------------------


def test_the_documentation_has_the_same_table() -> None:
    document = (Path(__file__).parents[3] / "docs" / "github.md").read_text()
    assert triggers.table() in document, f"it should be:\n{triggers.table()}"


@pytest.mark.parametrize("row", TRIGGERS, ids=lambda row: row.act)
def test_a_row_needs_what_is_heard_and_starts_what_there_is(row: Trigger) -> None:
    heard = {name for feature in row.needs for name in feature.events}
    assert EVENTS[row.event] in heard, "a row declares the feature whose event it waits for"
    assert not any(feature.ahead for feature in row.needs), "what is used is no longer asked for ahead"
    if row.workflow:
        assert WORKFLOWS[row.workflow].takes


EVENTS = {
    IssueAssigned: "issues",
    IssueChanged: "issues",
    IssueLabeled: "issues",
    IssueOpened: "issues",
    Commented: "issue_comment",
    PullChanged: "pull_request",
    BranchPushed: "push",
    Reviewed: "pull_request_review",
    ReviewCommented: "pull_request_review_comment",
    CheckCompleted: "check_run",
    ChecksCompleted: "check_suite",
    TagPushed: "push",
    ReleaseChanged: "release",
    Deployed: "deployment_status",
}
"""GitHub's event for each of ours."""


def changed(change: str, reason: str = "", name: str = "", **fields: Any) -> IssueChanged:
    return replace(IssueChanged(PLACE, ALICE, ISSUE, change == "closed", change, reason, name), **fields)


def at_work(**asked_by: str) -> Given:
    return Given(work=replace(RUN, inputs={"asked_by": asked_by}))


@pytest.mark.parametrize(
    ("event", "asked_by", "why"),
    [
        (changed("closed", "not_planned"), {}, "the issue was closed as not planned"),
        (changed("closed", "duplicate"), {}, "the issue was closed as duplicate"),
        (changed("closed", "completed"), {}, "the issue was closed as completed"),
        (changed("closed"), {}, "the issue was closed"),
        (changed("deleted"), {}, "the issue was deleted"),
        (changed("transferred"), {}, "the issue was transferred"),
        (changed("locked", "too heated"), {}, "the issue was locked as too heated"),
        (changed("locked"), {"label": "pullwright"}, "the issue was locked"),
        (changed("unlabeled", name="Pullwright"), {"label": "pullwright"}, "the label Pullwright was taken off"),
        (changed("unassigned", name="helper"), {"assignee": "Helper"}, "the issue is not assigned to helper any more"),
        (
            changed("unlabeled", name="bot", id=6),
            {"label": "pullwright", "label_id": "6"},
            "the label bot was taken off",
        ),
        (changed("closed", "not_planned", sender=Actor("stale[bot]", 3, bot=True)), {}, "as not planned"),
    ],
)
async def test_work_that_is_not_wanted_any_more_stops(event: IssueChanged, asked_by: dict[str, str], why: str) -> None:
    decision = await routed(event, at_work(**asked_by))
    assert isinstance(decision, Withdraw)
    assert why in decision.why


@pytest.mark.parametrize(
    ("event", "asked_by"),
    [
        (changed("unlabeled", name="bug"), {"label": "pullwright"}),
        (changed("unlabeled", name="pullwright", id=8), {"label": "pullwright", "label_id": "6"}),
        (changed("unlabeled", name="pullwright"), {}),
        (changed("unlabeled", name="pullwright"), {"assignee": "helper"}),
        (changed("unassigned", name="alice"), {"assignee": "helper"}),
        (changed("unassigned", name="helper"), {"label": "helper"}),
        (changed("unassigned"), {}),
        (changed("pinned"), {}),
    ],
)
async def test_what_others_lose_stops_nothing(event: IssueChanged, asked_by: dict[str, str]) -> None:
    assert isinstance(await routed(event, at_work(**asked_by)), Ignore)


async def test_where_nothing_is_at_work_nothing_is_stopped_and_github_is_not_asked() -> None:
    for change in ("closed", "edited"):
        given = Given()
        assert isinstance(await routed(changed(change), given), Ignore)
        assert given.asked == ["at work"]


@pytest.mark.parametrize(("role", "asked"), [(Role.WRITE, True), (Role.ADMIN, True), (Role.TRIAGE, False)])
async def test_an_edit_is_noted_with_whether_whoever_made_it_may_say_what_to_do(role: Role, asked: bool) -> None:
    given = at_work()
    given.held = role
    assert await routed(changed("edited"), given) == NoteEdit(asked)


async def test_a_repository_may_have_work_go_on_all_the_same() -> None:
    for change in ("closed", "edited"):
        given = at_work()
        given.rules = parse("triggers: {withdrawn: false, edited: false}")
        assert isinstance(await routed(changed(change), given), Ignore)


@pytest.mark.parametrize("named", ["renovate[bot]", "Renovate", "renovate"])
async def test_a_bot_that_the_repository_names_may_ask_by_label_or_assignment(named: str) -> None:
    robot = Actor("renovate[bot]", 9, bot=True)
    for event in (labeled(sender=robot), assigned(sender=robot)):
        given = Given(rules=parse(f"bots: {named!r}"), held=Role.NONE)
        decision = await routed(event, given)
        assert isinstance(decision, StartRun)
        assert decision.by_rule, "it counts as an outsider's, whose money is capped"
    for event in (labeled(sender=robot), said("/fix", sender=robot, author=robot)):
        assert isinstance(await routed(event, Given(rules=parse("bots: other"))), Ignore)
    commanded = said("/fix", sender=robot, author=robot)
    assert isinstance(await routed(commanded, Given(rules=parse(f"bots: {named!r}"))), Ignore), "words are a person's"


async def test_another_label_of_a_bot_costs_no_request() -> None:
    given = Given()
    assert isinstance(await routed(assigned("somebody", sender=Actor("x[bot]", 9, bot=True)), given), Ignore)
    assert given.asked == []
