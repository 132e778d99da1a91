"""Which public names of a repository's Python packages are gone, or are called otherwise, at the end of a range."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from sandbox.git.history import History, TreeFile
from sandbox.processes import own_program

_SECONDS = 90.0
_MOST_FILES = 4_000
_MOST_BYTES = 40_000_000
_LARGEST = 2_000_000
_NO_PACKAGE = re.compile(
    r"tests?|testing|docs?(?:_src)?|examples?|samples?|demos?|benchmarks?|scripts?|tools?|ci|conftest|setup|noxfile"
    r"|tasks|fabfile|vendor|_vendor|node_modules|site-packages|\..*|test_.*",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z]\w*")
_NO_PART = re.compile(r"tests?|test_.*|conftest")
_LONGEST_PATH, _LONGEST_NAME = 2_000, 240
"""Bytes, below what file systems take."""
_MODULES = (".py", ".pyi", ".pyx", ".so", ".pyd")


@dataclass(frozen=True, slots=True)
class BrokenName:
    """One name. `what` is a key of SAID, `of` the parameters or bases that it is about, `path` the file with it."""

    name: str
    what: str
    of: tuple[str, ...]
    path: str


SAID: Mapping[str, str] = {
    "object_removed": "is gone",
    "object_changed_kind": "is something else now",
    "parameter_removed": "no longer takes *",
    "parameter_moved": "takes * at another place",
    "parameter_changed_kind": "takes * otherwise, by position or by name",
    "parameter_changed_required": "has to be given *",
    "parameter_added_required": "has to be given *, which is new",
    "class_removed_base": "is no longer derived from *",
}
"""What is told of a name, by griffe's word for it; `*` stands for what it is about."""


@dataclass(frozen=True, slots=True)
class NamesRead:
    """What was found. `unread` are packages that could not be compared, `waived` how many names were waived."""

    broken: Sequence[BrokenName] = ()
    waived: int = 0
    unread: Sequence[str] = ()


def read_names(history: History, since: str, until: str, waived: Iterable[str] = (), prefix: str = "") -> NamesRead:
    """Compare the packages that both commits have; those of a monorepo as far as the tag's prefix names them."""
    patterns = tuple(waived)
    if "*" in patterns:
        return NamesRead()
    files = [history.files(commit) for commit in (since, until)]
    old, new = (packages_of(side, prefix) for side in files)
    names = [name for name in old if name in new]
    other = {name for name in old if name not in new and _is_still_there(name, old[name][0], files[1])}
    gone = [BrokenName(name, "object_removed", (), old[name][0]) for name in old if name not in (*new, *other)]
    changed = [name for name in names if _blobs(old[name][1]) != _blobs(new[name][1])]
    strange = {one for side, here in zip(files, (old, new), strict=True) for one in _strange(side, here)}
    pairs = {name: (old[name], new[name]) for name in changed}
    found, unread = _compared(history, pairs, strange) if changed else ([], [])
    kept = [one for one in (*gone, *found) if not any(fnmatchcase(one.name, pattern) for pattern in patterns)]
    return NamesRead(kept, len(gone) + len(found) - len(kept), [*sorted(other), *unread])


_Package = tuple[str, Sequence[TreeFile]]
"""Where it lies in the repository, and its files."""


def packages_of(files: Sequence[TreeFile], prefix: str = "") -> dict[str, _Package]:
    """The packages that a repository gives to others, by name: those that lie in no other, and are no tests."""
    python = [one for one in files if one.mode.startswith("100") and one.path.endswith((".py", ".pyi"))]
    inits = {str(PurePosixPath(one.path).parent) for one in python if one.path.endswith("/__init__.py")}
    roots = [one for one in sorted(inits) if str(PurePosixPath(one).parent) not in inits and _is_package(one)]
    wanted = re.sub(r"[\W_]+", "", prefix).lower()
    named = [one for one in roots if wanted and wanted in {_plain(part) for part in PurePosixPath(one).parts}]
    found: dict[str, _Package] = {}
    for root in named or roots:
        own = [one for one in python if one.path.startswith(f"{root}/") and _is_part(one.path.removeprefix(f"{root}/"))]
        found.setdefault(PurePosixPath(root).name, (root, own))
    return found


def _is_still_there(name: str, root: str, files: Sequence[TreeFile]) -> bool:
    """Whether a package is something else by now: one file, or a folder without `__init__.py`."""
    alone = [one.path for one in files if PurePosixPath(one.path).name in (f"{name}.py", f"{name}.pyx")]
    folder = any(one.path.startswith(f"{root}/") and one.path.endswith(_MODULES) for one in files)
    return folder or any(not any(_NO_PACKAGE.fullmatch(part) for part in PurePosixPath(one).parts) for one in alone)


def _strange(files: Sequence[TreeFile], packages: Mapping[str, _Package]) -> Iterator[str]:
    """The modules of these packages that are there and are not read: links, large files, what is compiled."""
    for name, (root, _) in packages.items():
        for one in files:
            if not one.path.startswith(f"{root}/") or not one.path.endswith(_MODULES):
                continue
            if not _is_part(one.path.removeprefix(f"{root}/")):
                continue
            source = one.path.endswith((".py", ".pyi")) and one.mode.startswith("100")
            if not source or one.size > _LARGEST:
                stem = one.path.removeprefix(f"{root}/").partition(".")[0].split("/")
                yield ".".join([name, *(stem[:-1] if stem[-1] == "__init__" else stem)])


def _is_package(root: str) -> bool:
    parts = PurePosixPath(root).parts
    return bool(_NAME.fullmatch(parts[-1])) and not any(_NO_PACKAGE.fullmatch(part) for part in parts)


def _is_part(path: str) -> bool:
    """Whether a file of a package is a module that others can name, and no test; what no disk takes is neither."""
    *folders, name = PurePosixPath(path).parts
    parts = [*folders, name.partition(".")[0]]
    if len(os.fsencode(path)) > _LONGEST_PATH or any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts):
        return False
    return all(part.isidentifier() and not _NO_PART.fullmatch(part) for part in parts)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _blobs(files: Sequence[TreeFile]) -> set[tuple[str, str]]:
    return {(one.path, one.blob) for one in files}


def _compared(
    history: History, packages: Mapping[str, tuple[_Package, _Package]], strange: Collection[str]
) -> tuple[list[BrokenName], Sequence[str]]:
    with tempfile.TemporaryDirectory(prefix="pullwright-names-") as folder:
        sides = [Path(folder) / name for name in ("before", "after")]
        for side, chosen in zip(sides, zip(*packages.values(), strict=True), strict=True):
            if not _lay(history, dict(zip(packages, chosen, strict=True)), side):
                return [], list(packages)
        folders = {"before": str(sides[0]), "after": str(sides[1])}
        answer = _asked({**folders, "packages": list(packages), "unread": sorted(strange)})
    if answer is None:
        return [], list(packages)
    places = {name: after[0] for name, (_, after) in packages.items()}
    return _named(answer["broken"], places), answer["unread"]


def _lay(history: History, packages: Mapping[str, _Package], side: Path) -> bool:
    """Write the files of one side; False where they are too many to be read."""
    there: dict[str, list[Path]] = {}
    total = 0
    for name, (root, files) in packages.items():
        for one in files:
            there.setdefault(one.blob, []).append(side / name / one.path.removeprefix(f"{root}/"))
            total += one.size
    if total > _MOST_BYTES or sum(map(len, there.values())) > _MOST_FILES:
        return False
    for blob, data in history.read_blobs(list(there)):
        for path in there[blob] if len(data) <= _LARGEST else ():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return True


def _asked(question: Mapping[str, Any]) -> Any:
    """What the process answers; None where it was ended, or gave no answer."""
    program = own_program.command("workflows.release_notes.python_names.griffe_process")
    try:
        given = json.dumps(question).encode()
        return json.loads(own_program.run(program, _SECONDS, given=given, PYTHONDONTWRITEBYTECODE="1").stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None


def _named(rows: Iterable[Mapping[str, str]], places: Mapping[str, str]) -> list[BrokenName]:
    """One for each name and what it is about, in the order in which they were found."""
    about: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        package, _, rest = row["path"].partition("/")
        path = f"{places[package]}/{rest}" if package in places and rest else ""
        about.setdefault((row["name"], row["what"], path), []).append(row["of"])
    return [BrokenName(name, what, tuple(one for one in of if one), path) for (name, what, path), of in about.items()]
