"""Pages and API are made when somebody first asks for one: a process that only takes deliveries in stays small."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send


class LateFaces(Protocol):
    """What is made."""

    @property
    def rights_changed(self) -> Callable[[], None]:
        """Ask GitHub anew what people are."""
        ...

    def app(self) -> ASGIApp: ...


@dataclass(slots=True)
class Late:
    """An ASGI application that `make` makes when it is first asked for, on a thread: that loads modules."""

    make: Callable[[], LateFaces]
    _made: LateFaces | None = None
    _app: ASGIApp | None = None
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    def route(self) -> BaseRoute:
        """Takes whatever no route before it has taken."""
        return Mount("/", app=self)

    def rights_changed(self) -> None:
        if self._made is not None:
            self._made.rights_changed()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._making:
            if self._app is None:
                self._made = await asyncio.to_thread(self.make)
                self._app = self._made.app()
        await self._app(scope, receive, send)
