"""What every model around another one hands through as it is."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.model.spending.budget import PricedModel


@dataclass(frozen=True, slots=True)
class WrappedModel:
    """Another model's name, window, prices and check; whoever inherits says what happens around a call."""

    model: PricedModel

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def context_tokens(self) -> int:
        return self.model.context_tokens

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return self.model.cost(prompt_tokens, completion_tokens)

    async def check(self) -> str:
        return await self.model.check()
