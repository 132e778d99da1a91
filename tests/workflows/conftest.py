"""Fixtures of the agent's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.scripted_model import Conversation, ScriptedModel, Turn
from tests.workflows.agent.workbench import Workbench
from workflows.model import library
from workflows.model.adapter import LiteModel
from workflows.ports import Message


@pytest.fixture(scope="session")
def warm() -> None:
    """The first call to any model imports for seconds; no test with a time limit should be the one that pays."""

    async def call() -> None:
        with ScriptedModel([Conversation("warm", (Turn("ok"),))]) as server:
            model = LiteModel("openai/scripted", api_base=server.url, api_key="sk-test-key-123456")
            await model.complete([Message("user", "warm")])
            await model.close()

    library.warm()
    asyncio.run(call())


@pytest.fixture
async def serve(warm: None) -> AsyncIterator[Callable[..., LiteModel]]:
    """Starts a scripted model and gives the real adapter for it, quick to retry; `model.server` is the server."""
    with ExitStack() as servers:
        models: list[LiteModel] = []

        def start(conversations: Iterable[Conversation], **options: Any) -> LiteModel:
            server = servers.enter_context(ScriptedModel(conversations))
            settings = {"api_base": server.url, "api_key": "sk-test-key-123456", "timeout": 20.0, "first_wait": 0.01}
            name = options.pop("name", "openai/scripted")
            model = LiteModel(name, **{**settings, **options})
            model.server = server  # type: ignore[attr-defined]
            models.append(model)
            return model

        yield start
        for model in models[:1]:
            await model.close()


@pytest.fixture
def bench(tmp_path: Path, serve: Callable[..., LiteModel]) -> Workbench:
    return Workbench(tmp_path, serve)
