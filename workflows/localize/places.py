"""Files that an issue names: by path, by dotted module, by the frames of a stack trace, by words of their path."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from posixpath import basename

import numpy as np

from workflows.localize.languages import leaf_name, module
from workflows.localize.parsing.features import Ints
from workflows.localize.query import Query
from workflows.localize.words import STOP, parts

_COMMON = frozenset({"__init__.py", "index.js", "index.ts", "base.py", "utils.py", "models.py", "mod.rs", "lib.rs"})


class Places:
    """The paths of a tree, ready to be found by what people write of them. Scores go by the number of the path."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._segments = [path.split("/") for path in paths]
        self._modules = [module(path).split("/") for path in paths]
        self._by_file: dict[str, list[int]] = defaultdict(list)
        self._by_module: dict[str, list[int]] = defaultdict(list)
        for number, path in enumerate(paths):
            self._by_file[basename(path)].append(number)
            self._by_module[self._modules[number][-1]].append(number)

    def named(self, query: Query) -> Ints:
        """How plainly each file is named by path or dotted module, from 0 to 1."""
        scores = np.zeros(len(self._paths))
        for path, weight in query.paths.items():
            for number, share in self._by_path(path):
                scores[number] += share * weight
        for segments, weight in query.modules.items():
            self._add_module(scores, segments, weight)
        scores = np.minimum(scores, 3.0)
        return scores / max(1.0, float(scores.max(initial=0.0)))

    def traced(self, query: Query) -> Ints:
        """Files in the stack traces, from 0 to 1: the deepest frame inside of the repository says most."""
        scores = np.zeros(len(self._paths))
        for depth, frame in enumerate(query.frames, 1):
            for number, share in self._by_path(frame.path):
                scores[number] = max(scores[number], share * (0.4 + 0.6 * depth / len(query.frames)))
        return scores

    def worded(self, query: Query) -> tuple[Ints, Ints]:
        """How much of each path the issue's words are, rare words counting more; and how much the title's are."""
        leaves = [frozenset(parts(leaf_name(path))) for path in self._paths]
        known: dict[str, tuple[str, ...]] = {}
        around = [
            frozenset(word for step in segments[:-1] for word in known.setdefault(step, parts(step)))
            for segments in self._segments
        ]
        spread = Counter(word for leaf, above in zip(leaves, around, strict=True) for word in leaf | above)
        rarity = {
            word: math.log(1 + len(self._paths) / spread[word]) * weight
            for word, weight in query.words.items()
            if word in spread and word not in STOP
        }
        wanted = rarity.keys()
        scores = np.zeros(len(self._paths))
        titles = np.zeros(len(self._paths))
        for number, (leaf, above) in enumerate(zip(leaves, around, strict=True)):
            gain = sum(rarity[word] for word in leaf & wanted) + 0.4 * sum(rarity[w] for w in (above - leaf) & wanted)
            scores[number] = gain / (1 + 0.15 * len(leaf))
            titles[number] = len(leaf & query.title) / max(1, len(leaf))
        return scores / (float(scores.max(initial=0.0)) or 1.0), titles

    def _by_path(self, path: str) -> list[tuple[int, float]]:
        """The files whose paths agree longest with this one from the end, with their shares."""
        wanted = path.split("/")
        agreed = [(self._agreement(self._segments[n], wanted), n) for n in self._by_file.get(wanted[-1], ())]
        if not agreed:
            return []
        most = max(length for length, _ in agreed)
        best = [number for length, number in agreed if length == most]
        if most < 2 and wanted[-1] in _COMMON and len(best) > 2:
            return []
        share = (1.0 if most > 1 or len(wanted) == 1 else 0.8) / len(best)
        return [(number, share) for number in best]

    def _add_module(self, scores: Ints, segments: tuple[str, ...], weight: float) -> None:
        """`a.b.c` names the module a/b/c, else a/b with something called c in it, else a."""
        for length in range(len(segments), 0, -1):
            wanted = segments[:length]
            found = [
                n
                for n in self._by_module.get(wanted[-1], ())
                if self._agreement(self._modules[n], wanted) == min(length, len(self._modules[n])) == length
            ]
            if found and (length > 1 or (len(found) == 1 and len(segments) > 1 and len(wanted[0]) > 3)):
                for n in found:
                    facade = 0.7 if self._paths[n].endswith("__init__.py") else 1.0
                    scores[n] += weight * facade * min(length, 3) / 3 / len(found) ** 0.7
                return

    @staticmethod
    def _agreement(have: Sequence[str], wanted: Sequence[str]) -> int:
        """How many segments are the same, counted from the end."""
        length = 0
        while length < min(len(have), len(wanted)) and have[-1 - length] == wanted[-1 - length]:
            length += 1
        return length
