"""What an event is to us: a reason to start a run, commands to answer, or nothing, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.commands import comment_text
from bot.commands.context import Call
from bot.commands.table import parse
from bot.webhook.events import Commented, Event, IssueAssigned, IssueLabeled, IssueOpened, OnIssue
from workflows.policy.repo_config import RepoConfig
from workflows.runs.principal import Role


class Trigger(StrEnum):
    """What made somebody's act a request; named as in the repository's configuration."""

    ASSIGNED = "assigned"
    LABEL = "label"
    MENTION = "mention"
    COMMAND = "command"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision rests on beside the event.

    `config` and `role` (the sender's) are known to GitHub alone, `asked` to our database. While
    one of them is None everything it could forbid passes, so that most events end early.
    """

    slug: str
    """The App's name on GitHub; it is mentioned as @slug and comments as slug[bot]."""
    assignee: str = ""
    label: str = "pullwright"
    config: RepoConfig | None = None
    role: Role | None = None
    asked: bool | None = None
    """Whether the issue's run asks a question that a comment can answer."""


@dataclass(frozen=True, slots=True)
class Start:
    """Work on the issue; `hint` is what was said with the request, `approve` that the plan waits for approval."""

    trigger: Trigger
    hint: str = ""
    approve: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Commands to be carried out in their order; each asks for its own role."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Words in answer to what a run asks."""

    text: str


@dataclass(frozen=True, slots=True)
class Ignore:
    reason: str


Decision = Start | Answer | Reply | Ignore


def route(event: Event, facts: Facts) -> Decision:
    """Decide. Pure: the same event and facts always come to the same."""
    if not isinstance(event, OnIssue):
        return Ignore("nothing is done with this")
    if event.sender.bot or event.sender.login.lower() == f"{facts.slug}[bot]".lower():
        return Ignore("a bot did it")
    if event.place.archived:
        return Ignore("the repository is archived")
    decision = _TABLE[type(event)](event, facts)
    if isinstance(decision, Reply) and facts.role is not None and facts.role < Role.WRITE:
        return Ignore(f"{event.sender.login} may not answer what the run asks")
    if not isinstance(decision, Start):
        return decision
    if event.closed:
        return Ignore("the issue is closed")
    if not _on(decision.trigger, facts.config):
        return Ignore(f"{decision.trigger} starts nothing in this repository")
    if facts.role is not None and facts.role < Role.WRITE:
        return Ignore(f"{event.sender.login} may not write in this repository")
    return decision


def _assigned(event: IssueAssigned, facts: Facts) -> Decision:
    if not facts.assignee or event.assignee.lower() != facts.assignee.lower():
        return Ignore("it is assigned to somebody else")
    return Start(Trigger.ASSIGNED)


def _labeled(event: IssueLabeled, facts: Facts) -> Decision:
    if facts.config is None:  # the repository may have a label of its own
        return Start(Trigger.LABEL)
    wanted = facts.config.label or facts.label
    return Start(Trigger.LABEL) if event.label.lower() == wanted.lower() else Ignore("it is another label")


def _opened(event: IssueOpened, facts: Facts) -> Decision:
    """What the issue's own text asks for comes before what the repository does with every new one."""
    wishes = (*_wishes(event.issue.body, facts.slug), Start(Trigger.OPENED))
    return next((wish for wish in wishes if _on(wish.trigger, facts.config)), wishes[-1])


def _wishes(text: str, slug: str) -> Iterator[Start]:
    for call in parse(text, to=slug):
        if call.name in ("fix", "plan"):
            yield Start(Trigger.COMMAND, call.arguments, approve=call.name == "plan")
    if comment_text.mentions(text, slug):
        yield Start(Trigger.MENTION)


def _commented(event: Commented, facts: Facts) -> Decision:
    if event.author.bot:
        return Ignore("a bot wrote it")
    calls = parse(event.body, event.before, facts.slug)
    if calls:
        allowed = _on(Trigger.COMMAND, facts.config)
        return Answer(tuple(calls)) if allowed else Ignore("commands are switched off in this repository")
    said = [line for line in comment_text.lines(event.body) if line]
    to_others = bool(said) and all(line.startswith("/") for line in said)
    if facts.asked is not False and not event.edited and event.body.strip() and not to_others:
        return Reply(event.body)
    if not comment_text.mentions(event.body, facts.slug) or comment_text.mentions(event.before, facts.slug):
        return Ignore("it says nothing new to us")
    if event.on_pull:
        return Ignore("a mention on a pull request starts nothing")
    return Start(Trigger.MENTION, " ".join(comment_text.lines(event.body)))


_TABLE: Mapping[type[OnIssue], Callable[[Any, Facts], Decision]] = {
    IssueAssigned: _assigned,
    IssueLabeled: _labeled,
    IssueOpened: _opened,
    Commented: _commented,
}


def _on(trigger: Trigger, config: RepoConfig | None) -> bool:
    """Whether the repository lets it start work; all but `opened` do where it says nothing."""
    if config is None:
        return True
    said: bool | None = getattr(config.triggers, trigger.value)
    return said if said is not None else trigger is not Trigger.OPENED
