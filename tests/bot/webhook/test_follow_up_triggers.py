"""What has a pull request followed up: only what is said and fails on our own, and only by whom it may be asked."""

from __future__ import annotations

from typing import Any

import pytest

from bot.webhook.decisions import Decision, Ignore, StartRun
from bot.webhook.events.code import CheckCompleted, PullDetails, ReportedCheck, ReviewCommented, Reviewed
from bot.webhook.events.conversation import Actor, Commented, EventPlace
from bot.webhook.facts import Facts, Names
from bot.webhook.routing import route
from bot.webhook.triggers import TRIGGERS
from workflows.policy.config.repo_config import RepoConfig
from workflows.runs.principal import Role
from workflows.store.records import Run
from workflows.values import Issue, Options, RunStatus

PLACE = EventPlace(5, "octo/sample", "main")
ALICE, BOB, US = Actor("alice", 2), Actor("bob", 3), Actor("pullwright[bot]", 4, bot=True)
CI = Actor("github-actions[bot]", 9, bot=True)
OURS = PullDetails(8, author=US)
MADE = {"pull": {"number": 8}}
RUN = Run("r1", "issue_to_pr", 1, RunStatus.COMPLETED, "github.com/octo/sample", "", {}, Options(), MADE, "a", 0, 0)


class Source:
    """alice may write, bob may not; pull request 8 was opened by a run of ours."""

    async def config(self) -> RepoConfig:
        return RepoConfig()

    async def role(self, login: str) -> Role:
        return Role.WRITE if login == "alice" else Role.READ

    async def run(self) -> Run | None:
        return RUN

    async def begun_by_us(self, number: int, thread: int) -> bool:
        return thread == 70

    async def reproduced(self, number: int) -> bool:
        return number == 7

    async def proposals(self) -> list[Any]:
        return []

    async def is_open(self, number: int) -> bool:
        return False

    async def has_notes(self, tag: str) -> bool:
        return False

    async def asking(self) -> Run | None:
        return None

    async def installation(self) -> Any:
        raise AssertionError("nothing optional is needed")


async def decided(event: Any) -> Decision:
    return await route(event, Facts(Names("pullwright"), Source()), TRIGGERS)


def review(**more: Any) -> Reviewed:
    given = {"pull": OURS, "sender": ALICE, "state": "changes_requested", "body": "No.", **more}
    return Reviewed(PLACE, given["sender"], given["pull"], False, 1, given["state"], given["body"], "a" * 40, "")


def comment(**more: Any) -> ReviewCommented:
    given = {"sender": ALICE, "pull": OURS, "body": "Why?", "edited": False, "thread": 0, **more}
    return ReviewCommented(
        PLACE,
        given["sender"],
        given["pull"],
        False,
        2,
        "",
        given["body"],
        given["sender"],
        "a.py",
        edited=given["edited"],
        thread=given["thread"],
    )


def said(body: str = "@pullwright do it", *, author: str = "pullwright[bot]", on_pull: bool = True) -> Commented:
    issue = Issue(8, "A", "", author)
    return Commented(PLACE, ALICE, issue, False, on_pull, 3, "", body, ALICE)


def check(conclusion: str = "failure", *, pulls: tuple[int, ...] = (8,), app: str = "github-actions") -> CheckCompleted:
    return CheckCompleted(PLACE, CI, ReportedCheck(7, "test", app, conclusion, "a" * 40, "b", pulls))


@pytest.mark.parametrize("event", [review(), comment(), said(), check(), check("timed_out")])
async def test_what_is_followed_up(event: Any) -> None:
    decision = await decided(event)
    assert isinstance(decision, StartRun)
    assert decision.workflow == "follow_up"


@pytest.mark.parametrize(
    "event",
    [
        review(state="commented"),
        review(state="approved"),
        review(sender=BOB),
        review(sender=CI),
        review(sender=US),
        review(pull=PullDetails(8, author=ALICE)),
        comment(sender=BOB),
        comment(sender=US),
        comment(sender=CI),
        comment(edited=True),
        comment(body=" "),
        comment(pull=PullDetails(8, author=ALICE)),
        said("do it"),
        said("/retest @pullwright", author="alice"),
        check("success"),
        check("cancelled"),
        check(pulls=()),
        check(pulls=(8, 9)),
        check(pulls=(9,)),
        check(app="pullwright"),
    ],
)
async def test_what_is_not(event: Any) -> None:
    decision = await decided(event)
    assert isinstance(decision, Ignore), decision


THEIRS = PullDetails(8, author=BOB)


@pytest.mark.parametrize(
    ("body", "hint"),
    [("apply", "/apply"), ("@pullwright apply", "/apply"), ("@pullwright why?", "@pullwright why?")],
)
async def test_a_word_in_a_thread_that_we_began_is_answered_there(body: str, hint: str) -> None:
    decision = await decided(comment(pull=THEIRS, thread=70, body=body))
    assert isinstance(decision, StartRun)
    assert (decision.workflow, decision.hint) == ("review_reply", hint)


@pytest.mark.parametrize(
    "more",
    [
        {"thread": 71, "body": "apply"},
        {"thread": 0, "body": "apply"},
        {"body": "why?"},
        {"body": "I will apply this"},
        {"body": "`@pullwright` apply"},
        {"sender": BOB, "body": "apply"},
        {"sender": US, "body": "apply"},
        {"sender": CI, "body": "apply"},
        {"edited": True, "body": "apply"},
    ],
)
async def test_what_is_no_word_to_us_there_is_left_alone(more: dict[str, Any]) -> None:
    assert isinstance(await decided(comment(**{"pull": THEIRS, "thread": 70, **more})), Ignore)


async def test_on_our_own_pull_requests_threads_are_followed_up() -> None:
    decision = await decided(comment(thread=70, body="apply"))
    assert isinstance(decision, StartRun)
    assert decision.workflow == "follow_up"
