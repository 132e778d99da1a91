"""Passwords that stand in an address, a header or a command line. None of them opens anything."""

from __future__ import annotations

import base64

import pytest

from workflows.secrets.addresses import passwords_in

USER = "a1" * 10
HEX = "0a" * 16
PAIR = base64.b64encode(b"user:word").decode()


@pytest.mark.parametrize(
    ("text", "value", "user", "host"),
    [
        ("postgres://u:word@db.x.io/d", "word", "u", "db.x.io"),
        ("redis://:word@h:6379", "word", "", "h"),
        ("mongodb+srv://u:word@h/d", "word", "u", "h"),
        ("HTTPS://U:WORD@H", "WORD", "U", "H"),
        ("http://u:wo:rd@h", "wo:rd", "u", "h"),
        ("mysql://u:word@[::1]/d", "word", "u", "[::1]"),
        ("amqp://u:wörd@h", "wörd", "u", "h"),
        (f"https://{HEX}@h.io/x", HEX, "", "h.io"),
        ("jdbc:oracle:thin:u/word@//h:1521/x", "word", "u", "h"),
        ("jdbc:postgresql://h/d?user=u&password=word", "word", "", "h"),
        ("Server=localhost,1433;User Id=u;Pwd=word;", "word", "", "localhost"),
        ("host=localhost user=u password=word", "word", "", "localhost"),
        ("host=h dbname=d password=word", "word", "", ""),
        (f"Authorization: Basic {PAIR}", "word", "user", ""),
        ('"authorization": "Bearer abcdefgh"', "abcdefgh", "", ""),
        ("curl -u u:word http://x", "word", "u", ""),
        ('curl --user "u:word"', "word", "u", ""),
        ("sshpass -p word ssh h", "word", "", ""),
        ("mysqldump -u r -pword d", "word", "", ""),
        ("PGPASSWORD=word psql", "word", "", ""),
        ("docker login -u a -p word", "word", "", ""),
        ("redis-cli -h x -a word", "word", "", ""),
        ("machine h login u password word", "word", "u", ""),
    ],
)
def test_a_password_is_found_where_it_stands(text: str, value: str, user: str, host: str) -> None:
    (found,) = passwords_in(text)
    assert (found.value, found.user, found.host) == (value, user, host)
    assert found.kind == "Authorization header" or text[found.start : found.end] == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://h:8080/a@b",
        "http://h:8080?x=a@b",
        "http://u@h",
        "http://u:[^@]+@h",
        "password=word",
        "?password=word",
        "Authorization: Basic ????????",
        f"Authorization: Basic {base64.b64encode(b'user:').decode()}",
        "authorization: x",
        "mysql -u r d",
        "docker login",
        "-u u:word",
        "the login page asks for a password",
        f"https://{USER}@sentry.io/1",
    ],
)
def test_what_is_none_is_passed_over(text: str) -> None:
    assert list(passwords_in(text)) == []


def test_what_may_be_a_mere_name_is_not_certain() -> None:
    assert [found.certain for found in passwords_in(f"https://{USER}@h.io/x")] == [False]
    assert [found.certain for found in passwords_in("authorization: token abcdefgh")] == [False]
    assert [found.certain for found in passwords_in(f"authorization: basic {PAIR}")] == [True]


@pytest.mark.parametrize(
    ("host", "local", "example"),
    [
        *((host, True, False) for host in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0", "db.local", "x.test")),
        *((host, False, True) for host in ("example.com", "a.example.org", "HOST", "your-server", "my.domain.com")),
        *((host, False, False) for host in ("db.x.io", "localhost.evil.io", "1270.0.0.1", "example.evil.io")),
    ],
)
def test_whose_host_it_is_tells_what_it_opens(host: str, local: bool, example: bool) -> None:
    (found,) = passwords_in(f"https://u:word@{host}/x")
    assert (found.is_local, found.is_example) == (local, example)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "a://b:",
            "https://aaaaaaaaaaaaaaaaaaaaa",
            "authorization: basic ",
            "?password=",
            "mysql -p ",
            "docker login ",
        ),
        *("login a password ", "curl -u a:", "jdbc:oracle:thin:a/", "server=a;", "x://u:p@"),
    ],
)
def test_a_text_of_any_size_is_searched(unit: str) -> None:
    assert len(list(passwords_in(unit * (60_000 // len(unit))))) < 10_000
