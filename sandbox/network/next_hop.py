"""The proxy that this machine itself reaches the world by: `HTTPS_PROXY`, with its password and its exceptions."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from sandbox.network.endpoints import Endpoint
from sandbox.network.refusals import Denied

_HEAD_BYTES = 8192
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r\n)")


@dataclass(frozen=True, slots=True)
class NextHop:
    """A proxy that serves CONNECT. `exceptions` are the words of `no_proxy`."""

    name: str
    port: int
    tls: bool = False
    authorization: str = field(default="", repr=False)
    exceptions: tuple[str, ...] = ()

    def covers(self, to: Endpoint) -> bool:
        """Whether a host is reached by it, and not directly."""
        return not any(_excepts(word, to) for word in self.exceptions)

    async def connect(self, name: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A tunnel to a host. Denied says what the proxy answered; its password is in no text."""
        context = ssl.create_default_context() if self.tls else None
        try:
            reader, writer = await asyncio.open_connection(self.name, self.port, ssl=context, limit=_HEAD_BYTES)
        except OSError:
            raise Denied("502 Bad Gateway", "the proxy of this machine cannot be reached") from None
        try:
            there = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
            login = f"Proxy-Authorization: {self.authorization}\r\n" if self.authorization else ""
            writer.write(f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n{login}\r\n".encode())
            await writer.drain()
            status = _STATUS.match(await reader.readuntil(b"\r\n\r\n"))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()
            raise Denied("502 Bad Gateway", f"the proxy of this machine does not connect to {name}") from None
        except BaseException:
            writer.transport.abort()
            raise
        if status is None or status[1] != b"200":
            writer.transport.abort()
            said = status[1].decode() if status else "nothing that is HTTP"
            raise Denied("502 Bad Gateway", f"the proxy of this machine answers {said} for {name}")
        return reader, writer


def next_hop(environ: Mapping[str, str]) -> NextHop | None:
    """What the environment names; None where it names none. ValueError for one that cannot be used."""
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    text = next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")
    if not text:
        return None
    try:
        url = urlsplit(text if "://" in text else f"http://{text}")
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:  # whose words may hold a piece of a password
        url, port = urlsplit(""), 0
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("the proxy of this machine is no HTTP proxy: set HTTPS_PROXY to one, as http://HOST:PORT")
    login = ""
    if url.username is not None:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
        login = f"Basic {base64.b64encode(pair.encode()).decode()}"
    exceptions = re.split(r"[,\s]+", (environ.get("no_proxy") or environ.get("NO_PROXY") or "").lower())
    return NextHop(url.hostname, port, url.scheme == "https", login, tuple(filter(None, exceptions)))


def _excepts(word: str, to: Endpoint) -> bool:
    if word == "*":
        return True
    name, colon, port = word.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        if int(port) != to.port:
            return False
        word = name
    word = word.removeprefix("*").removeprefix(".")
    if _is_network(word):  # names are judged here, never addresses
        return False
    return bool(word) and (to.name == word or to.name.endswith(f".{word}"))


def _is_network(word: str) -> bool:
    try:
        ipaddress.ip_network(word, strict=False)
    except ValueError:
        return False
    return True
