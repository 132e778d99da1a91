"""Queries over the definitions that runs were begun with."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from workflows.store.records import DefinitionRecord, ItemRecord, Run
from workflows.store.tables import workflows
from workflows.values import from_json


def define(db: sa.Connection, record: DefinitionRecord) -> None:
    """Keep a definition; one that is kept already is left as it is."""
    columns = workflows.c
    key = (columns.name == record.name, columns.version == record.version, columns.digest == record.digest)
    if db.execute(sa.select(workflows.c.name).where(*key)).first() is None:
        new = workflows.insert().values(
            name=record.name,
            version=record.version,
            digest=record.digest,
            title=record.title,
            steps=[list(step) for step in record.steps],
            items=[item.to_json() for item in record.items],
            on_failure=record.on_failure,
        )
        with suppress(sa.exc.IntegrityError), db.begin_nested():  # another worker was as quick
            db.execute(new)


def _defined(query: sa.Select[Any], name: str, version: int, digest: str) -> sa.Select[Any]:
    this_one = sa.case((workflows.c.digest == digest, 0), else_=1)
    query = query.where(workflows.c.name == name, workflows.c.version == version)
    return query.order_by(this_one, workflows.c.digest.desc()).limit(1)


def step_titles(db: sa.Connection, name: str, version: int, digest: str) -> dict[str, str]:
    """What each step of a definition is called, as `definition_of` finds it, and what all that run at once are."""
    row = db.execute(_defined(sa.select(workflows.c.steps, workflows.c["items"]), name, version, digest)).first()
    steps, items = row if row is not None else ([], [])
    return {**{item["key"]: item["title"] for item in items}, **dict(steps)}


def step_places(db: sa.Connection, name: str, version: int, digest: str) -> list[tuple[str, ...]]:
    """`DefinitionRecord.places` of a definition as `definition_of` finds it."""
    row = db.execute(_defined(sa.select(workflows.c.steps, workflows.c["items"]), name, version, digest)).first()
    if row is None:
        return []
    steps, items = row
    if not items:
        return [(key,) for key, _ in steps]
    return [(item["key"], *(one["key"] for one in item.get("members", ()))) for item in items]


def definition_of(db: sa.Connection, run: Run) -> DefinitionRecord:
    """What a run was begun with; of another version's worker only the version is known, so any shape of that."""
    row = db.execute(_defined(sa.select(workflows), run.workflow, run.version, run.definition)).one()
    return DefinitionRecord(
        name=row.name,
        version=row.version,
        title=row.title,
        steps=tuple((key, title) for key, title in row.steps),
        items=tuple(from_json(ItemRecord, item) for item in row.items),
        on_failure=row.on_failure,
    )
