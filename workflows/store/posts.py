"""Queries over what we posted for runs: which comment or check is ours, and which state of the run it shows.

A post is claimed before it is made. A claim that was never confirmed may have been made all
the same, its answer lost: who takes it over looks for it first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from workflows.store.tables import posts, workflow_runs

GIVEN_UP = "given up"
"""Stands for the digest of a post that was refused: it is tried again when the run changes."""

_LONG_AGO = 1.0


@dataclass(frozen=True, slots=True)
class Post:
    """Something of ours out there. `external_id` is "" until its making was confirmed.

    `digest` is of the text. `at` is the `updated_at` of the run as it is shown; of a claim
    that was not confirmed, when it was made.
    """

    run_id: str
    kind: str
    target: str
    external_id: str = ""
    digest: str = ""
    at: float = 0.0


def claim(db: sa.Connection, run_id: str, kind: str, target: str, now: float, lease: float) -> Post | None:
    """The post as it is, a fresh one with `at` 0.0; None while somebody else may be making it.

    An unconfirmed claim can be taken over after `lease` seconds.
    """
    mine = {"run_id": run_id, "kind": kind, "target": target, "external_id": "", "digest": "", "at": now}
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    if db.execute(insert(posts).values(**mine).on_conflict_do_nothing().returning(posts.c.id)).first() is not None:
        return Post(run_id, kind, target)
    found = find(db, run_id, kind, target)
    if found is None or found.external_id:
        return found
    if not found.digest and found.at + lease > now:
        return None
    same = sa.and_(_the(found), posts.c.at == found.at, posts.c.digest == found.digest, posts.c.external_id == "")
    taken = db.execute(posts.update().where(same).values(digest="", at=now))
    return replace(found, digest="") if taken.rowcount == 1 else None


def release(db: sa.Connection, post: Post) -> None:
    """Give up a claim whose making failed; it may have been made all the same."""
    db.execute(posts.update().where(_the(post), posts.c.external_id == "").values(at=_LONG_AGO))


def confirm(db: sa.Connection, post: Post) -> None:
    """Keep what is out there now."""
    changed = {"external_id": post.external_id, "digest": post.digest, "at": post.at}
    db.execute(posts.update().where(_the(post)).values(**changed))


def find(db: sa.Connection, run_id: str, kind: str, target: str = "") -> Post | None:
    """The post of a run on `target`, or its newest of that kind."""
    query = sa.select(posts).where(posts.c.run_id == run_id, posts.c.kind == kind).order_by(posts.c.id.desc()).limit(1)
    row = db.execute(query.where(posts.c.target == target) if target else query).first()
    return None if row is None else Post(row.run_id, row.kind, row.target, row.external_id, row.digest, row.at)


def behind(
    db: sa.Connection, kind: str, forge: str, *, since: float, until: float | None = None, limit: int = 1000
) -> list[str]:
    """The runs of a forge, last changed between `since` and `until`, whose post of that kind shows an earlier state.

    Dry runs post nothing, so that they are never behind.
    """
    rows, run = posts.c, workflow_runs.c
    confirmed = sa.or_(rows.external_id != "", rows.digest != "")
    shown = sa.select(rows.id).where(rows.run_id == run.id, rows.kind == kind, rows.at >= run.updated_at, confirmed)
    query = (
        sa.select(run.id)
        .where(run.updated_at >= since, run.inputs["forge"].as_string() == forge, ~shown.exists())
        .where(~run.options["dry_run"].as_boolean())
        .order_by(run.updated_at)
        .limit(limit)
    )
    return list(db.scalars(query if until is None else query.where(run.updated_at <= until)))


def _the(post: Post) -> sa.ColumnElement[bool]:
    return sa.and_(posts.c.run_id == post.run_id, posts.c.kind == post.kind, posts.c.target == post.target)
