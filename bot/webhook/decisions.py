"""What an event can come to: a run, commands, an answer, a refusal in words, or nothing, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.commands.context import Call
from sandbox.errors import UserError
from workflows.subject import Subject


class TriggerName(StrEnum):
    """What made somebody's act a request; named as in the repository's configuration, where that can switch it off."""

    ASSIGNED = "assigned"
    LABEL = "label"
    MENTION = "mention"
    COMMAND = "command"
    OPENED = "opened"
    ANSWER = "answer"
    RULE = "rule"
    """Nobody asked: a workflow's own condition on what happened, which may look at the configuration."""
    PULL = "pull"
    REVIEWED = "reviewed"
    REPLIED = "replied"
    FIX = "fix"
    FAILED_CHECK = "failed_check"
    TAG = "tag"
    RELEASE = "release"
    CHANGELOG = "changelog"
    BUG = "bug"
    REPORTED = "reported"
    TOLD_MORE = "told_more"
    REVIEWER = "reviewer"
    WITHDRAWN = "withdrawn"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class StartRun:
    """Work on the subject; `hint` is what was said with the request, `approve` that the plan waits for approval.

    `told`: whoever did it is told what keeps it from being done. `by_rule`: the repository's own rules have it done
    whoever did it, so that what somebody causes who may not write counts as an outsider's. `also` is what the same
    event starts besides, told apart by `part`.
    """

    workflow: str
    subject: Subject
    why: TriggerName
    hint: str = ""
    approve: bool = False
    told: bool = True
    by_rule: bool = False
    part: str = ""
    also: tuple[StartRun, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCommands:
    """Commands to be carried out in their order; each asks for its own role."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Words in answer to what a run asks."""

    text: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """What is at work on the issue is not wanted any more, and stops; `why` says what happened."""

    why: str


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """The issue's text is another one than what is at work on it took up; `asked`: by somebody who may say so."""

    asked: bool


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing is done, and whoever asked is told why, and what to do about it."""

    error: UserError


@dataclass(frozen=True, slots=True)
class Ignore:
    reason: str


Decision = StartRun | RunCommands | AnswerQuestion | Withdraw | NoteEdit | Refuse | Ignore


@dataclass(frozen=True, slots=True)
class Wish:
    """That work is wanted: on the event's own subject where none is named; otherwise as in `StartRun`.

    `also` are others that the same event asks for; each has then a `part` of its own, which tells it apart.
    """

    hint: str = ""
    approve: bool = False
    subject: Subject | None = None
    part: str = ""
    also: tuple[Wish, ...] = ()


Asked = Wish | RunCommands | AnswerQuestion | Withdraw | NoteEdit | Ignore
