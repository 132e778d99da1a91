"""JSON reports of Jest, Vitest, Mocha, RSpec and Go."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.reports.formats import documents
from workflows.reports.values import Report
from workflows.verification import Counts

PARSERS = [documents.jest, documents.mocha, documents.rspec, documents.go]


def _bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def test_jest_names_file_suites_and_title() -> None:
    case = {"ancestorTitles": ["sum"], "title": "adds", "status": "failed"}
    fine = {"ancestorTitles": [], "title": "is", "status": "passed"}
    todo = {"ancestorTitles": [], "title": "later", "status": "todo"}
    report = documents.jest(
        _bytes({"testResults": [{"name": "/work/src/a.test.js", "assertionResults": [case, fine, todo]}]})
    )
    assert report == Report(Counts(1, 1, 1), ("src/a.test.js > sum > adds",), frozenset({"src/a.test.js > is"}))


def test_a_jest_file_that_could_not_run_is_a_failure() -> None:
    report = documents.jest(_bytes({"testResults": [{"name": "/work/b.test.js", "status": "failed"}]}))
    assert report is not None
    assert report.failures == ("b.test.js",)


def test_mocha_uses_full_titles() -> None:
    report = documents.mocha(
        _bytes({"stats": {}, "passes": [{"fullTitle": "a b"}], "failures": [{"fullTitle": "a c"}], "pending": [{}]})
    )
    assert report == Report(Counts(1, 1, 1), ("a c",), frozenset({"a b"}))


def test_rspec_counts_errors_outside_of_examples() -> None:
    example = {"file_path": "./spec/a_spec.rb", "full_description": "Foo works", "status": "passed"}
    report = documents.rspec(_bytes({"examples": [example], "summary": {"errors_outside_of_examples_count": 1}}))
    assert report is not None
    assert report.counts == Counts(1, 1)


def test_go_events_give_tests_and_packages_that_do_not_build() -> None:
    events = [
        {"Action": "run", "Package": "m/a", "Test": "TestX"},
        {"Action": "output", "Package": "m/a", "Test": "TestX", "Output": "--- FAIL: TestX\n"},
        {"Action": "fail", "Package": "m/a", "Test": "TestX/sub"},
        {"Action": "fail", "Package": "m/a", "Test": "TestX"},
        {"Action": "fail", "Package": "m/a"},
        {"Action": "pass", "Package": "m/b", "Test": "TestY"},
        {"Action": "fail", "Package": "m/c"},
    ]
    data = b"\n".join(map(_bytes, events)) + b"\nsome line that is no JSON\n{broken"
    report = documents.go(data)
    assert report is not None
    assert report.failures == ("m/a.TestX/sub", "m/a.TestX", "m/c")
    assert report.passed == {"m/b.TestY"}
    assert documents.go_text(data) == "--- FAIL: TestX\nsome line that is no JSON\n{broken"


def test_go_packages_that_could_not_be_built_are_told_in_plain_words_beside_events() -> None:
    data = b'{"Action":"pass","Package":"m/b","Test":"TestY"}\nFAIL\tm/a [build failed]\nFAIL\tm/c [setup failed]\n'
    report = documents.go(data)
    assert report is not None
    assert (report.counts, report.failures) == (Counts(1, 2), ("m/a", "m/c"))
    alone = documents.go(b"FAIL\tm/a [build failed]\n")
    assert alone is not None
    assert alone.failures == ("m/a",)
    assert "FAIL\tm/a [build failed]\n" in documents.go_text(data)


def test_what_the_go_compiler_says_is_what_a_package_fails_with() -> None:
    said = "./a_test.go:5:2: undefined: Total\n"
    events = [
        {"ImportPath": "m/a [m/a.test]", "Action": "build-output", "Output": "# m/a [m/a.test]\n"},
        {"ImportPath": "m/a [m/a.test]", "Action": "build-output", "Output": said},
        {"ImportPath": "m/a [m/a.test]", "Action": "build-fail"},
        {"Action": "start", "Package": "m/a"},
        {"Action": "output", "Package": "m/a", "Output": "FAIL\tm/a [build failed]\n"},
        {"Action": "fail", "Package": "m/a", "FailedBuild": "m/a [m/a.test]"},
    ]
    report = documents.go(b"\n".join(map(_bytes, events)))
    assert report is not None
    assert report.messages == {"m/a": f"# m/a [m/a.test]\n{said}"}


@pytest.mark.parametrize(
    "data",
    [
        b"FAIL\tm/a [build failed]\n",
        b'{"Action":"output","Package":"m/a","Output":"FAIL\\tm/a [build failed]\\n"}\n'
        b'{"Action":"fail","Package":"m/a"}\n',
        b'{"Action":"output","Package":"m/a","Output":"FAIL\\tm/a [setup failed]\\n"}\n'
        b'{"Action":"fail","Package":"m/a"}\n',
    ],
)
def test_where_the_go_compiler_speaks_beside_the_events_they_say_nothing_of_why(data: bytes) -> None:
    report = documents.go(data)
    assert report is not None
    assert (report.failures, report.messages) == (("m/a",), {})


KEYS = [
    *("testResults", "assertionResults", "stats", "passes", "failures", "examples", "summary", "status", "Action"),
    *("name", "title", "Test", "Package", "Output", "ancestorTitles", "errors_outside_of_examples_count"),
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("parse", PARSERS)
@given(value=JSON, noise=st.binary(max_size=40))
def test_no_document_raises(parse: Callable[[bytes], Report | None], value: object, noise: bytes) -> None:
    parse(_bytes(value))
    parse(noise)
    documents.go_text(_bytes(value) + b"\n" + noise)


@pytest.mark.parametrize("parse", PARSERS)
def test_deep_nesting_is_no_report(parse: Callable[[bytes], Report | None]) -> None:
    for data in (b"[" * 100_000, b'{"Action":' + b"[" * 100_000):
        report = parse(data)
        assert report is None or report.empty
