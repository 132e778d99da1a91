"""The slash commands: one table, from which help, permission and what is done all follow.

A command stands at the start of a line of a comment, in words of its writer's own: what is
in code or in a quote does not count, nor what an edit only repeats.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.commands import comment_text, linking, steering
from bot.commands.context import Call, CommandContext, Handler, acknowledge
from bot.view import messages
from bot.view.run_view import view_of
from workflows.errors import RunError, StoreError, UserError
from workflows.issue_to_pr.follow_up.asked import REBASE
from workflows.runs import actions, meant
from workflows.runs.permission import ROLES, Action
from workflows.runs.principal import Role
from workflows.store import audit
from workflows.store.audit import Asker
from workflows.text.sanitise import sanitise_line

_CALL = re.compile(r"/([A-Za-z][A-Za-z-]*)[.,:;!?]*(?:\s+(.*))?$")
_MOST_CALLS = 4
"""Of one comment so many are carried out, and the others named."""
_MOST_READ = 50
_MOST_ARGUMENTS = 2000
_OF_OTHERS = frozenset({"backport", "bors", "ready", "rerun", "retest", "revert"})
"""Commands of well-known bots that look like a slip of ours."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table. `usage` is shown in help as it is.

    `stricter` are first words behind the name that take another role than the rest.
    """

    name: str
    usage: str
    help: str
    role: Role
    handler: Handler
    stricter: Mapping[str, Role] = field(default_factory=dict)

    def role_for(self, call: Call) -> Role:
        """The role that a call takes."""
        return self.stricter.get(call.arguments.partition(" ")[0].lower(), self.role)


def parse(text: str, before: str = "", to: str = "") -> list[Call]:
    """The calls in a comment, each once, in order; of an edited one only those that `before` had not.

    They may be addressed to us (`@to /fix`). What is nothing like a command of ours is none: many bots
    listen to slashes, and some lines just begin with one.
    """
    old = set(_calls(before, to)) if before else set()
    return [call for call in dict.fromkeys(_calls(text, to)) if call not in old][:_MOST_READ]


async def answer_all(calls: Sequence[Call], desk: CommandContext) -> None:
    """All that a comment asks for, also behind a call whose answer GitHub does not take."""
    untold: UserError | None = None
    for call in calls[:_MOST_CALLS]:
        try:
            await answer(call, desk)
        except StoreError:
            raise  # what stands behind it waits with it
        except UserError as error:
            untold = untold or error
    if (rest := calls[_MOST_CALLS:]) and await desk.role_now() >= Role.TRIAGE:
        await _reply(Call("more"), desk, messages.too_many([str(call) for call in rest], _MOST_CALLS))
    if untold is not None:
        raise untold


async def answer(call: Call, desk: CommandContext) -> None:
    """Carry a call out and answer it. It can be repeated after a crash: it answers once.

    TransientError or StoreError where GitHub or the database cannot be used: then it is to be repeated.
    """
    command = COMMANDS.get(call.name)
    role = await desk.role_now()
    if command is None:
        if role >= Role.TRIAGE and await _first(desk, f"unknown:{call.name}"):
            await _reply(call, desk, messages.did_you_mean(call.name, _closest(call.name)))
        return
    if role < (needed := command.role_for(call)):
        await _note(desk, Asker(desk.login, "github"), f"/{command.name}", f"it takes the role {needed}")
        if await _first(desk, "refused"):
            await _reply(call, desk, messages.not_allowed(command.name, needed))
        return
    desk = replace(desk, role=role)
    await acknowledge(desk.place, desk.comment)
    try:
        text = await command.handler(call, desk)
    except StoreError:
        raise  # whoever asks cannot mend it, and nothing is done yet: the delivery is handled again
    except UserError as error:
        await _note(desk, desk.asker(call), str(call), str(error))
        text = messages.refused(error)
    if text:
        await _reply(call, desk, text)


# --- what they do ------------------------------------------------------------------------------


def _starts(workflow: str, *, approve: bool = False, hint: str = "") -> Handler:
    """A handler that starts a workflow, with the words behind the command as its hint, or always the same ones."""

    async def handler(call: Call, desk: CommandContext) -> str:
        run = await desk.start(workflow=workflow, role=desk.role, hint=hint or call.arguments, approve=approve)
        if run.inputs.get("comment") == desk.comment:
            return ""  # its progress comment is the answer
        return messages.already_at_work(run.id, await desk.link(run), run.standing)

    return handler


async def _status(call: Call, desk: CommandContext) -> str:
    found = await actions.status(desk.runs, desk.principal(call), desk.repository, desk.number)
    if not found:
        return messages.no_run()
    return "\n\n".join([messages.status(view_of(one, time.time()), await desk.link(one.run)) for one in found])


async def _config(call: Call, desk: CommandContext) -> str:
    if desk.effective is None:
        raise RunError("What holds here cannot be said.", "Look at .github/pullwright.yml.")
    return messages.configuration(await desk.effective(), sanitise_line(call.arguments, 80).strip("."))


async def _help(call: Call, desk: CommandContext) -> str:
    return messages.help_text(COMMANDS.values())


_TABLE = (
    Command(
        "fix",
        "/fix [new] [hint] [proof=none]",
        "Works on this issue: goes on with its open pull request, or opens one.",
        ROLES[Action.START],
        _starts("issue_to_pr"),
    ),
    Command(
        "explain",
        "/explain QUESTION",
        "Answers a question about the code, or on a pull request about its head.",
        ROLES[Action.START],
        _starts("explain"),
    ),
    Command(
        "review",
        "/review",
        "Reviews this pull request, all of it, also where it was reviewed before.",
        ROLES[Action.START],
        _starts("review_pr"),
    ),
    Command(
        "rebase",
        "/rebase",
        "Merges the base into a pull request of ours and solves conflicts; nothing is rewritten.",
        ROLES[Action.START],
        _starts("follow_up", hint=REBASE),
    ),
    Command(
        "release-notes",
        "/release-notes [FROM..TO]",
        "Writes release notes of a range, a tag, or what is new.",
        ROLES[Action.START],
        _starts("release_notes"),
    ),
    Command(
        "triage",
        "/triage",
        "Looks this report of a bug through, and tries whether it happens.",
        ROLES[Action.START],
        _starts("triage"),
    ),
    Command(
        "plan",
        "/plan [hint] [proof=none]",
        "Makes a plan and waits for its approval.",
        ROLES[Action.START],
        _starts("issue_to_pr", approve=True),
    ),
    Command("approve", "/approve", "Says yes to the plan that a run shows.", ROLES[Action.APPROVE], steering.approve),
    Command(
        "reject",
        "/reject REASON",
        "Has the plan made again, with the reason in mind.",
        ROLES[Action.REJECT],
        steering.reject,
    ),
    Command("abort", "/abort [REASON]", "Stops the run; what it did is kept.", ROLES[Action.ABORT], steering.abort),
    Command(
        "retry",
        "/retry [STEP] [budget=USD]",
        "Goes on where the run stopped, or again from a step.",
        ROLES[Action.RETRY],
        steering.retry,
    ),
    Command(
        "skip",
        "/skip [STEP]",
        "Goes on behind the step that failed, where the run can do without it.",
        ROLES[Action.SKIP],
        steering.skip,
    ),
    Command(
        "rollback",
        "/rollback soft|hard|N [--dry-run]",
        "Hands the work over, or takes all or N steps back.",
        ROLES[Action.ROLLBACK],
        steering.rollback,
        stricter={"hard": ROLES[Action.ROLLBACK_HARD]},
    ),
    Command("pause", "/pause [WHY]", "Stops all work on this repository; it is kept.", Role.ADMIN, steering.pause),
    Command("unpause", "/unpause", "Has the work on this repository go on.", Role.ADMIN, steering.unpause),
    Command(
        "status",
        "/status",
        "Says where the run stands that is meant here, and what else is at work.",
        ROLES[Action.STATUS],
        _status,
    ),
    Command(
        "config",
        "/config [KEY]",
        "Shows what is configured for this repository, and where each value comes from.",
        Role.TRIAGE,
        _config,
    ),
    Command(
        "link",
        "/link CODE",
        "Says that the account on Telegram that was shown the code is yours.",
        Role.READ,
        linking.link,
    ),
    Command("unlink", "/unlink", "Forgets your accounts on Telegram.", Role.READ, linking.unlink),
    Command("help", "/help", "Lists the commands.", Role.TRIAGE, _help),
)

COMMANDS = {command.name: command for command in _TABLE}
"""Every command by its name, in the order of help."""


# --- below ---------------------------------------------------------------------------------------


def _calls(text: str, to: str) -> list[Call]:
    address = re.compile(rf"@{re.escape(to)}(?:\[bot\])?[,:]?\s+", re.IGNORECASE) if to else None
    said = (
        address.sub("", line, count=1) if address and address.match(line) else line for line in comment_text.lines(text)
    )
    found = [match for line in said if (match := _CALL.match(line))]
    calls = [Call(match[1].lower(), " ".join((match[2] or "").split())[:_MOST_ARGUMENTS]) for match in found]
    return [call for call in calls if call.name in COMMANDS or _closest(call.name)]


def _closest(name: str) -> str:
    if name in _OF_OTHERS:
        return ""
    return next(iter(difflib.get_close_matches(name, COMMANDS, 1, cutoff=0.6)), "")


async def _first(desk: CommandContext, what: str) -> bool:
    """Whether this person is told this in this repository for the first time; kept for good."""
    return await desk.store.write(audit.note_once, desk.login, f"github:{desk.repository}", what)


async def _note(desk: CommandContext, asker: Asker, what: str, why: str) -> None:
    """Keep with the run what was asked of it in vain; of those who may not ask, each command once."""
    run = await desk.store.read(meant.meant_by, desk.repository, desk.number)
    if run is not None:
        await desk.store.write(audit.refuse, asker, what, run.id, why)


async def _reply(call: Call, desk: CommandContext, text: str) -> None:
    """Answer once, whatever crashed in between: the answer carries which call of which comment it is for."""
    mark = f"<!-- pullwright:answer:{desk.comment}:{call.name} -->"
    if await desk.place.find_comment(desk.number, mark) is None:
        await desk.place.comment(desk.number, f"{mark}\n{text}")
