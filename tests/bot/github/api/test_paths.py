"""Names in the path of a request lead to what they name and to nothing else."""

from __future__ import annotations

import pytest

from bot.github.api.errors import NotFound
from bot.github.api.paths import part, parts, repository_path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("octo/sample", "/repos/octo/sample"),
        ("octo/a.b-c_d", "/repos/octo/a.b-c_d"),
        ("octo/...", "/repos/octo/..."),
        ("octo/a b?c#d", "/repos/octo/a%20b%3Fc%23d"),
        ("octo/%2e%2e", "/repos/octo/%252e%252e"),
        ("octo/é\r\nHost: x", "/repos/octo/%C3%A9%0D%0AHost%3A%20x"),
    ],
)
def test_what_has_a_meaning_in_an_address_is_quoted(name: str, path: str) -> None:
    assert repository_path(name) == path


@pytest.mark.parametrize("name", ["", "octo", "/", "octo/", "/sample", "a/b/c", "octo/..", "./sample", "octo/\udcff"])
def test_what_cannot_be_the_name_of_a_repository_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        repository_path(name)


def test_a_branch_or_a_file_keeps_its_segments_and_never_climbs() -> None:
    assert parts("fix/issue 1/ä") == "fix/issue%201/%C3%A4"
    assert part("good first/issue") == "good%20first%2Fissue"
    for name in ("a/../b", "a//b", "/a", "a/", "", ".", "a/\udcff.txt", "a/\ud800"):
        with pytest.raises(NotFound):
            parts(name)
