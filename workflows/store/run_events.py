"""The feed: each change of a run leaves a row, in its transaction, and whoever follows reads on from a cursor.

Numbers are given when a row is written and seen when its transaction has ended. On SQLite that is one order; on
Postgres a number may turn up behind higher ones. So a cursor knows which numbers below its last one it has not seen,
and asks for them too, until every transaction that was under way then has ended: what is still missing was
taken back. Nothing waits for a transaction that is slow, and nothing is skipped.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import sqlalchemy as sa

from workflows.errors import UserError
from workflows.store.database import NOTED
from workflows.store.tables import run_events, workflow_runs

MOST = 500
"""Rows that are read at once."""
_MOST_GAPS = 1000
"""Numbers that may be on their way at once: a few for each connection that writes."""
CURSOR_PATTERN = r"([0-9]{1,18})((?:\.[0-9]{1,18}(?:-[0-9]{1,18})?@[0-9]{1,20})*)"
"""How a cursor is written, for whoever describes it to others."""

_CURSOR = re.compile(CURSOR_PATTERN)
_GAP = re.compile(r"\.(\d+)(?:-(\d+))?@(\d+)")


class EventKind(StrEnum):
    """What happened to a run. A status is told by its own name, also where a run at work comes to its next step."""

    STARTED = "started"
    ADMITTED = "admitted"
    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled_back"
    PAUSED = "paused"
    """Its repository, or everything: or that has ended."""
    STEP = "step"
    """An attempt at a step began, ended, or says something new."""
    STATE = "state"
    """What its steps gathered, or its options."""
    COST = "cost"


RESTING = frozenset(
    {EventKind.WAITING, EventKind.COMPLETED, EventKind.FAILED, EventKind.ABORTED, EventKind.ROLLED_BACK}
)
"""Nothing works on the run from here on, so there may be nobody who tells of it."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """A run has changed; how it is now is read from the run. `at` in seconds since the epoch, by who wrote it."""

    id: int
    run_id: str
    repository: str
    kind: EventKind
    at: float


@dataclass(frozen=True, slots=True)
class Which:
    """The events that somebody wants; by default all."""

    run_id: str = ""
    repositories: frozenset[str] | None = None
    kinds: frozenset[EventKind] | None = None

    def holds(self, event: RunEvent) -> bool:
        return (
            self.run_id in ("", event.run_id)
            and (self.repositories is None or event.repository in self.repositories)
            and (self.kinds is None or event.kind in self.kinds)
        )


ALL = Which()


@dataclass(frozen=True, slots=True)
class Cursor:
    """What somebody has seen: all up to `last`, but for `gaps`, pairs of a number and the transaction that ends it.

    As text it is short, opaque, and fit for a header.
    """

    last: int = 0
    gaps: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The cursor of that text; UserError where it is none of ours."""
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise UserError(f"{text[:60]!r} is no cursor of this feed.", "Begin without one.")
        gaps = list[tuple[int, int]]()
        for first, last, ends in _GAP.findall(found[2]):
            numbers = range(int(first), int(last or first) + 1)
            gaps += ((number, int(ends)) for number in numbers[:_MOST_GAPS])
        return cls(int(found[1]), tuple(sorted(gaps)[-_MOST_GAPS:]))

    def __str__(self) -> str:
        return f"{self.last}" + "".join(_ranges(self.gaps))

    def covers(self, number: int) -> bool:
        """Whether the event of that number was seen."""
        return number <= self.last and all(number != gap for gap, _ in self.gaps)

    def joined(self, other: Cursor) -> Cursor:
        """What one of the two has seen."""
        missing = {gap: ends for gap, ends in (*self.gaps, *other.gaps) if not (self.covers(gap) or other.covers(gap))}
        return Cursor(max(self.last, other.last), tuple(sorted(missing.items())))


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order of their numbers, and where to read on; at once where there are `more`.

    Where it is not `whole`, events behind the cursor are gone, or the cursor is of another database: look at
    everything anew.
    """

    events: tuple[RunEvent, ...]
    cursor: Cursor
    more: bool = False
    whole: bool = True


def note(db: sa.Connection, run_id: str, kind: EventKind) -> None:
    """Say that a run has changed, behind the change itself and in its transaction."""
    db.execute(_NOTE, {"of": run_id, "what": kind.value, "now": time.time()})
    db.info[NOTED] = True


def note_all(db: sa.Connection, repository: str, kind: EventKind) -> None:
    """The same of all that goes on in a repository (in lower case; "" is any)."""
    alive = workflow_runs.c.status.in_(("pending", "running"))
    mine = sa.func.lower(workflow_runs.c.repository) == repository
    some = _noted(sa.and_(alive, mine) if repository else alive)
    db.execute(some, {"what": kind.value, "now": time.time()})
    db.info[NOTED] = True


def _noted(where: sa.ColumnElement[bool]) -> sa.Insert:
    run = workflow_runs.c
    values = sa.bindparam("what", type_=sa.Text), sa.bindparam("now", type_=sa.Float)
    return run_events.insert().from_select(
        ["run_id", "repository", "kind", "at"], sa.select(run.id, run.repository, *values).where(where)
    )


_NOTE = _noted(workflow_runs.c.id == sa.bindparam("of"))
"""Made once: it is written several times in each step of a run."""


def latest(db: sa.Connection) -> Cursor:
    """Where the feed is now: what begins from here is seen, and what is just being written."""
    last = db.scalar(sa.select(sa.func.max(run_events.c.id))) or 0
    if db.dialect.name != "postgresql" or not last:
        return Cursor(last)
    begin = max(last - _MOST_GAPS, (_first(db) or 1) - 1)
    numbers = db.scalars(sa.select(run_events.c.id).where(run_events.c.id.between(begin + 1, last)))
    return Cursor(last, _with_ends(db, _missing(begin, numbers)))


def since(db: sa.Connection, cursor: Cursor, which: Which = ALL, limit: int = MOST) -> Page:
    """The events behind the cursor, of up to `limit` rows that are looked at."""
    is_over = _what_is_over(db) if cursor.gaps else _anything
    row = run_events.c
    behind = sa.or_(row.id > cursor.last, row.id.in_([number for number, _ in cursor.gaps]))
    rows = db.execute(sa.select(run_events).where(behind).order_by(row.id).limit(limit)).all()
    if not rows and cursor.last > (newest := db.scalar(sa.select(sa.func.max(row.id))) or 0):
        return Page((), Cursor(newest), whole=False)
    seen = {one.id for one in rows}
    last = max(seen | {cursor.last})
    looked_to = rows[-1].id if len(rows) == limit else last
    gaps = tuple(
        (number, ends)
        for number, ends in cursor.gaps
        if number not in seen and not (number < looked_to and is_over(ends))
    )
    if db.dialect.name == "postgresql":
        gaps += _with_ends(db, _missing(cursor.last, sorted(number for number in seen if number > cursor.last)))
    events = (RunEvent(one.id, one.run_id, one.repository, EventKind(one.kind), one.at) for one in rows)
    return Page(
        tuple(event for event in events if which.holds(event)),
        Cursor(last, gaps[-_MOST_GAPS:]),
        more=len(rows) == limit,
        whole=not cursor.last or cursor.last >= (_first(db) or 1) - 1,
    )


def forget(db: sa.Connection, before: float, most: int) -> int:
    """Remove up to `most` of the oldest events of before that time; how many there were. The newest one always stays.

    Only from the lower end, so that whoever comes with an older cursor can be told.
    """
    row = run_events.c
    newest = db.scalar(sa.select(sa.func.max(row.id)))
    gone = 0
    for one in db.execute(sa.select(row.id, row.at).order_by(row.id).limit(most)):
        if one.at >= before or one.id == newest:
            break
        gone = one.id
    return db.execute(run_events.delete().where(row.id <= gone)).rowcount if gone else 0


def count(db: sa.Connection, before: float) -> int:
    """How many events of before that time could be removed."""
    row = run_events.c
    newest = sa.select(sa.func.max(row.id)).scalar_subquery()
    old = sa.and_(row.at < before, row.id < newest)
    return db.scalar(sa.select(sa.func.count()).select_from(run_events).where(old)) or 0


# --- numbers that have not turned up ---------------------------------------------------------------


def _first(db: sa.Connection) -> int | None:
    first: int | None = db.scalar(sa.select(sa.func.min(run_events.c.id)))
    return first


def _missing(begin: int, numbers: Iterable[int]) -> list[int]:
    """The numbers between `begin` and the last of `numbers` that are not among them; of many, the highest."""
    there = sorted(numbers)
    if not there:
        return []
    known, begin = set(there), max(begin, there[-1] - _MOST_GAPS)
    return [number for number in range(begin + 1, there[-1]) if number not in known]


def _with_ends(db: sa.Connection, numbers: Collection[int]) -> tuple[tuple[int, int], ...]:
    """Each with the first transaction that has not begun: when all before it are over, the number never comes."""
    if not numbers:
        return ()
    ends = int(db.execute(sa.text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")).scalar_one())
    return tuple((number, ends) for number in numbers)


def _what_is_over(db: sa.Connection) -> Callable[[int], bool]:
    """Whether all transactions before that one are over; also where it is of another cluster, from a backup.

    To be asked before the rows are read.
    """
    if db.dialect.name != "postgresql":
        return _anything
    text = "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() AS s"
    eldest, coming = (int(number) for number in db.execute(sa.text(text)).one())
    return lambda ends: ends <= eldest or ends > coming


def _anything(ends: int) -> bool:
    return True


def _ranges(gaps: Iterable[tuple[int, int]]) -> Iterator[str]:
    """`.5-7@900` for three numbers in a row that end alike."""
    for _, group in groupby(enumerate(gaps), key=lambda at: (at[1][0] - at[0], at[1][1])):
        row = [gap for _, gap in group]
        first, last = row[0][0], row[-1][0]
        yield f".{first}{'' if first == last else f'-{last}'}@{row[0][1]}"
