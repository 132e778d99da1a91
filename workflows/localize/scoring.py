"""How well each file of an index answers a query: the signals, and the weights they are mixed with.

The weights were tuned on 407 bugs of twelve Python projects and measured on 300 others (see
docs/design.md); each signal but the penalties lies between 0 and 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from posixpath import dirname

import numpy as np

from workflows.localize.index import Index
from workflows.localize.languages import SyntaxKind, kind
from workflows.localize.parsing.definitions import VARIABLE
from workflows.localize.parsing.features import Ints
from workflows.localize.places import Places
from workflows.localize.query import Query

WEIGHTS = {
    "words": 1.0,
    "best_piece": 0.35,
    "best_pieces": 0.4,
    "definitions": 0.3,
    "members": 0.45,
    "around": 0.25,
    "named": 0.3,
    "traced": 0.25,
    "path_words": 0.23,
    "path_title": 0.1,
    "size": 0.14,
    "aside": -0.3,
    "facade": -0.15,
}
"""What each signal of `signals` counts in the mixture."""

_TOUCHING = ("words", "definitions", "named", "traced", "path_words")
"""A file for which all of these are zero is never shown."""

_SATURATION = 1.2
_FILE_LENGTH = 0.75
_PIECE_LENGTH = 0.6
_BEST_PIECES = 3


def score(index: Index, paths: Sequence[str], query: Query) -> Ints:
    """One number per file, higher is likelier; minus infinity for files that have nothing to do with the query."""
    found = signals(index, paths, query)
    mixed = np.sum([WEIGHTS[name] * values for name, values in found.items()], axis=0)
    touched = np.sum([found[name] for name in _TOUCHING], axis=0) > 0
    return np.where(touched, mixed, -np.inf)


def signals(index: Index, paths: Sequence[str], query: Query) -> dict[str, Ints]:
    """Each signal's value for every file."""
    places = Places(paths)
    words, pieces = _word_scores(index, query)
    path_words, path_title = places.worded(query)
    return {
        "words": _scaled(words),
        "best_piece": _scaled(_best(index, pieces, 1)),
        "best_pieces": _scaled(_best(index, pieces, _BEST_PIECES)),
        "definitions": _definitions(index, query),
        "members": _members(index, query),
        "around": _around(paths, _scaled(words)),
        "named": places.named(query),
        "traced": places.traced(query),
        "path_words": path_words,
        "path_title": path_title,
        "size": np.log1p(index.file_sizes()) / 12,
        "aside": np.array([float(kind(path) is not SyntaxKind.SOURCE) for path in paths]),
        "facade": np.array([float(path.endswith("__init__.py")) for path in paths]),
    }


@dataclass(frozen=True, slots=True)
class _Hits:
    """Occurrences of the query's words in some kind of document: which word, which document, how often."""

    word: Ints
    document: Ints
    count: Ints
    sizes: Ints

    def bm25(self, weights: Ints, length_share: float) -> Ints:
        """Okapi BM25 of every document, its words weighted (and their rarity already in the weights)."""
        length = (
            1 - length_share + length_share * self.sizes / max(1.0, float(self.sizes.sum()) / max(1, len(self.sizes)))
        )
        gain = self.count * (_SATURATION + 1) / (self.count + _SATURATION * length[self.document])
        return np.bincount(self.document, gain * weights[self.word], len(self.sizes))


def _word_scores(index: Index, query: Query) -> tuple[Ints, Ints]:
    """BM25 of the files and of the pieces; rarity is counted over files in both."""
    files = int(index.files[0])
    wanted = list(query.words)
    word, piece, count = index.occurrences(wanted)
    keys, inverse = np.unique(word * max(1, files) + index.piece_files[piece], return_inverse=True)
    by_file = _Hits(
        word=keys // max(1, files),
        document=keys % max(1, files),
        count=np.bincount(inverse, count, len(keys)),
        sizes=index.file_sizes(),
    )
    spread = np.bincount(by_file.word, minlength=len(wanted))
    rarity = np.log(1 + (files - spread + 0.5) / (spread + 0.5))
    weights = rarity * np.array(list(query.words.values()), float)
    by_piece = _Hits(word, piece, count, index.piece_sizes)
    return by_file.bm25(weights, _FILE_LENGTH), by_piece.bm25(weights, _PIECE_LENGTH)


def _best(index: Index, scores: Ints, most: int) -> Ints:
    """The sum of each file's best pieces."""
    order = np.lexsort((-scores, index.piece_files))
    owners = index.piece_files[order]
    place = np.arange(len(owners)) - np.searchsorted(owners, owners)
    chosen = place < most
    return np.bincount(owners[chosen], scores[order][chosen], int(index.files[0]))


def _definitions(index: Index, query: Query) -> Ints:
    """Files that define what the issue names; a name that is defined all over says little."""
    scores = np.zeros(int(index.files[0]))
    for name, weight in query.names.items():
        shallowest: dict[int, int] = {}
        for file, _, depth in index.definitions(name):
            shallowest[file] = min(depth if depth != VARIABLE else 99, shallowest.get(file, 99))
        for file, depth in shallowest.items():
            scores[file] += weight / len(shallowest) ** 0.8 * (1.0 if depth == 0 else 0.6 if depth == 99 else 0.9)
    most = float(scores.max(initial=0.0))
    return np.minimum(scores, 6.0) / min(most, 6.0) if most > 1 else scores * 0.6


def _members(index: Index, query: Query) -> Ints:
    """Files that define both names of a pair like `Class.method`."""
    scores = np.zeros(int(index.files[0]))
    for segments, weight in query.modules.items():
        for holder, member in pairwise(segments):
            holders = {file for file, _, _ in index.definitions(holder)}
            both = holders & {file for file, _, _ in index.definitions(member)}
            for file in both:
                scores[file] += weight / len(both)
    return np.minimum(scores, 1.0)


def _around(paths: Sequence[str], scores: Ints) -> Ints:
    """The best three scores among the other files of the directory."""
    directories: dict[str, list[int]] = defaultdict(list)
    for number, path in enumerate(paths):
        directories[dirname(path)].append(number)
    around = np.zeros(len(paths))
    for members in directories.values():
        best = sorted((float(scores[n]) for n in members), reverse=True)[:4]
        for n in members:
            others = best.copy()
            if float(scores[n]) in others:
                others.remove(float(scores[n]))
            around[n] = sum(others[:3]) / 3
    return around


def _scaled(scores: Ints) -> Ints:
    return scores / (float(scores.max(initial=0.0)) or 1.0)
