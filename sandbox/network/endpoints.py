"""Where a box may connect to: a host name, letter by letter, and a port."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

HTTPS = 443

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")


class Endpoint(NamedTuple):
    """A name and a port, written `name:port`; `name` alone is port 443."""

    name: str
    port: int = HTTPS

    def __str__(self) -> str:
        return self.name if self.port == HTTPS else f"{self.name}:{self.port}"


def endpoint(text: str) -> Endpoint:
    """Read `name` or `name:port`; ValueError for anything else, addresses too."""
    name, colon, port = text.strip().lower().partition(":")
    if not is_name(name):
        raise ValueError(f"{text!r} is not a host name; write it like registry.example.org or mirror.example.org:8443")
    if colon and not (_PORT.fullmatch(port) and int(port) < 65536):
        raise ValueError(f"{text!r} has no port behind its colon; write it like mirror.example.org:8443")
    return Endpoint(name, int(port) if colon else HTTPS)


def endpoints(texts: Iterable[str]) -> frozenset[Endpoint]:
    """All of them; ValueError names the first that is none."""
    return frozenset(map(endpoint, texts))


def is_name(name: str) -> bool:
    """Whether that is a host name, and nothing that libc would take for an address."""
    return bool(_HOST.fullmatch(name)) and not _is_address(name)


def _is_address(name: str) -> bool:
    """Whether libc would take the name for an address: dotted, short, hexadecimal or octal forms too."""
    if re.fullmatch(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*", name):
        return True
    with suppress(OSError):
        socket.inet_aton(name)
        return True
    return False
