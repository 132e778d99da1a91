"""What the agent's tests work at: a tree, a box that runs in it, and a desk with a scripted model on the wire."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.backend import BoxCommand, BoxSpec, CommandOutcome, Kill
from sandbox.files.agent_files import TreeFiles
from tests.fakes.scripted_model import Conversation, Turn
from workflows.agent.conversation import Task
from workflows.agent.loop import AgentKit, TreeAfter
from workflows.agent.tools.toolbox import Toolbox
from workflows.agent.transcript import MemoryTranscript, Transcript
from workflows.model.adapter import LiteModel
from workflows.ports import ToolCall
from workflows.text.for_model import Result

TASK = Task("implement", "You are the agent under test.", "Make it work.")


class LocalBox:
    """Runs commands in the tree without any isolation: only for commands that these tests wrote."""

    def __init__(self, tree: Path) -> None:
        self._spec = BoxSpec("local", tree, tree)

    @property
    def spec(self) -> BoxSpec:
        return self._spec

    async def run(self, command: BoxCommand) -> CommandOutcome:
        argv = command.argv or ("bash", "-c", command.shell)
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=self._spec.tree,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=asyncio.subprocess.STDOUT,
            )
        except FileNotFoundError:
            return CommandOutcome(127, f"{argv[0]}: command not found", 0.0)
        try:
            async with asyncio.timeout(command.limits.wall_seconds):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return CommandOutcome(137, "", command.limits.wall_seconds, Kill.TIMEOUT)
        return CommandOutcome(process.returncode or 0, output.decode(errors="replace"), 0.1)


class Workbench:
    """A tree with everything an agent needs around it. Marks are digests; `restore` goes back to one."""

    def __init__(self, root: Path, serve: Callable[..., LiteModel]) -> None:
        self.tree = root / "tree"
        self._staging = root / "staging"
        self._kept = root / "kept"
        for directory in (self.tree, self._staging, self._kept):
            directory.mkdir()
        self.serve = serve
        self.replies = 0
        """How many the desk was told of."""
        self.records: list[tuple[int, str]] = []
        self.note = ""

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.tree / name.replace("_py", ".py")).write_text(text)

    def tools(self, **options: Any) -> Toolbox:
        return Toolbox(LocalBox(self.tree), TreeFiles(self.tree, self._staging), **options)

    def desk(self, *turns: Turn, transcript: Transcript | None = None, **options: Any) -> AgentKit:
        model = self.serve([Conversation("agent under test", turns)], **options)
        return self.desk_with(model, transcript)

    def desk_with(self, model: LiteModel, transcript: Transcript | None = None) -> AgentKit:
        return AgentKit(model, self.tools(), transcript or MemoryTranscript(), self.record, self.changed)

    async def record(self, turn: int, tool: str) -> TreeAfter:
        self.records.append((turn, tool))
        mark = self.digest()
        if not (self._kept / mark).exists():
            shutil.copytree(self.tree, self._kept / mark)
        return TreeAfter(mark, self.note)

    async def changed(self) -> None:
        self.replies += 1

    def digest(self) -> str:
        files = sorted(path for path in self.tree.rglob("*") if path.is_file())
        return hashlib.sha1(
            b"\0".join(str(p.relative_to(self.tree)).encode() + p.read_bytes() for p in files)
        ).hexdigest()

    def restore(self, mark: str) -> None:
        if mark:
            shutil.rmtree(self.tree)
            shutil.copytree(self._kept / mark, self.tree)


class Tools:
    """A toolbox over a tree of its own."""

    def __init__(self, root: Path) -> None:
        self.tree, staging = root / "tree", root / "staging"
        self.tree.mkdir()
        staging.mkdir()
        self.box: Any = LocalBox(self.tree)
        self.files = TreeFiles(self.tree, staging)

    async def __call__(self, tool: str, **arguments: Any) -> Result:
        box = Toolbox(self.box, self.files)
        return await box.run(ToolCall("1", tool, json.dumps(arguments)))

    def put(self, name: str, data: bytes) -> None:
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def get(self, name: str) -> bytes:
        return (self.tree / name).read_bytes()
