"""The index of one tree: who uses a word how often, who defines a name; arrays only, ready for scoring."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from workflows.localize.parsing.features import Features, Ints
from workflows.localize.words import digest


@dataclass(frozen=True, slots=True)
class Index:
    """A tree's files by number, cut into pieces (about one function each).

    Word `words[i]` stands `counts[j]` times in piece `pieces[j]`, for j from `first[i]` to
    `first[i + 1]`. Name `names[k]` is defined in file `name_files[k]`; `names` is sorted.
    """

    words: Ints
    first: Ints
    pieces: Ints
    counts: Ints
    piece_files: Ints
    piece_sizes: Ints
    names: Ints
    name_files: Ints
    name_lines: Ints
    name_depths: Ints
    files: Ints
    """One element: how many files there are."""

    @classmethod
    def build(cls, features: Sequence[Features]) -> Index:
        per_file = [len(f.starts) - 1 for f in features]
        per_piece = _joined([np.diff(f.starts) for f in features], np.int32)
        words = _joined([f.words for f in features], np.uint64)
        counts = _joined([f.counts for f in features], np.uint16)
        pieces = np.repeat(np.arange(len(per_piece), dtype=np.int32), per_piece)
        order = np.argsort(words, kind="stable")
        distinct, first = np.unique(words[order], return_index=True)
        sizes = np.bincount(pieces, counts, len(per_piece)).astype(np.float32)
        names = _joined([f.names for f in features], np.uint64)
        by_name = np.argsort(names, kind="stable")
        owners = np.repeat(np.arange(len(features), dtype=np.int32), [len(f.names) for f in features])
        return cls(
            words=distinct,
            first=np.append(first, len(words)).astype(np.int64),
            pieces=pieces[order],
            counts=counts[order],
            piece_files=np.repeat(np.arange(len(features), dtype=np.int32), per_file),
            piece_sizes=sizes,
            names=names[by_name],
            name_files=owners[by_name],
            name_lines=_joined([f.lines for f in features], np.int32)[by_name],
            name_depths=_joined([f.depths for f in features], np.int8)[by_name],
            files=np.array([len(features)]),
        )

    def to_bytes(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, **{field.name: getattr(self, field.name) for field in fields(self)})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Index | None:
        """None where the bytes are not what `to_bytes` wrote (the archive carries checksums)."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                return cls(**{field.name: archive[field.name] for field in fields(cls)})
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
            return None

    def file_sizes(self) -> Ints:
        """Words in each file."""
        return np.bincount(self.piece_files, self.piece_sizes, int(self.files[0]))

    def occurrences(self, words: Sequence[str]) -> tuple[Ints, Ints, Ints]:
        """Every occurrence of the words: number of the word in `words`, piece, count."""
        wanted = np.array([digest(word) for word in words], np.uint64)
        at = np.searchsorted(self.words, wanted)
        number, piece, count = [], [], []
        for n, (place, word) in enumerate(zip(at.tolist(), wanted, strict=True)):
            if place < len(self.words) and self.words[place] == word:
                span = slice(int(self.first[place]), int(self.first[place + 1]))
                piece.append(self.pieces[span])
                count.append(self.counts[span])
                number.append(np.full(span.stop - span.start, n))
        return _joined(number, np.int64), _joined(piece, np.int32), _joined(count, np.uint16).astype(np.float64)

    def definitions(self, name: str) -> list[tuple[int, int, int]]:
        """File, line and depth of each definition of the name."""
        wanted = np.uint64(digest(name))
        start, end = np.searchsorted(self.names, wanted), np.searchsorted(self.names, wanted, "right")
        columns = (self.name_files[start:end], self.name_lines[start:end], self.name_depths[start:end])
        return list(zip(*(column.tolist() for column in columns), strict=True))


def _joined(arrays: Iterable[Ints], kind: type) -> Ints:
    listed = list(arrays)
    return np.concatenate(listed).astype(kind, copy=False) if listed else np.zeros(0, kind)
