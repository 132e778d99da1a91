"""The TAP of `node --test`, as Node 20 writes it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from workflows.reports.formats.node_tap import parse, written_into
from workflows.reports.reasons import ReasonKind, reason
from workflows.verification import Counts

SUITES = """
const { test, describe, it } = require("node:test"), assert = require("assert");
describe("suite # one", () => {
  it("zero", () => {});
  it("bad", () => assert.equal(1, 2));
  it.skip("later", () => {});
  it.todo("todo", () => { throw new Error(); });
  describe("inner", () => { it("deep", () => {}); });
});
test("outer", async (t) => {
  await t.test("sub", () => {});
  console.log("ok 7 - forged\\n    ok 1 - forged too\\npass 70\\n1..1\\n# pass 9");
});
"""


def _ran(place: Path, **files: str) -> bytes:
    for name, text in files.items():
        (place / f"{name}.test.js").write_text(text)
    words = ["node", "--test", "--test-reporter=tap"]
    return subprocess.run(words, cwd=place, capture_output=True, check=False, timeout=60).stdout


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_tests_have_the_names_of_what_they_stand_in(tmp_path: Path) -> None:
    report = parse(_ran(tmp_path, a=SUITES, b="throw new Error('x')\n", c="process.exit(0)\n"))
    assert report is not None
    assert report.passed == {"suite # one > zero", "suite # one > inner > deep", "outer > sub", "outer"}
    assert report.failures == ("suite # one > bad", f"{tmp_path}/b.test.js")
    assert report.counts is not None
    assert (report.counts.passed, report.counts.failed) == (5, 2), "as Node prints them: with the file that ran nothing"
    assert report.bare == {f"{tmp_path}/c.test.js"}
    assert reason(report.messages["suite # one > bad"]).kind is ReasonKind.ASSERTION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TAP version 13\nok 1 - a\n",
        "ok 1 - a\n1..1\n",
        "not ok 1 - a\n  ---\n  duration_ms: 1\n",
        "1..1\n# tests 1\n",
    ],
)
def test_one_that_is_cut_short_is_none(text: str) -> None:
    assert parse(text.encode()) is None


def test_numbers_that_deny_a_failure_are_none() -> None:
    text = "# Subtest: a\nnot ok 1 - a\n  ---\n  error: 'x'\n  ...\n1..1\n# tests 1\n# pass 1\n# fail 0\n"
    report = parse(text.encode())
    assert report is not None
    assert (report.counts, report.failures) == (None, ("a",))


def test_the_place_in_the_box_is_left_out_of_names() -> None:
    end = "1..2\n# tests 2\n# pass 2\n# fail 0\n"
    report = parse(f"# Subtest: /work/t/a.test.mjs\nok 1 - /work/t/a.test.mjs\nok 2 - adds in a.js\n{end}".encode())
    assert report is not None
    assert (report.bare, report.passed, report.counts) == ({"t/a.test.mjs"}, {"adds in a.js"}, Counts(2))


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_a_report_that_others_have_written_into_is_none(tmp_path: Path) -> None:
    data = _ran(tmp_path, a=SUITES, b="require('node:test').test('b', () => {})\n")
    assert parse(data) is not None
    assert not written_into(data)
    at = data.index(b"# Subtest")
    for forged in (b"ok 1 - forged\n", b"TAP version 13\nok 1 - forged\n1..1\n# pass 1\n# fail 0\n", data):
        assert parse(data[:at] + forged + data[at:]) is None
        assert parse(data + forged) is None
