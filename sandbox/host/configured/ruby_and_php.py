"""bundler's mirrors, and composer's repositories."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.host.configured.gathering import Gathering, Login, basic, bearer

_SETTING = re.compile(r"^(BUNDLE_[^\s:]\S*?):[ \t]+([^\r\n]*)", re.MULTILINE)


def gather(found: Gathering) -> None:
    _bundler(found)
    _composer(found)


def _bundler(found: Gathering) -> None:
    home = found.environ.get("BUNDLE_USER_CONFIG") or "~/.bundle/config"
    settings = {name: _unquoted(value) for name, value in _SETTING.findall(found.text(home))}
    settings |= {name: value for name, value in found.environ.items() if name.startswith("BUNDLE_") and value}
    lines = []
    for name, value in settings.items():
        if name.startswith("BUNDLE_MIRROR__") and "://" in value:
            if inside := found.address("bundler", value, _gem_login(settings, value)):
                lines.append(f'{name}: "{inside}"')
        elif _is_login(name, value):  # a source that only a Gemfile names: read through us, by a mirror of its own
            host = name.removeprefix("BUNDLE_").lower().replace("___", "-").replace("__", ".")
            inside = found.address("bundler", f"https://{host}/", _pair(value))
            lines.append(f'BUNDLE_MIRROR__HTTPS://{host.replace("-", "___").replace(".", "__").upper()}/: "{inside}"')
    if lines:
        found.files[".bundle/config"] = "\n".join(["---", *lines, ""]).encode()


def _is_login(name: str, value: str) -> bool:
    named = re.fullmatch(r"BUNDLE_(?!(?:BUILD|LOCAL|MIRROR)__)[A-Z0-9_]+", name)
    return "__" in name and "://" not in value and bool(named) and ":" in value


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _gem_login(settings: dict[str, str], address: str) -> Login | None:
    name = _host(address).upper().replace("-", "___").replace(".", "__")
    value = settings.get(f"BUNDLE_{name}", "")
    return _pair(value) if value else None


def _host(address: str) -> str:
    """ "" where it is none, as in `https://[::1`; what is wrong with it, its tool is told."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _pair(value: str) -> Login:
    user, _, password = value.partition(":")
    return basic(user, password)


def _composer(found: Gathering) -> None:
    place = found.environ.get("COMPOSER_HOME") or "~/.config/composer"
    settings = _json(found.text(f"{place}/config.json")) or _json(found.text("~/.composer/config.json"))
    logins = _json(found.text(f"{place}/auth.json")) or _json(found.text("~/.composer/auth.json"))
    logins = {**logins, **_json(found.environ.get("COMPOSER_AUTH", ""))}
    listed = settings.get("repositories")
    pairs = listed.items() if isinstance(listed, dict) else enumerate(listed) if isinstance(listed, list) else ()
    kept: dict[str, Any] = {}
    for name, one in pairs:
        if one is False or (isinstance(one, dict) and one.get("packagist.org") is False):
            kept["packagist.org"] = False
        elif isinstance(one, dict) and one.get("type") == "composer" and isinstance(url := one.get("url"), str):
            inside = found.address("composer", url, _composer_login(logins, url))
            kept |= {str(name): {"type": "composer", "url": inside}} if inside else {}
    if kept:
        plain = any(isinstance(one, dict) and str(one["url"]).startswith("http:") for one in kept.values())
        file: dict[str, Any] = {"repositories": kept, **({"config": {"secure-http": False}} if plain else {})}
        found.files[".config/composer/config.json"] = json.dumps(file).encode()
        found.env["COMPOSER_HOME"] = "/home/box/.config/composer"


def _composer_login(logins: dict[str, Any], address: str) -> Login | None:
    pair, token = _of(logins, "http-basic", address), _of(logins, "bearer", address)
    if isinstance(pair, dict):
        return basic(str(pair.get("username", "")), str(pair.get("password", "")))
    return bearer(token) if isinstance(token, str) else None


def _of(logins: dict[str, Any], kind: str, address: str) -> Any:
    """What composer has for the host, by its name with the port where it is another than usual."""
    table, host = logins.get(kind), _host(address)
    if not isinstance(table, dict) or not host:
        return None
    return table.get(urlsplit(address).netloc.rpartition("@")[2].lower(), table.get(host))


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
