"""cargo's sources and registries and go's proxies, as this machine is configured with them."""

from __future__ import annotations

import tomllib

import pytest

from sandbox.host.configured import rust_and_go
from sandbox.host.configured.gathering import Gathering
from tests.sandbox.host.configured.conftest import Machine

CARGO = """
[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "sparse+https://m.x/i/"
[registries.ours]
index = "sparse+https://r.x/"
"""


def gathered(machine: Machine, files: dict[str, str] | None = None, **environ: str) -> Gathering:
    found = machine(files, **environ)
    rust_and_go.gather(found)
    return found


def cargo(found: Gathering) -> dict[str, object]:
    return tomllib.loads(found.files.get(".cargo/config.toml", b"").decode())


def test_a_machine_that_says_nothing_gives_nothing(machine: Machine) -> None:
    found = gathered(machine)
    assert (found.files, found.env, found.hosts, found.notes) == ({}, {}, set(), [])


def test_sources_that_stand_in_for_others_are_kept(machine: Machine) -> None:
    found = gathered(machine, {"~/.cargo/config.toml": CARGO})
    assert cargo(found) == {
        "source": {"crates-io": {"replace-with": "mirror"}, "mirror": {"registry": "sparse+https://m.x/i/"}},
        "registries": {"ours": {"index": "sparse+https://r.x/"}},
    }
    assert found.hosts == {"m.x:443", "r.x:443"}


@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_registry_with_a_token_is_reached_through_the_gateway(machine: Machine, where: str) -> None:
    files = {"~/.cargo/config.toml": CARGO, "~/.cargo/credentials": '[registries.ours]\ntoken = "Bearer tok"\n'}
    if where == "environment":
        files.pop("~/.cargo/credentials")
    found = gathered(
        machine, files, **({"CARGO_REGISTRIES_OURS_TOKEN": "Bearer tok"} if where == "environment" else {})
    )
    (route,) = found.routes.values()
    assert (route.base, route.authorization, route.secrets) == ("https://r.x/", "Bearer tok", ("tok",))
    assert b"tok" not in found.files[".cargo/config.toml"]
    assert b"sparse+http://127.0.0.1" in found.files[".cargo/config.toml"]


def test_a_registry_of_the_environment_is_known_and_one_that_is_git_and_wants_a_login_is_noted(
    machine: Machine,
) -> None:
    index = {"CARGO_REGISTRIES_MY_REG_INDEX": "https://g.x/i"}
    assert cargo(gathered(machine, **index)) == {"registries": {"my-reg": {"index": "https://g.x/i"}}}
    found = gathered(machine, **index, CARGO_REGISTRIES_MY_REG_TOKEN="t")
    assert found.files == {}
    assert found.notes == [
        "cargo: a registry that is a git repository and wants credentials cannot be read from a box."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "source = 5\n",
        "[registries]\nr = 3\n",
        "a = " + "[" * 3000,
        "[registries.q]\nindex = 5\n",
        "[source.x]\nregistry = 'sparse+https://[::1'\n",
    ],
)
def test_settings_of_another_shape_break_nothing(machine: Machine, text: str) -> None:
    assert gathered(machine, {"~/.cargo/config.toml": text}).files == {}


@pytest.mark.parametrize(
    ("given", "inside"),
    [
        ("https://a.x,direct", "https://a.x,direct"),
        ("https://a.x|https://b.x,off", "https://a.x|https://b.x,off"),
        ("junk,direct", "direct"),
        ("https://a.x,https://[::1,off", "https://a.x,off"),
        ("direct", "direct"),
        (",|,", ""),
    ],
)
def test_proxies_that_count_are_kept_in_their_order(machine: Machine, given: str, inside: str) -> None:
    assert gathered(machine, GOPROXY=given).env["GOPROXY"] == inside


def test_a_proxy_with_a_login_is_reached_through_the_gateway(machine: Machine) -> None:
    found = gathered(machine, GOPROXY="https://u:word@a.x,direct")
    assert found.env["GOPROXY"].startswith("http://127.0.0.1")
    assert found.env["GOPROXY"].endswith(",direct")
    assert "word" not in found.env["GOPROXY"]


def test_go_reads_its_own_file_below_the_environment(machine: Machine) -> None:
    files = {"~/.config/go/env": "GOPRIVATE=x.io\nGOPROXY=https://file.x\nOTHER=1\n"}
    found = gathered(machine, files, GOPROXY="off", GOSUMDB="")
    assert found.env == {"GOPROXY": "off", "GOPRIVATE": "x.io"}
