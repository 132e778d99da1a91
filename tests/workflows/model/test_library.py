"""litellm as we have it: what it loads of itself, and when."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fakes.scripted_model import Conversation, ScriptedModel, Turn, call

ASK = """
import asyncio, sys
from workflows.model.adapter import LiteModel
from workflows.ports import Message, ToolSpec

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("mcp", "fastapi", "opentelemetry"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
model = LiteModel("openai/scripted", api_base=sys.argv[1], api_key="k", attempts=1, price=(1.0, 1.0))
tool = ToolSpec("shell", "Run a command.", {"type": "object", "properties": {}})
reply = asyncio.run(model.complete([Message("user", "hello")], [tool]))
print(reply.message.tool_calls[0].name)
print("litellm.responses.mcp.chat_completions_handler" in sys.modules)
"""


def test_litellm_is_not_imported_before_a_model_is_called() -> None:
    code = (
        "import sys; from workflows.agent import loop; from workflows.model import adapter as model;"
        "model.LiteModel('openai/x', fallback='openai/y');"
        "assert model.LiteModel('openai/gpt-4o').cost(1, 1);"
        "assert 'litellm' not in sys.modules; assert 'openai' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_call_with_tools_loads_nothing_that_only_litellms_own_server_needs() -> None:
    with ScriptedModel([Conversation("hello", (Turn("Hm.", (call("shell"),)),))]) as server:
        asked = [sys.executable, "-c", ASK, server.url]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["shell", "False"]


@pytest.mark.parametrize("name", ["nobody/knows-this", "openai/gpt-4o"])
def test_the_price_list_is_read_without_litellm(name: str) -> None:
    code = f"import sys; from workflows.model import library; print(library.listed_price({name!r}) is not None);"
    code += "assert 'litellm' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(name == "openai/gpt-4o")
