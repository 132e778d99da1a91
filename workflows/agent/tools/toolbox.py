"""The toolbox: declares the tools, carries out one call, and answers whatever goes wrong in words."""

from __future__ import annotations

import json

from sandbox.backend import Box, CommandLimits
from sandbox.errors import UserError
from workflows.agent.tools import commands, files
from workflows.agent.tools.calls import TOOLS, Arguments, Ask, BadCall, Edit, Read, Search, Shell, Write, parse, spec
from workflows.agent.tools.files import Files
from workflows.ports import ToolCall
from workflows.text.for_model import Result, clean, head_and_tail

_WITHHELD = {
    Ask.tool: "Nobody is there to answer: decide by yourself, and say in your summary what you assumed.",
}


class Toolbox:
    """The tools over one tree: commands run in its box, files go through `files`.

    `limits` bound each command. `without` names tools that this task does not get: "ask"
    where nobody is there to answer, the writing ones where it is only to look.
    """

    def __init__(
        self, box: Box, files: Files, *, limits: CommandLimits | None = None, without: frozenset[str] = frozenset()
    ) -> None:
        self._box = box
        self._files = files
        self._limits = limits or CommandLimits()
        self._kinds = tuple(kind for kind in TOOLS if kind.tool not in without)
        self.specs = tuple(spec(kind) for kind in self._kinds)
        self.tokens = sum(len(json.dumps(dict(item.parameters))) + len(item.description) for item in self.specs) // 3
        """What declaring the tools costs in each prompt, estimated."""

    def writes(self, call: ToolCall) -> bool:
        """Whether the tree may have changed through this call."""
        return any(kind.tool == call.name and kind.writes for kind in self._kinds)

    def asked(self, call: ToolCall) -> Ask | None:
        """The question, if the call is a valid one for a person."""
        if Ask not in self._kinds or call.name != Ask.tool:
            return None
        try:
            arguments = parse(call)
        except BadCall:
            return None
        return arguments if isinstance(arguments, Ask) else None

    async def run(self, call: ToolCall, *, seconds: float | None = None) -> Result:
        """Carry out a call; a command gets at most `seconds`. Failures are results."""
        try:
            arguments = parse(call)
            if type(arguments) not in self._kinds:
                raise BadCall(_WITHHELD.get(call.name, f"This task has no tool {call.name!r}."))
            result = await self._carry_out(arguments, seconds)
        except BadCall as problem:
            result = Result(str(problem), failed=True)
        except UserError as refusal:
            result = Result(str(refusal), failed=True)
        except OSError as error:  # of the tree: no such file, a directory, no permission
            result = Result(f"{error.strerror or error}: {getattr(arguments, 'path', '')}", failed=True)
        return Result(head_and_tail(clean(result.text)), result.failed)

    async def _carry_out(self, arguments: Arguments, seconds: float | None) -> Result:
        match arguments:
            case Shell():
                return await commands.shell(self._box, arguments, self._limits, seconds)
            case Search():
                return await commands.search(self._box, arguments, self._limits)
            case Read():
                return await files.read(self._files, arguments)
            case Edit():
                return await files.edit(self._files, arguments)
            case Write():
                return await files.write(self._files, arguments)
            case _:
                return Result("Noted.")
