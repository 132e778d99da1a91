"""The commands of chats: those of comments with their words and roles from the one table, and a few for chats alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.commands.table import COMMANDS
from bot.telegram.wire.html import code, words

_CALL = re.compile(r"/([A-Za-z_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ChatCommand:
    """`usage` is shown in help as it is. `anybody`: also for who is not linked to a login yet."""

    name: str
    usage: str
    help: str
    anybody: bool = False


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A command as somebody wrote it."""

    name: str
    words: str


def _shared(name: str, usage: str) -> ChatCommand:
    """One of comments, which stands in a chat beside no issue, so that it is to be named."""
    return ChatCommand(name, usage, COMMANDS[name].help)


_TABLE = (
    ChatCommand("start", "/start", "Says who you are on GitHub, or shows a code to find out.", anybody=True),
    ChatCommand("subscribe", "/subscribe OWNER/NAME [all|failures|final]", "Has this chat hear of its runs."),
    ChatCommand("unsubscribe", "/unsubscribe OWNER/NAME", "Has it hear of them no more."),
    ChatCommand("runs", "/runs", "Lists the newest runs of what this chat hears of."),
    _shared("status", "/status [RUN]"),
    _shared("fix", "/fix OWNER/NAME#N [hint]"),
    _shared("plan", "/plan OWNER/NAME#N [hint]"),
    _shared("review", "/review OWNER/NAME#N"),
    _shared("triage", "/triage OWNER/NAME#N"),
    _shared("explain", "/explain OWNER/NAME#N QUESTION"),
    _shared("approve", "/approve [RUN]"),
    _shared("reject", "/reject [RUN] REASON"),
    _shared("abort", "/abort [RUN] [REASON]"),
    _shared("retry", "/retry [RUN] [STEP]"),
    _shared("skip", "/skip [RUN] [STEP]"),
    _shared("pause", "/pause OWNER/NAME [WHY]"),
    _shared("unpause", "/unpause OWNER/NAME"),
    ChatCommand("mute", "/mute 2h", "Makes no sound for a while; messages go on being edited."),
    ChatCommand("quiet", "/quiet 22:00-07:00 +02:00", "Makes no sound between these hours, each day."),
    ChatCommand("unlink", "/unlink", "Forgets who you are on GitHub, and what is told because of it.", anybody=True),
    ChatCommand("help", "/help", "Lists the commands.", anybody=True),
)

CHAT_COMMANDS: Mapping[str, ChatCommand] = {command.name: command for command in _TABLE}
"""Every command by its name, in the order of help."""

STARTS: Mapping[str, tuple[str, bool]] = {
    "fix": ("issue_to_pr", False),
    "plan": ("issue_to_pr", True),
    "review": ("review_pr", False),
    "triage": ("triage", False),
    "explain": ("explain", False),
}
"""Commands that start a workflow: which, and whether its plan waits for a yes."""


def parse(text: str, username: str) -> ChatCall | None:
    """The command that a message is; None where it is none, or another bot's."""
    found = _CALL.fullmatch(text.strip())
    if not found or (found[2] and found[2].lower() != username.lower()):
        return None
    return ChatCall(found[1].lower(), " ".join((found[3] or "").split()))


def help_text() -> str:
    """What `/help` answers, as HTML."""
    lines = [f"{code(command.usage)}\n{words(command.help)}" for command in CHAT_COMMANDS.values()]
    return "\n".join([*lines, "", "RUN is a run's id or OWNER/NAME#N; or reply to the message of a run."])
