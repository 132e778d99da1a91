"""From a tree and an issue's text to the files that are likely to be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Protocol

import numpy as np

from workflows.localize.cache import IndexCache
from workflows.localize.evidence import quoted, telling_lines
from workflows.localize.index import Index
from workflows.localize.languages import SyntaxKind, kind, language
from workflows.localize.parsing.definitions import needs_parser
from workflows.localize.parsing.extraction import features_of
from workflows.localize.parsing.features import Features, Ints
from workflows.localize.places import Places
from workflows.localize.query import Query, read
from workflows.localize.scoring import score
from workflows.values import RankedFile

ReadBlobs = Callable[[list[str]], Iterator[tuple[str, bytes]]]
"""From blob ids to (id, bytes), in any order; ids that are not there may be left out."""


class RankableFile(Protocol):
    """One file of a tree: path, git's mode, blob id, size in bytes."""

    @property
    def path(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def blob(self) -> str: ...
    @property
    def size(self) -> int: ...


_LARGEST = {SyntaxKind.SOURCE: 2_000_000, SyntaxKind.ASIDE: 200_000, SyntaxKind.TEST: 200_000}
"""Bytes. Vendored and generated files can be most of a tree and are hardly ever what an issue is about."""
_MOST_FILES = 30_000
_MOST_BYTES = 300_000_000
_BATCH_BYTES = 32_000_000
_QUOTE_WEIGHT = 0.4
_NAMED_ELSEWHERE = {SyntaxKind.OTHER: 0.5, SyntaxKind.TEST: 0.4}
"""What a file without an index scores, as a share of the best, when the issue plainly names its path."""


def rank(
    files: Iterable[RankableFile],
    read_blobs: ReadBlobs,
    issue_text: str,
    *,
    cache: IndexCache | None = None,
    limit: int = 20,
) -> list[RankedFile]:
    """The likeliest files first, at most `limit`, with scores that compare only within one answer.

    Blocking. Test files and files that are no code are found only where the issue names
    their path. Empty where nothing in the tree has anything to do with the text.
    """
    regular = [file for file in files if file.mode.startswith("100")]
    chosen = _candidates(regular)
    query = read(issue_text)
    index = _index(chosen, read_blobs, cache)
    paths = [file.path for file in chosen]
    scores = score(index, paths, query)
    read_again = _best(scores, limit * 2 if query.quotes else limit)
    texts = _texts([(number, chosen[number]) for number in read_again], read_blobs)
    for number, share in quoted(texts, query).items():
        scores[number] += _QUOTE_WEIGHT * share
    top = [number for number in _best(scores, limit) if np.isfinite(scores[number])]
    lines = telling_lines(index, {number: texts[number] for number in top if number in texts}, query)
    ranked = [RankedFile(paths[number], round(float(scores[number]), 4), lines.get(number, ())) for number in top]
    ranked += _elsewhere(regular, set(paths), query, max(0.1, float(scores.max(initial=0.0))))
    return sorted(ranked, key=lambda file: -file.score)[:limit]


def _best(scores: Ints, most: int) -> list[int]:
    best: list[int] = np.argsort(-scores, kind="stable")[:most].tolist()
    return best


def _candidates(files: Sequence[RankableFile]) -> list[RankableFile]:
    """The files that are indexed, by path; tests only where there is nothing else."""
    code = [(kind(file.path), file) for file in files if file.size <= _LARGEST.get(kind(file.path), -1)]
    without_tests = [(sort, file) for sort, file in code if sort is not SyntaxKind.TEST]
    chosen: list[RankableFile] = []
    total = 0
    for _, file in sorted(without_tests or code, key=lambda item: (item[0] is not SyntaxKind.SOURCE, item[1].size)):
        total += file.size
        if total > _MOST_BYTES or len(chosen) == _MOST_FILES:
            break
        chosen.append(file)
    return sorted(chosen, key=lambda file: file.path)


def _index(files: Sequence[RankableFile], read_blobs: ReadBlobs, cache: IndexCache | None) -> Index:
    named = blake2b(digest_size=16)
    for file in files:
        named.update(f"{file.blob} {file.path}\n".encode("utf-8", "surrogateescape"))
    key = named.hexdigest()
    index = cache.index(key) if cache else None
    if index is None or int(index.files[0]) != len(files):
        index = Index.build(_features(files, read_blobs, cache))
        if cache:
            cache.add_index(key, index)
    return index


def _features(files: Sequence[RankableFile], read_blobs: ReadBlobs, cache: IndexCache | None) -> list[Features]:
    """Features of the files, from the cache or from their blobs; empty where a blob cannot be read."""
    keys = [f"{file.blob} {_read_as(file.path)}" for file in files]
    known = cache.features(keys) if cache else {}
    missing = {key: file for key, file in zip(keys, files, strict=True) if key not in known}
    for batch in _batches(missing):
        blobs = dict(read_blobs(list({file.blob for file in batch.values()})))
        here = [(key, (_read_as(file.path), blobs[file.blob])) for key, file in batch.items() if file.blob in blobs]
        made = dict(zip((key for key, _ in here), features_of([source for _, source in here]), strict=True))
        if cache:
            cache.add_features(made)
        known.update(made)
    nothing = Features.empty()
    return [known.get(key, nothing) for key in keys]


def _read_as(path: str) -> str:
    """The language whose definitions are looked for: none in vendored or generated code that would need a parser."""
    name = language(path) or ""
    return name if kind(path) is not SyntaxKind.ASIDE or not needs_parser(name, 0) else ""


def _batches(files: dict[str, RankableFile]) -> Iterator[dict[str, RankableFile]]:
    batch: dict[str, RankableFile] = {}
    total = 0
    for key, file in files.items():
        batch[key] = file
        total += file.size
        if total > _BATCH_BYTES:
            yield batch
            batch, total = {}, 0
    if batch:
        yield batch


def _texts(files: Sequence[tuple[int, RankableFile]], read_blobs: ReadBlobs) -> dict[int, bytes]:
    blobs = dict(read_blobs(list({file.blob for _, file in files}))) if files else {}
    return {number: blobs[file.blob] for number, file in files if file.blob in blobs}


def _elsewhere(files: Sequence[RankableFile], indexed: set[str], query: Query, best: float) -> list[RankedFile]:
    """Files that are not in the index and that the issue names."""
    if not query.paths:
        return []
    others = [file.path for file in files if file.path not in indexed]
    named: Ints = Places(others).named(query)
    return [
        RankedFile(others[n], round(float(named[n]) * best * _NAMED_ELSEWHERE.get(kind(others[n]), 0.4), 4))
        for n in np.flatnonzero(named > 0.3).tolist()
    ]
