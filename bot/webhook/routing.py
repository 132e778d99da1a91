"""What an event is to us, by the table of triggers: pure but for the facts that it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.github.features import NotGranted
from bot.webhook.decisions import (
    AnswerQuestion,
    Asked,
    Decision,
    Ignore,
    NoteEdit,
    Refuse,
    RunCommands,
    StartRun,
    Wish,
    Withdraw,
)
from bot.webhook.events.code import OnCheck
from bot.webhook.events.conversation import About, Actor, Event, IssueAssigned, IssueLabeled
from bot.webhook.facts import Facts
from bot.webhook.triggers import TRIGGERS, Trigger
from sandbox.errors import UserError
from workflows.policy.config.repo_config import Triggers


async def route(event: Event, facts: Facts, table: Sequence[Trigger] = TRIGGERS) -> Decision:
    """Decide. The same event and facts always come to the same; a fact is only asked for where it decides.

    What the facts raise is raised.
    """
    decision: Decision = Ignore("nothing is done with this")
    if not isinstance(event, About):
        return decision
    if why := _passed_over(event, facts):
        return Ignore(why)
    for row in (one for one in table if not one.beside and type(event) is one.event):
        decision = await _of(row, event, facts)
        if not isinstance(decision, Ignore):
            break
    return decision


async def beside(event: Event, facts: Facts, table: Sequence[Trigger] = TRIGGERS) -> list[StartRun]:
    """What the event starts beside whatever else it means."""
    if not isinstance(event, About) or _passed_over(event, facts):
        return []
    found = [await _of(row, event, facts) for row in table if row.beside and type(event) is row.event]
    return [start for one in found if isinstance(one, StartRun) for start in (one, *one.also)]


def _passed_over(event: About, facts: Facts) -> str:
    """Why an event means nothing by any row; "" where it may."""
    ours = f"{facts.names.slug}[bot]".lower()
    own_check = isinstance(event, OnCheck) and event.check.app == facts.names.slug
    if own_check or ours in (event.sender.login.lower(), _author(event).login.lower()):
        return "we did it ourselves"
    return "the repository is archived" if event.place.archived else ""


def _author(event: About) -> Actor:
    author: Actor = getattr(event, "author", event.sender)
    return author


async def _of(row: Trigger, event: About, facts: Facts) -> Decision:
    """What the event comes to by one row, whoever did it."""
    bot = event.sender.bot or _author(event).bot
    if bot and not row.bots and not await _is_named(row, event, facts):
        return Ignore("a bot did it")
    return await _by(row, event, facts)


async def _by(row: Trigger, event: About, facts: Facts) -> Decision:
    """What the event comes to by one row; the cheap questions come before those that GitHub answers."""
    if row.workflow and getattr(event, "closed", False):
        return Ignore("it is closed")
    asked = await row.wants(event, facts)
    if isinstance(asked, Ignore):
        return asked
    if not await _is_on(row, facts):
        return Ignore(f"{row.why} is switched off in this repository")
    login = event.sender.login
    named = event.sender.bot and not row.bots  # else it would not come here
    if row.role is not None and not named and await facts.role(login) < row.role:
        return Ignore(f"{login} has not the role {row.role} in this repository")
    if (why := await _obstacle(row, asked, facts)) is not None:
        return Refuse(why) if row.told else Ignore(str(why))
    if isinstance(asked, RunCommands | AnswerQuestion | Withdraw | NoteEdit):
        return asked
    starts = [_start(row, event, one, by_rule=row.role is None or named) for one in (asked, *asked.also)]
    return replace(starts[0], also=tuple(starts[1:]))


def _start(row: Trigger, event: About, wish: Wish, *, by_rule: bool) -> StartRun:
    return StartRun(
        row.workflow,
        wish.subject or event.subject,
        row.why,
        wish.hint,
        wish.approve,
        told=row.told,
        by_rule=by_rule,
        part=wish.part,
    )


async def _is_named(row: Trigger, event: About, facts: Facts) -> bool:
    """Whether a bot asks for work by a label or an assignment, and the repository lets it, by its name."""
    if row.event not in (IssueLabeled, IssueAssigned) or isinstance(await row.wants(event, facts), Ignore):
        return False
    named = {name.lower().removesuffix("[bot]") for name in (await facts.config()).bots}
    return event.sender.login.lower().removesuffix("[bot]") in named


async def _is_on(row: Trigger, facts: Facts) -> bool:
    """Whether the repository lets it count; of what it cannot switch off it is not asked."""
    if row.why.value not in Triggers.model_fields:
        return row.by_default
    said: bool | None = getattr((await facts.config()).triggers, row.why.value)
    return row.by_default if said is None else said


async def _obstacle(row: Trigger, asked: Asked, facts: Facts) -> UserError | None:
    """What keeps a wish from being done that whoever wishes can mend."""
    for feature in row.needs:
        if feature.optional and feature.lacking((there := await facts.installation()).permissions):
            return NotGranted(feature, there.permissions, there.url)
    if not isinstance(asked, Wish):
        return None
    await facts.config()
    return facts.wrong
