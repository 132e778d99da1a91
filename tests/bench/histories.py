"""Where benches find real repositories and data: in the folder that `--data` or `PULLWRIGHT_BENCH_DATA` names.

A repository `NAME` is looked for there as a folder of that name, with `.git` at its end, or with an owner before it
(`owner+NAME`, `owner/NAME`); a work tree, a bare repository, or a folder with one called `repo` in it. None of what is
read is kept.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.git.history import History

VARIABLE = "PULLWRIGHT_BENCH_DATA"


def folder() -> Path | None:
    """The folder of all data; None where none is named."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else None


def repository(name: str) -> Path | None:
    """The git directory of a repository; None where it is not at hand."""
    place = folder()
    if place is None or not place.is_dir():
        return None
    for pattern in (name, f"{name}.git", f"*+{name}", f"*/{name}"):
        for found in sorted(place.glob(pattern)):
            for one in (found, found / ".git", found / "repo"):
                if (one / "objects").is_dir() and (one / "HEAD").is_file():
                    return one
    return None


def found(names: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Those of the repositories that are at hand, with a line for each that is not."""
    for name in names:
        place = repository(name)
        if place is None:
            print(f"Not measured: {name} is not in {folder() or 'the folder that --data names'}.")
        else:
            yield name, place


@contextmanager
def quick(place: Path) -> Iterator[History]:
    """A repository with an index of its history, which makes hundreds of questions quick; `place` stays as it is."""
    with tempfile.TemporaryDirectory(prefix="pullwright-bench-") as folder:
        bare = Path(folder) / "repository.git"
        subprocess.run(["git", "clone", "-q", "--mirror", "--shared", str(place), str(bare)], check=True)
        words = ("commit-graph", "write", "--reachable", "--no-progress")
        subprocess.run(["git", "-C", str(bare), *words], check=True)
        yield History(bare)
