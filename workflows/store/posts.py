"""Queries over what we posted for runs: which comment or check is ours, and which state of the run it shows.

Whoever tells of a run holds a lease, so that what was seen first is also written first. A post
is claimed before it is made: one whose making was never confirmed may have been made all the
same, its answer lost, and is looked for first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa

from workflows.store.tables import posts, workers, workflow_runs
from workflows.store.upserts import upsert
from workflows.values import RunStatus

GIVEN_UP = "given up"
"""Stands for the digest of a post that was refused: it is tried again when the run changes."""
PERHAPS = "0"
"""The id of what was said perhaps: nothing out there has it."""
_NEWEST = 50
NOTHING_TO_SHOW = "nothing to show"
"""Stands for the digest where a run is shown somewhere else, or not at all."""


class Lease(Enum):
    """How the lease of a run's post came to whoever asked for it."""

    FREE = "free"
    TAKEN_OVER = "taken over"
    """Whoever had it never gave it back: what they wrote last may still arrive."""


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


def take_lease(db: sa.Connection, post: Post, me: str, now: float, seconds: float) -> Lease | None:
    """Be the one who writes for so many seconds; None while another worker does.

    One that has left, or that nobody knows, does not count: where there is a single worker it
    need not sign in.
    """
    mine = {"lease": me, "lease_until": now + seconds}
    if _insert(db, post, **mine):
        return Lease.FREE
    row = db.execute(sa.select(posts.c.lease, posts.c.lease_until).where(_the(post)).with_for_update()).one()
    if row.lease not in ("", me) and row.lease_until > now and _works(db, row.lease):
        return None
    db.execute(posts.update().where(_the(post)).values(**mine))
    return Lease.TAKEN_OVER if row.lease else Lease.FREE


def claim(db: sa.Connection, post: Post, now: float) -> Post:
    """The post as it is, about to be made or changed by who has the lease; its `at` is 0.0 where it never was."""
    _insert(db, post)
    row = db.execute(sa.select(posts).where(_the(post))).one()
    if not row.external_id:
        db.execute(posts.update().where(_the(post)).values(at=now))
    return _post(row)


def confirm(db: sa.Connection, post: Post) -> None:
    """Keep what is out there now."""
    changed = {"external_id": post.external_id, "digest": post.digest, "at": post.at}
    db.execute(posts.update().where(_the(post)).values(**changed))


def is_gone(db: sa.Connection, post: Post, now: float) -> None:
    """What is known stands there no more, and another is about to be made, which is only claimed until then."""
    known = sa.and_(_the(post), posts.c.external_id == post.external_id)
    db.execute(posts.update().where(known).values(external_id="", digest="", at=now))


def may_stand(db: sa.Connection, post: Post, now: float) -> None:
    """Keep, right before it is said, that something stands there perhaps from now on: it is not said again then."""
    _insert(db, post)
    unsaid = sa.and_(_the(post), posts.c.external_id == "")
    db.execute(posts.update().where(unsaid).values(external_id=PERHAPS, digest="", at=now))


def stands_not(db: sa.Connection, post: Post) -> None:
    """Take that back, since it was certainly not said."""
    unsaid = sa.and_(_the(post), posts.c.external_id == PERHAPS, posts.c.digest == "")
    db.execute(posts.update().where(unsaid).values(external_id=""))


def give_back(db: sa.Connection, post: Post, me: str, shown: Sequence[Post] = ()) -> bool:
    """Give the lease of `post` back, and keep what is shown; False, and nothing is kept, where another has taken it."""
    held = sa.and_(_the(post), posts.c.lease == me)
    if db.execute(posts.update().where(held).values(lease="", lease_until=0.0)).rowcount != 1:
        return False
    for one in shown:
        confirm(db, one)
    return True


def find(db: sa.Connection, run_id: str, kind: str, target: str = "") -> Post | None:
    """The post of a run on `target`, or its newest of that kind."""
    query = sa.select(posts).where(posts.c.run_id == run_id, posts.c.kind == kind).order_by(posts.c.id.desc()).limit(1)
    row = db.execute(query.where(posts.c.target == target) if target else query).first()
    return None if row is None else _post(row)


def shown_by(db: sa.Connection, kinds: Sequence[str], target: str, external_id: str) -> str:
    """The run that something at a target, or at a part of it (`target!part`), shows; "" where it is none of ours."""
    there = sa.or_(posts.c.target == target, posts.c.target.startswith(f"{target}!", autoescape=True))
    mine = sa.and_(posts.c.kind.in_(kinds), posts.c.external_id == external_id, there)
    return str(db.scalar(sa.select(posts.c.run_id).where(mine).order_by(posts.c.id.desc()).limit(1)) or "")


def newest_number(db: sa.Connection, kinds: Sequence[str], target: str) -> int:
    """The highest number of what stands at a target, or at a part of it, in any run; 0 where nothing does."""
    there = sa.or_(posts.c.target == target, posts.c.target.startswith(f"{target}!", autoescape=True))
    query = sa.select(posts.c.external_id).where(posts.c.kind.in_(kinds), there)
    rows = db.scalars(query.order_by(posts.c.id.desc()).limit(_NEWEST))
    return max((int(one) for one in rows if one.isdecimal()), default=0)


def behind(
    db: sa.Connection,
    kind: str,
    forge: str,
    *,
    since: float,
    until: float | None = None,
    at_rest: bool = False,
    heard: sa.ColumnElement[bool] | None = None,
    limit: int = 1000,
) -> list[str]:
    """The runs last changed between `since` and `until` that a post of that kind shows as they were before, or none.

    With a `forge` ("" is any) only its runs, with `heard` only those for which that holds. `at_rest` asks only for
    those that nothing works on. Dry runs post nothing, so that they are never behind.
    """
    rows, run = posts.c, workflow_runs.c
    confirmed = sa.or_(rows.external_id != "", rows.digest != "")
    mine = sa.select(rows.id).where(rows.run_id == run.id, rows.kind == kind)
    shown = mine.where(rows.at >= run.updated_at, confirmed).exists()
    late = mine.where(sa.or_(rows.at < run.updated_at, ~confirmed)).exists()
    query = (
        sa.select(run.id)
        .where(run.updated_at >= since, sa.or_(~shown, late))
        .where(~run.options["dry_run"].as_boolean())
        .order_by(run.updated_at)
        .limit(limit)
    )
    if forge:
        query = query.where(run.inputs["forge"].as_string() == forge)
    if heard is not None:
        query = query.where(heard)
    if at_rest:
        query = query.where(run.status.not_in((RunStatus.PENDING, RunStatus.RUNNING)))
    return list(db.scalars(query if until is None else query.where(run.updated_at <= until)))


def _insert(db: sa.Connection, post: Post, **more: object) -> bool:
    """Whether the post was new."""
    place = {"run_id": post.run_id, "kind": post.kind, "target": post.target}
    new = upsert(db.dialect.name, posts).values(**place, external_id="", digest="", at=0.0, **more)
    return db.execute(new.on_conflict_do_nothing().returning(posts.c.id)).first() is not None


def _works(db: sa.Connection, worker: str) -> bool:
    query = sa.select(workers.c.id).where(workers.c.id == worker, workers.c.left_at.is_(None))
    return db.execute(query).first() is not None


def _the(post: Post) -> sa.ColumnElement[bool]:
    return sa.and_(posts.c.run_id == post.run_id, posts.c.kind == post.kind, posts.c.target == post.target)


def _post(row: sa.Row[tuple[object, ...]]) -> Post:
    return Post(row.run_id, row.kind, row.target, row.external_id, row.digest, row.at)
