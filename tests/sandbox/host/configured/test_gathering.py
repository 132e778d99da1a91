"""Addresses as tools of this machine are configured with them, and what a box may have in their place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.host.configured.gathering import Gathering, basic
from tests.sandbox.host.configured.conftest import Machine


def test_a_registry_that_anybody_may_read_is_used_as_it_is(machine: Machine) -> None:
    found = machine(WHERE="r.x")
    assert found.address("pip", " https://${WHERE}/simple?x=1 ") == "https://r.x/simple?x=1"
    assert (found.hosts, found.routes, found.notes) == ({"r.x:443"}, {}, [])


@pytest.mark.parametrize("login", ["in the address", "of netrc", "given"])
def test_one_that_wants_a_login_is_reached_through_the_gateway_and_the_box_has_no_password(
    machine: Machine, login: str
) -> None:
    netrc = {"~/.netrc": "machine r.x login u password word\n"} if login == "of netrc" else {}
    found = machine(netrc)
    address = "https://u:word@r.x/npm/" if login == "in the address" else "https://r.x/npm/"
    inside = found.address("npm", address, basic("u", "word") if login == "given" else None)
    (route,) = found.routes.values()
    assert inside.startswith("http://127.0.0.1:")
    assert "word" not in inside + repr(route)
    assert route.authorization == basic("u", "word").authorization
    assert "word" in route.secrets
    assert found.hosts == set()


def test_the_index_is_cut_off_so_that_packages_beside_it_are_reached_and_one_route_serves_both(
    machine: Machine,
) -> None:
    found = machine()
    index = found.address("pip", "https://u:word@r.x/a/simple/", cut=("simple",))
    other = found.address("npm", "https://u:word@r.x/a/")
    assert index == f"{other}simple/"
    assert [route.base for route in found.routes.values()] == ["https://r.x/a/"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "https://",
            "ftp://r.x",
            "junk",
            "https://r.x:99999/",
            "https://r.x:abc/",
            "https://[::1",
            "https://[::1/",
        ),
        *("file:///a%00b", "/a\0b", "https://r.x/\udcff", "file:///%FF", "/\udcff"),
        *("https://r.x/../x", "https://r.x/%2e%2e/", "https://r.x/a b", "https://r.x\\@y.z/", "https://r\u2100.x/"),
    ],
)
def test_what_is_no_address_is_noted_and_left_out(machine: Machine, text: str) -> None:
    found = machine()
    assert found.address("npm", text) == ""
    assert (found.hosts, found.routes) == (set(), {})
    assert len(found.notes) == 1
    assert "is not an address that counts in a box" in found.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        *("ftp://u:word@r.x", "https://u:word@[::1/", "https://u:word@r.x:abc/", "https://u:word/1@r.x/simple/"),
        *("https://u:word#1@r.x/", "https://u:word?1@r.x/", "u:word@r.x/simple", "https://u:word@1@r.x:abc/"),
    ],
)
def test_no_note_tells_a_password(machine: Machine, text: str) -> None:
    found = machine()
    found.address("npm", text)
    assert "word" not in "".join(found.notes)


def test_a_directory_of_packages_is_shown_at_its_place(machine: Machine, tmp_path: Path) -> None:
    found = machine()
    (tmp_path / "wheels/simple").mkdir(parents=True)
    assert found.address("pip", f"file://{tmp_path}/wheels/simple", cut=("simple",))
    assert list(found.mounts) == [str(tmp_path / "wheels")]


def test_what_holds_more_than_packages_is_not_shown(machine: Machine, tmp_path: Path) -> None:
    found = machine({"~/.config/tool/x": "", "~/packages/x": ""})
    secret, closed = tmp_path / "list.txt", tmp_path / "closed"
    secret.write_text("--index-url https://u:word@r.x/simple\n")
    closed.mkdir(mode=0o700)
    (tmp_path / "way").symlink_to("/etc")
    refused = [
        "~",
        "~/..",
        "~/.config/tool",
        "/",
        "/etc",
        "/proc/self",
        str(secret),
        str(closed),
        str(tmp_path / "way"),
        "~someone/packages/of/theirs",
    ]
    for place in [*refused, str(tmp_path / "missing")]:
        assert found.address("pip", place) == "", place
    assert found.mounts == {}
    assert len(found.notes) == len(refused) + 1
    assert found.address("pip", "~/packages")
    (tmp_path / "old~1").mkdir()
    assert found.address("pip", f"file://{tmp_path}/old~1")


def test_a_path_with_a_nul_is_shown_to_nobody_and_read_as_nothing(machine: Machine) -> None:
    found = machine()
    assert not found.show("pip", Path("/tmp/a\0b"))
    assert found.text("~/a\0b") == ""


def test_a_file_is_read_where_it_is_one_and_can_be(machine: Machine, tmp_path: Path) -> None:
    found = machine({"~/a": "x\ufffd", "/etc/b": "y"})
    os.mkfifo(found.home / "pipe")
    (found.home / "bytes").write_bytes(b"\xff\xfe")
    assert [found.text(p) for p in ("~/a", "/etc/b", "~/missing", "~", "~/pipe")] == ["x\ufffd", "y", "", "", ""]
    assert found.text("~/bytes") == "\ufffd\ufffd"
    assert found.text("~", "a") == "x\ufffd"


@pytest.mark.parametrize("text", ["machine", "machine r.x login", "default login u password w", "\udcff"])
def test_a_netrc_that_tells_no_login_of_a_host_gives_none(machine: Machine, text: str) -> None:
    found = machine()
    (found.home / ".netrc").write_bytes(text.encode(errors="surrogateescape"))
    again = Gathering({}, found.home, found.home)
    assert again.login_of("r.x") is None
    assert again.login_of("default") is None


def test_a_sentence_is_noted_once(machine: Machine) -> None:
    found = machine()
    found.note("a")
    found.note("a")
    assert found.notes == ["a"]
