"""What a server needs, looked at when the page is opened: the model and its key, the App on GitHub, Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.admin.drawing import page
from bot.admin.pages.outer_signs import Sign, outer_signs
from bot.settings import Settings
from sandbox.errors import TransientError, UserError
from workflows.store.web.keys import KeyScope

if TYPE_CHECKING:
    from bot.github.client import GitHub

CHECKLIST = "/admin/server/checklist"
_SECONDS = 30.0
_LATER = "See whether this machine reaches GitHub (name, proxy, firewall), then open this page anew."


@dataclass(frozen=True, slots=True)
class ChecklistPage:
    """`github` gives the client, None while no App is set up."""

    gate: AccessGate
    settings: Settings
    github: Callable[[], GitHub | None]

    def routes(self) -> Sequence[BaseRoute]:
        return (self.gate.route(CHECKLIST, self.show, Need.ADMIN, scope=KeyScope.ADMIN),)

    async def show(self, request: Request, visit: WebVisit) -> Response:
        around = [one for one in await outer_signs(self.settings, visit.store) if one.name == "Telegram"]
        signs = [self._model(), *await self._on_github(), *around]
        return page("checklist.html", visit.visitor, title="What is set up", signs=signs)

    def _model(self) -> Sign:
        name = self.settings.model
        if not name:
            return Sign("Model", False, "none is configured", "Set PULLWRIGHT_MODEL and the provider's key.")
        if lacking := self.settings.missing_key(name):
            return Sign("Model", False, f"{name} needs a key", f"Set {lacking} or PULLWRIGHT_API_KEY.")
        return Sign("Model", True, name)

    async def _on_github(self) -> list[Sign]:
        """As far as it goes: what cannot be asked ends it, and says so."""
        client, found = self.github(), list[Sign]()
        if client is None:
            return [Sign("GitHub App", False, "none is set up", "Open /setup by the link that the server printed.")]
        from bot.github.checkup import check_app  # only here: it brings git

        try:
            async with asyncio.timeout(_SECONDS):
                async for one in check_app(client, self.settings.public_url):
                    found.append(Sign(_capital(one.subject), one.ok, one.detail, one.remedy))
        except UserError as error:
            found.append(Sign("GitHub", False, error.sentence, error.remedy))
        except (TransientError, TimeoutError) as error:
            found.append(Sign("GitHub", False, str(error) or "it did not answer in time", _LATER))
        return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
