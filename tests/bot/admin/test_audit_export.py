"""The audit log as a file, in the hands of a spreadsheet or a program."""

from __future__ import annotations

import csv
import io
import json

from bot.admin.audit_export import as_csv, as_json
from workflows.store.audit import AuditLine

HOSTILE = '=HYPERLINK("http://x")'


def line(at: int, who: str = "alice", what: str = "start", **detail: object) -> AuditLine:
    return AuditLine(at, 1_700_000_000.5, who, "api", what, "r1", detail)


def test_a_log_without_lines_is_a_head_or_an_empty_list() -> None:
    assert list(csv.reader(io.StringIO(as_csv([])))) == [["id", "at", "who", "source", "what", "run", "detail"]]
    assert json.loads(as_json([])) == []


def test_every_line_comes_back_as_it_was() -> None:
    lines = [line(1, number=7, words='a "b",\nc'), line(2, "ä\u2028", "abort")]
    head, *rows = csv.reader(io.StringIO(as_csv(lines)))
    assert [dict(zip(head, row, strict=True))["who"] for row in rows] == ["alice", "ä\u2028"]
    assert json.loads(rows[0][-1]) == {"number": 7, "words": 'a "b",\nc'}
    assert float(rows[0][1]) == 1_700_000_000.5
    told = json.loads(as_json(lines))
    assert told[0] == {
        "id": 1,
        "at": 1_700_000_000.5,
        "who": "alice",
        "source": "api",
        "what": "start",
        "run": "r1",
        "detail": {"number": 7, "words": 'a "b",\nc'},
    }


def test_no_spreadsheet_takes_what_somebody_wrote_for_a_formula() -> None:
    for text in (HOSTILE, "+1", "-1", "@x", "\t=1", "\r=1"):
        _, row = csv.reader(io.StringIO(as_csv([line(1, who=text, what=text)]), newline=""))
        assert row[2] == row[4] == f"'{text}"
    assert json.loads(as_json([line(1, who=HOSTILE)]))[0]["who"] == HOSTILE
