"""Addresses of the settings: a mistake is told with what to write, and without a login that is in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic_core import PydanticCustomError

from bot.addresses import (
    github_address,
    is_local,
    model_address,
    public_address,
    server_address,
    service_address,
)

PUBLIC = "https://pullwright.example.org"
MODEL = "http://127.0.0.1:8000/v1"
COLLECTOR = "http://collector.example.org:4318"
TELEGRAM = "https://api.telegram.org"
ENTERPRISE = "https://github.example.com"


@pytest.mark.parametrize(
    ("read", "value", "right"),
    [
        (public_address, "pullwright.example.org", PUBLIC),
        (public_address, "https:/pullwright.example.org", PUBLIC),
        (public_address, "ftp://pullwright.example.org", PUBLIC),
        (public_address, "https://u:hunter2/x@pullwright.example.org", PUBLIC),
        (public_address, "https://u:hunter2@pullwright.example.org", PUBLIC),
        (public_address, "u:hunter2@pullwright.example.org", PUBLIC),
        (public_address, "https://pullwright.example.org/webhook/", PUBLIC),
        (public_address, "https://", PUBLIC),
        (public_address, "https://a b", PUBLIC),
        (github_address, "", "https://github.com"),
        (github_address, "github.com", "https://github.com"),
        (github_address, "https://api.github.com", "https://github.com"),
        (github_address, "http://github.com", "https://github.com"),
        (github_address, "https://api.acme.ghe.com", "https://acme.ghe.com"),
        (github_address, "https://github.example.com/acme", ENTERPRISE),
        (github_address, "https://github.example.com:port", ENTERPRISE),
        (github_address, "https://u:hunter2#@github.example.com", ENTERPRISE),
        (model_address, "https://u:hunter2/x@models.example.org/v1", MODEL),
        (model_address, "file:///etc/passwd", MODEL),
        (model_address, "https://:1", MODEL),
        (model_address, "http://h/v1/chat/completions", "http://h/v1"),
        (model_address, "http://u:hunter2@h/v1/completions/", "http://h/v1"),
        (service_address, "https://u:hunter2#@collector.example.org", COLLECTOR),
        (service_address, "http://[::1", COLLECTOR),
        (server_address, "https://api.telegram.org/bot", TELEGRAM),
        (server_address, "https://api.telegram.org:x", TELEGRAM),
    ],
)
def test_what_is_wrong_is_told_with_what_to_write(read: Callable[[str], str], value: str, right: str) -> None:
    with pytest.raises(PydanticCustomError) as told:
        read(value)
    assert told.value.message().endswith(f" {right}")
    assert "hunter2" not in told.value.message()


@pytest.mark.parametrize(
    ("read", "value", "kept"),
    [
        (public_address, "", ""),
        (public_address, f" {PUBLIC}/pw ", f"{PUBLIC}/pw"),
        (public_address, "HTTPS://pullwright.example.org:8443", "HTTPS://pullwright.example.org:8443"),
        (public_address, "http://[::1]:3000", "http://[::1]:3000"),
        (github_address, "https://github.example.com/", "https://github.example.com/"),
        (model_address, "http://u:key@h:1/v1", "http://u:key@h:1/v1"),
        (service_address, "http://h:4318/otlp", "http://h:4318/otlp"),
        (server_address, "http://127.0.0.1:8081/", "http://127.0.0.1:8081/"),
    ],
)
def test_what_is_right_is_kept(read: Callable[[str], str], value: str, kept: str) -> None:
    assert read(value) == kept


@pytest.mark.parametrize(
    ("address", "local"),
    [
        *(
            (f"http://{name}:3000", True)
            for name in ("localhost", "a.localhost", "nas.local", "box", "10.1.2.3", "[::1]")
        ),
        *((f"http://{name}", True) for name in ("192.168.0.1", "pw.internal", "100.64.0.1", "[fd00::1]", "0.0.0.0")),
        *((f"https://{name}", False) for name in ("pullwright.example.org", "8.8.8.8", "[2606:4700::1]")),
    ],
)
def test_whether_only_this_machine_or_its_network_reaches_one(address: str, local: bool) -> None:
    assert is_local(address) is local
