"""The App's manifest: what app.yml asks for, and the form in which GitHub takes it at this server's address.

app.yml is made from the table of features: `python -m bot.github.manifest --write`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.github import features
from sandbox.errors import UserError
from workflows.policy.config import yaml_lines

SIGNED_IN = "/signin/callback"
"""Where GitHub sends people back to who signed in, below this server's address."""

_HEAD = f"""\
# The GitHub App's manifest: what the code uses, and what its next workflows will, so that owners accept it once.
# Made from bot/github/features.py by `make manifest`; docs/github.md says what each is for.
name: pullwright
description: Turns an issue into a verified pull request.
public: false
callback_urls:  # below the server's address
  - {SIGNED_IN}
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the App asks for. `permissions` are levels by name, `callbacks` paths below the server's address."""

    name: str
    description: str
    public: bool
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    callbacks: tuple[str, ...] = ()

    def form(self, public_url: str) -> dict[str, object]:
        """What GitHub's page for a new App takes, for the server at `public_url`.

        https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
        """
        here = public_url.rstrip("/")
        return {
            "name": self.name,
            "url": public_url,
            "description": self.description,
            "public": self.public,
            "hook_attributes": {"url": webhook_url(public_url), "active": True},
            "redirect_url": f"{here}/setup/callback",
            "callback_urls": [f"{here}{path}" for path in self.callbacks],
            "default_permissions": dict(self.permissions),
            "default_events": list(self.events),
        }


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
        callbacks=tuple(str(path) for path in document.get("callback_urls", ())),
    )


def made() -> str:
    """app.yml as the table of features has it."""
    levels = "".join(f"  {name}: {level}\n" for name, level in features.permissions().items())
    named = "".join(f"  - {event}\n" for event in features.events())
    return f"{_HEAD}default_permissions:\n{levels}default_events:\n{named}"


def webhook_url(public_url: str) -> str:
    """Where GitHub delivers."""
    return f"{public_url.rstrip('/')}/webhook"


def is_login(text: str) -> bool:
    """Whether this can be the login of an account or organization."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", text) is not None


_PLACES = (Path(__file__).parents[1] / "app.yml", Path(__file__).parents[2] / "app.yml")
"""Inside of the installed package, or in the root of a checkout."""


def main(arguments: list[str]) -> int:
    """Print app.yml as it should be, or with --write make it so. The exit code."""
    if arguments not in ([], ["--write"]):
        sys.stderr.write("usage: python -m bot.github.manifest [--write]\n")
        return 2
    if arguments:
        _PLACES[-1].write_text(made(), encoding="utf-8")
    else:
        sys.stdout.write(made())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
