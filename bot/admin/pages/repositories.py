"""The pages of repositories: which there are, and what holds in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.admin.drawing import page
from bot.asking.repositories import Repositories
from bot.effective import Elsewhere, effective_of
from bot.settings import Settings
from bot.webhook.triggers import by_default
from workflows.store.cluster import pauses
from workflows.store.web import run_search


@dataclass(frozen=True, slots=True)
class RepositoryPages:
    gate: AccessGate
    settings: Settings
    repositories: Repositories

    def routes(self) -> Sequence[BaseRoute]:
        return (
            self.gate.route("/admin/repositories", self.listed, Need.SIGNED_IN),
            self.gate.route("/admin/repositories/{repository:path}", self.one, Need.REPOSITORY),
        )

    async def listed(self, request: Request, visit: WebVisit) -> Response:
        held = {one.repository: one for one in await visit.store.read(pauses.all_of_them)}
        found = await visit.readable()
        return page("repositories.html", visit.visitor, title="Repositories", found=found, held=held)

    async def one(self, request: Request, visit: WebVisit) -> Response:
        """With its file as it is on GitHub's default branch at this moment."""
        where = visit.the_repository
        config = await effective_of(self.repositories.config_text(where), Elsewhere(self.settings, by_default()))
        counts = await visit.store.read(run_search.counts, (where.name,))
        pause = await visit.store.read(pauses.holding, where.name)
        facts = {
            "where": where,
            "config": config,
            "counts": counts,
            "pause": pause,
        }
        return page("repository.html", visit.visitor, title=where.called, **facts)
