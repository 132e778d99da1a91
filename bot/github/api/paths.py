"""Names as parts of an API path: quoted, and never leading elsewhere."""

from __future__ import annotations

from urllib.parse import quote

from bot.github.api.errors import NotFound


def repository_path(full_name: str) -> str:
    """The path of a repository, "owner/name"; NotFound for what cannot be the name of one."""
    if full_name.count("/") != 1:
        raise NotFound(f"{full_name!r} is not the name of a repository.", "Give it as owner/name.")
    return f"/repos/{parts(full_name)}"


def part(text: str) -> str:
    """One segment of a path; NotFound for what is no text."""
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:  # a name of a file that is no UTF-8
        raise NotFound(f"{text!r} is no name that GitHub could know.") from None


def parts(text: str) -> str:
    """Segments of a path, as of a file or a branch; NotFound for such as would lead elsewhere."""
    pieces = text.split("/")
    if not all(pieces) or {".", ".."} & set(pieces):
        raise NotFound(f"{text!r} is no name that GitHub could know.")
    return "/".join(map(part, pieces))
