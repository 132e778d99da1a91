"""What the index keeps of one file: how often each word stands in each of its pieces, and where names are defined.

Words and names are kept as 64-bit digests, so that all of it is plain arrays: small in the
cache, quick to merge, and nothing that could be executed when a damaged cache is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workflows.localize.parsing.definitions import SourceDefinition
from workflows.localize.words import IDENTIFIER, LONGEST, digest, parts

VERSION = 1
"""Raise it when anything about the extraction changes: the cache is keyed by it."""

LARGEST_READ = 600_000
"""Bytes of a file that are looked at."""

_PIECE = 12_000
_DEEPEST_CUT = 1
_MAGIC = b"pwf1"
_NEWLINE = re.compile(rb"\n")
Ints = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Features:
    """One blob. `starts` has one entry more than there are pieces; piece i owns words[starts[i]:starts[i+1]]."""

    starts: Ints
    words: Ints
    counts: Ints
    names: Ints
    lines: Ints
    depths: Ints

    @classmethod
    def empty(cls) -> Features:
        return cls(*(np.zeros(n, t) for n, t in zip((1, 0, 0, 0, 0, 0), _TYPES, strict=True)))

    def to_bytes(self) -> bytes:
        arrays = (self.starts, self.words, self.counts, self.names, self.lines, self.depths)
        sizes = np.array([len(array) for array in arrays], "<i8").tobytes()
        body = sizes + b"".join(array.astype(kind).tobytes() for array, kind in zip(arrays, _TYPES, strict=True))
        return _MAGIC + _check(body) + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Features | None:
        """None where the bytes are not what `to_bytes` wrote."""
        body = data[12:]
        if data[:4] != _MAGIC or data[4:12] != _check(body):
            return None
        sizes, at, arrays = np.frombuffer(body, "<i8", 6), 48, []
        for size, kind in zip(sizes, _TYPES, strict=True):
            arrays.append(np.frombuffer(body, kind, int(size), at))
            at += int(size) * np.dtype(kind).itemsize
        return cls(*arrays)


_TYPES = ("<i4", "<u8", "<u2", "<u8", "<i4", "<i1")


def _check(body: bytes) -> bytes:
    return blake2b(body, digest_size=8).digest()


def extract(files: Sequence[tuple[bytes, list[SourceDefinition]]]) -> list[Features]:
    """The features of many files at once, from their bytes and definitions: the identifiers are split only once."""
    known = _Vocabulary()
    pieces = [_pieces(text[:LARGEST_READ], definitions, known) for text, definitions in files]
    words = known.words()
    return [
        Features(*words.spread(owners, identifiers, count), *_defined(text, definitions))
        for (owners, identifiers, count), (text, definitions) in zip(pieces, files, strict=True)
    ]


class _Vocabulary(dict[bytes, int]):
    """Numbers identifiers as they come."""

    def __missing__(self, identifier: bytes) -> int:
        number = self[identifier] = len(self)
        return number

    def words(self) -> _Words:
        split = [parts(name.decode("utf-8", "replace")) if len(name) <= LONGEST else () for name in self]
        flat = np.fromiter((digest(word) for words in split for word in words), np.uint64)
        lengths = np.fromiter(map(len, split), np.int64, len(split))
        distinct, inverse = np.unique(flat, return_inverse=True)
        return _Words(distinct, inverse, np.concatenate([[0], np.cumsum(lengths)]), lengths)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of each numbered identifier: identifier i has flat[first[i]:first[i+1]]."""

    digests: Ints
    flat: Ints
    first: Ints
    lengths: Ints

    def spread(self, owners: Ints, identifiers: Ints, pieces: int) -> tuple[Ints, Ints, Ints]:
        """From (piece, identifier) for every occurrence to starts, words and counts."""
        pairs, seen = np.unique((owners << 32) | identifiers, return_counts=True)
        number = pairs & 0xFFFFFFFF
        repeats = self.lengths[number]
        ends = np.cumsum(repeats)
        within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - repeats, repeats)
        word = self.flat[np.repeat(self.first[number], repeats) + within]
        keys = (np.repeat(pairs >> 32, repeats) << 32) | word
        order = np.argsort(keys, kind="stable")
        keys, seen = keys[order], np.repeat(seen, repeats)[order]
        heads = np.flatnonzero(np.diff(keys, prepend=-1)) if len(keys) else np.zeros(0, np.int64)
        counts = np.add.reduceat(seen, heads) if len(heads) else np.zeros(0, np.int64)
        starts = np.searchsorted(keys[heads] >> 32, np.arange(pieces + 1))
        return (
            starts.astype("<i4"),
            self.digests[keys[heads] & 0xFFFFFFFF].astype("<u8"),
            np.minimum(counts, 65_535).astype("<u2"),
        )


def _pieces(text: bytes, definitions: list[SourceDefinition], known: _Vocabulary) -> tuple[Ints, Ints, int]:
    """Every identifier of the text by number, the piece it stands in, and how many pieces there are."""
    cuts = {d.offset for d in definitions if 0 <= d.depth <= _DEEPEST_CUT and d.offset < len(text)}
    bounds = sorted({0, len(text), *cuts, *range(0, len(text), _PIECE if not cuts else len(text) + 1)})
    found: list[int] = []
    lengths: list[int] = []
    number = known.__getitem__
    for start, end in pairwise(bounds):
        identifiers = IDENTIFIER.findall(text, start, end)
        found.extend(map(number, identifiers))
        lengths.append(len(identifiers))
    owners = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    return owners, np.array(found, np.int64), len(lengths)


def _defined(text: bytes, definitions: list[SourceDefinition]) -> tuple[Ints, Ints, Ints]:
    """Digests, line numbers (from 1) and depths of the definitions."""
    breaks = np.fromiter((m.start() for m in _NEWLINE.finditer(text)), np.int64)
    offsets = np.array([d.offset for d in definitions], np.int64)
    return (
        np.array([digest(d.name) for d in definitions], "<u8"),
        (np.searchsorted(breaks, offsets) + 1).astype("<i4"),
        np.array([min(d.depth, 100) for d in definitions], "<i1"),
    )
