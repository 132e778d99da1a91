"""Where settings come from, and the only place that looks for them in the environment.

A setting comes from the environment (`PULLWRIGHT_MODEL`), else from the TOML file that `PULLWRIGHT_CONFIG` names
(`model = "..."`), else from its default. A name that is not known is refused with the closest one
that is, so that a slip never silently does nothing.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.settings import PREFIX, Settings
from workflows.errors import ConfigError
from workflows.policy.config.plain_words import PLAIN


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; ConfigError with the place and the remedy where one cannot be used."""
    environ = os.environ if environ is None else environ
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and value.strip()
    }
    file = given.pop("config", "")
    if not file and (ours := settings_file(environ)).is_file():
        file = str(ours)
    known = set(Settings.model_fields)
    for key in given:
        if key not in known:
            raise ConfigError(f"There is no setting {PREFIX}{key.upper()}.", _meant(key, known, environment=True))
    text, values = _from_file(Path(file).expanduser(), known) if file else ("", {})
    values |= given
    if "data" not in values:
        values["data"] = str(_default_data(environ))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = str(first["loc"][0])
        here = f"{PREFIX}{key.upper()}" if key in given else f"{file}:{_line_of(text, key)}"
        if first["type"] in PLAIN:
            what, how = PLAIN[first["type"]]
            raise ConfigError(f"{key} must be {what}.", f"{how} Or leave it out.", place=here) from None
        raise ConfigError(f"{key}: {first['msg'][:1].lower()}{first['msg'][1:]}.", place=here) from None


def settings_file(environ: Mapping[str, str]) -> Path:
    """The file that PULLWRIGHT_CONFIG names, else the one that `pullwright init` writes, which need not be there."""
    if named := environ.get(f"{PREFIX}CONFIG", "").strip():
        return Path(named).expanduser()
    home = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else "")
    return Path(home) / "pullwright" / "settings.toml" if home else Path("/etc/pullwright/settings.toml")


def _from_file(path: Path, known: set[str]) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"The configuration file cannot be read: {error.strerror}.", place=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"This is not TOML: {error}.", place=str(path)) from error
    for key in values:
        if key not in known:
            place = f"{path}:{_line_of(text, key)}"
            raise ConfigError(f"There is no setting {key!r}.", _meant(key, known), place=place)
    return text, values


def _line_of(text: str, key: str) -> int:
    pattern = re.compile(rf"^\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    return next((n for n, line in enumerate(text.split("\n"), 1) if pattern.match(line)), 1)


def _meant(key: str, known: set[str], *, environment: bool = False) -> str:
    def shown(name: str) -> str:
        return f"{PREFIX}{name.upper()}" if environment else name

    close = difflib.get_close_matches(key.lower(), known, 1)
    return f"Did you mean {shown(close[0])}?" if close else f"There are: {', '.join(map(shown, sorted(known)))}."


def _default_data(environ: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/pullwright")
    base = environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "pullwright"
