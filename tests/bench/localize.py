"""How often localization finds the files that a fix changed: `python -m tests.bench.localize CASES.jsonl`.

Each line of the file is one case: `repo_path` (a local git repository, bare or not),
`base_commit`, `problem_statement`, `gold_files` (paths). A case counts at k when all of its
gold files are among the first k.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workflows.localize.cache import IndexCache
from workflows.localize.ranking import rank

DEPTHS = (1, 5, 10)
LIMIT = 20


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    repo: Path
    commit: str
    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """`place` is where the last of the gold files stands, counted from 1; None where one is missing. Seconds."""

    place: int | None
    cold: float
    warm: float
    files: int


@dataclass(frozen=True, slots=True)
class File:
    path: str
    mode: str
    blob: str
    size: int


class Repository:
    """Reads any local repository, also one with objects missing, which the product's own mirrors never have."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def files(self, commit: str) -> Iterator[File]:
        for line in self._git(b"", "ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0"):
            if line:
                facts, path = line.split(b"\t", 1)
                mode, _, blob, size = facts.decode().split()
                if size.isdigit():
                    yield File(os.fsdecode(path), mode, blob, int(size))

    def read_blobs(self, blobs: list[str]) -> Iterator[tuple[str, bytes]]:
        output = self._git("".join(f"{blob}\n" for blob in blobs).encode(), "cat-file", "--batch")
        at = 0
        while at < len(output):
            end = output.index(b"\n", at)
            blob, *facts = output[at:end].decode().split()
            at = end + 1
            if facts[0] == "blob":
                size = int(facts[1])
                yield blob, output[at : at + size]
                at += size + 1

    def _git(self, stdin: bytes, *words: str) -> bytes:
        command = ["git", "-c", "safe.directory=*", "-C", str(self._path), *words]
        return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def cases(path: Path) -> Iterator[Case]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            facts = json.loads(line)
            repo = next((facts[key] for key in ("repo_path", "repo path", "repo") if key in facts), None)
            if repo is None:
                sys.exit(f"{path}:{number}: no repo_path")
            gold = facts["gold_files"]
            yield Case(
                name=str(facts.get("instance_id", number)),
                repo=(path.parent / repo) if not Path(repo).exists() else Path(repo),
                commit=facts["base_commit"],
                text=facts["problem_statement"],
                gold=frozenset(json.loads(gold) if isinstance(gold, str) else gold),
            )


def answer(case: Case, cache: IndexCache) -> Answer:
    """Rank twice: with whatever the cache has, then with everything in it. Listing the tree is not counted."""
    repository = Repository(case.repo)
    files = list(repository.files(case.commit))
    started = time.perf_counter()
    ranked = rank(files, repository.read_blobs, case.text, cache=cache, limit=LIMIT)
    between = time.perf_counter()
    rank(files, repository.read_blobs, case.text, cache=cache, limit=LIMIT)
    ended = time.perf_counter()
    order = {file.path: place for place, file in enumerate(ranked, 1)}
    place = max(order[path] for path in case.gold) if case.gold <= order.keys() else None
    return Answer(place, between - started, ended - between, len(files))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("--every", action="store_true", help="print each case's place")
    parser.add_argument("--cold", action="store_true", help="begin every case with an empty cache")
    arguments = parser.parse_args()
    answers: list[Answer] = []
    with tempfile.TemporaryDirectory() as shared:
        for number, case in enumerate(cases(arguments.cases)):
            directory = Path(shared, str(number) if arguments.cold else "cache")
            answers.append(answer(case, IndexCache(directory)))
            if arguments.every:
                print(f"{answers[-1].place or '-':>4}  {case.name}  {' '.join(sorted(case.gold))}", flush=True)
    if not answers:
        sys.exit("No cases.")
    for depth in DEPTHS:
        found = sum(a.place is not None and a.place <= depth for a in answers)
        print(f"acc@{depth:<3} {found / len(answers):6.1%}  ({found} of {len(answers)})")
    for title, seconds in (("first", [a.cold for a in answers]), ("again", [a.warm for a in answers])):
        print(f"{title}    median {statistics.median(seconds):.3f} s, slowest {max(seconds):.3f} s")
    print(f"files    median {statistics.median(a.files for a in answers):.0f}")


if __name__ == "__main__":
    main()
