"""Looks through all that this machine is configured for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.host.configured import certificates, java, javascript, python, ruby_and_php, rust_and_go
from sandbox.host.configured.gathering import Gathering
from sandbox.host.configured.values import Configured
from sandbox.network.next_hop import next_hop


def configured(environ: Mapping[str, str], home: Path, root: Path = Path("/")) -> Configured:
    """What the user whose environment and home these are is configured for, as a box gets it. Blocking, and quick."""
    found = Gathering(environ, home, root)
    for tools in (python, javascript, rust_and_go, ruby_and_php, java):
        tools.gather(found)
    bundle = certificates.gather(found)
    try:
        hop = next_hop(environ)
    except ValueError as wrong:
        hop = None
        found.note(f"HTTPS_PROXY: {wrong}.")
    return Configured(
        env=found.env,
        files=found.files,
        mounts=tuple(found.mounts.values()),
        hosts=frozenset(found.hosts),
        routes=found.routes,
        next_hop=hop,
        bundle=bundle,
        notes=tuple(found.notes),
    )
