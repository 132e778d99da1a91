"""The audit log as a file: rows of CSV that no spreadsheet takes for formulas, or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from bot.view.documents import csv_cell
from workflows.store.audit import AuditLine

_COLUMNS = ("id", "at", "who", "source", "what", "run", "detail")


def as_csv(lines: Iterable[AuditLine]) -> str:
    """With a head; times in seconds since the epoch."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for one in lines:
        detail = json.dumps(one.detail, sort_keys=True)
        writer.writerow([one.id, one.at, *map(csv_cell, (one.who, one.source, one.what, one.run_id, detail))])
    return out.getvalue()


def as_json(lines: Iterable[AuditLine]) -> str:
    """A list of objects."""
    found = [dict(zip(_COLUMNS, (o.id, o.at, o.who, o.source, o.what, o.run_id, o.detail), strict=True)) for o in lines]
    return json.dumps(found, indent=1)
