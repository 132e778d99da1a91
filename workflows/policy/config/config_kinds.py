"""The kinds of values that a repository's file holds, each refused with how to write it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,60}(\[bot\])?")
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def _host(value: str) -> str:
    name, colon, port = value.strip().lower().partition(":")
    name = name.rstrip(".")
    if _is_address(value.strip()) or _is_address(name) or not _HOST.fullmatch(name):
        raise ValueError(f"{value!r} is not a host name; write it like registry.example.org, without a scheme")
    if colon and not (re.fullmatch(r"[1-9][0-9]{2,4}", port) and (port == "443" or 1023 < int(port) < 65536)):
        raise ValueError(f"{value!r} has a port that no set-up may reach; it is 443 or one above 1023")
    return f"{name}:{port}" if colon else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _branch(value: str) -> str:
    odd = re.search(r"[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|\.lock(?:/|$)|(?:^|/)\.", value)
    if not value or odd or value[0] in "-/" or value[-1] in "/." or value == "@" or not value.isprintable():
        raise ValueError(f"{value!r} is not a branch name")
    if value == "HEAD" or value.startswith("refs/"):
        raise ValueError(f"{value!r} is not the name of a branch; write it like main, without refs/heads/")
    return value


def _prefix(value: str) -> str:
    try:
        _branch(f"{value}x")
    except ValueError:
        raise ValueError(f"{value!r} cannot stand before a branch name; write it like topic/ or bot-") from None
    return value


def _pattern(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/") or not value.strip():
        raise ValueError(f"{value!r} is not a path of the repository; write it like .github/workflows/*.yml")
    return value


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if not match:
        raise ValueError(f"{value!r} is not a size; write it like 4g or 512m")
    return int(float(match.group(1)) * _UNITS[match.group(2).lower()])


def _no_bool(value: Any) -> Any:
    """To Python, true is the number 1."""
    if isinstance(value, bool):
        raise ValueError("it must be a number")
    return value


def _command(value: str) -> str:
    """Nobody means a program by these: to YAML 1.1 they were false, and `false` itself always fails."""
    if value.lower() in ("no", "off", "none", "null", "false", "disabled", "~"):
        raise ValueError("it is neither a command nor false")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a name; it has up to 40 letters, digits, spaces, dots, dashes or underscores"
        )
    return value


def _login(value: str) -> str:
    if not _LOGIN.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of an account; write it like renovate[bot], without @")
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _off(value: Any) -> Any:
    """YAML reads a bare `off` as false."""
    return "off" if value is False else value


ONE_OR_MORE = BeforeValidator(_as_list)
"""A single text stands for a list of one."""
WITH_OFF = BeforeValidator(_off)
"""One of the values is `off`."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
NUMBER = BeforeValidator(_no_bool)
Command = Annotated[Line, AfterValidator(_command)]
Commands = Annotated[tuple[Command, ...], ONE_OR_MORE, Field(min_length=1, max_length=20)]
Overriding = Literal[False] | Commands | None
PathPattern = Annotated[str, AfterValidator(_pattern)]
Patterns = Annotated[tuple[PathPattern, ...], ONE_OR_MORE, Field(max_length=50)]
LabelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Name = Annotated[str, AfterValidator(_name)]
Login = Annotated[str, AfterValidator(_login)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], ONE_OR_MORE, Field(max_length=50)]
BranchName = Annotated[str, Field(max_length=200), AfterValidator(_branch)]
BranchPrefix = Annotated[str, Field(max_length=100), AfterValidator(_prefix)]
Memory = Annotated[int, BeforeValidator(_bytes), NUMBER, Field(ge=64 * 1024**2, le=1024**4)]
