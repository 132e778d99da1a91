"""How fast a run gets its files: opening a workspace of 2,000 of them from a warm mirror, next to `git clone`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.git.repository import Repository
from sandbox.trees.workspace import Workspace
from tests.bench import samples, scene
from tests.bench.figures import Figure, middle
from tests.fakes.real_repository import git

FILES = 2_000
ROUNDS = 5
MOST = 0.5


def figures() -> Iterator[Figure]:
    with scene.folder() as place:
        commit = samples.repository(place / "sample", FILES)
        repository = Repository.mirror(place / "mirror.git")
        repository.fetch(str(place / "sample"))
        opened: list[float] = []
        found: list[float] = []
        marked: list[float] = []
        cloned: list[float] = []
        own = Bubblewrap().own
        for number in range(ROUNDS):
            open_it = partial(Workspace.open, place, f"run-{number}", repository, commit, own=own)
            opened.append(_seconds(open_it))
            workspace = open_it()
            found.append(_seconds(open_it))
            workspace.mark()
            marked.append(_seconds(workspace.mark))
            cloned.append(_seconds(partial(git, place, "clone", "-q", "sample", f"clone-{number}")))
            workspace.remove()
        yield Figure(
            f"a workspace of {FILES} files, laid out; git clone", middle(opened), middle(cloned), MOST, absolute=True
        )
        yield Figure("the same found again after a restart; git clone", middle(found), middle(cloned))
        yield Figure("a mark of it, nothing changed", middle(marked), unit="ms")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
