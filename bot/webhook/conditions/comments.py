"""What a comment on an issue or a pull request asks for."""

from __future__ import annotations

from typing import Any

from bot.commands import comment_text
from bot.commands.table import parse
from bot.webhook.conditions import issues
from bot.webhook.decisions import AnswerQuestion, Asked, Ignore, RunCommands, Wish
from bot.webhook.events.conversation import Commented
from bot.webhook.facts import Facts


async def commanded(event: Commented, facts: Facts) -> Asked:
    calls = _calls(event, facts)
    return RunCommands(calls) if calls else Ignore("it gives no command")


async def answered(event: Commented, facts: Facts) -> Asked:
    said = [line for line in comment_text.lines(event.body) if line]
    to_others = bool(said) and all(line.startswith("/") for line in said)
    if _calls(event, facts) or event.edited or not event.body.strip() or to_others:
        return Ignore("it is no answer")
    return Ignore("no run asks anything") if await facts.asking() is None else AnswerQuestion(event.body)


async def told_more(event: Commented, facts: Facts) -> Asked:
    """An answer of whoever reported it, where the last triage asked for something."""
    own = not event.on_pull and event.author.login.lower() == event.issue.author.lower() == event.sender.login.lower()
    if not own or event.edited or not event.body.strip() or _calls(event, facts):
        return Ignore("it is no answer of whoever reported it")
    return await issues.answers_triage(facts)


async def mentioned(event: Commented, facts: Facts) -> Asked:
    slug = facts.names.slug
    new = comment_text.mentions(event.body, slug) and not comment_text.mentions(event.before, slug)
    if not new or _calls(event, facts):
        return Ignore("it says nothing new to us")
    if event.on_pull:
        return Ignore("a mention on a pull request starts nothing")
    return Wish(" ".join(comment_text.lines(event.body)))


async def mentioned_on_ours(event: Commented, facts: Facts) -> Asked:
    slug = facts.names.slug
    ours = event.on_pull and event.issue.author.lower() == f"{slug}[bot]".lower()
    new = comment_text.mentions(event.body, slug) and not comment_text.mentions(event.before, slug)
    if not ours or not new or _calls(event, facts):
        return Ignore("nobody speaks to us under a pull request of ours")
    return Wish(event.body)


def _calls(event: Commented, facts: Facts) -> tuple[Any, ...]:
    return tuple(parse(event.body, event.before, facts.names.slug))
