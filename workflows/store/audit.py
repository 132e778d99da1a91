"""Queries over who asked for what."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import audit_log


def note(db: sa.Connection, who: str, source: str, what: str, run_id: str, detail: Mapping[str, Any]) -> None:
    db.execute(
        audit_log.insert().values(at=time.time(), who=who, source=source, what=what, run_id=run_id, detail=dict(detail))
    )
