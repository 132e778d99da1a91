"""What a box gets of the machine's configuration: where packages are, and nothing that lets it in anywhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.backend import BoxCommand, BoxSpec
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.environment.set_up import SetupCommand, prepare
from sandbox.host.configured.discover import configured
from sandbox.host.configured.values import Configured

PASSWORDS = ("hunter-pip", "hunter-extra", "hunter-netrc", "hunter-npm-token", "hunter-npm-pass", "hunter-cargo")
MORE = ("hunter-go", "hunter-bundle", "hunter-composer", "hunter-maven", "hunter-gradle", "hunter-proxy", "hunter-uv")
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhunterkey\n-----END PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUYQ==\n-----END CERTIFICATE-----\n"


def write(home: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def everything(home: Path) -> Configured:
    """A machine that is configured for registries of all tools, each with a password."""
    coded = base64.b64encode(b"hunter-npm-pass").decode()
    write(
        home,
        {
            ".config/pip/pip.conf": "[global]\nindex-url = https://bob:hunter-pip@pip.example/team/simple\n"
            "extra-index-url =\n    https://bob:hunter-extra@pip.example:8443/other/+simple/\n"
            "    https://plain.example/simple\n    https://netrc.example/simple/\n",
            ".config/uv/uv.toml": '[[index]]\nname = "team"\nurl = "https://bob:hunter-uv@uv.example/team/simple"\n',
            ".netrc": "machine netrc.example login bob password hunter-netrc\n"
            "machine go.example login b password hunter-go\n",
            ".npmrc": "registry=https://npm.example/all/\n//npm.example/all/:_authToken=hunter-npm-token\n"
            "@team:registry=https://scope.example/npm\n//scope.example/:username=bob\n"
            f"//scope.example/:_password={coded}\n",
            ".cargo/config.toml": '[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\n'
            'registry = "sparse+https://cargo.example/index/"\n',
            ".cargo/credentials.toml": '[registries.mirror]\ntoken = "hunter-cargo"\n',
            ".config/go/env": "GOPROXY=https://go.example/go,https://proxy.golang.org,direct\nGONOSUMDB=go.example/*\n",
            ".bundle/config": '---\nBUNDLE_MIRROR__HTTPS://RUBYGEMS__ORG/: "https://gems.example/"\n'
            'BUNDLE_GEMS__EXAMPLE: "bob:hunter-bundle"\n',
            ".config/composer/config.json": json.dumps(
                {"repositories": [{"type": "composer", "url": "https://php.example/r/"}, {"packagist.org": False}]}
            ),
            ".config/composer/auth.json": json.dumps(
                {"http-basic": {"php.example": {"username": "b", "password": "hunter-composer"}}}
            ),
            ".m2/settings.xml": "<settings><servers><server><id>m</id><username>b</username>"
            "<password>hunter-maven</password></server></servers><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf>"
            "<url>https://maven.example/all/</url></mirror></mirrors></settings>",
            ".gradle/init.d/m.gradle": "allprojects { repositories { maven { url 'https://gradle.example/m/'\n"
            "credentials { username 'b'\n password 'hunter-gradle' } } } }",
            "ca.pem": CERTIFICATE + KEY,
        },
    )
    environ = {"HTTPS_PROXY": "http://bob:hunter-proxy@hop.example:3128", "SSL_CERT_FILE": str(home / "ca.pem")}
    return configured(environ, home, home / "machine")


def _in_the_box(found: Configured) -> str:
    return json.dumps([dict(found.env), {path: data.decode() for path, data in found.files.items()}, found.notes])


def test_no_password_of_the_machine_is_in_what_a_box_gets(tmp_path: Path) -> None:
    found = everything(tmp_path)
    text = _in_the_box(found) + repr(found) + found.digest
    for word in (*PASSWORDS, *MORE):
        for form in (word, base64.b64encode(f"bob:{word}".encode()).decode(), base64.b64encode(word.encode()).decode()):
            assert form not in text, word
    assert "PRIVATE KEY" not in text
    assert "hunterkey" not in text


def test_every_registry_of_the_machine_counts_inside(tmp_path: Path) -> None:
    found = everything(tmp_path)
    bases = {route.base for route in found.routes.values()}
    assert bases == {
        "https://pip.example/team/",
        "https://pip.example:8443/other/",
        "https://netrc.example/",
        "https://uv.example/team/",
        "https://npm.example/all/",
        "https://scope.example/npm/",
        "https://scope.example/",
        "https://cargo.example/index/",
        "https://go.example/go/",
        "https://gems.example/",
        "https://php.example/r/",
        "https://maven.example/all/",
        "https://gradle.example/m/",
    }
    assert found.hosts == {"plain.example:443", "proxy.golang.org:443"}
    for key, route in found.routes.items():
        assert route.authorization or route.base == "https://scope.example/", route.base
        assert f"http://127.0.0.1:3128/registry-{key}" in _in_the_box(found) or route.base == "https://scope.example/"


def test_a_file_of_certificates_goes_in_without_the_key_beside_them(tmp_path: Path) -> None:
    found = everything(tmp_path)
    (place,) = [path for path in found.files if path.endswith(".pem")]
    assert found.files[place].decode() == CERTIFICATE
    assert found.env["NODE_EXTRA_CA_CERTS"] == f"/home/box/{place}"


def _pip(home: Path, setting: str) -> Configured:
    write(home, {".config/pip/pip.conf": f"[global]\n{setting}\n"})
    return configured({}, home, home / "machine")


@pytest.mark.parametrize(
    "place", ["/", "/home", "~", "~/..", "/etc", "/root", "~/.ssh", "~/.aws/x", "/proc/self", "/run"]
)
def test_no_directory_with_more_than_packages_is_shown(tmp_path: Path, place: str) -> None:
    home = tmp_path / "home" / "bob"
    for name in (".ssh", ".aws/x"):
        (home / name).mkdir(parents=True)
    found = _pip(home, f"find-links = {place.replace('~', str(home))}")
    assert found.mounts == ()
    assert "PIP_FIND_LINKS" not in found.env


def test_a_link_to_the_home_is_not_shown_either(tmp_path: Path) -> None:
    home = tmp_path / "home" / "bob"
    home.mkdir(parents=True)
    (tmp_path / "wheels").symlink_to(home)
    assert _pip(home, f"find-links = {tmp_path / 'wheels'}").mounts == ()


def test_a_constraints_file_with_a_password_in_it_is_not_shown(tmp_path: Path) -> None:
    write(tmp_path, {"constraints.txt": "a @ https://bob:hunter-pip@x.example/a.whl\n", "fine.txt": "a<2\n"})
    found = _pip(tmp_path, f"constraint = {tmp_path / 'constraints.txt'} {tmp_path / 'fine.txt'}")
    assert [mount.target for mount in found.mounts] == [str(tmp_path / "fine.txt")]
    assert any("there is a password in it" in note for note in found.notes)


def test_a_file_index_is_shown_with_the_packages_beside_it(tmp_path: Path) -> None:
    (tmp_path / "index/simple").mkdir(parents=True)
    found = _pip(tmp_path / "home", f"extra-index-url = file://{tmp_path}/index/simple")
    assert [(str(m.source), m.writable) for m in found.mounts] == [(str(tmp_path / "index"), False)]
    assert found.env["PIP_EXTRA_INDEX_URL"] == f"file://{tmp_path}/index/simple"


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/simple",
        "https://[::1]/simple",
        "https://2130706433/simple",
        "ftp://x.example/simple",
        "https://x.example/../simple",
        "https://x.example/%2e%2e/simple",
        "https://x.example:0/simple",
        "https://x.example\\@evil.example/simple",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_no_host_s_is_named_and_left_out(tmp_path: Path, address: str) -> None:
    found = _pip(tmp_path, f"index-url = {address}")
    assert (found.hosts, dict(found.routes)) == (frozenset(), {})
    assert found.notes


@pytest.mark.parametrize("text", ["[global\n", "\0\0", "[global]\nindex-url", "=" * 100_000, "[a]\n[a]\nb\n c"])
def test_a_file_that_cannot_be_read_is_no_configuration(tmp_path: Path, text: str) -> None:
    names = (".config/pip/pip.conf", ".config/uv/uv.toml", ".npmrc", ".cargo/config.toml", ".m2/settings.xml", ".netrc")
    write(tmp_path, dict.fromkeys((*names, ".config/composer/config.json", ".bundle/config"), text))
    assert configured({}, tmp_path, tmp_path / "machine").routes == {}


def test_an_entity_bomb_in_maven_s_settings_is_not_read(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><settings><mirror><url>&b;</url></mirror></settings>'
    write(tmp_path, {".m2/settings.xml": bomb})
    assert ".m2/settings.xml" not in configured({}, tmp_path, tmp_path / "machine").files


def test_gradle_s_script_cannot_be_broken_out_of(tmp_path: Path) -> None:
    write(tmp_path, {".gradle/init.gradle": "maven { url \"https://g.example/a'); 'rm'.execute(); //\" }"})
    found = configured({}, tmp_path, tmp_path / "machine")
    script = found.files.get(".gradle/init.d/host.gradle", b"").decode()
    assert "execute" not in script


ASK = """
env; cat ~/.npmrc ~/.config/pip/* ~/.cargo/* ~/.m2/* ~/.netrc /proc/1/environ 2>/dev/null; find ~ -type f -exec cat {} +
"""


@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
async def test_a_set_up_that_looks_for_the_machine_s_passwords_finds_none(
    box_machine: None, box_spec: BoxSpec, tmp_path: Path
) -> None:
    host = everything(tmp_path / "machine")
    backend = Bubblewrap()
    prepared = await prepare(backend, box_spec, [SetupCommand(ASK)], host=host)
    (printed,) = prepared.printed
    assert "127.0.0.1:3128/registry-" in printed.output
    for word in (*PASSWORDS, *MORE, "PRIVATE KEY"):
        assert word not in printed.output
    async with backend.open(box_spec) as box:
        assert "hunter" not in (await box.run(BoxCommand(shell=ASK))).output
