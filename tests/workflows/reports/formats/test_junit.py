"""JUnit XML: from a real pytest, from other runners' shapes, and from hostile hands."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.reports.formats import junit, summaries
from workflows.verification import Counts

SUITE = """
import pytest

def test_ok(): pass

@pytest.mark.parametrize("x", [1, "a b"])
def test_p(x): assert x == 1

class TestC:
    def test_m(self): assert False, "boom - really"

@pytest.mark.skip
def test_s(): pass

@pytest.fixture
def bad():
    yield
    raise RuntimeError("teardown")

def test_t(bad): pass
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """The XML and the output of a pytest run with every kind of result."""
    here = tmp_path_factory.mktemp("suite")
    (here / "tests").mkdir()
    (here / "tests/test_a.py").write_text(SUITE)
    (here / "tests/test_b.py").write_text("import nothing_of_that_name")
    flags = ["--junitxml=r.xml", "-o", "junit_family=xunit1", "--continue-on-collection-errors", "-c", "/dev/null"]
    plugins = ["-p", "no:xdist", "-p", "no:asyncio", "-p", "no:hypothesispytest", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "--rootdir", str(here), *plugins, *flags]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    return (here / "r.xml").read_bytes(), done.stdout


def test_a_pytest_report_gives_node_ids_and_counts(real: tuple[bytes, str]) -> None:
    report = junit.parse(real[0])
    assert report is not None
    assert report.counts == Counts(passed=2, failed=4, skipped=1)
    assert set(report.failures) == {
        "tests/test_a.py::test_p[a b]",
        "tests/test_a.py::TestC::test_m",
        "tests/test_a.py::test_t",
        "tests/test_b.py",
    }
    assert report.passed == {"tests/test_a.py::test_ok", "tests/test_a.py::test_p[1]"}


def test_the_printed_summary_names_the_same_failures_as_the_report(real: tuple[bytes, str]) -> None:
    report = junit.parse(real[0])
    assert report is not None
    assert set(summaries.parse(real[1]).failures) == set(report.failures)


def test_surefire_names_are_class_and_method() -> None:
    xml = b"""<testsuite name="a.FooTest" tests="3"><testcase name="works" classname="a.FooTest"/>
    <testcase name="breaks" classname="a.FooTest"><failure message="x">trace</failure></testcase>
    <testcase name="wobbles" classname="a.FooTest"><flakyFailure/></testcase></testsuite>"""
    report = junit.parse(xml)
    assert report is not None
    assert report.failures == ("a.FooTest.breaks",)
    assert report.counts == Counts(passed=2, failed=1)


@pytest.mark.parametrize(
    ("classname", "name"),
    [
        ("tests.test_a.TestA", "tests/test_a.py::TestA::test_x"),
        ("tests.sub.test_b.TestB", "tests/sub/test_b.py::TestB::test_x"),
        ("test_c.TestC.TestInner", "test_c.py::TestC::TestInner::test_x"),
        ("tests.test_a_more.TestD", "tests/test_a_more.py::TestD::test_x"),
        ("tests.test_a", "tests/test_a.py::test_x"),
    ],
)
def test_an_inherited_test_is_named_by_the_module_in_which_it_is_run(classname: str, name: str) -> None:
    xml = f'<testsuite><testcase file="tests/test_a.py" classname="{classname}" name="test_x"/></testsuite>'
    report = junit.parse(xml.encode())
    assert report is not None
    assert report.passed == {name}


def test_memory_addresses_in_names_do_not_make_a_test_another_one() -> None:
    def one(address: str) -> bytes:
        name = f"t[&lt;object at {address}&gt;]"
        return f'<testsuite><testcase name="{name}" classname="m"><error/></testcase></testsuite>'.encode()

    first, second = junit.parse(one("0x7f00aa00")), junit.parse(one("0x7f00bb00"))
    assert first is not None
    assert first == second


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<html/>",
        b"<testsuite><testcase name='a'/>",
        b'<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>',
        b'<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite><testcase name="a"/></testsuite>',
        b'<?xml version="1.0" encoding="no-such-codec"?><testsuite/>',
        b'<?xml version="1.0" encoding="rot13"?><testsuite/>',
    ],
)
def test_what_is_cut_short_has_a_doctype_or_is_something_else_is_no_report(xml: bytes) -> None:
    assert junit.parse(xml) is None


def test_a_report_nested_a_hundred_thousand_deep_does_no_harm() -> None:
    deep = b"<testsuite>" * 100_000 + b'<testcase name="a"/>' + b"</testsuite>" * 100_000
    report = junit.parse(deep)
    assert report is not None
    assert report.counts == Counts(passed=1)


@given(st.binary(max_size=300) | st.text(alphabet="<>/testcasesuite='\" failurename", max_size=300).map(str.encode))
def test_no_input_raises(data: bytes) -> None:
    junit.parse(data)
    junit.parse(b"<testsuite>" + data + b"</testsuite>")
