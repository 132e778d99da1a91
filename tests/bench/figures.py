"""What a bench found: figures beside a peer or a bound, and the table they are printed in."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MILLI = 1e-3


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity, in seconds or in its `unit`. `peer` is the same of somebody else's, in the same minute.

    `most` is the bound to hold: of the ratio where there is a peer, else of the seconds. With
    `absolute`, of the seconds although there is a peer. Of "/s" and of shares in "%" it is the least; "" is a count.
    """

    what: str
    seconds: float
    peer: float | None = None
    most: float | None = None
    absolute: bool = False
    unit: str = "s"

    @property
    def ratio(self) -> float | None:
        return self.seconds / self.peer if self.peer else None

    @property
    def holds(self) -> bool:
        """Whether the bound is held; a figure without one always does."""
        if self.most is None:
            return True
        counted = self.seconds if self.absolute or self.ratio is None else self.ratio
        return counted >= self.most if self.unit in ("/s", "%") else counted <= self.most

    def cells(self) -> tuple[str, ...]:
        bound = ""
        if self.most is not None:
            plain = self.ratio is not None and not self.absolute
            unit = self.unit if self.unit in ("MB", "/s", "%") else "s"
            sign = ">=" if self.unit in ("/s", "%") else "<="
            bound = f"{sign} {self.most:g}" if plain else f"{sign} {self.most:g} {unit}"
        return (
            self.what,
            "" if self.ratio is None else f"{self.ratio:.2f}",
            _time(self.seconds, self.unit),
            "" if self.peer is None else _time(self.peer, self.unit),
            bound,
            "" if self.most is None else ("yes" if self.holds else "NO"),
        )


HEADINGS = ("what", "ratio", "ours", "peer", "bound", "held")


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """The lines of a Markdown table."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    yield _line(rows[0], widths)
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    for row in rows[1:]:
        yield _line(row, widths)


def machine() -> str:
    """What the figures were measured on, and how busy it was."""
    return f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, user {os.geteuid()}"


def middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "| " + " | ".join(aligned) + " |"


def _time(seconds: float, unit: str) -> str:
    if unit in ("%", ""):
        return f"{seconds:,.1f} %" if unit else f"{seconds:,.0f}"
    if unit in ("MB", "/s"):
        return f"{seconds:,.0f} {unit}"
    return f"{seconds / MILLI:.2f} ms" if unit == "ms" else f"{seconds:.3f} s"
