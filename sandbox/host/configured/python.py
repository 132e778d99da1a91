"""pip's and uv's configuration: indexes, folders of wheels, constraints."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.host.configured.gathering import Gathering

_INDEX = ("simple", "+simple")


def gather(found: Gathering) -> None:
    pip = _pip_settings(found)
    index = _one(found, "pip", pip.get("index-url", ""))
    extras = _many(found, "pip", pip.get("extra-index-url", ""))
    links = _many(found, "pip", pip.get("find-links", ""))
    constraints = [word for word in pip.get("constraint", "").split() if found.show("pip", Path(word))]
    _set(found, PIP_INDEX_URL=index, PIP_EXTRA_INDEX_URL=" ".join(extras), PIP_FIND_LINKS=" ".join(links))
    _set(found, PIP_CONSTRAINT=" ".join(constraints), PIP_TRUSTED_HOST=pip.get("trusted-host", ""))
    _set(
        found,
        PIP_NO_INDEX=pip.get("no-index", ""),
        PIP_DEFAULT_TIMEOUT=pip.get("timeout", pip.get("default-timeout", "")),
    )
    if not _uv(found):
        # uv reads nothing of pip's: what pip is configured with holds for it too, with pip's way of choosing.
        _set(found, UV_DEFAULT_INDEX=index, UV_INDEX=" ".join(extras), UV_FIND_LINKS=",".join(links))
        _set(found, UV_CONSTRAINT=" ".join(constraints), UV_INDEX_STRATEGY="unsafe-best-match" if extras else "")
        _set(found, UV_INSECURE_HOST=pip.get("trusted-host", ""))
    _set(found, UV_HTTP_TIMEOUT=found.environ.get("UV_HTTP_TIMEOUT", ""))


def _pip_settings(found: Gathering) -> dict[str, str]:
    """As pip would read them: files from the machine's to the user's, then the environment."""
    env, settings = found.environ, {}
    system = [f"{place}/pip/pip.conf" for place in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")[::-1]]
    user = env.get("XDG_CONFIG_HOME") or "~/.config"
    own = [env["PIP_CONFIG_FILE"]] if env.get("PIP_CONFIG_FILE") else []
    for place in (*system, "/etc/pip.conf", "~/.pip/pip.conf", f"{user}/pip/pip.conf", *own):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(found.text(place))
        except configparser.Error:
            found.note(f"pip: `{place}` cannot be read.")
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    named = {name[4:].lower().replace("_", "-"): value for name, value in env.items() if name.startswith("PIP_")}
    return {**settings, **{name: value for name, value in named.items() if value}}


def _uv(found: Gathering) -> bool:
    """Whether uv has indexes of its own."""
    env, settings = found.environ, {}
    user = env.get("XDG_CONFIG_HOME") or "~/.config"
    for place in ("/etc/uv/uv.toml", f"{user}/uv/uv.toml", env.get("UV_CONFIG_FILE", "")):
        settings.update(_toml(found, place) if place else {})
    pip: dict[str, Any] = settings["pip"] if isinstance(settings.get("pip"), dict) else {}
    listed = [one for one in _list(settings.get("index")) if isinstance(one, dict) and one.get("url")]
    default = env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL") or _word(settings, pip, "index-url")
    default = default or next((str(one["url"]) for one in listed if one.get("default")), "")
    extra = (env.get("UV_INDEX") or env.get("UV_EXTRA_INDEX_URL") or "").split()
    extra += [str(one) for one in _list(settings.get("extra-index-url")) + _list(pip.get("extra-index-url"))]
    extra += [
        f"{one['name']}={one['url']}" if one.get("name") else str(one["url"])
        for one in listed
        if not one.get("default")
    ]
    links = (env.get("UV_FIND_LINKS") or "").replace(",", " ").split()
    links += [str(one) for one in _list(settings.get("find-links")) + _list(pip.get("find-links"))]
    if not default and not extra and not links:
        return False
    _set(found, UV_DEFAULT_INDEX=_one(found, "uv", default), UV_INDEX=" ".join(_named(found, one) for one in extra))
    _set(found, UV_FIND_LINKS=",".join(_many(found, "uv", " ".join(links))))
    _set(found, UV_INDEX_STRATEGY=env.get("UV_INDEX_STRATEGY") or _word(settings, pip, "index-strategy"))
    constraints = [one for one in env.get("UV_CONSTRAINT", "").split() if found.show("uv", Path(one))]
    _set(found, UV_CONSTRAINT=" ".join(constraints), UV_INSECURE_HOST=env.get("UV_INSECURE_HOST", ""))
    return True


def _named(found: Gathering, text: str) -> str:
    name, equals, address = text.partition("=")
    if equals and "/" not in name:
        inside = _one(found, "uv", address)
        return f"{name}={inside}" if inside else ""
    return _one(found, "uv", text)


def _one(found: Gathering, tool: str, text: str) -> str:
    return found.address(tool, text, cut=_INDEX) if text.strip() else ""


def _many(found: Gathering, tool: str, text: str) -> list[str]:
    return [inside for word in text.split() if (inside := _one(found, tool, word))]


def _set(found: Gathering, **values: str) -> None:
    found.env.update({name: value.strip() for name, value in values.items() if value.strip()})


def _toml(found: Gathering, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(found.text(place))
    except (tomllib.TOMLDecodeError, RecursionError):
        found.note(f"uv: `{place}` cannot be read.")
        return {}


def _word(settings: Mapping[str, Any], pip: Mapping[str, Any], name: str) -> str:
    return str(settings.get(name) or pip.get(name) or "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
