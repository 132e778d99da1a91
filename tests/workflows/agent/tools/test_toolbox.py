"""The tools that a task has, and what becomes of calls of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.agent.workbench import Tools
from workflows.agent.tools.toolbox import Toolbox
from workflows.ports import ToolCall


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


async def test_a_withheld_tool_is_neither_declared_nor_run(tools: Tools) -> None:
    toolbox = Toolbox(tools.box, tools.files, without=frozenset({"ask", "write"}))
    assert {item.name for item in toolbox.specs} == {"shell", "read", "edit", "search", "finish", "give_up"}
    ask, write = ToolCall("1", "ask", '{"question": "x?"}'), ToolCall("1", "write", '{"path": "a", "content": ""}')
    assert toolbox.asked(ask) is None
    assert "Nobody is there" in (await toolbox.run(ask)).text
    assert "no tool 'write'" in (await toolbox.run(write)).text
    assert not (tools.tree / "a").exists()


async def test_a_call_of_a_tool_that_there_is_not_is_answered_with_the_nearest(tools: Tools) -> None:
    answer = await Toolbox(tools.box, tools.files).run(ToolCall("1", "serch", '{"pattern": "x"}'))
    assert answer.failed
    assert "Did you mean 'search'?" in answer.text
