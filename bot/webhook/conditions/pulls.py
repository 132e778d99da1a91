"""What on a pull request asks for a review, a trial, a follow-up or a reply."""

from __future__ import annotations

from dataclasses import replace

from bot.commands import comment_text
from bot.webhook.decisions import Asked, Ignore, Wish
from bot.webhook.events.code import CheckCompleted, PullChanged, ReviewCommented, Reviewed
from bot.webhook.events.conversation import Actor
from bot.webhook.facts import Facts
from workflows.review_pr.forge import all_linked
from workflows.review_pr.reply.asked import APPLY
from workflows.runs.principal import Role
from workflows.store.records import Run

_REVIEWED = frozenset({"opened", "ready_for_review", "synchronize", "reopened"})

_MOST_LINKED = 5
"""Issues of one pull request that are looked up."""


async def pull_changed(event: PullChanged, facts: Facts) -> Asked:
    """What is cheap is asked first; our own pull requests are reviewed only where somebody says so."""
    if event.action not in _REVIEWED and not event.other_base:
        return Ignore("nothing to review has come")
    if event.pull.author.login.lower() == f"{facts.names.slug}[bot]".lower():
        return Ignore("it is our own pull request")
    rules = (await facts.config()).review_rules()
    if event.pull.draft and not rules.drafts:
        return Ignore("drafts are not reviewed by themselves here")
    if event.pull.author.bot and not rules.bots:
        return Ignore("pull requests of bots are not reviewed by themselves here")
    author = event.pull.author.login
    if not event.pull.author.bot and not rules.outsiders and await facts.role(author) < Role.WRITE:
        return Ignore(f"{author} may not write here, and others' pull requests are not reviewed by themselves")
    return Wish()


async def says_it_mends(event: PullChanged, facts: Facts) -> Asked:
    """A pull request that names an issue which a triage has reproduced."""
    numbers = all_linked(event.pull.body)[:_MOST_LINKED]
    if not numbers or event.action not in (*_REVIEWED, "edited"):
        return Ignore("it names no issue that it mends")
    fixes = (await facts.config()).triage_rules().fixes
    fork = event.pull.head_repository.lower() != event.place.repository.lower()
    if fixes == "off" or (fork and fixes != "all"):
        return Ignore("its code is not run here")
    wishes = [Wish(str(number), part=f"#{number}") for number in numbers if await facts.reproduced(number)]
    if not wishes:
        return Ignore("what it mends was not reproduced")
    return replace(wishes[0], part="", also=tuple(wishes[1:]))


async def review_requested(event: PullChanged, facts: Facts) -> Asked:
    ours = facts.names.assignee
    if event.action != "review_requested" or not ours or event.requested.lower() != ours.lower():
        return Ignore("nobody asks us for a review")
    return Wish()


async def reviewed(event: Reviewed, facts: Facts) -> Asked:
    if event.state != "changes_requested":
        return Ignore("it requests no changes")
    return Wish() if _is_ours(event.pull.author, facts) else Ignore("it is not our pull request")


async def review_commented(event: ReviewCommented, facts: Facts) -> Asked:
    if event.edited or not event.body.strip():
        return Ignore("nothing new is said")
    return Wish() if _is_ours(event.pull.author, facts) else Ignore("it is not our pull request")


async def replied(event: ReviewCommented, facts: Facts) -> Asked:
    """A word to us in a thread that we began; on our own pull requests all threads are followed up."""
    if not event.thread or event.edited or _is_ours(event.pull.author, facts):
        return Ignore("it answers nothing on another's pull request")
    slug = facts.names.slug
    applies = comment_text.is_order(event.body, "apply", slug)
    if not applies and not comment_text.mentions(event.body, slug):
        return Ignore("it says nothing to us")
    if not await facts.begun_by_us(event.pull.number, event.thread):
        return Ignore("somebody else began that thread")
    return Wish(APPLY if applies else event.body)


async def check_failed(event: CheckCompleted, facts: Facts) -> Asked:
    if event.check.conclusion not in ("failure", "timed_out"):
        return Ignore("it did not fail")
    run = await facts.run()
    ours = run is not None and len(event.check.pulls) == 1 and _number_of(run) == event.check.pulls[0]
    return Wish() if ours else Ignore("it is on no pull request of ours")


def _is_ours(author: Actor, facts: Facts) -> bool:
    return author.login.lower() == f"{facts.names.slug}[bot]".lower()


def _number_of(run: Run) -> int:
    """The pull request that a run has opened, or pushed to."""
    return int((run.state.get("pull") or {}).get("number") or 0)
