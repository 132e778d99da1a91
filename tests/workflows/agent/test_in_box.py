"""The tools in a real sandbox: what the box's user writes and what the host's file tools see is one tree."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.backend import BoxSpec
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.files.agent_files import TreeFiles
from workflows.agent.tools.toolbox import Toolbox
from workflows.ports import ToolCall

pytestmark = pytest.mark.bwrap


@pytest.fixture
async def toolbox(tmp_path: Path) -> AsyncIterator[Toolbox]:
    backend = Bubblewrap()
    if trouble := [finding for finding in backend.check() if finding.fatal and not finding.ok]:
        pytest.skip(f"no bubblewrap here: {trouble[0].detail}")
    for name in ("tree", "home", "staging"):
        (tmp_path / name).mkdir()
    for name in ("tree", "home"):
        backend.own(tmp_path / name)
    async with backend.open(BoxSpec("agent-tools", tmp_path / "tree", tmp_path / "home")) as box:
        yield Toolbox(box, TreeFiles(tmp_path / "tree", tmp_path / "staging"))


async def test_files_written_by_a_tool_and_by_a_command_are_the_same_files(toolbox: Toolbox) -> None:
    async def use(tool: str, **arguments: str) -> str:
        return (await toolbox.run(ToolCall("1", tool, json.dumps(arguments)))).text

    assert await use("write", path="src/a.py", content="needle = 1\n") == "Created src/a.py, 1 lines."
    assert await use("shell", command="sed -i s/1/2/ src/a.py && echo more > src/b.txt && cat src/a.py") == "needle = 2"
    assert await use("edit", path="src/a.py", old="2", new="3") == "Edited src/a.py. It reads now:\n     1\tneedle = 3"
    assert await use("read", path="src/b.txt") == "     1\tmore"
    assert await use("search", pattern="needle") == "src/a.py:1:needle = 3"
    assert (await use("shell", command="ln -s /etc/passwd link; env | grep -ci key; cat /root/x")).startswith(
        "exit code"
    )
    assert "symlink" in await use("read", path="link")
