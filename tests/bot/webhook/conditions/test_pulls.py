"""Which pull requests are reviewed by themselves: what the author is decides, and what the repository says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.webhook.decisions import Decision, Ignore, StartRun, TriggerName
from bot.webhook.events.code import PullChanged, PullDetails
from bot.webhook.events.conversation import Actor, EventPlace
from bot.webhook.facts import Facts, Names
from bot.webhook.routing import beside, route
from bot.webhook.triggers import TRIGGERS
from workflows.policy.config.repo_config import RepoConfig
from workflows.runs.principal import Role

PLACE = EventPlace(5, "octo/sample", "main")
ALICE, BOB = Actor("alice", 2), Actor("bob", 3)
ROBOT, OURS = Actor("renovate[bot]", 4, True), Actor("pullwright[bot]", 5, True)
ROLES = {"alice": Role.WRITE, "bob": Role.READ}


@dataclass
class Source:
    """What GitHub says: alice may write, bob may not, and the repository's rules of reviews."""

    rules: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)

    async def config(self) -> RepoConfig:
        return RepoConfig.model_validate({"workflows": {"review_pr": self.rules}, "triggers": self.switches})

    async def role(self, login: str) -> Role:
        return ROLES.get(login, Role.NONE)

    async def reproduced(self, number: int) -> bool:
        return number == 7

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} decides nothing here")


async def decided(
    action: str, author: Actor = ALICE, sender: Actor | None = None, *, source: Source | None = None, **more: Any
) -> Decision:
    requested, other_base = more.pop("requested", ""), more.pop("other_base", False)
    event = PullChanged(
        PLACE,
        sender or author,
        PullDetails(8, author=author, **more),
        more.get("merged", False),
        action,
        requested,
        other_base=other_base,
    )
    facts = Facts(Names("pullwright", "acme-bot"), source or Source())  # type: ignore[arg-type]
    return await route(event, facts, TRIGGERS)


def is_reviewed(decision: Decision) -> bool:
    return isinstance(decision, StartRun) and (decision.workflow, decision.told) == ("review_pr", False)


@pytest.mark.parametrize("action", ["opened", "ready_for_review", "synchronize", "reopened"])
async def test_what_somebody_who_may_write_proposes_is_reviewed(action: str) -> None:
    decision = await decided(action)
    assert is_reviewed(decision)
    assert isinstance(decision, StartRun)
    assert (decision.why, decision.by_rule) == (TriggerName.PULL, True)


async def test_the_same_commits_on_another_base_are_another_change() -> None:
    assert is_reviewed(await decided("edited", other_base=True))
    assert isinstance(await decided("edited", BOB, other_base=True), Ignore)


@pytest.mark.parametrize("action", ["labeled", "edited", "assigned", "converted_to_draft", "auto_merge_enabled"])
async def test_what_brings_no_code_is_not(action: str) -> None:
    assert isinstance(await decided(action), Ignore)


@pytest.mark.parametrize(
    ("author", "more", "key"),
    [(BOB, {}, "outsiders"), (ROBOT, {}, "bots"), (ALICE, {"draft": True}, "drafts")],
)
async def test_others_are_where_the_repository_says_so(author: Actor, more: dict[str, Any], key: str) -> None:
    assert isinstance(await decided("opened", author, **more), Ignore)
    assert is_reviewed(await decided("opened", author, source=Source({key: True}), **more))
    assert isinstance(await decided("opened", author, source=Source({key: False}), **more), Ignore)


async def test_a_push_by_somebody_else_does_not_make_it_theirs() -> None:
    assert is_reviewed(await decided("synchronize", ALICE, BOB))
    assert isinstance(await decided("synchronize", BOB, ALICE), Ignore)


async def test_our_own_are_reviewed_on_request_alone_and_what_is_switched_off_is_off() -> None:
    everything = Source({"bots": True, "drafts": True, "outsiders": True})
    assert isinstance(await decided("opened", OURS, source=everything), Ignore)
    assert isinstance(await decided("synchronize", OURS, ALICE, source=everything), Ignore)
    assert isinstance(await decided("opened", source=Source(switches={"pull": False})), Ignore)


async def test_the_machine_account_is_asked_by_those_who_may() -> None:
    asked = await decided("review_requested", BOB, ALICE, requested="Acme-Bot")
    assert isinstance(asked, StartRun)
    assert (asked.workflow, asked.why, asked.told) == ("review_pr", TriggerName.REVIEWER, True)
    assert isinstance(await decided("review_requested", BOB, ALICE, requested="carol"), Ignore)
    assert isinstance(await decided("review_requested", ALICE, BOB, requested="acme-bot"), Ignore)


async def mended(action: str = "opened", author: Actor = BOB, fixes: str = "own", **more: Any) -> list[StartRun]:
    given = {"author": author, "body": "Fixes #7.", "head_repository": "octo/sample", **more}
    event = PullChanged(PLACE, author, PullDetails(8, **given), False, action)
    config = RepoConfig.model_validate({"workflows": {"triage": {"fixes": fixes}}})

    class Rules(Source):
        async def config(self) -> RepoConfig:
            return config

    return await beside(event, Facts(Names("pullwright"), Rules()), TRIGGERS)  # type: ignore[arg-type]


@pytest.mark.parametrize("action", ["opened", "edited", "synchronize", "reopened"])
async def test_what_says_that_it_mends_a_reproduced_issue_is_tried_whoever_wrote_it(action: str) -> None:
    (found,) = await mended(action)
    assert (found.workflow, found.hint, found.told, found.by_rule) == ("fix_check", "7", False, True)
    assert await mended(action, ROBOT)
    (found,) = await mended(action, body="Closes #8, resolves #9.\nfixed: #7")
    assert found.hint == "7"


async def test_each_issue_that_it_names_is_tried_by_a_run_of_its_own() -> None:
    class Both(Source):
        async def reproduced(self, number: int) -> bool:
            return number in (7, 9)

    pull = PullDetails(8, author=BOB, body="Fixes #7, fixes #8, fixes #9.", head_repository="octo/sample")
    event = PullChanged(PLACE, BOB, pull, False, "opened")
    found = await beside(event, Facts(Names("pullwright"), Both()), TRIGGERS)  # type: ignore[arg-type]
    assert [(one.workflow, one.hint) for one in found] == [("fix_check", "7"), ("fix_check", "9")]
    assert len({one.part for one in found}) == 2


@pytest.mark.parametrize(
    "more",
    [
        {"body": "Fixes #8."},
        {"body": "Like #7."},
        {"body": ""},
        {"action": "labeled"},
        {"author": OURS},
        {"head_repository": "bob/sample"},
        {"head_repository": ""},
        {"fixes": "off"},
    ],
)
async def test_what_mends_nothing_known_or_may_not_be_run_is_not_tried(more: dict[str, Any]) -> None:
    assert await mended(**more) == []


async def test_a_fork_is_tried_where_the_repository_says_so_and_a_review_stands_beside_it() -> None:
    assert await mended(fixes="all", head_repository="bob/sample")
    assert is_reviewed(await decided("opened", body="Fixes #7.", head_repository="octo/sample"))
