"""What a run did outside of its tree, as its page lists it: with its address, and what taking it back would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.journal import EffectState, JournalEntry
from workflows.store.records import Run

UNDOING: Mapping[str, str] = {
    "create_branch": "It is deleted, while it holds nothing but this run's commits.",
    "push": "It goes with its branch; on one that stays a commit on top takes it back.",
    "restart_branch": "It stays: what the branch left was taken out of the base.",
    "open_pull": "It is closed with a word why, unless it is merged.",
    "update_pull": "They become what they were, where nobody edited them since.",
    "add_labels": "They are removed, unless somebody put them on since.",
    "request_review": "It is withdrawn where it still stands.",
    "post_comment": "It is deleted, unless somebody edited it.",
    "create_check": "It is concluded as cancelled.",
    "post_review": "A pending one is deleted, a verdict dismissed; mere comments stay.",
    "resolve_thread": "It is opened again.",
    "reply_in_thread": "It is deleted, unless somebody edited it.",
    "create_release": "It is deleted while it is a draft.",
    "write_release": "It becomes what it was, where nobody edited it since.",
    "publish_release": "It stays published.",
}
"""By the journal's word for a kind of effect: design.md tells more. What a rollback would do now, its plan says."""

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
            UNDOING.get(effect.kind, "This version does not know.") if there else "",
            entry.state,
        )


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
