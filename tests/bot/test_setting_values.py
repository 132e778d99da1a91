"""Kinds of values that settings have: what each takes, and that a refusal says how to write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from bot import setting_values as kinds


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        (kinds.Bound, "none", None),
        (kinds.Bound, " Unlimited ", None),
        (kinds.Bound, "2.5", 2.5),
        (kinds.Prices, "$1.25, 10", (1.25, 10.0)),
        (kinds.ModelName, " openai/gpt-5 ", "openai/gpt-5"),
        (kinds.ModelNames, "openai/a,anthropic/b,", ("openai/a", "anthropic/b")),
        (kinds.Admins, "@octocat, hubot:42", ("octocat", "hubot:42")),
        (kinds.Login, "@octocat", "octocat"),
        (kinds.MailAddress, "", ""),
        (kinds.Listening, "::1", "::1"),
        (kinds.Places, "/a:/b", (Path("/a"), Path("/b"))),
        (kinds.PortOrNone, "off", None),
        (kinds.Database, "postgresql+psycopg://u:p@[::1]:5432/n", "postgresql+psycopg://u:p@[::1]:5432/n"),
        (
            kinds.Database,
            "postgresql+psycopg:///n?host=/run/postgresql",
            "postgresql+psycopg:///n?host=/run/postgresql",
        ),
    ],
)
def test_what_people_write_is_read(kind: Any, written: object, read: object) -> None:
    assert TypeAdapter(kind).validate_python(written) == read


@pytest.mark.parametrize(
    ("kind", "written", "told"),
    [
        (kinds.Bound, "nan", "finite"),
        (kinds.Bound, "0", "greater than 0"),
        (kinds.Prices, "1", "per million"),
        (kinds.Prices, "1,", "per million"),
        (kinds.ModelName, "https://a.example/v1", "PULLWRIGHT_API_BASE"),
        (kinds.ModelName, '"openai/a"', "without quotes"),
        (kinds.Admins, "octo cat", "Write logins"),
        (kinds.Admins, "octocat:0", "Write logins"),
        (kinds.MailAddress, "Bot <bot@example.org>", "address alone"),
        (kinds.PersonName, "Bot <x>", "name alone"),
        (kinds.Listening, "0.0.0.0:80", "without a port"),
        (kinds.OneLine, "a\nb", "one line"),
        (kinds.Database, "mysql://u@h/n", r"postgresql\+psycopg"),
        (kinds.Database, "sqlite:///:memory:", "gone when the process ends"),
        (kinds.Database, "postgresql+psycopg://u:p@h:port/n", "no number"),
    ],
)
def test_a_refusal_says_how_to_write_it(kind: Any, written: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TypeAdapter(kind).validate_python(written)


def test_a_key_is_taken_without_what_surrounds_it_and_never_shown() -> None:
    adapter = TypeAdapter[SecretStr](kinds.Key)
    assert adapter.validate_python(SecretStr(" sk-1\n")).get_secret_value() == "sk-1"
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(SecretStr("sk 1"))
    assert "sk 1" not in str(refused.value)


def test_a_place_below_the_home_is_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert TypeAdapter[Path](kinds.Place).validate_python("~/data") == Path("/home/someone/data")
