"""Tables in languages that are read from letters: what is hostile is read in the time that its length takes."""

from __future__ import annotations

from workflows.checks.change.weakening.letter_tables import tables_by_letters


def test_nests_and_brackets_without_others_end() -> None:
    for text in ("[" * 300_000, "[(" * 100_000 + ")]" * 100_000, "a = [" + "(1, 2), " * 50_000 + "]", "'" * 200_000):
        list(tables_by_letters("m.test.js", f"test('m', () => {{\n{text}\n}});\n"))


def test_types_in_brackets_before_a_table_are_none_of_its_rows() -> None:
    text = (
        "func TestM(t *testing.T) {\n\tfor _, c := range []struct{ a, b int }{{1, 2}, {3, 4}} {\n\t\tcheck(c)\n\t}\n}\n"
    )
    assert {name: rows for name, rows, _ in tables_by_letters("m_test.go", text)} == {
        "m_test.go > TestM": {"{12}", "{34}"}
    }
