"""The credentials' file keeps what it was given, is nobody else's, and is refused with its place."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.github.api.credentials import AppCredentials, load, save
from workflows.errors import ConfigError

PEM = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"


def made(**changes: Any) -> AppCredentials:
    fields: dict[str, Any] = {
        "app_id": 7,
        "private_key": SecretStr(PEM),
        "webhook_secret": SecretStr("hush-hush"),
        "slug": "pullwright-octo",
        "client_id": "Iv1",
        "client_secret": SecretStr("very-secret"),
    }
    return AppCredentials(**fields | changes)


def test_what_is_saved_is_loaded_again_from_a_file_of_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "github.json"
    save(made(), path)
    assert load(path) == made()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    save(made(slug="other"), path)
    assert load(path).slug == "other"
    assert [one.name for one in path.parent.iterdir()] == ["github.json"]


def test_secrets_print_as_stars() -> None:
    shown = f"{made()!r} {made()} {made().model_dump()}"
    assert not [secret for secret in made().secrets if secret in shown]
    assert len(made().secrets) == 3


def test_a_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "github.json"
    save(made(), path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=f"Others can read .*chmod 600 {path}"):
        load(path)


def test_a_missing_file_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="/setup"):
        load(tmp_path / "github.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "the file: Invalid JSON"),
        ("{}", "app_id: Field required"),
        ('{"app_id": 0}', "app_id: Input should be greater than 0"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place_and_without_its_contents(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "github.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=words) as caught:
        load(path)
    assert caught.value.place == str(path)


def test_a_refusal_does_not_show_the_secret_that_it_refuses() -> None:
    with pytest.raises(ValidationError) as caught:
        made(private_key=SecretStr("hidden-garbage"))
    assert "hidden-garbage" not in str(caught.value)


@pytest.mark.parametrize("address", ["github.test", "ftp://github.test", "https://user:pw@github.test", "https://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="must be an address"):
        made(api_url=address)


def test_an_empty_webhook_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="webhook_secret"):
        made(webhook_secret=SecretStr(""))


def test_addresses_lose_their_last_slash_and_name_the_host() -> None:
    there = made(api_url="https://git.test/api/v3/", web_url="https://git.test:8443/")
    assert (there.api_url, there.web_url, there.host) == (
        "https://git.test/api/v3",
        "https://git.test:8443",
        "git.test:8443",
    )
    assert made().host == "github.com"
    assert made().bot_login == "pullwright-octo[bot]"


def test_a_key_from_an_environment_variable_gets_its_lines_back() -> None:
    assert made(private_key=SecretStr(PEM.replace("\n", "\\n"))).private_key.get_secret_value() == PEM
