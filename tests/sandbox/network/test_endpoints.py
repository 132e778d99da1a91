"""Where a box may connect to is a name and a port, and nothing that could be taken for an address."""

from __future__ import annotations

import pytest

from sandbox.network.endpoints import Endpoint, endpoint, endpoints, is_name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pypi.org", Endpoint("pypi.org", 443)),
        ("  Registry.NPMjs.org ", Endpoint("registry.npmjs.org", 443)),
        ("mirror.example.org:8443", Endpoint("mirror.example.org", 8443)),
        ("localhost:1", Endpoint("localhost", 1)),
        ("my_host-1.internal:65535", Endpoint("my_host-1.internal", 65535)),
        ("xn--bcher-kva.example", Endpoint("xn--bcher-kva.example", 443)),
        ("3com.example", Endpoint("3com.example", 443)),
    ],
)
def test_a_name_and_its_port_are_read(text: str, found: Endpoint) -> None:
    assert endpoint(text) == found
    assert endpoint(str(found)) == found, "what is shown can be read again"


@pytest.mark.parametrize(
    "text",
    [
        *("", ":443", "host:", "host:0", "host:65536", "host:080", "host:-1", "host:4 43", "host:443:1", "host:https"),
        *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0x7f000001", "1.2.3.4:443", "[::1]", "::1"),
        *(
            "a..b",
            ".a",
            "a.",
            "-a.example",
            "a-.example",
            "a b",
            "*.example.org",
            "http://a",
            "a/b",
            "a@b",
            "bücher.de",
        ),
        *("a\n", "a\0b", "a" * 64, ".".join(["a" * 60] * 5)),
    ],
)
def test_whatever_else_is_refused(text: str) -> None:
    if text == "a\n":
        assert endpoint(text) == Endpoint("a"), "white space around a name is nobody's meaning"
        assert not is_name(text)
        return
    with pytest.raises(ValueError, match=r"is not a host name|has no port"):
        endpoint(text)


def test_the_first_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"'10\.0\.0\.1'"):
        endpoints(["pypi.org", "10.0.0.1"])
    assert endpoints(["a.b", "A.B:443"]) == {Endpoint("a.b")}
