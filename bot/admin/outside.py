"""What a run did outside of its tree, as its page lists it: with its address, and what taking it back would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.journal import Effect, EffectState, JournalEntry
from workflows.effects.table import EFFECTS
from workflows.store.records import Run

_ON_BRANCH = ("create_branch", "push", "restart_branch", "open_pull")


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """One effect. `address` is "" where it has none, `undoing` where there is nothing to be undone any more."""

    step: str
    what: str
    target: str
    address: str
    undoing: str
    state: EffectState


def outside_rows(run: Run, subject_url: str, entries: Iterable[JournalEntry]) -> list[OutsideRow]:
    """Those of the entries that are effects, oldest first. `subject_url` is where the run's subject is, "" unknown."""
    return list(_rows(_repository_url(run, subject_url), entries))


def _rows(home: str, entries: Iterable[JournalEntry]) -> Iterator[OutsideRow]:
    for entry in entries:
        if (effect := entry.effect) is None:
            continue
        there = entry.state in (EffectState.INTENDED, EffectState.DONE, EffectState.KEPT)
        yield OutsideRow(
            entry.where.step,
            effect.kind.replace("_", " "),
            effect.target,
            _address(home, entry) if there else "",
            _undoing(effect) if there else "",
            entry.state,
        )


def _undoing(effect: Effect) -> str:
    kind = EFFECTS.get(effect.kind)
    return "This version does not know." if kind is None else kind.undoing


def _address(home: str, entry: JournalEntry) -> str:
    effect, told = entry.effect, str(entry.result.get("url") or "")
    assert effect is not None, "it was asked for"
    if told.startswith(("https://", "http://")):
        return told
    if not home:
        return ""
    if effect.kind in _ON_BRANCH:
        return f"{home}/tree/{quote(effect.target, errors='surrogateescape')}"
    number = effect.target.removeprefix("#")
    return f"{home}/issues/{number}" if number.isascii() and number.isdecimal() else ""


def _repository_url(run: Run, subject_url: str) -> str:
    """The address of the run's repository on its forge, "" where that is not known."""
    name = run.subject.repository
    before, between, _ = f"{subject_url}/".partition(f"/{name}/")
    return f"{before}/{name}" if name and between and before.startswith(("https://", "http://")) else ""
