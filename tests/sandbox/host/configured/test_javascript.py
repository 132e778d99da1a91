"""The registries of npm and its like, as this machine is configured with them."""

from __future__ import annotations

import base64

import pytest

from sandbox.host.configured import javascript
from sandbox.host.configured.gathering import Gathering, basic
from tests.sandbox.host.configured.conftest import Machine


def gathered(machine: Machine, files: dict[str, str] | None = None, **environ: str) -> Gathering:
    found = machine(files, **environ)
    javascript.gather(found)
    return found


def test_a_machine_that_says_nothing_gives_nothing(machine: Machine) -> None:
    for text in ("", "# registry=https://r.x\n;x\nregistry\n=x\n", "registry=https://registry.npmjs.org\n"):
        found = gathered(machine, {"~/.npmrc": text})
        assert (found.files, found.env, found.hosts, found.routes) == ({}, {}, set(), {})


def test_a_registry_and_those_of_scopes_are_told_to_every_manager(machine: Machine) -> None:
    found = gathered(machine, {"~/.npmrc": 'registry = "https://r.x/npm"\n@o:registry=https://o.x\nstrict-ssl=false\n'})
    assert found.files[".npmrc"].decode() == "@o:registry=https://o.x/\nregistry=https://r.x/npm/\nstrict-ssl=false\n"
    assert found.env["COREPACK_NPM_REGISTRY"] == found.env["YARN_NPM_REGISTRY_SERVER"] == "https://r.x/npm"
    assert b'registry "https://r.x/npm/"' in found.files[".yarnrc"]
    assert b'  o:\n    npmRegistryServer: "https://o.x"' in found.files[".yarnrc.yml"]
    assert found.hosts == {"r.x:443", "o.x:443"}


PAIR = base64.b64encode(b"u:word").decode()
WORD = base64.b64encode(b"word").decode()


@pytest.mark.parametrize(
    ("lines", "authorization"),
    [
        ("//r.x/a/:_authToken=tok", "Bearer tok"),
        ("//r.x/:_authToken=${TOKEN}", "Bearer tok"),
        ("//r.x/a/b/:_authToken=no\n//r.x/a:_authToken=tok\n//r.x/:_authToken=no", "Bearer tok"),
        (f"//r.x/a/:_auth={PAIR}", f"Basic {PAIR}"),
        (f"//r.x/a/:username=u\n//r.x/a/:_password={WORD}", basic("u", "word").authorization),
    ],
)
def test_the_login_of_the_longest_path_counts_and_is_not_in_the_box(
    machine: Machine, lines: str, authorization: str
) -> None:
    found = gathered(machine, {"~/.npmrc": f"registry=https://r.x/a/\n{lines}\n"}, TOKEN="tok")
    route = next(route for route in found.routes.values() if route.base == "https://r.x/a/")
    assert route.authorization == authorization
    files = b"".join(found.files.values()).decode()
    assert "replace-registry-host=always" in files
    assert not any(secret in files for secret in ("tok", "word", PAIR))


def test_a_login_for_a_registry_that_only_a_repository_names_is_kept(machine: Machine) -> None:
    found = gathered(machine, {"~/.npmrc": "//r.x/a/:_authToken=tok\n"})
    assert [route.base for route in found.routes.values()] == ["https://r.x/a/"]
    assert found.files == {}


def test_what_comes_later_counts_the_machine_then_the_user_then_the_environment(machine: Machine) -> None:
    files = {"~/.yarnrc.yml": 'npmRegistryServer: "https://yarn.x"\n'}
    assert gathered(machine, files).hosts == {"yarn.x:443"}
    files |= {"/etc/npmrc": "registry=https://machine.x\n"}
    assert gathered(machine, files).hosts == {"machine.x:443"}
    files |= {"~/.npmrc": "registry=https://user.x\n"}
    assert gathered(machine, files).hosts == {"user.x:443"}
    assert gathered(machine, files, NPM_CONFIG_REGISTRY="https://env.x").hosts == {"env.x:443"}
    files |= {"~/other": "registry=https://other.x\n"}
    assert gathered(machine, files, npm_config_userconfig="~/other").hosts == {"other.x:443"}


@pytest.mark.parametrize(
    "text",
    [
        *("registry=https://[::1\n", "@o:registry=https://[::1\n", "//[bad:_authToken=x\n", "registry=junk\n"),
        *("//r.x/:_auth=!!!\nregistry=https://[x\n", "//:_authToken=x\n", "//r.x/:_password=!!!\n//r.x/:username=u\n"),
    ],
)
def test_what_is_no_address_is_noted_and_breaks_nothing(machine: Machine, text: str) -> None:
    found = gathered(machine, {"~/.npmrc": text})
    assert found.hosts == set()
