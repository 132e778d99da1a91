"""Small charts as SVG, drawn here: bars by day, with their numbers as text for who sees no picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _FOOT = 640.0, 120.0, 18.0


@dataclass(frozen=True, slots=True)
class Pile:
    """A bar: its label, and parts from below, each a value and the class that colours it."""

    label: str
    parts: Sequence[tuple[float, str]]
    words: str

    @property
    def height(self) -> float:
        return sum(value for value, _ in self.parts)


def bars(piles: Sequence[Pile], title: str, *, scale: str) -> Markup:
    """A chart; the largest bar is as high as it is, and `scale` ("{:,.0f}") writes how much that is."""
    largest = max((pile.height for pile in piles), default=0.0)
    most = largest or 1.0
    wide = _WIDTH / max(len(piles), 1)
    drawn = [_pile(pile, at * wide, wide, most) for at, pile in enumerate(piles)]
    labels = [(0, "start"), (len(piles) - 1, "end")] if piles else []
    words = [
        Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
            0 if anchor == "start" else _WIDTH, _HEIGHT + _FOOT - 4, anchor, piles[at].label
        )
        for at, anchor in labels
    ]
    words.append(Markup('<text x="0" y="12">{}</text>').format(scale.format(largest) if largest else "none"))
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        int(_WIDTH), int(_HEIGHT + _FOOT), title
    )
    return head + Markup().join([*drawn, *words]) + Markup("</svg>")


def _pile(pile: Pile, x: float, wide: float, most: float) -> Markup:
    found, y = Markup(""), _HEIGHT
    for value, kind in pile.parts:
        high = value / most * (_HEIGHT - 4)
        y -= high
        if high:
            found += Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"></rect>').format(
                kind, x + wide * 0.1, y, wide * 0.8, high
            )
    return Markup("<g><title>{}</title>{}</g>").format(escape(pile.words), found)
