"""The App's manifest: what app.yml asks for, and the form in which GitHub takes it at this server's address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import UserError
from workflows.policy import yaml_lines

GIVEN_ANYWAY = frozenset({"installation", "installation_repositories"})
"""Events that every App gets and none may ask for."""

_LEVELS = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the App asks for. `permissions` are levels by name."""

    name: str
    description: str
    public: bool
    permissions: Mapping[str, str]
    events: tuple[str, ...]

    def form(self, public_url: str) -> dict[str, object]:
        """What GitHub's page for a new App takes, for the server at `public_url`.

        https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
        """
        return {
            "name": self.name,
            "url": public_url,
            "description": self.description,
            "public": self.public,
            "hook_attributes": {"url": webhook_url(public_url), "active": True},
            "redirect_url": f"{public_url.rstrip('/')}/setup/callback",
            "default_permissions": dict(self.permissions),
            "default_events": list(self.events),
        }

    def lacking(self, permissions: Mapping[str, str], events: tuple[str, ...] | None = None) -> list[str]:
        """What is asked for and not among what was granted: "issues: write", "event push"."""
        short = [
            f"{name}: {level}" for name, level in self.permissions.items() if not _covers(permissions.get(name), level)
        ]
        missing = [] if events is None else [f"event {event}" for event in self.events if event not in events]
        return short + missing


def read_manifest(path: Path | None = None) -> Manifest:
    """app.yml as it came with this version. UserError where it is not there, ConfigError where it cannot be read."""
    found = path or next((place for place in _PLACES if place.is_file()), None)
    if found is None:
        raise UserError("The App's manifest app.yml is not installed.", "Install Pullwright again, whole.")
    document, _ = yaml_lines.load(found.read_text(encoding="utf-8"), str(found))
    return Manifest(
        name=str(document["name"]),
        description=str(document["description"]),
        public=bool(document["public"]),
        permissions={str(name): str(level) for name, level in document["default_permissions"].items()},
        events=tuple(str(event) for event in document["default_events"]),
    )


def webhook_url(public_url: str) -> str:
    """Where GitHub delivers."""
    return f"{public_url.rstrip('/')}/webhook"


def is_login(text: str) -> bool:
    """Whether this can be the login of an account or organization."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", text) is not None


_PLACES = (Path(__file__).parents[1] / "app.yml", Path(__file__).parents[2] / "app.yml")
"""Inside of the installed package, or in the root of a checkout."""


def _covers(granted: str | None, wanted: str) -> bool:
    return granted in _LEVELS and _LEVELS.index(granted) >= _LEVELS.index(wanted)
