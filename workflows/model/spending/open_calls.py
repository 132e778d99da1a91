"""A call to the model is written down before it is made: who is killed in it has spent something all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from workflows.model.spending.wrapped import WrappedModel
from workflows.ports import Message, Reply, ToolSpec, Usage

_CHARACTERS_PER_TOKEN = 3
"""A low guess, so that a prompt's size is rather over- than underestimated."""


@dataclass(frozen=True, slots=True)
class Booked(WrappedModel):
    """A model whose calls are known before they are made.

    `opened` writes one down with the most that it may take, and gives its number; `forgotten` takes it
    back where the model refused or could not be reached. Who gets the answer books it, together with
    what it is kept in. A call that was cut off (the run was aborted, the process killed) stays open.
    """

    opened: Callable[[Usage], Awaitable[int]]
    forgotten: Callable[[int], Awaitable[None]]

    async def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec] = (),
        *,
        max_tokens: int = 8192,
        schema: Mapping[str, object] | None = None,
    ) -> Reply:
        prompt = prompt_size(messages, tools)
        number = await self.opened(Usage(prompt, max_tokens, usd=self.cost(prompt, max_tokens)))
        try:
            return await self.model.complete(messages, tools, max_tokens=max_tokens, schema=schema)
        except asyncio.CancelledError:  # the provider goes on, and asks for its money
            raise
        except Exception:  # whatever it was, no answer came, and nobody is to pay for it
            await self.forgotten(number)
            raise


def prompt_size(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> int:
    """About how long a prompt is, in tokens."""
    said = sum(
        len(one.content) + len(one.kept) + sum(len(call.arguments) for call in one.tool_calls) for one in messages
    )
    declared = sum(len(str(tool)) for tool in tools)
    return (said + declared) // _CHARACTERS_PER_TOKEN
