"""What `doctor` says about setting projects up: the way to registries, and tools that projects call."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

from bot.settings import Settings, of_this_machine
from sandbox.backend import HostFinding
from sandbox.environment.substitutes import BROUGHT, ELSEWHERE, OFTEN
from sandbox.host.configured.values import Configured
from sandbox.network.endpoints import Endpoint, endpoints
from sandbox.network.lookups import resolve
from sandbox.network.outbound import SETTING, is_public

_ASKED = ("pypi.org", "files.pythonhosted.org", "registry.npmjs.org")
_SECONDS = 5.0


def findings(settings: Settings) -> Iterator[HostFinding]:
    """The network of a set-up, then the tools."""
    host = of_this_machine()
    yield _configured(host)
    for note in host.notes:
        yield HostFinding("set-up", False, note.rstrip("."), "Nothing, where no project needs it.", fatal=False)
    if host.next_hop is None:
        yield _addresses(settings, host)
    yield _tools()


def _configured(host: Configured) -> HostFinding:
    parts = [f"{len(host.routes)} registries with credentials, read by us"] if host.routes else []
    parts += [f"also reached: {', '.join(sorted(host.hosts))}"] if host.hosts else []
    parts += [f"shown: {', '.join(mount.target for mount in host.mounts)}"] if host.mounts else []
    parts += [f"certificates of {host.bundle}"] if host.bundle else []
    parts += [f"by the proxy {host.next_hop.name}:{host.next_hop.port}"] if host.next_hop else []
    return HostFinding(
        "registries", True, "; ".join(parts) or "the public ones, as no tool here is configured otherwise"
    )


def _addresses(settings: Settings, host: Configured) -> HostFinding:
    named = endpoints(settings.setup_hosts)
    wanted = [one for one in sorted(endpoints({*_ASKED, *host.hosts})) if one not in named]
    private, unknown = asyncio.run(_judged(wanted))
    if private:
        detail = f"{', '.join(map(str, private))}: not at a public address, so no set-up reaches it"
        remedy = f"Where that is a mirror of yours: {SETTING}={','.join(map(str, private))}"
        return HostFinding("network of a set-up", False, detail, remedy, fatal=False)
    if unknown:
        detail = f"{', '.join(map(str, unknown))}: cannot be resolved"
        return HostFinding("network of a set-up", False, detail, "See to DNS, or set HTTPS_PROXY.", fatal=False)
    return HostFinding("network of a set-up", True, "the registries have addresses that a set-up may reach")


async def _judged(wanted: list[Endpoint]) -> tuple[list[Endpoint], list[Endpoint]]:
    async def ask(one: Endpoint) -> bool | None:
        try:
            async with asyncio.timeout(_SECONDS):
                return all(is_public(address) for address, _ in await resolve(one.name, one.port))
        except (OSError, TimeoutError):
            return None

    answers = list(zip(wanted, await asyncio.gather(*map(ask, wanted)), strict=True))
    return [one for one, fine in answers if fine is False], [one for one, fine in answers if fine is None]


def _tools() -> HostFinding:
    """Those that are missing are no fault of the machine's: most projects need none of them."""
    found = [name for name in OFTEN if shutil.which(name)]
    missing = [name for name in OFTEN if name not in found]
    parts = [", ".join(found) or "none of those that projects often call"]
    if brought := [name for name in missing if name in BROUGHT]:
        parts.append(f"a set-up brings {', '.join(brought)} by itself")
    if elsewhere := [f"{name} (`{ELSEWHERE[name]}`)" for name in missing if name not in BROUGHT]:
        parts.append(f"not here: {', '.join(elsewhere)}")
    return HostFinding("tools of projects", True, "; ".join(parts))
