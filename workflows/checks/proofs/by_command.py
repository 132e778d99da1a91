"""What a command shows of a change where nothing runs tests: it fails without the change, and passes with it.

Such a command is a reproduction, a script that was written for the issue and is kept with the run, or a check that the
repository's configuration names.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace

from sandbox.backend import CommandLimits
from sandbox.trees.workspace import Workspace
from workflows.checks.change.fitting import WantedFailure, misfit, misfit_beforehand
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.commands.allowance import Allowance
from workflows.checks.commands.running import TreesForChecks, run_command
from workflows.checks.plan import Candidate
from workflows.checks.proofs.new_tests import ALIKE
from workflows.checks.ran import Ran
from workflows.reports.reasons import Reason, ReasonKind, reason
from workflows.verification import Check, CheckKind, Proof, Verdict

SCRIPT = "pullwright-reproduce.sh"
"""What a reproduction is called, and where it is written to be taken out of the tree."""
MOST_SCRIPT = 20_000
_MOST_NAMED = 3
_LINK = "120000"
_NOT_FOUND = re.compile(r": line \d+: ([^\s:]+): (?:command )?not found$", re.MULTILINE)
_END = "PULLWRIGHT_SCRIPT_ENDS"


@dataclass(frozen=True, slots=True)
class FailingScript:
    """A script for bash that fails because of an issue; `reason` is what it failed with in the tree `seen_in`."""

    script: str
    seen_in: str = ""
    reason: Reason = field(default_factory=lambda: Reason(ReasonKind.UNKNOWN))

    @property
    def candidate(self) -> Candidate:
        """It lies in the box's home: the tree that it is run over is the change's alone.

        All of it is the script: its end is a word that does not stand in it.
        """
        place, end = f'"$HOME/{SCRIPT}"', _END
        while end in self.script:
            end += "_HERE"
        return Candidate(f"cat >{place} <<'{end}'\n{self.script.rstrip()}\n{end}\nbash {place}")


def taken_out(workspace: Workspace, mark: str) -> str:
    """The script that was written into a tree; "" where there is none that can be kept."""
    mode, blob = workspace.listing(mark).get(SCRIPT, (_LINK, ""))
    data = b"" if mode == _LINK else workspace.objects.bytes_of(blob)
    try:
        text = data.decode() if len(data) <= MOST_SCRIPT else ""
    except UnicodeDecodeError:
        return ""
    return "" if _END in text or "\0" in text else text.strip()


@dataclass(frozen=True, slots=True)
class Judging:
    """A command that judges by its exit code. `plain`: without flags that ask for a report, as in `Ran`."""

    candidate: Candidate
    kind: CheckKind = CheckKind.REPRODUCTION
    plain: bool = False


@dataclass(frozen=True, slots=True)
class ByCommand:
    """Runs commands on both sides of a change, as often as it takes to believe them."""

    trees: TreesForChecks
    base: str
    head: str
    mixed: Mixed
    wanted: WantedFailure
    limits: CommandLimits
    allowance: Allowance = field(default_factory=Allowance)

    async def fails_on_base(self, one: FailingScript) -> Reason | str:
        """What a script fails with on the base, before there is a change: three times alike, for a reason that fits;
        a sentence's end where it does not."""
        command = Judging(one.candidate)
        first = await self._run(command, self.base)
        found = await self._alike(command, first, self.base, ALIKE)
        if isinstance(found, str):
            return found
        why = misfit_beforehand(found, first.run.tail, self.mixed, self.wanted)
        return f"it fails, and {why}" if why else found

    async def reproduced(self, one: FailingScript) -> tuple[Check, Proof | None]:
        """What a reproduction says. It failed three times where it was seen before; elsewhere it is run again."""
        command = Judging(one.candidate)
        before, after = await self._run(command, self.base), await self._run(command, self.head)
        check = Check(
            CheckKind.REPRODUCTION,
            SCRIPT,
            Verdict.NOT_RUN,
            evidence="written by Pullwright",
            base=before.run,
            head=after.run,
            setup_failure=after.setup_failure or before.setup_failure,
            foreign=after.foreign or before.foreign,
        )
        found = await self._alike(command, before, self.base, 1 if one.seen_in == self.base else ALIKE)
        if isinstance(found, str):
            return replace(check, reason=f"Without the change {found}."), None
        if why := misfit(found, before.run.tail, self.mixed, self.wanted):
            return replace(check, reason=f"It shows nothing: {why}."), None
        again = after if _trouble(after) else await self._run(command, self.head)
        if edits := edited(after) or edited(again):
            return replace(check, reason=f"With the change {edits}."), None
        if trouble := _trouble(after) or _trouble(again):
            return replace(check, verdict=Verdict.FAILED, reason=f"With the change {trouble}."), None
        return replace(check, verdict=Verdict.PASSED), Proof(SCRIPT, found.said or found.kind.value, "Pullwright")

    async def turned(self, command: Judging, author: str = "") -> Proof | str:
        """Whether a command that passes now fails without the change; why not, as a sentence's end.

        Where the change has tests of its own, they are laid over the base's code, and are `author`'s. Else nobody
        wrote it for this change, and what it fails with need not be read: only what surrounds the code does not count.
        """
        fresh = command.kind is CheckKind.TEST and bool(self.mixed.new_tests)
        over = self.mixed.new_tests if fresh else self.base
        first = await self._run(command, over)
        found = await self._alike(command, first, over, ALIKE)
        if isinstance(found, str):
            return f"without the change {found}"
        unread = found.kind is ReasonKind.UNKNOWN and not fresh
        if not unread and (why := misfit(found, first.run.tail, self.mixed, self.wanted)):
            return why
        for mark in filter(None, (self.head, self.mixed.old_tests)):
            if trouble := _trouble(await self._run(command, mark)):
                return f"with the change {trouble}{'' if mark == self.head else ' over the tests of before'}"
        said = found.said or f"exit code {first.run.exit_code}"
        return Proof(command.candidate.command, said, author if fresh else "")

    async def notices(self, command: Judging, without: str) -> bool | None:
        """Whether it fails in a tree of the change that lacks a part; None where there is no time to try."""
        if self.allowance.left <= 0:
            return None
        ran = await self._run(command, without)
        return None if ran.run.killed else ran.run.exit_code != 0

    async def _run(self, command: Judging, mark: str) -> Ran:
        began = time.monotonic()
        like = self.base if mark in (self.base, self.mixed.new_tests) else self.head
        async with self.trees.open(mark, like) as tree:
            limits = self.allowance.limits(self.limits)
            ran = await run_command(tree, command.kind, command.candidate, limits, plain=command.plain)
        self.allowance.left -= time.monotonic() - began
        return ran

    async def _alike(self, command: Judging, first: Ran, mark: str, times: int) -> Reason | str:
        """What it fails with without the change, each time alike; the end of a sentence where it does not."""
        of = script_fails if command.kind is CheckKind.REPRODUCTION else fails
        found = of(first)
        for _ in range(times - 1):
            if isinstance(found, str):
                return found
            again = of(await self._run(command, mark))
            if isinstance(again, str) or again.kind is not found.kind:
                return "it does not fail alike each time"
        return found


def fails(ran: Ran) -> Reason | str:
    """What a run failed with, where its failure says something of the code; else why not, as a sentence's end."""
    if ran.run.killed:
        return f"it was stopped ({ran.run.killed})"
    if ran.run.exit_code == 0:
        return "it does not fail"
    if missing := _NOT_FOUND.search(ran.run.tail):
        return f"{missing[1]}: command not found"
    if ran.dead:
        return ran.dead
    return reason(ran.run.tail)


def edited(ran: Ran) -> str:
    """That a script edits what it is to judge, as the end of a sentence; "" where it does not."""
    more = ", ..." if ran.changed[_MOST_NAMED:] else ""
    return f"it changes files of the repository ({', '.join(ran.changed[:_MOST_NAMED])}{more})" if ran.changed else ""


def script_fails(ran: Ran) -> Reason | str:
    """The same of a script that was written to judge: what it has edited before speaks of that."""
    return edited(ran) or fails(ran)


def _trouble(ran: Ran) -> str:
    """Why a run did not pass, as a sentence's end; "" where it did."""
    if ran.run.killed:
        return f"it was stopped ({ran.run.killed})"
    return "" if ran.run.exit_code == 0 else f"it ends with exit code {ran.run.exit_code}"
