"""What kind of report one is, as a repository's own labels have it: learned anew each time, and shipped with nothing.

A linear model (softmax over TF-IDF of words) of the issues whose labels say one kind. Words of the title count apart
from those of the body, with their neighbours; headings of a template and the presence of code are words, too. It takes
about two seconds for 300 issues, and the same issues always give the same model.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workflows.effects.items import ListedIssue
from workflows.triage.state import ReportKind

LEAST_EACH = 20
"""Issues of a kind: with fewer that one is not known."""
_MOST_EACH = 120
_MOST_BODY = 4_000
_ROUNDS = 20
_PULL, _KEPT, _SLOWING = 0.8, 1e-4, 0.15
"""How far a step goes at first, how much each forgets, and how fast steps become smaller."""
_STRIDE = 1_009
"""Issues are taken in steps of this prime: neither by kind, nor by chance."""
_SURE = 0.75
"""How far the model's word is trusted where the repository's own labels say something else."""

_WORD = re.compile(r"[^\W\d_][\w'-]+|[?!]")
_CODE = re.compile(r"(```|~~~).*?(?:\1|\Z)", re.DOTALL)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ADDRESS = re.compile(r"https?://\S+")
_HEADING = re.compile(r"^#{1,6} *(.{1,60})", re.MULTILINE)

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class KindPrior:
    """What was learned: for each kind the weights of words, and how rare each word is."""

    weights: Mapping[ReportKind, Weights]
    rarity: Weights
    bias: Mapping[ReportKind, float] = field(default_factory=dict)
    learned_from: int = 0

    def of(self, title: str, body: str) -> dict[ReportKind, float]:
        """How likely each kind is, from 0 to 1."""
        return _shares(self.weights, self.bias, _vector(_words(title, body), self.rarity))


def learn(known: Sequence[ListedIssue], kind_of: Callable[[str], ReportKind | None]) -> KindPrior | None:
    """What labels and types of these issues say, the first of them counting first; None where that is too little."""
    told: dict[ReportKind, list[ListedIssue]] = {}
    for one in known:
        kinds = {kind for name in (*one.labels, one.type) if (kind := kind_of(name)) is not None}
        if len(kinds) == 1:
            told.setdefault(next(iter(kinds)), []).append(one)
    enough = {kind: issues[:_MOST_EACH] for kind, issues in sorted(told.items()) if len(issues) >= LEAST_EACH}
    if len(enough) < 2:
        return None
    rows = [(kind, _words(one.title, one.body)) for kind, issues in enough.items() for one in issues]
    seen = Counter(word for _, words in rows for word in words)
    rarity = {word: 1 + math.log((1 + len(rows)) / (1 + count)) for word, count in seen.items() if count > 1}
    return _fitted(list(enough), [(kind, _vector(words, rarity)) for kind, words in rows], rarity)


def combined(prior: Mapping[ReportKind, float], said: ReportKind) -> ReportKind:
    """The kind that a label tells: the model's, unless the repository's own labels make another one far likelier."""
    if said not in prior or len(prior) < 2:
        return said
    other = (1 - _SURE) / (len(prior) - 1)
    return max(prior, key=lambda kind: (prior[kind] * (_SURE if kind is said else other), kind is said))


def _fitted(kinds: Sequence[ReportKind], rows: Sequence[tuple[ReportKind, Weights]], rarity: Weights) -> KindPrior:
    weights: dict[ReportKind, dict[str, float]] = {kind: dict.fromkeys(rarity, 0.0) for kind in kinds}
    bias = dict.fromkeys(kinds, 0.0)
    stride = _STRIDE if len(rows) % _STRIDE else 1
    for turn in range(_ROUNDS):
        step = _PULL / (1 + turn * _SLOWING)
        for at in range(len(rows)):
            kind, vector = rows[at * stride % len(rows)]
            for one, share in _shares(weights, bias, vector).items():
                by, own = step * ((one is kind) - share), weights[one]
                bias[one] += by / 10
                for word, value in vector.items():
                    own[word] += by * value - step * _KEPT * own[word]
    return KindPrior(weights, rarity, bias, len(rows))


def _shares(
    weights: Mapping[ReportKind, Weights], bias: Mapping[ReportKind, float], vector: Weights
) -> dict[ReportKind, float]:
    scores = {
        kind: bias.get(kind, 0.0) + sum(own.get(word, 0.0) * value for word, value in vector.items())
        for kind, own in weights.items()
    }
    most = max(scores.values())
    powers = {kind: math.exp(score - most) for kind, score in scores.items()}
    whole = sum(powers.values())
    return {kind: power / whole for kind, power in powers.items()}


def _vector(words: Mapping[str, int], rarity: Weights) -> dict[str, float]:
    """A text as the weights of its known words, of length 1 all together."""
    found = {word: (1 + math.log(count)) * rarity[word] for word, count in words.items() if word in rarity}
    length = math.sqrt(sum(value * value for value in found.values())) or 1.0
    return {word: value / length for word, value in found.items()}


def _words(title: str, body: str) -> Counter[str]:
    return Counter(_listed(title[:300], body[:_MOST_BODY]))


def _listed(title: str, body: str) -> Iterator[str]:
    before = "<"
    for word in _WORD.findall(title.lower()):
        yield from (word, f"title {word}", f"title {before} {word}")
        before = word
    text = _HIDDEN.sub(" ", _ADDRESS.sub(" ", _CODE.sub(" # ", body)))
    if _CODE.search(body):
        yield "with code"
    yield from _WORD.findall(text.lower())
    for heading in _HEADING.findall(text):
        yield f"heading {heading.strip().lower()}"
