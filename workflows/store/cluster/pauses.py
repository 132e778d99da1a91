"""Queries over pauses: what is not to be worked on until somebody has it go on, all of it or single repositories."""

from __future__ import annotations

import time

import sqlalchemy as sa

from workflows.errors import RunError
from workflows.store import audit, run_events
from workflows.store.audit import Asker
from workflows.store.records import Pause
from workflows.store.run_events import EventKind
from workflows.store.tables import audit_log, pauses, workflow_runs
from workflows.store.upserts import upsert

EVERYTHING = ""
"""In the place of a repository: all of them."""


def begin(db: sa.Connection, repository: str, asker: Asker, why: str) -> Pause:
    """Pause a repository, as runs name it, or everything; who did so last, and why, is what people are told.

    Asked twice with one reference (a comment that is handled again) it is done once.
    """
    what = f"pause {repository or 'everything'}"
    if not _done(db, what, asker):
        now = Pause(repository.lower(), asker.name, asker.source, why, time.time())
        _put(db, now)
        audit.note(db, asker.name, asker.source, what, "", {"why": why} | asker.detail)
        run_events.note_all(db, now.repository, EventKind.PAUSED)
        return now
    return exactly(db, repository) or Pause(repository.lower(), asker.name, asker.source, why, time.time())


def _put(db: sa.Connection, pause: Pause) -> None:
    """In one statement: of two who pause at once, the later one waits for the other and has the last word."""
    said = {"who": pause.who, "source": pause.source, "why": pause.why, "at": pause.at}
    new = upsert(db.dialect.name, pauses).values(repository=pause.repository, **said)
    db.execute(new.on_conflict_do_update(index_elements=[pauses.c.repository], set_=said))


def end(db: sa.Connection, repository: str, asker: Asker) -> Pause | None:
    """Have it go on; the pause that was ended, None where there was none. Nothing else that is paused changes."""
    what, was = f"unpause {repository or 'everything'}", exactly(db, repository)
    if was is None or _done(db, what, asker):
        return None
    db.execute(pauses.delete().where(pauses.c.repository == was.repository))
    audit.note(db, asker.name, asker.source, what, "", asker.detail)
    run_events.note_all(db, was.repository, EventKind.PAUSED)
    return was


def holding(db: sa.Connection, repository: str) -> Pause | None:
    """The pause that keeps the runs of a repository from being worked on, None where they may be."""
    here = pauses.c.repository.in_((EVERYTHING, repository.lower()))
    row = db.execute(sa.select(pauses).where(here).order_by(pauses.c.repository).limit(1)).first()
    return None if row is None else _pause(row)


def must_not_hold(db: sa.Connection, repository: str) -> None:
    """RunError where a repository is paused."""
    if (pause := holding(db, repository)) is not None:
        raise RunError(f"{pause.sentence} Nothing was begun.", f"`{pause.ended_by}` has it go on.")


def exactly(db: sa.Connection, repository: str) -> Pause | None:
    """The pause of a repository itself, or with "" that of everything."""
    row = db.execute(sa.select(pauses).where(pauses.c.repository == repository.lower())).first()
    return None if row is None else _pause(row)


def all_of_them(db: sa.Connection) -> list[Pause]:
    """Every pause, that of everything first."""
    return [_pause(row) for row in db.execute(sa.select(pauses).order_by(pauses.c.repository))]


def kept_under(db: sa.Connection, host: str, name: str) -> str:
    """How runs name the repository that its host calls `name` (owner/name): it may have been renamed since."""
    called = workflow_runs.c.inputs["repository"].as_string()
    mine = sa.and_(sa.func.lower(called) == name.lower(), workflow_runs.c.repository.startswith(f"{host}/"))
    newest = sa.select(workflow_runs.c.repository).where(mine).order_by(workflow_runs.c.created_at.desc()).limit(1)
    return str(db.scalar(newest) or f"{host}/{name}")


def _done(db: sa.Connection, what: str, asker: Asker) -> bool:
    if not asker.reference:
        return False
    same = sa.and_(audit_log.c.run_id == "", audit_log.c.what == what, audit_log.c.who == asker.name)
    return any(
        detail.get("reference") == asker.reference for detail in db.scalars(sa.select(audit_log.c.detail).where(same))
    )


def _pause(row: sa.Row[tuple[str, str, str, str, float]]) -> Pause:
    return Pause(row.repository, row.who, row.source, row.why, row.at)
