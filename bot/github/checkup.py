"""What `doctor` looks at on GitHub's side: the App, what it may do, where it is installed, what reaches us."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bot.github.api.models import AppInfo, InstallationInfo
from bot.github.api.transport import connections
from bot.github.client import GitHub
from bot.github.features import GIVEN_ANYWAY, HEARD, Feature, events, missing
from bot.github.manifest import webhook_url
from sandbox.backend import HostFinding
from sandbox.errors import TransientError, UserError
from sandbox.git.plumbing import Git
from sandbox.git.remote import branch_heads
from sandbox.host import temporary
from workflows.ports import Remote

_LOOK_BACK = timedelta(hours=24)
_ENOUGH = 2_000
"""Deliveries; nobody waits for more of them to be read."""
_SECONDS = 10.0
_ACCEPT = "Accept the new permissions there"
_ASK = "Change that in the App's settings under Permissions & events, then accept it where the App is installed."


async def check_app(github: GitHub, public_url: str) -> AsyncIterator[HostFinding]:
    """The findings about one App. UserError and TransientError as the client raises them."""
    app = await github.app()
    yield _is_it(app, github.credentials.slug)
    yield _may_it(app)
    yield await _delivers_it(github, public_url)
    if public_url:
        yield await _is_reachable(public_url)
    installations = await github.installations()
    if not installations:
        remedy = f"Install it: {app.url}/installations/new"
        yield HostFinding("installations", False, "the App is installed nowhere", remedy, fatal=False)
    for installation in installations:
        yield _is_allowed(installation)
    if working := next((one for one in installations if not one.suspended), None):
        yield await _git_works(github, working)
    yield await _arrived(github)


async def _git_works(github: GitHub, installation: InstallationInfo) -> HostFinding:
    """Git speaks with GitHub by itself, with a proxy and certificates of its own: so it is tried too."""
    name = await github.any_repository(installation.id)
    if not name:
        return HostFinding(
            "git to GitHub", True, f"not tried: {installation.account} gave it no repository", fatal=False
        )
    remote = await github.repository(installation.id, name).remote()
    place = temporary.directory()
    try:
        heads = await asyncio.to_thread(_heads, place, remote)
    except (UserError, TransientError) as error:
        remedy = (
            "Git reads HTTPS_PROXY and NO_PROXY, and trusts what SSL_CERT_FILE or GIT_SSL_CAINFO names: see that these "
            "are set for this process."
        )
        return HostFinding("git to GitHub", False, f"{name} cannot be read: {error}", remedy)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return HostFinding("git to GitHub", True, f"{name} has {heads} branch{'' if heads == 1 else 'es'}")


def _heads(place: Path, remote: Remote) -> int:
    git = Git(place)
    git.run("init", "--bare", "--quiet", "--template=", str(place))
    return len(branch_heads(git, remote.url, remote.env))


def _is_it(app: AppInfo, slug: str) -> HostFinding:
    if app.slug != slug:
        remedy = f'Write "slug": "{app.slug}" into the file with the credentials.'
        return HostFinding("GitHub App", False, f"it is called {app.slug} by now, not {slug}", remedy)
    return HostFinding("GitHub App", True, f"{app.name} ({app.url})")


def _may_it(app: AppInfo) -> HostFinding:
    lacking = missing(app.permissions)
    unheard = [f"event {event}" for event in events() if event not in app.events]
    if not lacking and not unheard:
        return HostFinding("permissions", True, "the App asks for all that is used")
    told = "; ".join([*_told(lacking), *unheard])
    fatal = (
        any(not (one.ahead or one.optional) for short in lacking.values() for one in short)
        or not {
            *app.events,
            *GIVEN_ANYWAY,
        }
        >= HEARD
    )
    return HostFinding("permissions", False, f"the App does not ask for {told}", _ASK, fatal=fatal)


async def _delivers_it(github: GitHub, public_url: str) -> HostFinding:
    there = await github.hook_url()
    if not there:
        return HostFinding("webhook", False, "GitHub delivers nowhere", "Set the webhook's URL in the App's settings.")
    if not public_url:
        remedy = "Set PULLWRIGHT_PUBLIC_URL, so that this can be compared."
        return HostFinding("webhook", False, f"GitHub delivers to {there}", remedy, fatal=False)
    here = webhook_url(public_url)
    remedy = f"Set the webhook's URL in the App's settings to {here}, or PULLWRIGHT_PUBLIC_URL to what is right."
    return HostFinding("webhook", there.rstrip("/") == here, f"GitHub delivers to {there}", remedy)


async def _is_reachable(public_url: str) -> HostFinding:
    """Seen from here, which says little about GitHub's view: so it is never fatal."""
    address = f"{public_url.rstrip('/')}/health"
    remedy = "Start `pullwright serve`, and see whether the name, the proxy and the firewall lead to it."
    try:
        async with connections(timeout=_SECONDS) as client:
            status = (await client.get(address)).status_code
    except httpx.HTTPError as error:
        return HostFinding("this server", False, f"{address}: {error or type(error).__name__}", remedy, fatal=False)
    return HostFinding("this server", status == 200, f"{address} answers {status}", remedy, fatal=False)


def _is_allowed(installation: InstallationInfo) -> HostFinding:
    subject = f"installation on {installation.account}"
    where = f": {installation.url}" if installation.url else "."
    if installation.suspended:
        return HostFinding(subject, False, "it is suspended", f"Unsuspend it{where}", fatal=False)
    if lacking := missing(installation.permissions):
        told = "; ".join(_told(lacking))
        return HostFinding(subject, False, f"it does not grant {told}", f"{_ACCEPT}{where}", fatal=False)
    chosen = "all repositories" if installation.selection == "all" else "chosen repositories"
    return HostFinding(subject, True, chosen)


def _told(lacking: Mapping[str, Sequence[Feature]]) -> Iterator[str]:
    """What is missing, each with what does not work therefore."""
    for permission, short in lacking.items():
        now, later = ([one.does for one in short if one.ahead is ahead] for ahead in (False, True))
        uses = ([f"no {', no '.join(now)}"] if now else []) + ([f"later no {', no '.join(later)}"] if later else [])
        yield f"{permission} ({'; '.join(uses)})"


async def _arrived(github: GitHub) -> HostFinding:
    """How the last day's deliveries went; one that failed and arrived later is no matter any more."""
    deliveries = await github.deliveries(datetime.now(UTC) - _LOOK_BACK, _ENOUGH)
    arrived = {one.guid for one in deliveries if one.delivered}
    failed = [one for one in deliveries if one.guid not in arrived]
    if not failed:
        return HostFinding("deliveries", True, f"{len(arrived)} arrived in the last day")
    last = failed[0]
    detail = f"{len({one.guid for one in failed})} of the last day did not arrive, the last with {last.status_code}"
    remedies = {401: "Set the same webhook secret in the App's settings and in the credentials."}
    remedy = remedies.get(last.status_code, "They are asked for again while `pullwright serve` runs.")
    return HostFinding("deliveries", False, f"{detail} {last.status}".rstrip(), remedy, fatal=False)
