"""One question to a model, and how it is put to this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.errors import ModelBusy, ModelError
from workflows.model.manners import Manners
from workflows.model.wire import declared, described, in_turn, on_the_wire
from workflows.ports import Message, ToolSpec

MOST_OF_AN_ERROR = 20_000
"""Characters of a refusal that are looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, however it has to be put. `tokens` is how long the answer may be."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]
    tokens: int
    schema: Mapping[str, object] | None = None


class RefusedRequest(Exception):
    """A request that was refused; `verdict` is what is told where no other request is answered."""

    def __init__(self, status: int | None, text: str, verdict: ModelError | ModelBusy) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.verdict = verdict


def request(asked: Asked, model: str, manners: Manners, tokens: int, *, enforced: bool) -> dict[str, Any]:
    """The request's fields. `enforced` is whether the server is known, or likely, to keep to a schema."""
    messages = on_the_wire(asked.messages, model, manners, marks=_takes_cache_marks(model))
    fields: dict[str, Any] = {"messages": messages, manners.limit: tokens}
    if asked.tools and not manners.tools:
        first = next((one for one in messages if one["role"] == "system"), None)
        if first is None:
            messages.insert(0, {"role": "system", "content": described(asked.tools)})
        else:
            first["content"] = f"{first['content']}\n\n{described(asked.tools)}"
    else:
        fields["tools"] = [declared(tool) for tool in asked.tools] or None
    fields["messages"] = in_turn(messages, manners)
    if asked.schema is not None and manners.schema and enforced:
        form = {"name": "answer", "strict": True, "schema": dict(asked.schema)}
        fields["response_format"] = {"type": "json_schema", "json_schema": form}
    return fields


def _takes_cache_marks(name: str) -> bool:
    """Whether the provider caches only what is marked; others cache by themselves or refuse the marks."""
    return "claude" in name.lower() or name.startswith("anthropic/")
