"""The audit log as a file: rows of CSV that no spreadsheet takes for formulas, or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from workflows.store.audit import AuditLine

_COLUMNS = ("id", "at", "who", "source", "what", "run", "detail")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(lines: Iterable[AuditLine]) -> str:
    """With a head; times in seconds since the epoch."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for one in lines:
        detail = json.dumps(one.detail, sort_keys=True)
        writer.writerow([one.id, one.at, *map(cell, (one.who, one.source, one.what, one.run_id, detail))])
    return out.getvalue()


def as_json(lines: Iterable[AuditLine]) -> str:
    """A list of objects."""
    found = [dict(zip(_COLUMNS, (o.id, o.at, o.who, o.source, o.what, o.run_id, o.detail), strict=True)) for o in lines]
    return json.dumps(found, indent=1)


def cell(text: str) -> str:
    """Text that a spreadsheet shows as it is: https://owasp.org/www-community/attacks/CSV_Injection"""
    return f"'{text}" if text.startswith(_FORMULAS) else text
