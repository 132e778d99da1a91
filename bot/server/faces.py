"""The pages and the API of a process that answers HTTP, put together from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Router

from bot.access.gate import AccessGate
from bot.access.people.heard_changes import HeardChanges
from bot.access.people.identity import Identities
from bot.access.people.roles import GitHubRoles
from bot.access.people.session_cookies import SessionCookies
from bot.access.people.visitors import RoleSource
from bot.access.strangers import Answering
from bot.acting import acting, make_github
from bot.admin import drawing
from bot.admin.pages.api import ApiPages
from bot.admin.pages.attempts import AttemptPages
from bot.admin.pages.checklist import ChecklistPage
from bot.admin.pages.logs import LogPages
from bot.admin.pages.records import RecordPages
from bot.admin.pages.reference import ReferencePages
from bot.admin.pages.repositories import RepositoryPages
from bot.admin.pages.routes import Pages
from bot.admin.pages.server import ServerPages
from bot.admin.pages.start import StartPages
from bot.api.endpoints import Endpoints
from bot.api.problems import problem
from bot.api.routes import Api
from bot.asking.github_issues import GitHubIssues
from bot.asking.repositories import Repositories
from bot.asking.starts import Starts
from bot.asking.steering import Steering
from bot.asking.streams import Streams
from bot.server.probes import Probes
from bot.settings import Settings
from bot.signin.github_signin import GitHubSignIn
from bot.signin.signing_in import CALLBACK, SigningIn
from workflows.runs.feed import Feed
from workflows.store.database import Store
from workflows.store.web import role_changes

if TYPE_CHECKING:
    from bot.github.client import GitHub


@dataclass(frozen=True, slots=True)
class Faces:
    """What people and programs reach over HTTP."""

    pages: Pages
    records: RecordPages
    logs: LogPages
    attempts: AttemptPages
    of_starts: StartPages
    of_repositories: RepositoryPages
    of_server: ServerPages
    checklist: ChecklistPage
    reference: ReferencePages
    api: Api
    of_api: ApiPages
    signing_in: SigningIn
    probes: Probes
    rights_changed: Callable[[], None]
    """Ask GitHub anew what people are."""

    def app(self) -> Answering:
        """All of it. What no route takes is refused as the rest is: on a page, or as the API does."""
        return Answering(Router(routes=self.routes()), drawing.refusal, problem)

    def routes(self) -> Sequence[BaseRoute]:
        pages = (self.pages, self.records, self.logs, self.attempts, self.of_starts, self.of_repositories)
        about = (self.of_server, self.checklist, self.reference, self.of_api)
        rooms = (self.signing_in, *pages, *about, self.api, self.probes)
        return [route for room in rooms for route in room.routes()]


def make_faces(
    settings: Settings, store: Store, feed: Feed, stopping: asyncio.Event, roles: RoleSource | None = None
) -> Faces:
    """All of them. Nothing is asked of GitHub before somebody comes; without `roles` it is asked who may what."""

    def github() -> GitHub | None:
        return make_github(settings, small=True) if settings.credentials_file.exists() else None

    def way() -> GitHubSignIn | None:
        client = github()
        if client is None or not settings.public_url:
            return None
        return GitHubSignIn(client.credentials, f"{settings.public_url.rstrip('/')}{CALLBACK}")

    def private_key() -> str | None:
        client = github()
        return None if client is None else client.credentials.private_key.get_secret_value()

    secure = settings.public_url.startswith("https://")
    named = [one.lower().partition(":") for one in settings.admins]
    identities = Identities(
        store, {login: int(number or 0) for login, _, number in named}, secure, SessionCookies(private_key)
    )
    kept = GitHubRoles(github, changes=HeardChanges(lambda: store.read(role_changes.word)))
    asked, roles = roles or GitHubRoles(github, kept_seconds=0.0), roles or kept
    gate = AccessGate(store, identities, roles, asked, drawing.refusal)
    doors = AccessGate(store, identities, roles, asked, problem, keys=True)
    runs, repositories = acting(settings, store), Repositories(store, github)
    steering = Steering(runs, GitHubIssues(github))
    streams, starts = Streams(feed, identities, stopping), Starts(repositories)
    api = Api(doors, Endpoints(steering, streams, repositories, starts))
    return Faces(
        pages=Pages(gate, steering, streams),
        records=RecordPages(gate),
        logs=LogPages(gate, settings.public_url),
        attempts=AttemptPages(gate),
        of_starts=StartPages(gate, starts),
        of_repositories=RepositoryPages(gate, settings, repositories),
        of_server=ServerPages(gate, settings, runs),
        checklist=ChecklistPage(gate, settings, github),
        reference=ReferencePages(gate),
        api=api,
        of_api=ApiPages(gate, api.description),
        signing_in=SigningIn(gate, way),
        probes=Probes(store, doors),
        rights_changed=kept.forget,
    )
