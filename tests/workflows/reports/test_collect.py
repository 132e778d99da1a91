"""What a command left behind is brought together, and of what a hostile one left only what can be believed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox.backend import BoxSpec
from tests.fakes.memory_box import MemoryBox, says
from workflows.reports.collect import before, collect, read
from workflows.reports.formats import documents, junit
from workflows.reports.instrument import Instrumented

CASES = '<testcase classname="t" name="one"/><testcase classname="t" name="two"><failure/></testcase>'
XML = f"<testsuite>{CASES}</testsuite>"
SAID = "===== 5 passed in 0.10s =====\n"


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    for name in ("home", "tree"):
        (tmp_path / name).mkdir()
    return MemoryBox(BoxSpec("b", tmp_path / "tree", tmp_path / "home"))


def leaving(box: MemoryBox, text: str = XML) -> Instrumented:
    """A command that wrote a report."""
    (box.spec.home / "r.xml").write_text(text)
    return Instrumented("pytest", file="r.xml", parse=junit.parse)


async def test_where_there_is_a_report_its_numbers_count_and_those_that_were_printed_stand_beside(
    box: MemoryBox,
) -> None:
    report, output = await collect(box, leaving(box), "t1", SAID)
    assert (report.counts.passed, report.counts.failed, report.reported) == (1, 1, True)
    assert report.printed.passed == 5
    assert output == SAID


@pytest.mark.parametrize("text", ["", "<testsuite", "no xml", "\0"])
async def test_where_there_is_none_that_can_be_read_what_was_printed_counts(box: MemoryBox, text: str) -> None:
    report, _ = await collect(box, leaving(box, text), "t1", SAID)
    assert (report.counts.passed, report.reported, report.garbled) == (5, False, False)
    nothing, _ = await collect(box, Instrumented("make"), "t1", SAID, tests=False)
    assert nothing.empty


async def test_a_report_that_leads_elsewhere_is_none(box: MemoryBox, tmp_path: Path) -> None:
    (tmp_path / "outside.xml").write_text(XML)
    instrumented = leaving(box)
    (box.spec.home / "r.xml").unlink()
    (box.spec.home / "r.xml").symlink_to(tmp_path / "outside.xml")
    report, _ = await collect(box, instrumented, "t1", "")
    assert report.empty
    assert read(box.spec.home, "../outside.xml") == b""
    assert read(box.spec.home, "none.xml") == b""


async def test_what_came_garbled_out_of_a_pipe_makes_nothing_that_was_printed_be_believed(box: MemoryBox) -> None:
    piped = Instrumented("pytest", parse=junit.parse, piped="p")
    report, _ = await collect(box, piped, "t1", SAID, piped=b"<testsuite")
    assert (report.garbled, report.counts) == (True, None)
    silent, _ = await collect(box, piped, "t1", SAID, piped=b"")
    assert (silent.garbled, silent.counts.passed) == (False, 5)
    good, _ = await collect(box, piped, "t1", SAID, piped=XML.encode())
    assert (good.counts.passed, good.counts.failed) == (1, 1)


async def test_the_report_of_the_last_of_several_sessions_is_not_taken_for_all_of_them(box: MemoryBox) -> None:
    shared = Instrumented("tox", file="r.xml", parse=junit.parse, shared=True)
    leaving(box)
    one, _ = await collect(box, shared, "t1", SAID)
    assert (one.reported, one.counts.failed) == (True, 1)
    two, _ = await collect(box, shared, "t1", SAID + SAID)
    assert (two.reported, two.counts.failed) == (False, 0)


async def test_reports_that_a_runner_left_in_the_tree_are_added_up_as_far_as_they_can_be_read(box: MemoryBox) -> None:
    for name, text in (("a/TEST-a.xml", XML), ("b/TEST-b.xml", XML.replace('"t"', '"u"')), ("TEST-c.xml", "<x")):
        (box.spec.tree / name).parent.mkdir(exist_ok=True)
        (box.spec.tree / name).write_text(text)
    box.on("^find", says("./a/TEST-a.xml\n./b/TEST-b.xml\n./TEST-c.xml\n./gone.xml\n./../../etc/passwd\n"))
    report, _ = await collect(box, Instrumented("mvn test", in_tree=True), "t1", "")
    assert (report.counts.passed, report.counts.failed) == (2, 2)
    assert "-newer" in box.lines[0]


def test_no_older_report_is_there_when_the_command_begins(tmp_path: Path) -> None:
    lines = before(Instrumented("pytest", file="reports/r.xml", in_tree=True), "t1").replace("/home/box", str(tmp_path))
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/r.xml").write_text(XML)
    subprocess.run(["sh", "-ec", lines], check=True, cwd=tmp_path)
    assert not (tmp_path / "reports/r.xml").exists()
    assert [path.name for path in tmp_path.rglob("*.stamp")] == ["t1.stamp"]
    assert before(Instrumented("make"), "t1") == ""


async def test_what_go_says_as_json_is_read_as_people_know_it(box: MemoryBox) -> None:
    data = b'{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA\\n"}\n'
    (box.spec.home / "go.json").write_bytes(data)
    _, output = await collect(box, Instrumented("go test", file="go.json", parse=documents.go), "t1", "rest\n")
    assert output == "--- FAIL: TestA\nrest\n"
