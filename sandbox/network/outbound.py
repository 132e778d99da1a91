"""How a connection out of a box is made: the name is resolved and judged here, and then connected to as judged."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sandbox.network.endpoints import Endpoint
from sandbox.network.lookups import Address, Lookups, Resolve, resolve
from sandbox.network.next_hop import NextHop
from sandbox.network.refusals import Denied
from sandbox.network.special_addresses import METADATA, is_of_the_machine, is_special

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_CHUNK = 64 * 1024
SETTING = "PULLWRIGHT_SETUP_HOSTS"
"""The operator's setting that names hosts whose address may be private."""


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet: no private, loopback, link-local or metadata address.

    Addresses that carry another one in them (6to4, Teredo, NAT64) are refused, mapped ones judged by it.
    """
    ip = _parsed(address)
    if ip is None or ip in METADATA:
        return False
    return ip.is_global and not is_special(ip) and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def is_address(text: str) -> bool:
    """Whether that is an address, rather than a name."""
    return _parsed(text) is not None


def may_be_named(address: str, name: str) -> bool:
    """Whether a host that the operator has named may have that address: not this machine's own, unless called so."""
    ip = _parsed(address)
    if ip is None:
        return False
    return ip.is_loopback if name == "localhost" else not is_of_the_machine(ip)


@dataclass(frozen=True, slots=True)
class Outbound:
    """How the proxy reaches the world, and what it grants to one command.

    `private` are hosts whose address need not be public; `trusted` are those that the operator, and no
    repository, has named: only they are left to `next_hop` to resolve.
    """

    resolve: Resolve = resolve
    permits: Callable[[str], bool] = is_public
    private: frozenset[Endpoint] = frozenset()
    trusted: frozenset[Endpoint] = frozenset()
    next_hop: NextHop | None = None
    connections: int = 64
    connect_seconds: float = 15.0
    idle_seconds: float = 120.0
    total_bytes: int = 8 * 1024**3

    def of_one_box(self) -> Outbound:
        """The same for one box, whose look-ups hold up no other's."""
        return replace(self, resolve=Lookups(self.resolve))

    async def dial(self, to: Endpoint) -> Streams:
        """A connection to one of the name's addresses, each of which was judged. Denied says why there is none."""
        hop = self.next_hop if self.next_hop is not None and self.next_hop.covers(to) else None
        try:
            async with asyncio.timeout(self.connect_seconds):
                return await self._dialed(to, hop)
        except TimeoutError:
            silent = f"the proxy of this machine does not answer for {to}" if hop else f"{to} does not answer"
            raise Denied("504 Gateway Timeout", silent) from None

    async def _dialed(self, to: Endpoint, hop: NextHop | None) -> Streams:
        addresses = await self._judged(to, needed=hop is None or to not in self.trusted)
        if hop is not None:
            # By name only where no repository chose it: what the next hop resolves, nobody here has judged.
            name = to.name if to in self.trusted or to in self.private else addresses[0][0]
            return await hop.connect(name, to.port)
        for address, port in addresses:
            with suppress(OSError):
                return await asyncio.open_connection(address, port, limit=_CHUNK)
        raise Denied("502 Bad Gateway", f"{to} cannot be reached")

    async def _judged(self, to: Endpoint, *, needed: bool) -> Sequence[Address]:
        try:
            addresses = await self.resolve(to.name, to.port)
        except OSError:
            addresses = []
        if not addresses and needed:
            raise Denied("502 Bad Gateway", f"{to} cannot be resolved")
        # One bad address among good ones is a rebinding attempt, not a mistake.
        if to in self.private:
            if not all(may_be_named(address, to.name) for address, _ in addresses):
                raise Denied("403 Forbidden", f"{to} resolves to an address of this machine, its link or its cloud")
        elif not all(self.permits(address) for address, _ in addresses):
            reason = f"{to} resolves to an address that is not public"
            raise Denied("403 Forbidden", reason, f"where that is a mirror of yours, {SETTING}={to} allows it")
        return addresses


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None else ip
