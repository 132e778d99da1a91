"""A box that writes down what each shell line in it printed, and where that goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.backend import Box, BoxCommand, BoxSpec, CommandOutcome
from sandbox.environment.set_up import ITSELF, Printed, inside

Keep = Callable[[Sequence[Printed]], Awaitable[None]]

_FIRST = inside("")


class CommandLog(Protocol):
    """Where it is written down what commands of a run print."""

    async def add(self, run_id: str, step: str, commands: Sequence[Printed]) -> None: ...


@dataclass(frozen=True, slots=True)
class HeldLog:
    """Keeps what was printed until somebody asks for it: nothing is written beside who is at work."""

    held: list[Printed] = field(default_factory=list)

    async def add(self, run_id: str, step: str, commands: Sequence[Printed]) -> None:
        self.held.extend(commands)


@dataclass(frozen=True, slots=True)
class RecordingBox:
    """Implements `sandbox.backend.Box`; what is run as an argv is our own, and is not written down.

    With `prepared` neither is any other line than those of the repository, run in a prepared box.
    """

    box: Box
    keep: Keep
    prepared: bool = False

    @property
    def spec(self) -> BoxSpec:
        return self.box.spec

    async def run(self, command: BoxCommand) -> CommandOutcome:
        outcome = await self.box.run(command)
        if command.shell.startswith(_FIRST) or (command.shell and not self.prepared):
            killed = outcome.killed.value if outcome.killed is not None else ""
            line = command.shell.removeprefix(_FIRST).rpartition(ITSELF)[2]
            await self.keep([Printed(line, outcome.exit_code, outcome.seconds, outcome.output, killed)])
        return outcome
