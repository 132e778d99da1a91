"""What a file that lists the members of a workspace, or the parts of a build, leaves out with a change.

What is not listed is not tested: a command at the root passes then without it. What came is nobody's loss.
"""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any

_ITEM = re.compile(r"^\s*-\s+['\"]?([^'\"#\s]+)")
_LISTED = (
    (re.compile(r"(^|/)go\.work$"), re.compile(r"^\s*(?:use\s+)?(\.{1,2}(?:/[^\s)]*)?)\s*$", re.MULTILINE)),
    (re.compile(r"(^|/)settings\.gradle(\.kts)?$"), re.compile(r"['\"](:[\w:./-]{1,200})['\"]")),
    (re.compile(r"(^|/)pom\.xml$"), re.compile(r"<module>\s*([^<\s]{1,200})\s*</module>")),
    (
        re.compile(r"(^|/)CMakeLists\.txt$|\.cmake$"),
        re.compile(
            r"\b(?:add_subdirectory|add_test|catch_discover_tests|gtest_discover_tests)\s*\(\s*(?:NAME\s+)?([\w./${}-]{1,200})"
        ),
    ),
    (re.compile(r"(^|/)meson\.build$"), re.compile(r"\b(?:subdir|test)\s*\(\s*['\"]([^'\"]{1,200})['\"]")),
)


def left_out(path: str, before: str, after: str, paths: Collection[str]) -> tuple[str, ...]:
    """The members that a list does not have any more, or leaves out by name, in their order; none where the file is no
    such list. One of which nothing is left in the tree (`paths`) is no loss."""
    was, now = set(_members(path, before)), list(_members(path, after))
    gone = [one for one in sorted(was - set(now)) if not any(fnmatchcase(one, wider) for wider in now)]
    new = [one for one in dict.fromkeys(now) if one.startswith("!") and one not in was]
    directory = posixpath.dirname(path)
    return (*(one for one in gone if _is_there(one, directory, paths)), *new)


def _is_there(member: str, directory: str, paths: Collection[str]) -> bool:
    if member.startswith("!"):
        return False
    if re.search(r"[*?{$]", member):
        return True
    place = posixpath.normpath(posixpath.join(directory, member.strip(":").replace(":", "/")))
    names = (place, f"{place}/")
    return any(path == names[0] or path.startswith(names[1]) for path in paths) or "/" not in member.strip("./:")


def _members(path: str, text: str) -> Iterator[str]:
    """Members; what is left out by name begins with an exclamation mark."""
    name = posixpath.basename(path)
    if name == "pnpm-workspace.yaml":
        yield from _of_pnpm(text)
        return
    try:
        if name == "package.json":
            found = json.loads(text or "{}").get("workspaces")
            yield from _texts(found.get("packages") if isinstance(found, dict) else found)
            return
        if name in ("Cargo.toml", "pyproject.toml"):
            document: Any = tomllib.loads(text)
            keys = ("workspace",) if name == "Cargo.toml" else ("tool", "uv", "workspace")
            for key in keys:
                document = document.get(key) if isinstance(document, dict) else None
            if isinstance(document, dict):
                yield from _texts(document.get("members"))
                yield from (f"!{one}" for one in _texts(document.get("exclude")))
            return
    except (ValueError, AttributeError, RecursionError):
        return
    for where, what in _LISTED:
        if where.search(path):
            yield from (found[1] for found in what.finditer(text))


def _of_pnpm(text: str) -> Iterator[str]:
    within = False
    for line in text.splitlines():
        if line.startswith("packages:"):
            within = True
        elif line[:1] not in ("", " ", "-", "#"):
            within = False
        elif within and (found := _ITEM.match(line[:500])):
            yield found[1]


def _texts(value: Any) -> Iterator[str]:
    yield from (one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
