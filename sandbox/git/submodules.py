"""A commit's submodules: where they come from, and their files laid out for boxes to read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.git.plumbing import Git, GitFailed, records

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_SSH = re.compile(r"(?:ssh://)?git@([^:/]+)[:/](.+)")
_PLACE = re.compile(r"/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
MOST = 20


@dataclass(frozen=True, slots=True)
class Submodule:
    """A link of a commit's tree: its path, and the commit that it names. `url` is "" where it may not be fetched."""

    path: str
    commit: str
    name: str = ""
    url: str = ""


def named_by(git: Git, commit: str, links: dict[str, str], remote: str) -> list[Submodule]:
    """The submodules of a commit; `links` are its links by path, `remote` is where the repository itself comes from.

    An address counts where it is on the same forge, over HTTPS: nothing else of the network is a
    repository's to name. Where the repository is a directory of this machine, its own copy of each counts.
    """
    known = dict(_configured(git, commit))
    found = []
    for path, wanted in list(links.items())[:MOST]:
        name, url = known.get(path, ("", ""))
        found.append(Submodule(path, wanted, name, _address(name, url, remote) if name else ""))
    return found


def lay_out(git: Git, commit: str, place: Path) -> None:
    """Write a commit's files to a directory that is made for them. No filter and no hook runs."""
    half = place.with_name(f".half-{place.name}")
    half.mkdir(parents=True)
    index = half.with_name(f"{half.name}.index")
    work = {"GIT_WORK_TREE": str(half), "GIT_INDEX_FILE": str(index)}
    git.run("read-tree", commit, env=work)
    git.run("checkout-index", "--all", "--force", env=work, cwd=half)
    index.unlink()
    half.rename(place)


def _configured(git: Git, commit: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """(path, (name, address)) of each that .gitmodules names."""
    try:
        listed = git.run("config", "--blob", f"{commit}:.gitmodules", "-z", "--list")
    except GitFailed:
        return
    settings: dict[str, dict[str, str]] = {}
    for record in records("config", listed):
        key, _, value = os.fsdecode(record).partition("\n")
        section, _, last = key.rpartition(".")
        if section.startswith("submodule.") and last in ("path", "url"):
            settings.setdefault(section.removeprefix("submodule."), {})[last] = value
    for name, values in settings.items():
        if "path" in values and "url" in values:
            yield values["path"], (name, values["url"])


def _address(name: str, url: str, remote: str) -> str:
    if not remote.startswith("https://"):
        if not _NAME.fullmatch(name) or ".." in name.split("/"):
            return ""
        # A submodule's own repository holds those of its submodules in itself.
        places = (Path(remote) / ".git" / "modules" / name, Path(remote) / "modules" / name)
        return next((str(own) for own in places if own.is_dir()), "")
    here = urlsplit(remote)
    if match := _SSH.fullmatch(url):
        url = f"https://{match[1]}/{match[2]}"
    if url.startswith(("./", "../")):
        parts = here.path.strip("/").split("/")
        for step in url.split("/"):
            parts = parts[:-1] if step == ".." else parts if step in (".", "") else [*parts, step]
        url = f"https://{here.netloc}/{'/'.join(parts)}"
    there = urlsplit(url)
    same = there.scheme == "https" and there.netloc == here.netloc and not there.query and not there.fragment
    return url if same and _PLACE.fullmatch(there.path.removesuffix("/")) and ".." not in there.path else ""
