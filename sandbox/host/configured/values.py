"""What a box gets of the machine's configuration, and what stays on the host's side."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.backend import Mount
from sandbox.network.gateway import Route, inside, spellings
from sandbox.network.next_hop import NextHop

_SHORTEST = 8
"""A shorter word would be taken out of texts that only happen to hold it."""


@dataclass(frozen=True, slots=True)
class Configured:
    """`env`, `files` (by their path in the box's home) and `mounts` are the box's; none of them holds a secret.

    `hosts` may be reached as they are. `routes` are the registries that a box reads through the gateway, by the
    key that is in their address inside. `notes` are sentences about what does not count in a box.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    hosts: frozenset[str] = frozenset()
    routes: Mapping[str, Route] = field(default_factory=dict)
    next_hop: NextHop | None = None
    bundle: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no text of ours."""
        hop = (self.next_hop.authorization,) if self.next_hop is not None and self.next_hop.authorization else ()
        found = (*hop, *(secret for route in self.routes.values() for secret in (route.authorization, *route.secrets)))
        return tuple(secret for secret in dict.fromkeys(found) if len(secret) >= _SHORTEST)

    @property
    def digest(self) -> str:
        """What changes where a set-up would find other packages."""
        mounts = [(str(mount.source), mount.target) for mount in self.mounts]
        facts = (sorted(self.env.items()), sorted(self.files.items()), mounts, sorted(self.hosts))
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    def without_gateway(self) -> Configured:
        """For boxes that are none, and have no way to registries with a login but their own."""
        ours = inside("")[:-1]
        return replace(
            self,
            env={name: value for name, value in self.env.items() if ours not in value},
            files={path: data for path, data in self.files.items() if ours.encode() not in data},
            routes={},
            next_hop=None,
        )

    @property
    def rewritten(self) -> Mapping[str, str]:
        """Addresses of registries that want credentials, and what they are inside: for lock files that name them."""
        pairs = {}
        for key, route in self.routes.items():
            for spelled in spellings(route.base):
                pairs[spelled] = inside(key)
        return pairs
