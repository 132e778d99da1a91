"""Gathering what is asked on one of our pull requests; what is none of ours is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.advice import ROLLBACK
from workflows.definition import Done, Exit, Failed, Result, Slot
from workflows.effects.items import CodeComment, FailedCheck, PullInfo, ReviewInfo, UserInfo
from workflows.errors import NotFound
from workflows.issue_to_pr.follow_up.asked import MOST_IN_A_ROW, REBASE, AskedFor
from workflows.issue_to_pr.follow_up.forge import FollowUpForge
from workflows.services import StepContext
from workflows.steps import state
from workflows.steps.rules.ground_rules import rules_of_branch
from workflows.steps.rules.push_rules import for_model
from workflows.steps.rules.rules_of_run import PUSH_RULES
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.text.sanitise import sanitise, sanitise_line
from workflows.values import Requirement, to_json

ASKED = Slot("asked", list)
"""What is to be done, as `asked.AskedFor`."""
NOTHING = "nothing"
"""The exit where there is nothing to do."""
_MOST_TEXT = 6_000
_MOST_LOG = 12_000
_MOST_ASKED = 20
_LOOK_SECONDS = 2.0
_LONGEST = 5
"""Times as long as it is to be quiet: then what was said until now is the task."""
_MAY_ASK = ("write", "maintain", "admin")
_FAILS = ("failure", "timed_out")


async def gather(ctx: StepContext) -> Result:
    """Wait until nobody says more, then take all that is asked and not answered yet as one task."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if not isinstance(forge, FollowUpForge):
        return Failed("Pull requests cannot be followed up here.", advice=(ROLLBACK,), lasting=True)
    await _quiet(ctx, forge, number)
    pull = await forge.pull(number)
    if why := _not_ours(ctx, forge, pull):
        return Failed(why, advice=(ROLLBACK,), lasting=True)
    began = not ctx.state.get("asked_times")  # later on it is people's words, whatever it began with
    check, rebase = ctx.run.inputs.get("check") if began else None, began and ctx.run.inputs.get("hint") == REBASE
    found, why = (
        ([], "") if rebase else await (_check(ctx, forge, pull, check) if check else _words(ctx, forge, number))
    )
    given = {
        ASKED.key: [to_json(one) for one in found],
        state.REQUIREMENTS.key: [to_json(Requirement(one.label)) for one in found],
        state.BRANCH.key: pull.head,
        # Once there is a tree of ours, what others have pushed since is not in it: `update` looks for that.
        state.TIP.key: ctx.state.get("tip") or pull.head_commit,
        state.BASE_BRANCH.key: pull.base,
        "follows": {"number": number, "url": pull.url, "draft": pull.draft},
        "rebase": rebase,
        PUSH_RULES: for_model(await rules_of_branch(ctx, pull.head)) if found else [],
    }
    if not found and not rebase:
        return Exit(NOTHING, {**given, "nothing": why}, why)
    many = f"{len(found)} thing{'' if len(found) == 1 else 's'}"
    return Done(given, many if found else "the base is to be merged in")


async def unanswered(forge: FollowUpForge, number: int) -> list[AskedFor]:
    """The threads in which somebody who may write has spoken since we did; resolved ones are not.

    What others say behind that takes nothing away, and is none of the task.
    """
    said: dict[int, list[CodeComment]] = {}
    for one in await forge.code_comments(number):
        said.setdefault(one.thread, []).append(one)
    resolved = {one.first for one in await forge.review_threads(number) if one.resolved}
    found, may = [], _Asking(forge)
    for thread, comments in said.items():
        ours = next((at for at in reversed(range(len(comments))) if forge.is_me(comments[at].author.login)), -1)
        last = None if thread in resolved else await may.last(comments[ours + 1 :])
        if last is None:
            continue
        text = "\n\n".join(
            f"{one.author.login}: {sanitise(one.body, _MOST_TEXT)}" for one in comments[: comments.index(last) + 1][-6:]
        )
        where = f"{sanitise_line(last.path, 200)}{f':{last.line}' if last.line else ''}"
        found.append(AskedFor("thread", thread, text, last.author.login, where))
    return found[:_MOST_ASKED]


async def asked_by_people(forge: FollowUpForge, number: int) -> list[AskedFor]:
    """What people ask in threads and in reviews that request changes, as far as nobody has answered it."""
    found, reviews = await unanswered(forge, number), await forge.reviews(number)
    for at, review in enumerate(reviews):
        asks = (
            review.state.lower() == "changes_requested" and review.body.strip() and not forge.is_me(review.author.login)
        )
        if (
            not asks
            or _approved(reviews[at + 1 :], by=review.author)
            or await forge.find_comment(number, f":{review.id} -->") is not None
        ):
            continue
        if review.author.kind != "Bot" and await forge.permission(review.author.login) in _MAY_ASK:
            text = sanitise(review.body, _MOST_TEXT)
            found.append(AskedFor("comment", review.id, text, review.author.login))
    return found


def _approved(later: Sequence[ReviewInfo], *, by: UserInfo) -> bool:
    """Whether somebody has approved what they asked changes of before."""
    return any(one.author.login == by.login and one.state.lower() == "approved" for one in later)


@dataclass(slots=True)
class _Asking:
    """Who may ask for something; each is looked up once."""

    forge: FollowUpForge
    _known: dict[str, bool] = field(default_factory=dict)

    async def last(self, comments: Sequence[CodeComment]) -> CodeComment | None:
        """The last one by a person who may write."""
        for one in reversed(comments):
            login = one.author.login
            if login not in self._known:
                person = one.author.kind != "Bot"
                self._known[login] = person and await self.forge.permission(login) in _MAY_ASK
            if self._known[login]:
                return one
        return None


async def _words(ctx: StepContext, forge: FollowUpForge, number: int) -> tuple[list[AskedFor], str]:
    """What people ask, and what stands in the comment that started it."""
    found = await asked_by_people(forge, number)
    words, comment = str(ctx.run.inputs.get("hint") or ""), int(ctx.run.inputs.get("comment") or 0)
    if words.strip() and not ctx.state.get("asked_times"):
        by = str((ctx.run.inputs.get("requester") or {}).get("login") or "")
        found.append(AskedFor("comment", comment, words[:_MOST_TEXT], by))
    return found[:_MOST_ASKED], "everything was answered already"


async def _check(
    ctx: StepContext, forge: FollowUpForge, pull: PullInfo, named: dict[str, Any]
) -> tuple[list[AskedFor], str]:
    """A check that fails on the head and not on the base, unless that was tried often enough."""
    try:
        failed = await forge.failed_check(int(named["id"]))
    except NotFound:
        return [], "the check is gone"
    if failed.commit != pull.head_commit or failed.conclusion not in _FAILS:
        return [], "it is not about the present head any more"
    now = await forge.conclusions(failed.name, pull.head_commit)
    if now and now[0] not in _FAILS:
        return [], f"{sanitise_line(failed.name, 80)} was run again, and {'passes' if now[0] else 'is at work'} by now"
    earlier = await _earlier(ctx)
    in_a_row = next((at for at, one in enumerate(earlier) if not one.get("check")), len(earlier))
    if in_a_row >= MOST_IN_A_ROW:
        return [], f"{MOST_IN_A_ROW} runs in a row were for failing checks: a person's word is wanted first"
    # Where the base stood when the pull request was made, and where it is now: CI tests the two merged.
    ran = [await forge.conclusions(failed.name, base) for base in (pull.base_commit, pull.base)]
    on_base = [found for found in ran if found]
    if any(found[0] in _FAILS for found in on_base):
        return [], f"{sanitise_line(failed.name, 80)} fails on {pull.base}, too"
    names = [one["check"]["name"] for one in earlier if one.get("check")]
    if not on_base and failed.name in names:
        return [], f"{sanitise_line(failed.name, 80)} never ran on {pull.base}, and was tried once"
    return [AskedFor("check", int(named["id"]), ctx.services.redact(_said(failed)), failed.name)], ""


def _said(failed: FailedCheck) -> str:
    """What a check says, the end of its log last: all of it is written by programs that run others' code."""
    notes = "\n".join(failed.notes[:50])
    log = f"The end of its log:\n\n{failed.log[-_MOST_LOG:]}" if failed.log.strip() else ""
    if not log and failed.unlogged:
        log = f"Its log could not be read: {failed.unlogged}."
    parts = [failed.text[:_MOST_LOG], notes[:_MOST_LOG], log]
    return sanitise("\n\n".join(part for part in parts if part.strip()), 3 * _MOST_LOG) or "It says nothing more."


async def _earlier(ctx: StepContext) -> Sequence[dict[str, Any]]:
    """The follow-ups before this one that had something to do, newest first: the check that each was for, if any."""
    number = ctx.run.subject.number
    rows = await ctx.services.store.read(runs.of_number, ctx.run.repository, number, workflow="follow_up")
    before = sorted((one for one in rows if one.id != ctx.run.id), key=lambda one: -one.created_at)
    return [
        {"check": None if _heard(one) else one.inputs.get("check")} for one in before if not one.state.get("nothing")
    ]


def _heard(run: Run) -> bool:
    """Whether a follow-up has taken up a person's words, be it beside what it began with."""
    return any(one.get("kind") != "check" for one in run.state.get(ASKED.key) or ())


async def _quiet(ctx: StepContext, forge: FollowUpForge, number: int) -> None:
    """Several comments within a minute are one task: wait until nobody has said more for so long."""
    needed, quiet, waited = float(ctx.run.inputs.get("quiet_seconds") or 0.0), 0.0, 0.0
    seen = -1
    while quiet < needed and waited < _LONGEST * needed:  # anybody may write there, and for as long as they like
        await ctx.boundary()
        now = max((one.id for one in await forge.code_comments(number)), default=0)
        quiet, seen = (quiet, seen) if now == seen else (0.0, now)
        await asyncio.sleep(min(_LOOK_SECONDS, needed))
        quiet, waited = quiet + min(_LOOK_SECONDS, needed), waited + min(_LOOK_SECONDS, needed)


async def ended(ctx: StepContext) -> str:
    """A sentence where the pull request was closed or merged meanwhile; "" where it is open, or we pushed already."""
    forge, made = ctx.forge.operations(ctx.run.id), ctx.state["commit"]
    if not isinstance(forge, FollowUpForge):
        return ""
    pull = await forge.pull(ctx.run.subject.number)
    if pull.state == "open" or pull.head_commit == made:
        return ""
    return f"Pull request #{pull.number} was {'merged' if pull.merged else 'closed'} meanwhile."


def _not_ours(ctx: StepContext, forge: FollowUpForge, pull: PullInfo) -> str:
    if pull.state != "open":
        return f"Pull request #{pull.number} is {'merged' if pull.merged else 'closed'}."
    if not forge.is_me(pull.author.login):
        return f"Pull request #{pull.number} is {pull.author.login}'s, and only our own are followed up."
    if pull.head_repository.lower() != ctx.run.subject.repository.lower():
        return f"The branch of pull request #{pull.number} is not in this repository."
    return ""
