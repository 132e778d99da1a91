"""What somebody means who names something on GitHub: `https://github.com/owner/name/issues/12`, `owner/name#12`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.errors import UserError

_SHORT = re.compile(r"([\w.-]+/[\w.-]+)#([1-9]\d{0,8})", re.ASCII)
_PATH = re.compile(r"/([\w.-]+/[\w.-]+)/(?:issues|pull)/([1-9]\d{0,8})(?:/.*)?", re.ASCII)

_OTHERS = ("gitlab.com", "bitbucket.org", "codeberg.org", "gitea.com", "git.sr.ht", "dev.azure.com", "gitee.com")
"""Where issues have addresses of the same form."""


@dataclass(frozen=True, slots=True)
class Address:
    """Something that has a number on GitHub. `host` is "" where only owner/name#12 was written."""

    host: str
    repository: str
    number: int

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"


def address(target: str) -> Address | None:
    """What a target names on GitHub; None where it is no such name, UserError where it is an address of nothing."""
    if short := _SHORT.fullmatch(target):
        return Address("", short[1], int(short[2]))
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https"):
        return None
    found = _PATH.fullmatch(parts.path)
    if found is None:
        raise UserError(f"{target} is not the address of an issue.", "Give https://github.com/OWNER/NAME/issues/N.")
    return Address(parts.netloc, found[1], int(found[2]))


def check(where: Address, *, dry_run: bool, described: bool) -> None:
    """UserError where something on GitHub is to be worked on for real from here, or is `described` by options."""
    if described:
        raise UserError("The issue is read from GitHub.", "Leave --issue, --number and --label out.")
    if where.host.lower() in _OTHERS:
        raise UserError(
            f"{where} at {where.host} is not on GitHub.", "Give --issue FILE with the issue's text instead."
        )
    if not dry_run:
        raise UserError(
            "On GitHub the server does the work, in the name of whoever asks for it there.",
            f"Write /fix as a comment on {where}; or give --dry-run, to see here what would come of it.",
        )
