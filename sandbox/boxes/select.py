"""Choosing the sandbox backend that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.backend import Backend
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.boxes.unsafe_local import UnsafeLocal
from sandbox.errors import SandboxUnavailable
from sandbox.network.gateway import Gateway
from sandbox.network.outbound import Outbound

NAMES = ("auto", "bubblewrap", "unsafe_local")


def choose(
    name: str,
    *,
    strict: bool,
    uid: int | None = None,
    extra_toolchains: Sequence[Path] = (),
    outbound: Outbound | None = None,
    gateway: Gateway | None = None,
) -> Backend:
    """The backend called `name`; "auto" is bubblewrap, and never anything weaker.

    SandboxUnavailable where there is no such backend, or bubblewrap is not installed; what
    else it may lack on this machine is told by its `check`.
    """
    if name == "unsafe_local":
        if strict:
            raise SandboxUnavailable(
                "A strict sandbox was asked for, and unsafe_local is none.", "Set PULLWRIGHT_SANDBOX=bubblewrap."
            )
        return UnsafeLocal()
    if name in ("auto", "bubblewrap"):
        backend = Bubblewrap(
            strict=strict, uid=uid, extra_toolchains=extra_toolchains, outbound=outbound, gateway=gateway
        )
        _ = backend.executable
        return backend
    raise SandboxUnavailable(f"There is no sandbox called {name!r}.", f"Choose one of {', '.join(NAMES)}.")
