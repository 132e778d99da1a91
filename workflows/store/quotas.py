"""Queries over what GitHub said last is left of its limits: whoever asks it writes it down, for the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.store.tables import github_quotas
from workflows.store.upserts import upsert

_KEPT_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """`left` of `most` requests of a kind until `resets_at`; `whose` is the App, or an installation by its number."""

    whose: str
    kind: str
    most: int
    left: int
    resets_at: float
    at: float


def keep(db: sa.Connection, lines: Sequence[QuotaLine], now: float) -> None:
    """Keep them, each unless another process has seen something newer; those of yesterday go."""
    for one in lines:
        fresh = {"most": one.most, "remaining": one.left, "resets_at": one.resets_at, "at": one.at}
        row = upsert(db.dialect.name, github_quotas).values(whose=one.whose, kind=one.kind, **fresh)
        newer = row.excluded.at >= github_quotas.c.at
        db.execute(row.on_conflict_do_update(index_elements=["whose", "kind"], set_=fresh, where=newer))
    db.execute(github_quotas.delete().where(github_quotas.c.at < now - _KEPT_SECONDS))


def all_of_them(db: sa.Connection, now: float, limit: int = 200) -> list[QuotaLine]:
    """Those with the least left first; what was reset meanwhile is whole again."""
    row = github_quotas.c
    left = sa.case((row.resets_at <= now, row.most), else_=row.remaining)
    query = sa.select(row.whose, row.kind, row.most, left, row.resets_at, row.at)
    query = query.order_by(left, row.whose, row.kind)
    return [QuotaLine(*one) for one in db.execute(query.limit(limit))]
