"""The addresses that an operator gives: of this server, and of GitHub; a mistake in one is said with what to write."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from pydantic_core import PydanticCustomError

_PUBLIC = "https://pullwright.example.org"
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:.]+")


def public_address(value: str) -> str:
    """Where people and GitHub reach this server, "" where that is not said."""
    value = value.strip()
    if not value:
        return ""
    if "://" not in value:
        raise _wrong("it has no scheme; write it like {right}", right=_with_scheme(value))
    found = _split(value, _PUBLIC)
    if found.scheme.lower() not in ("http", "https"):
        raise _wrong("a browser is to open it; write it like {right}", right=_PUBLIC)
    _must_be_plain(found, _PUBLIC)
    if found.path.rstrip("/").endswith(("/webhook", "/webhooks")):
        above = found.path.rstrip("/").rpartition("/")[0]
        raise _wrong("that is where GitHub delivers to; write {right}", right=f"{found.scheme}://{found.netloc}{above}")
    return value


def github_address(value: str) -> str:
    """The GitHub that people open in a browser: the address alone, without a path."""
    value = value.strip()
    if "://" not in value:
        raise _wrong(
            "it has no scheme; write it like {right}", right=_with_scheme(value) if value else "https://github.com"
        )
    found = _split(value, "https://github.example.com")
    host = (found.hostname or "").lower()
    if found.scheme.lower() not in ("http", "https"):
        raise _wrong("a browser is to open it; write it like {right}", right="https://github.com")
    if host.endswith((".github.com", ".githubusercontent.com")) or (host == "github.com" and found.scheme != "https"):
        raise _wrong("that is not the address that people open; write {right}", right="https://github.com")
    if host.startswith("api.") and host.endswith(".ghe.com"):
        raise _wrong("that is the API's address; write {right}", right=f"https://{host.removeprefix('api.')}")
    _must_be_plain(found, "https://github.example.com")
    if found.path.strip("/"):
        raise _wrong("only the server is meant; write {right}", right=f"{found.scheme}://{found.netloc}")
    return value


def service_address(value: str) -> str:
    """A service's own address, to which a path may belong; "" where there is none."""
    return _of_a_service(value, "http://collector.example.org:4318")


def server_address(value: str) -> str:
    """A server's address alone."""
    value = _of_a_service(value, "https://api.telegram.org")
    if urlsplit(value).path.strip("/"):
        raise _wrong("only the server is meant; write {right}", right=value[: value.index("/", value.index("//") + 2)])
    return value


def model_address(value: str) -> str:
    """Where a server answers in OpenAI's language: what stands before `/chat/completions`."""
    value = value.strip()
    if not value:
        return ""
    _must_be_http(value, "http://127.0.0.1:8000/v1")
    base = re.sub(r"/(?:chat/)?completions/?$", "", value)
    if base != value:
        raise _wrong("the rest is put behind it; write {right}", right=re.sub(r"//[^/]*@", "//", base))
    return value


def _of_a_service(value: str, right: str) -> str:
    value = value.strip()
    if not value:
        return ""
    _must_be_plain(_must_be_http(value, right), right)
    return value


def _must_be_http(value: str, right: str) -> SplitResult:
    if "://" not in value:
        raise _wrong("it has no scheme; write it like {right}", right=_with_scheme(value, "http"))
    found = _split(value, right)
    if found.scheme.lower() not in ("http", "https"):
        raise _wrong("it is asked over HTTP; write it like {right}", right=right)
    if not found.hostname:
        raise _wrong("it names no host; write it like {right}", right=right)
    return found


def is_local(address: str) -> bool:
    """Whether nobody but this machine, or its own network, reaches an address."""
    host = (urlsplit(address).hostname or "").lower()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


def _split(value: str, right: str) -> SplitResult:
    try:
        found = urlsplit(value)
        _ = found.port
    except ValueError:
        raise _wrong("its port or host cannot be read; write it like {right}", right=right) from None
    return found


def _must_be_plain(found: SplitResult, right: str) -> None:
    if "@" in found.netloc:
        raise _wrong("it holds a user or a password, which do not belong there; write it like {right}", right=right)
    if not found.hostname or not _HOST.fullmatch(found.hostname) or ".." in found.hostname:
        raise _wrong("it names no host; write it like {right}", right=right)
    if found.query or found.fragment or re.search(r"[\s?#]", found.geturl()):
        raise _wrong("nothing stands behind the path; write it like {right}", right=right)


def _with_scheme(value: str, scheme: str = "https") -> str:
    bare = re.sub(r"\A(?:https?(?=:?/))?:?/*", "", value)
    return f"{scheme}://{bare}" if re.fullmatch(r"[\w.-]+(?::\d+)?(?:/\S*)?", bare) else _PUBLIC


def _wrong(sentence: str, **words: str) -> PydanticCustomError:
    return PydanticCustomError("address", sentence, words)
