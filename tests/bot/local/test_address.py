"""What names an issue on GitHub, and what is a path of this machine."""

from __future__ import annotations

import pytest

from bot.local.address import Address, address, check
from sandbox.errors import UserError


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("octo/adder#12", Address("", "octo/adder", 12)),
        ("https://github.com/octo/adder/issues/12", Address("github.com", "octo/adder", 12)),
        ("https://github.com/octo/adder.js/issues/12#issuecomment-3", Address("github.com", "octo/adder.js", 12)),
        ("http://git.example.org:8080/o/n/pull/3/files", Address("git.example.org:8080", "o/n", 3)),
        ("octo/adder", None),
        ("octo/adder#0", None),
        ("octo/adder#07", None),
        ("../octo/adder#12", None),
        (".", None),
    ],
)
def test_addresses_and_short_names_are_of_github_and_all_else_is_a_path(target: str, meant: Address | None) -> None:
    assert address(target) == meant


@pytest.mark.parametrize(
    "target", ["https://github.com/o/n", "https://github.com/o/n/issues/new", "https://github.com/o/n/issues/0"]
)
def test_an_address_of_something_else_is_refused(target: str) -> None:
    with pytest.raises(UserError, match="not the address of an issue"):
        address(target)


def test_work_for_real_is_asked_for_on_the_issue_and_its_text_is_only_read_there() -> None:
    where = Address("", "octo/adder", 12)
    check(where, dry_run=True, described=False)
    with pytest.raises(UserError, match="Write /fix as a comment on octo/adder#12"):
        check(where, dry_run=False, described=False)
    with pytest.raises(UserError, match="Leave --issue"):
        check(where, dry_run=True, described=True)


@pytest.mark.parametrize("host", ["gitlab.com", "Codeberg.org", "bitbucket.org"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_an_issue_of_another_forge_is_none_of_github(host: str, dry_run: bool) -> None:
    where = address(f"https://{host}/octo/adder/issues/12")
    assert where is not None
    with pytest.raises(UserError, match="is not on GitHub"):
        check(where, dry_run=dry_run, described=False)
