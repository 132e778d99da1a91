"""The proxy of this machine: what the environment says of it, and which hosts it is not for."""

from __future__ import annotations

import base64

import pytest

from sandbox.network.endpoints import Endpoint
from sandbox.network.next_hop import NextHop, next_hop


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "  "}, None),
        ({"HTTP_PROXY": "http://plain:1"}, None),
        ({"HTTPS_PROXY": "proxy.example:3128"}, NextHop("proxy.example", 3128)),
        ({"https_proxy": "http://one:1", "HTTPS_PROXY": "http://two:2"}, NextHop("one", 1)),
        ({"ALL_PROXY": "https://proxy.example"}, NextHop("proxy.example", 443, tls=True)),
        ({"HTTPS_PROXY": "http://proxy.example"}, NextHop("proxy.example", 80)),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, NextHop("::1", 3128)),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.b, c ,,D"}, NextHop("p", 1, exceptions=("a.b", "c", "d"))),
    ],
)
def test_what_the_environment_names(environ: dict[str, str], found: NextHop | None) -> None:
    assert next_hop(environ) == found


@pytest.mark.parametrize(
    ("user", "pair"), [("me:s%40cret", "me:s@cret"), ("me", "me:"), (":x", ":x"), ("a%3Ab:c", "a:b:c")]
)
def test_its_login_is_sent_as_it_is_meant_and_shown_nowhere(user: str, pair: str) -> None:
    hop = next_hop({"HTTPS_PROXY": f"http://{user}@proxy.example:3128"})
    assert hop is not None
    assert base64.b64decode(hop.authorization.removeprefix("Basic ")).decode() == pair
    assert hop.authorization not in repr(hop)


@pytest.mark.parametrize(
    "text", ["socks5://p:1", "http://", "ftp://p", "http://:3128", "http://p:port", "http://p:99999", "http://[p"]
)
def test_one_that_cannot_be_used_is_told_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="set HTTPS_PROXY to one"):
        next_hop({"HTTPS_PROXY": text})


def test_no_piece_of_a_password_is_in_what_is_told_of_one() -> None:
    with pytest.raises(ValueError, match="set HTTPS_PROXY to one") as told:
        next_hop({"HTTPS_PROXY": "http://me:hunter2/x@proxy.example:3128"})
    assert "hunter2" not in f"{told.value!r} {told.value.__cause__!r}"


@pytest.mark.parametrize(
    ("word", "name", "covered"),
    [
        ("*", "pypi.org", False),
        ("pypi.org", "pypi.org", False),
        ("pypi.org", "files.pypi.org", False),
        (".pypi.org", "files.pypi.org", False),
        ("*.pypi.org", "files.pypi.org", False),
        ("pypi.org", "notpypi.org", True),
        ("pypi.org:443", "pypi.org", False),
        ("pypi.org:8443", "pypi.org", True),
        ("10.0.0.0/8", "pypi.org", True),
        ("org", "pypi.org", False),
        (".", "pypi.org", True),
        (":443", "pypi.org", True),
    ],
)
def test_whom_it_is_not_for(word: str, name: str, covered: bool) -> None:
    assert NextHop("p", 1, exceptions=(word,)).covers(Endpoint(name)) is covered
