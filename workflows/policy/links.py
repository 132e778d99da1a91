"""Where the links of a tree lead, and which names other systems take for git's own directory.

A checkout follows a link wherever it leads: out of the tree to a file of whoever builds it, or into
`.git`, where a hook would run. So each link is followed as the file system would, through the
tree's other links, by what the tree itself holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sandbox.files.names import is_git_name

_MOST_STEPS = 40
"""Links that are followed on one way, as the kernel does."""


@dataclass(frozen=True, slots=True)
class LinkOut:
    """A link that leads where none of a tree may; `why` is the end of a sentence."""

    path: str
    target: str
    why: str


def links_out(links: Mapping[str, str], touched: Collection[str], changed: Iterable[str] = ()) -> list[LinkOut]:
    """The links of a tree that a change is to answer for and that lead out of it, by path.

    `links` are all of the tree's, with what each holds; `touched` those that the change adds or
    alters. One that it leaves as it was, but whose way leads through one of those, counts for the
    latter. `changed` are the paths that the change writes: none of them may lie behind a link.
    """
    out = []
    for path in sorted(links):
        why, way = _way(path, links)
        guilty = path if path in touched else next((met for met in way if met in touched), "")
        if why and guilty:
            out.append(LinkOut(guilty, links[guilty], why if guilty == path else f"so that {path} leads out: {why}"))
    for path in sorted(changed):
        through = next((part for part in _parents(path) if part in links), "")
        if through:
            out.append(LinkOut(path, links[through], f"it lies behind the link {through}"))
    return out


def bare_repositories(paths: Iterable[str]) -> list[str]:
    """Directories that git would take for a repository of its own, and whose configuration it would obey there."""
    heads, others = set[str](), set[str]()
    for path in paths:
        parts = path.casefold().split("/")
        if parts[-1] == "head":
            heads.add("/".join(parts[:-1]))
        others.update("/".join(parts[:at]) for at, part in enumerate(parts) if part in ("objects", "refs", "config"))
    return sorted(directory or "." for directory in heads & others)


def dangerous_name(path: str) -> bool:
    """Whether a component of a path could be taken for `.git` on some system, or names a stream of NTFS's."""
    return any(is_git_name(part) or _is_stream(part) for part in path.split("/"))


def _is_stream(name: str) -> bool:
    return "::$" in name or name.lower().endswith((":$data", ":$index_allocation"))


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")[:-1]
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _way(path: str, links: Mapping[str, str]) -> tuple[str, list[str]]:
    """Why the way from a link leads out of the tree ("" where it stays in it), and the other links on it."""
    at, way = path.split("/")[:-1], list[str]()
    left = _reversed(links[path])
    if _is_absolute(links[path]):
        return "an absolute path", way
    while left:
        part = left.pop()
        if part == "..":
            if not at:
                return "it climbs above the root", way
            at.pop()
        elif dangerous_name(part):
            return "it leads to git's own directory", way
        elif part not in ("", "."):
            met = "/".join([*at, part])
            if met not in links:
                at.append(part)
                continue
            way.append(met)
            if _is_absolute(links[met]):
                return f"an absolute path, by {met}", way
            if len(way) > _MOST_STEPS:
                return "it leads in circles", way
            left += _reversed(links[met])
    return "", way


def _reversed(target: str) -> list[str]:
    return target.replace("\\", "/").split("/")[::-1]


def _is_absolute(target: str) -> bool:
    """Also as other systems write it."""
    return target.startswith(("/", "\\")) or target[1:2] == ":"
