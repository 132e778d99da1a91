"""Queries over who asked for what."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import audit_log


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something, and from where ("cli", "github", "telegram", "admin", "api", "sweep").

    `reference` is what it was asked with (a comment and the delivery that brought it): by
    that, what is carried out twice after a crash is done once. "" where there is no such thing.
    """

    name: str
    source: str
    reference: str = ""

    @property
    def detail(self) -> dict[str, Any]:
        """What the audit log keeps beside the name."""
        return {"reference": self.reference} if self.reference else {}


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """`what` was asked by `who` from `source`; `reference` is the comment that said it, "" where there was none.

    `refused` says why nothing was done, "" where it was.
    """

    at: float
    who: str
    source: str
    what: str
    reference: str
    refused: str = ""


def note(db: sa.Connection, who: str, source: str, what: str, run_id: str, detail: Mapping[str, Any]) -> None:
    db.execute(
        audit_log.insert().values(at=time.time(), who=who, source=source, what=what, run_id=run_id, detail=dict(detail))
    )


def of_run(db: sa.Connection, run_id: str) -> list[AuditRequest]:
    """Everything that was asked of a run, oldest first."""
    rows = db.execute(sa.select(audit_log).where(audit_log.c.run_id == run_id).order_by(audit_log.c.id))
    return [_request(row) for row in rows]


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A row of the log, with the run that it is about ("" for none) and what was noted beside."""

    id: int
    at: float
    who: str
    source: str
    what: str
    run_id: str
    detail: Mapping[str, Any]


def listed(
    db: sa.Connection,
    *,
    who: str = "",
    source: str = "",
    run_id: str = "",
    words: str = "",
    before: int = 0,
    limit: int,
) -> list[AuditLine]:
    """Rows, newest first; what is empty bounds nothing. `before` is a row's number, 0 for the newest."""
    rows = audit_log.c
    query = sa.select(audit_log)
    for column, wanted in ((rows.who, who), (rows.source, source), (rows.run_id, run_id)):
        if wanted:
            query = query.where(column == wanted)
    if words:
        query = query.where(rows.what.icontains(words, autoescape=True))
    if before:
        query = query.where(rows.id < before)
    found = db.execute(query.order_by(rows.id.desc()).limit(limit))
    return [AuditLine(row.id, row.at, row.who, row.source, row.what, row.run_id, row.detail) for row in found]


def refuse(db: sa.Connection, asker: Asker, what: str, run_id: str, why: str) -> None:
    """Note what was asked in vain; once, also where it is handled twice."""
    rows = audit_log.c
    mine = sa.and_(rows.run_id == run_id, rows.who == asker.name, rows.what == what)
    for detail in db.scalars(sa.select(rows.detail).where(mine)):
        if "refused" in detail and detail.get("reference", "") == asker.reference:
            return
    note(db, asker.name, asker.source, what, run_id, {"refused": why} | asker.detail)


def knows(db: sa.Connection, run_id: str, reference: str) -> bool:
    """Whether something was done to the run with this reference."""
    return bool(reference) and detail_of(db, run_id, reference) is not None


def detail_of(db: sa.Connection, run_id: str, reference: str) -> Mapping[str, Any] | None:
    """What was noted beside what was done with this reference, None where nothing was."""
    rows = audit_log.c
    details = db.scalars(sa.select(rows.detail).where(rows.run_id == run_id).order_by(rows.id.desc()))
    done = (detail for detail in details if "refused" not in detail)
    return next((detail for detail in done if detail.get("reference") == reference), None)


def note_once(db: sa.Connection, who: str, source: str, what: str) -> bool:
    """Note what is no run's; False where the same was noted before."""
    rows = audit_log.c
    same = sa.and_(rows.who == who, rows.source == source, rows.what == what, rows.run_id == "")
    if db.execute(sa.select(rows.id).where(same).limit(1)).first() is not None:
        return False
    note(db, who, source, what, "", {})
    return True


def _request(row: Any) -> AuditRequest:
    detail = row.detail
    refused, reference = str(detail.get("refused", "")), str(detail.get("reference", ""))
    return AuditRequest(row.at, row.who, row.source, row.what, reference, refused)
