"""How fast the likely files of an issue are found in a repository of 900 files, before any model is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sandbox.git.repository import Repository
from tests.bench import samples, scene
from tests.bench.figures import Figure, middle
from workflows.localize.cache import IndexCache
from workflows.localize.ranking import rank

FILES = 900
COLD_ROUNDS = 2
WARM_ROUNDS = 7
MOST_COLD = 1.5
MOST_WARM = 0.1
ISSUE = """The parser loses the session of a buffer

When `lookup_handler` is called with a value below the limit, `record_profile` raises ValueError although
src/parser/ should keep the last session. See also the response cache and `ReportView`.
"""


def figures() -> Iterator[Figure]:
    with scene.folder() as place:
        commit = samples.repository(place / "sample", FILES)
        repository = Repository(place / "sample" / ".git")
        files = list(repository.files(commit))
        cold: list[float] = []
        warm: list[float] = []
        for number in range(COLD_ROUNDS):
            cache = IndexCache(place / f"cache-{number}")
            for took in [cold, *[warm] * WARM_ROUNDS]:
                begun = time.perf_counter()
                rank(files, repository.read_blobs, ISSUE, cache=cache, limit=10)
                took.append(time.perf_counter() - begun)
        yield Figure(f"ranking {FILES} files, nothing cached", middle(cold), most=MOST_COLD)
        yield Figure(f"ranking {FILES} files, all cached", middle(warm), most=MOST_WARM)
