"""A port for a server that is ended and started again, in programs where others open connections all the time."""

from __future__ import annotations

import random
import socket

_FIRST, _LAST = 20_000, 32_000
"""Below the ports that Linux gives to connections (`ip_local_port_range` begins at 32768)."""
_TRIES = 100


def port_to_keep() -> int:
    """A free port that nobody is given while its server is down.

    One that the kernel chooses is of those which it gives to connections: once the server has died, another
    connection may have it, or one to the port itself, and the server that comes next has no port.
    """
    for _ in range(_TRIES):
        port = random.SystemRandom().randint(_FIRST, _LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port between {_FIRST} and {_LAST} is free")
