"""bundler's mirrors and composer's repositories, as this machine is configured with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.host.configured import ruby_and_php
from sandbox.host.configured.gathering import Gathering, basic, bearer
from tests.sandbox.host.configured.conftest import Machine

COMPOSER = "~/.config/composer/config.json"
AUTH = "~/.config/composer/auth.json"


def gathered(machine: Machine, files: dict[str, str] | None = None, **environ: str) -> Gathering:
    found = machine(files, **environ)
    ruby_and_php.gather(found)
    return found


def composer(machine: Machine, repositories: Any, logins: Any = None) -> Gathering:
    files = {COMPOSER: json.dumps({"repositories": repositories}), AUTH: json.dumps(logins)}
    return gathered(machine, files)


def kept(found: Gathering) -> dict[str, Any]:
    repositories: dict[str, Any] = json.loads(found.files[".config/composer/config.json"])["repositories"]
    return repositories


def test_a_machine_that_says_nothing_gives_nothing(machine: Machine) -> None:
    found = gathered(machine)
    assert (found.files, found.env, found.hosts, found.notes) == ({}, {}, set(), [])


@pytest.mark.parametrize("line", ['"https://m.x/"', "'https://m.x/'", "https://m.x/", '"https://m.x/"\r'])
def test_a_mirror_of_bundler_counts_however_its_file_is_written(machine: Machine, line: str) -> None:
    found = gathered(machine, {"~/.bundle/config": f"---\nBUNDLE_MIRROR__ALL: {line}\nBUNDLE_JOBS: 4\n"})
    assert found.files[".bundle/config"] == b'---\nBUNDLE_MIRROR__ALL: "https://m.x/"\n'


def test_the_environment_counts_above_the_file(machine: Machine) -> None:
    file = {"~/.bundle/config": '---\nBUNDLE_MIRROR__ALL: "https://old.x/"\n'}
    assert gathered(machine, file, BUNDLE_MIRROR__ALL="https://new.x/").hosts == {"new.x:443"}


def test_a_mirror_s_login_is_known_by_its_host_and_stays_outside(machine: Machine) -> None:
    found = gathered(machine, BUNDLE_MIRROR__ALL="https://my-gems.x/all/", BUNDLE_MY___GEMS__X="u:word")
    routes = {one.base: one for one in found.routes.values()}
    assert routes["https://my-gems.x/all/"].authorization == basic("u", "word").authorization
    assert b"word" not in found.files[".bundle/config"]


def test_a_source_that_only_a_gemfile_names_is_reached_through_us(machine: Machine) -> None:
    found = gathered(machine, BUNDLE_GEMS__MY___FIRM__X="u:word")
    (route,) = found.routes.values()
    assert (route.base, route.secrets[0]) == ("https://gems.my-firm.x/", "word")
    assert b"BUNDLE_MIRROR__HTTPS://GEMS__MY___FIRM__X/: " in found.files[".bundle/config"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("BUNDLE_BUILD__NOKOGIRI", "--with-xml2-dir=a:b"), ("BUNDLE_LOCAL__RACK", "C:/x"), ("BUNDLE_PATH", "a:b")],
)
def test_a_setting_with_a_colon_in_it_is_no_login(machine: Machine, name: str, value: str) -> None:
    found = gathered(machine, **{name: value})
    assert (found.files, found.routes) == ({}, {})


@pytest.mark.parametrize(
    ("logins", "login"),
    [
        ({"http-basic": {"r.x": {"username": "u", "password": "word"}}}, basic("u", "word")),
        ({"bearer": {"r.x": "word"}}, bearer("word")),
        ({"http-basic": {"r.x:443": {"username": "u", "password": "word"}}}, basic("u", "word")),
    ],
)
def test_a_repository_of_composer_has_the_login_of_its_host(machine: Machine, logins: Any, login: Any) -> None:
    address = "https://R.x:443/" if "http-basic" in logins and "r.x:443" in logins["http-basic"] else "https://R.x/"
    found = composer(machine, {"ours": {"type": "composer", "url": address}}, logins)
    (route,) = found.routes.values()
    assert (route.authorization, route.secrets) == (login.authorization, login.secrets)
    assert "word" not in str(found.files)
    assert kept(found)["ours"]["url"].startswith("http://127.0.0.1")
    assert json.loads(found.files[".config/composer/config.json"])["config"] == {"secure-http": False}


def test_packagist_stays_shut_out_where_the_machine_shuts_it_out(machine: Machine) -> None:
    listed = [
        {"type": "composer", "url": "https://r.x"},
        {"packagist.org": False},
        {"type": "vcs", "url": "https://g.x"},
    ]
    found = composer(machine, listed)
    assert kept(found) == {"0": {"type": "composer", "url": "https://r.x"}, "packagist.org": False}
    assert found.env == {"COMPOSER_HOME": "/home/box/.config/composer"}
    assert kept(composer(machine, {"packagist.org": False})) == {"packagist.org": False}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"repositories": 5}',
        '{"repositories": [null, 3, {"type": "composer", "url": 5}]}',
        '{"repositories": [{"type": "composer", "url": "https://[::1"}]}',
        "not json",
    ],
)
def test_settings_of_another_shape_break_nothing(machine: Machine, text: str) -> None:
    files = {COMPOSER: text, "~/.bundle/config": "---\nBUNDLE_MIRROR__ALL: https://[::1\n"}
    assert gathered(machine, files).files == {}


def test_a_password_that_is_no_utf_8_is_handed_on_byte_for_byte(machine: Machine) -> None:
    found = gathered(machine, BUNDLE_R__X="u:w\udcff")
    (route,) = found.routes.values()
    assert route.authorization == "Basic dTp3/w=="
    half = {"http-basic": {"r.x": {"username": "u", "password": "\ud800"}}}
    assert composer(machine, [{"type": "composer", "url": "https://r.x"}], half).routes
