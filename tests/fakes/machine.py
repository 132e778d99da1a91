"""What this machine is configured with, whatever the tests change in their own environment: to really install."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.environment.set_up import REGISTRIES
from sandbox.host.configured.discover import configured
from sandbox.host.configured.values import Configured
from sandbox.network.endpoints import endpoints
from sandbox.network.gateway import Gateway
from sandbox.network.outbound import Outbound

STARTED_WITH = dict(os.environ)
"""A conftest imports this first."""


def machine() -> Configured:
    """Registries, certificates and the way out, as whoever started the tests has them."""
    return configured(STARTED_WITH, Path(STARTED_WITH.get("HOME") or Path.home()))


def reaching_backend(host: Configured) -> Bubblewrap:
    """Boxes that reach the public registries, also where this machine's network gives them addresses of its own."""
    named = endpoints(REGISTRIES | host.hosts)
    outbound = Outbound(private=named, trusted=named, next_hop=host.next_hop)
    return Bubblewrap(outbound=outbound, gateway=Gateway(host.routes, host.bundle))


def need(name: str) -> None:
    """Skip where a registry is out of reach: there is no network, or none of that kind."""
    host = machine()
    if host.next_hop is not None or host.routes:
        return
    try:
        socket.create_connection((name, 443), 5).close()
    except OSError:
        pytest.skip(f"{name} cannot be reached from here")
