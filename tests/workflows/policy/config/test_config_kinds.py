"""Kinds of values in a repository's file: what each takes, and that a refusal says how to write it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from workflows.policy.config import config_kinds as kinds


def refusal(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        (kinds.Hosts, "registry.example.org", ("registry.example.org",)),
        (kinds.Hosts, ["Registry.Example.org.", "a.example:8443"], ("registry.example.org", "a.example:8443")),
        (kinds.Memory, "4g", 4 * 1024**3),
        (kinds.Memory, "512 MiB", 512 * 1024**2),
        (kinds.Memory, 2**30, 2**30),
        (kinds.Commands, " make test ", ("make test",)),
        (kinds.Overriding, False, False),
        (kinds.BranchName, "release/1.x", "release/1.x"),
        (kinds.BranchPrefix, "bot/", "bot/"),
        (kinds.Login, "renovate[bot]", "renovate[bot]"),
        (kinds.Patterns, "docs/**", ("docs/**",)),
    ],
)
def test_what_people_write_is_read(kind: Any, written: object, read: object) -> None:
    assert TypeAdapter(kind).validate_python(written) == read


@pytest.mark.parametrize(
    "host",
    [
        *("https://example.org", "localhost", "127.0.0.1", "0x7f.1", "::1", "example", "-a.example", "a..example"),
        *("a.example:80", "a.example:0443", "a.example:99999", "a.example/path", "user@a.example", ""),
    ],
)
def test_what_is_no_host_of_the_outside_world_is_refused(host: str) -> None:
    assert "is not a host name" in refusal(kinds.Hosts, [host]) or "has a port" in refusal(kinds.Hosts, [host])


@pytest.mark.parametrize(
    "name",
    [
        *("", "-x", "a..b", "a b", "a~1", "a.lock", "a/.b", "a//b", "a/", "/a", "a.", "@", "a@{1}", "HEAD", "a\\b"),
        *("refs/heads/main", "a\x7fb", "a\u202eb", "a*", "a?", "a[b"),
    ],
)
def test_what_git_takes_for_no_branch_is_refused(name: str) -> None:
    assert "branch" in refusal(kinds.BranchName, name)


@pytest.mark.parametrize("value", ["lots", "4 bananas", "1k", True, "-1g", "1e9", "9t999"])
def test_a_size_that_is_none_is_refused(value: object) -> None:
    assert refusal(kinds.Memory, value)


@pytest.mark.parametrize("value", ["no", "Off", "~", "null", "", " "])
def test_a_word_for_nothing_is_no_command(value: str) -> None:
    assert refusal(kinds.Commands, value)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../b", " "])
def test_a_path_stays_in_the_repository(path: str) -> None:
    assert "is not a path of the repository" in refusal(kinds.Patterns, [path])
