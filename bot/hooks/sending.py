"""Sends messages: to public addresses, or hosts that the operator named, and to the very address that was judged.

The name is resolved once and its address connected to, so that no name can lead elsewhere between the two; no
redirect is followed; what is answered is not read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpx

from bot.hooks.signing import headers
from sandbox.network.endpoints import Endpoint, is_name
from sandbox.network.lookups import Address, resolve
from sandbox.network.outbound import is_address, is_public, may_be_named
from workflows.errors import ConfigError
from workflows.store.web.hooks import HookMessage, OutgoingHook

_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_MOST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an attempt. `status` 0: nobody answered. `wait` is for how many seconds they asked."""

    status: int
    why: str = ""
    wait: float = 0.0

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Sender:
    """`named` are hosts that may have private addresses; an attempt takes `seconds` at most, whatever it waits for."""

    named: Collection[Endpoint] = ()
    resolver: Callable[[str, int], Awaitable[Collection[Address]]] = resolve
    seconds: float = 15.0

    def check(self, url: str) -> None:
        """ConfigError where a hook may not have that address."""
        parts = _parts(url)
        if parts is None or parts.scheme not in ("https", "http"):
            raise ConfigError(
                "That is no address of a webhook.",
                "Write it as https://host.example.org/path, what is not ASCII in it encoded (xn--..., %C3%BC).",
            )
        if parts.scheme == "http" and self._endpoint(parts) not in self.named:
            raise ConfigError(
                "A webhook is told over https only.", "Or name its host and port in PULLWRIGHT_HOOK_HOSTS."
            )

    async def send(self, hook: OutgoingHook, message: HookMessage) -> Told:
        """One attempt."""
        parts = _parts(hook.url)
        try:
            self.check(hook.url)
        except ConfigError as error:
            return Told(0, str(error))
        assert parts is not None, "it was checked"
        try:
            # of all together: who sends a line of an answer every few seconds would else never be done
            async with asyncio.timeout(self.seconds):
                address = await self._judged(parts)
                if address is None:
                    return Told(0, "its host has no public address, and PULLWRIGHT_HOOK_HOSTS does not name it")
                return await self._post(hook, message, parts, address)
        except TimeoutError:
            return Told(0, f"it did not answer within {self.seconds:g} seconds")
        except (OSError, UnicodeError) as error:
            return Told(0, f"its host is not found: {getattr(error, 'strerror', '') or error}")

    async def _judged(self, parts: SplitResult) -> Address | None:
        """An address of its host that may be connected to; None where one of them may not."""
        where = self._endpoint(parts)
        found = list(await self.resolver(where.name, where.port))
        may = (lambda one: may_be_named(one, where.name)) if where in self.named else is_public
        return found[0] if found and all(is_public(one[0]) or may(one[0]) for one in found) else None

    def _endpoint(self, parts: SplitResult) -> Endpoint:
        return Endpoint((parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80))

    async def _post(self, hook: OutgoingHook, message: HookMessage, parts: SplitResult, address: Address) -> Told:
        body, at = message.body.encode(), int(time.time())
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        url = parts._replace(netloc=f"{host}:{address[1]}", fragment="").geturl()
        sent = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "pullwright"}
        sent |= headers(hook.secret, message.id, at, body)
        try:
            async with (
                httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client,
                client.stream(
                    "POST", url, content=body, headers=sent, extensions={"sni_hostname": parts.hostname}
                ) as answer,
            ):
                return Told(answer.status_code, _why(answer.status_code), _wait(answer.headers.get("retry-after", "")))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Told(0, f"it does not answer: {type(error).__name__}")


def _parts(url: str) -> SplitResult | None:
    """The parts of an address; None where it is none, or holds a login."""
    try:
        parts = urlsplit(url)
        fine = _is_host(parts.hostname or "") and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if fine and url.isprintable() and url.isascii() else None


def _is_host(name: str) -> bool:
    """Whether a resolver takes it, as a name or an address as it is usually written."""
    return is_name(name.lower()) or is_address(name)


def _why(status: int) -> str:
    return "" if 200 <= status < 300 else f"it answers {status}"


def _wait(text: str) -> float:
    return min(float(text), _MOST_WAIT) if text.isdecimal() and len(text) < 10 else 0.0
