"""Reports come from hostile processes: whatever their bytes are, they are a report or none, and soon."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.mutations import damaged, disfigured
from workflows.reports import dead
from workflows.reports.formats import complaints, documents, junit, summaries
from workflows.reports.values import Report
from workflows.verification import CheckKind, CheckRun

XML = (
    b'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" tests="2" failures="1">'
    b'<testcase classname="tests.test_a" name="test_x" file="tests/test_a.py"><failure>t</failure></testcase>'
    b'<testcase classname="tests.test_a" name="test_y"><skipped/></testcase></testsuite></testsuites>'
)
JEST = {
    "testResults": [
        {
            "name": "/work/a.test.js",
            "status": "failed",
            "assertionResults": [{"title": "t", "ancestorTitles": ["s"], "status": "failed", "fullName": "s t"}],
        }
    ]
}
MOCHA = {"stats": {"passes": 1}, "passes": [{"fullTitle": "a b"}], "failures": [{"title": "c"}], "pending": []}
RSPEC = {
    "examples": [{"file_path": "./a_spec.rb", "full_description": "is", "status": "passed"}],
    "summary": {"errors_outside_of_examples_count": 1},
}
GO = b"""{"Action":"run","Package":"p","Test":"T"}
{"Action":"output","Package":"p","Output":"x\\n"}
{"Action":"fail","Package":"p","Test":"T"}
"""
TEXT = """============ 1 failed, 2 passed in 0.12s ============
FAILED tests/test_a.py::test_x - assert 1 == 2
Ran 3 tests in 0.1s

FAILED (failures=1)
 Tests  1 failed | 2 passed
  1) test adds (AdderTest)
1 test, 1 failure
Failed!  - Failed: 1, Passed: 2
  Failed Adds [3 ms]
ok 1 - adds
not ok 2 - subtracts
1..2
src/a.py:3:1: E501 line too long
src/a.py:4: error: wrong  [misc]
would reformat src/b.py
bash: line 1: nonsense: command not found
"""
_odd = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@_odd
@given(damaged(XML) | st.binary(max_size=100))
def test_any_bytes_are_junit_or_none(data: bytes) -> None:
    found = junit.parse(data)
    assert found is None or isinstance(found, Report)


@pytest.mark.parametrize("encoding", ["utf-7", "idna", "rot13", "unicode_escape", "x" * 500, "utf-16", "\u00e9"])
def test_an_encoding_that_is_none_is_no_report(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="a"/></testsuite>'
    found = junit.parse(head.encode())
    assert found is None or isinstance(found, Report)


@pytest.mark.parametrize("real", [JEST, MOCHA, RSPEC], ids=["jest", "mocha", "rspec"])
def test_any_json_is_a_report_or_none(real: object) -> None:
    @_odd
    @given(disfigured(real).map(lambda one: json.dumps(one).encode()) | damaged(json.dumps(real).encode()))
    def holds(data: bytes) -> None:
        for read in (documents.jest, documents.mocha, documents.rspec, documents.go):
            found = read(data)
            assert found is None or isinstance(found, Report)

    holds()


@pytest.mark.parametrize(
    "data", [b"[" * 200_000, b'{"testResults":' * 50_000, b"9" * 5_000, b"NaN", b"\xff\xfe", b"", b"\0" * 9]
)
def test_deep_and_odd_json_is_no_report(data: bytes) -> None:
    assert documents.jest(data) is documents.mocha(data) is documents.rspec(data) is None
    assert documents.go(data) == Report()  # among whose events are words that are none


@_odd
@given(damaged(GO))
def test_any_events_of_go_are_read(data: bytes) -> None:
    found = documents.go(data)
    assert found is None or isinstance(found, Report)
    assert isinstance(documents.go_text(data), str)


@_odd
@given(damaged(TEXT.encode()).map(lambda data: data.decode("utf-8", "replace")))
def test_any_output_is_read(text: str) -> None:
    report = summaries.parse(text)
    assert report.counts is None or min(report.counts.passed, report.counts.failed, report.counts.skipped) >= 0
    assert isinstance(complaints.parse(text).all, tuple)
    dead.why_dead("pytest", CheckRun(exit_code=2, seconds=1.0), text, kind=CheckKind.TEST)
    dead.threshold(text)


READERS: tuple[Callable[[str], object], ...] = (summaries.parse, complaints.parse, dead.threshold)


@pytest.mark.parametrize(
    "begin", ["  1) ", "  Failed x", "FAILED ", " FAIL  ", "a.py:1: ", "--> a", "not ok 1 - ", "w > "]
)
@pytest.mark.parametrize("unit", [" (", " [", "::", " > ", "a.", " "])
def test_no_line_makes_the_reading_slow(begin: str, unit: str) -> None:
    """Half a megabyte of lines that each pattern nearly fits: what looks twice at each would take minutes."""
    line = (begin + unit * 1000)[:1990]
    text = "\n".join([TEXT, *[line] * 250])
    for read in READERS:
        read(text)
