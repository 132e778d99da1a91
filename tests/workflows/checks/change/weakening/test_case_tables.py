"""Cases that are taken out of what a test goes through, where the runner names no single ones."""

from __future__ import annotations

import pytest

from workflows.checks.change.weakening.case_tables import lost_cases, tables

LOOP = "def test_half():\n    for a, b in ROWS:\n        assert half(a) == b\n"
ROWS = "ROWS = [(4, 2), (3, 1.5)]\n"
DICT = "CASES = {'even': 4, 'odd': 3}\n\n\ndef test_half():\n    for n in CASES.values():\n        assert half(n)\n"
JS = "const rows = [\n  [4, 2],\n  [3, 1.5],\n];\n"
JS += 'test("halves", () => {\n  for (const [a, b] of rows) {\n    check(a, b);\n  }\n});\n'
EACH = 'test("halves", () => {\n  [{ a: 4 }, { a: 3 }].forEach((one) => check(one));\n});\n'
GO = "func TestHalf(t *testing.T) {\n\ttests := []struct {\n\t\ta, b float64\n\t}{\n\t\t{4, 2},\n\t\t{3, 1.5},\n\t}\n"
GO += "\tfor _, c := range tests {\n\t\tcheck(t, c)\n\t}\n}\n"
MAP = "func TestHalf(t *testing.T) {\n\tfor name, c := range map[string]row{\n"
MAP += '\t\t"even": {4, 2},\n\t\t"odd": {3, 1.5},\n\t} {\n'
MAP += "\t\tcheck(t, name, c)\n\t}\n}\n"
RUST = "#[test]\nfn halves() {\n    for (a, b) in [(4, 2), (3, 1)] {\n        assert_eq!(half(a), b);\n    }\n}\n"
RUBY = "it 'halves' do\n  [[4, 2], [3, 1.5]].each do |a, b|\n    expect(half(a)).to eq b\n  end\nend\n"


def lost(path: str, before: str, after: str) -> list[str]:
    old, new = tables(path, before.encode()), tables(path, after.encode())
    return sorted(lost_cases(old, new, frozenset(row for one in new.values() for row in one.rows)))


@pytest.mark.parametrize(
    ("path", "text", "row", "name"),
    [
        ("tests/test_m.py", ROWS + LOOP, ", (3, 1.5)", "tests/test_m.py::ROWS"),
        ("tests/test_m.py", LOOP.replace("ROWS", "[(4, 2), (3, 1.5)]"), ", (3, 1.5)", "tests/test_m.py::test_half"),
        ("tests/test_m.py", LOOP.replace("    for", f"    {ROWS}    for"), ", (3, 1.5)", "tests/test_m.py::test_half"),
        ("tests/test_m.py", DICT, ", 'odd': 3", "tests/test_m.py::CASES"),
        ("tests/cases.py", ROWS, ", (3, 1.5)", "tests/cases.py::ROWS"),
        ("tests/cases.json", "[[4, 2], [3, 1.5]]", ", [3, 1.5]", "tests/cases.json"),
        ("tests/cases.csv", "a,b\n4,2\n3,1.5\n", "3,1.5\n", "tests/cases.csv"),
        ("tests/cases.yml", "- a: 4\n  b: 2\n- a: 3\n  b: 1.5\n", "- a: 3\n  b: 1.5\n", "tests/cases.yml"),
        ("m.test.js", JS, "  [3, 1.5],\n", "m.test.js::rows"),
        ("m.test.js", EACH, ", { a: 3 }", "m.test.js > halves"),
        ("test/rows.js", "export const rows = [\n  [4, 2],\n  [3, 1.5],\n];\n", "  [3, 1.5],\n", "test/rows.js::rows"),
        ("m_test.go", GO, "\t\t{3, 1.5},\n", "m_test.go > TestHalf"),
        ("m_test.go", MAP, '\t\t"odd": {3, 1.5},\n', "m_test.go > TestHalf"),
        ("tests/m.rs", RUST, ", (3, 1)", "tests/m.rs > halves"),
        ("spec/m_spec.rb", RUBY, ", [3, 1.5]", "spec/m_spec.rb > halves"),
    ],
)
def test_a_row_that_is_gone_is_told_and_one_more_is_not(path: str, text: str, row: str, name: str) -> None:
    fewer = text.replace(row, "")
    assert fewer != text
    assert lost(path, text, fewer) == [name]
    assert lost(path, fewer, text) == []


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("tests/test_m.py", ROWS + LOOP, "in ROWS", "in ROWS[:1]"),
        ("tests/test_m.py", ROWS + LOOP, "        assert", "        if a == 3:\n            continue\n        assert"),
        ("m.test.js", JS, "of rows", "of rows.slice(1)"),
        ("m_test.go", GO, "\t\tcheck", "\t\tif c.a == 3 {\n\t\t\tcontinue\n\t\t}\n\t\tcheck"),
        ("m_test.go", GO, "range tests", "range tests[1:]"),
        ("spec/m_spec.rb", RUBY, "    expect", "    next if a == 3\n    expect"),
        ("tests/m.rs", RUST, "(3, 1)]", "(3, 1)].into_iter().take(1)"),
    ],
)
def test_a_test_that_leaves_out_some_of_what_it_goes_through_is_told(path: str, text: str, old: str, new: str) -> None:
    assert lost(path, text, text.replace(old, new)) != []
    assert lost(path, text.replace(old, new), text) == []


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        # Another case in the place of one, a table by another name, laid out or quoted otherwise: nothing is fewer.
        ("tests/test_m.py", ROWS + LOOP, ROWS.replace("1.5", "1") + LOOP),
        ("tests/test_m.py", ROWS + LOOP, (ROWS + LOOP).replace("ROWS", "CASES")),
        ("m.test.js", JS, JS.replace("[\n  [4, 2],\n  [3, 1.5],\n]", "[[4, 2], [3, 1.5]]").replace("rows", "list")),
        # What a test compares with, or hands over, is no table.
        (
            "tests/test_m.py",
            "def test_m():\n    assert m([1, 2]) == [3, 4]\n",
            "def test_m():\n    assert m([1]) == [3]\n",
        ),
        (
            "m.test.js",
            'test("m", () => {\n  expect(m({ a: [1], b: [2] })).toEqual([[1], [2]]);\n});\n',
            'test("m", () => {\n  expect(m({ a: [1] })).toEqual([[1]]);\n});\n',
        ),
        ("tests/golden/m.json", "[1, 2]", "[1]"),
    ],
)
def test_what_is_not_gone_through_is_no_table_of_cases(path: str, before: str, after: str) -> None:
    assert lost(path, before, after) == []


def test_a_file_that_cannot_be_read_has_no_tables() -> None:
    assert tables("tests/test_m.py", b"def (") == {}
    assert tables("tests/cases.json", b"[1, 2") == {}
