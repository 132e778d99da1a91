"""cargo's sources and registries, and the proxies that go gets its modules from."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from sandbox.host.configured.gathering import Gathering, Login

_GO = ("GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOSUMCHECK", "GOPRIVATE", "GONOPROXY", "GOINSECURE", "GOVCS")


def gather(found: Gathering) -> None:
    _cargo(found)
    _go(found)


def _cargo(found: Gathering) -> None:
    place = found.environ.get("CARGO_HOME") or "~/.cargo"
    settings = _toml(found, f"{place}/config.toml") or _toml(found, f"{place}/config")
    tokens = _toml(found, f"{place}/credentials.toml") or _toml(found, f"{place}/credentials")
    lines: list[str] = []
    for name, source in _table(settings, "source").items():
        for key in ("registry", "replace-with", "directory", "local-registry"):
            value = str(source.get(key, ""))
            if key == "registry" and value:
                value = _index(found, value, _token(found, tokens, name))
            if key in ("directory", "local-registry") and value:
                value = found.address("cargo", value)
            if value:
                lines += [f"[source.{json.dumps(name)}]", f"{key} = {json.dumps(value)}"]
    names = {**_table(settings, "registries"), **_in_environment(found)}
    for name, registry in names.items():
        if value := _index(found, str(registry.get("index", "")), _token(found, tokens, name)):
            lines += [f"[registries.{json.dumps(name)}]", f"index = {json.dumps(value)}"]
    if lines:
        found.files[".cargo/config.toml"] = "\n".join([*_merged(lines), ""]).encode()


def _merged(lines: list[str]) -> list[str]:
    """TOML takes each table once."""
    tables: dict[str, list[str]] = {}
    for head, line in zip(lines[::2], lines[1::2], strict=True):
        tables.setdefault(head, []).append(line)
    return [line for head, body in tables.items() for line in (head, *body)]


def _index(found: Gathering, text: str, login: Login | None) -> str:
    if not text:
        return ""
    scheme = "sparse+" if text.startswith("sparse+") else ""
    address = found.address("cargo", text.removeprefix("sparse+"), login)
    if address.startswith("http:") and not scheme:
        found.note("cargo: a registry that is a git repository and wants credentials cannot be read from a box.")
        return ""
    return scheme + address if address else ""


def _token(found: Gathering, tokens: dict[str, Any], name: str) -> Login | None:
    variable = f"CARGO_REGISTRIES_{name.upper().replace('-', '_')}_TOKEN"
    token = found.environ.get(variable) or _table(tokens, "registries").get(name, {}).get("token")
    return Login(str(token), (str(token).rpartition(" ")[2],)) if token else None


def _in_environment(found: Gathering) -> dict[str, dict[str, str]]:
    named = {}
    for name, value in found.environ.items():
        if match := re.fullmatch(r"CARGO_REGISTRIES_(\w+)_INDEX", name):
            named[match[1].lower().replace("_", "-")] = {"index": value}
    return named


def _go(found: Gathering) -> None:
    settings = dict(
        re.findall(r"^(\w+)=(.*)$", found.text(found.environ.get("GOENV") or "~/.config/go/env"), re.MULTILINE)
    )
    settings |= {name: found.environ[name] for name in _GO if found.environ.get(name)}
    for name in _GO:
        if value := settings.get(name, ""):
            found.env[name] = _proxies(found, value) if name == "GOPROXY" else value


def _proxies(found: Gathering, text: str) -> str:
    words = re.split(r"([,|])", text)
    kept = [word if word in (",", "|", "direct", "off", "") else _plain(found, word) for word in words]
    return re.sub(r"[,|](?=[,|]|$)|^[,|]", "", "".join(kept))


def _plain(found: Gathering, word: str) -> str:
    return found.address("go", word).rstrip("/")


def _toml(found: Gathering, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(found.text(place))
    except (tomllib.TOMLDecodeError, RecursionError):
        found.note(f"cargo: `{place}` cannot be read.")
        return {}


def _table(settings: dict[str, Any], name: str) -> dict[str, Any]:
    value = settings.get(name)
    return {key: one for key, one in value.items() if isinstance(one, dict)} if isinstance(value, dict) else {}
