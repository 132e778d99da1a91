"""What an edit of files of tests touches: a test's own text, code that tests use, or data."""

from __future__ import annotations

import pytest

from workflows.checks.change.weakening.helpers import edited

PYTHON = (
    "from m import half\n\nROWS = [(4, 2)]\nTOLERANCE = 1e-9\n\n\ndef near(a, b):\n    return abs(a - b) < TOLERANCE\n"
)
PYTHON += "\n\ndef test_half():\n    assert near(half(3), 1.5)\n"
NODE = 'const rows = [[4, 2]];\n\ntest("half", () => {\n  near(half(3), 1.5);\n});\n\n'
NODE += "function near(a, b) {\n  assert.ok(Math.abs(a - b) < 1e-9);\n}\n"
RUBY = "describe 'half' do\n  it 'halves' do\n    expect(half(3)).to be_near(1.5)\n  end\nend\n\n"
RUBY += "def near(a, b)\n  (a - b).abs < 1e-9\nend\n"
GO = "func TestHalf(t *testing.T) {\n\tnear(t, Half(3), 1.5)\n}\n\n"
GO += 'func near(t *testing.T, a, b float64) {\n\tif a-b > 1e-9 {\n\t\tt.Fatal("no")\n\t}\n}\n'


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("test_m.py", PYTHON, "abs(a - b) <", "abs(a - b) < 1 or"),
        ("test_m.py", PYTHON, "TOLERANCE = 1e-9", "TOLERANCE = 1"),
        ("test_m.py", PYTHON, "from m import half\n", "from m import half\nfrom lax import near\n"),
        ("tests/h.py", "class About:\n    def __eq__(self, o):\n        return o == 1\n", "o == 1", "o == o"),
        ("m.test.js", NODE, "1e-9", "1"),
        ("m_spec.rb", RUBY, "1e-9", "1"),
        ("m_test.go", GO, "1e-9", "1"),
        ("test/h.js", "export const EPSILON = 1e-9;\n", "1e-9", "1"),
    ],
)
def test_code_that_tests_use_is_told_from_their_own_text(path: str, text: str, old: str, new: str) -> None:
    found = edited(path, text.encode(), text.replace(old, new).encode())
    assert (found.tests, found.helps) == (frozenset(), True)


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("test_m.py", PYTHON, "(4, 2)", "(4, 2), (6, 3)"),
        ("test_m.py", PYTHON, "from m import half\n", "from m import half\n\n# halves\n"),
        ("m.test.js", NODE, "[4, 2]", "[4, 2], [6, 3]"),
        ("tests/golden.txt", "3\n", "3", "2"),
    ],
)
def test_data_is_no_code(path: str, text: str, old: str, new: str) -> None:
    found = edited(path, text.encode(), text.replace(old, new).encode())
    assert (found.tests, found.helps) == (frozenset(), False)


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("test_m.py", PYTHON, "test_m.py::test_half"),
        ("m.test.js", NODE, "m.test.js > half"),
        ("m_spec.rb", RUBY, "m_spec.rb > halves"),
        ("m_test.go", GO, "m_test.go > TestHalf"),
    ],
)
def test_a_test_whose_own_text_is_another_one_is_named(path: str, text: str, name: str) -> None:
    found = edited(path, text.encode(), text.replace("alf(3), 1.5", "alf(3), 1").replace("near(1.5", "near(1").encode())
    assert (found.tests, found.helps) == ({name}, False)


def test_of_a_file_whose_tests_have_no_fixed_titles_nothing_is_known() -> None:
    text = "for (const n of rows) {\n  test(`half of ${n}`, () => check(n));\n}\n"
    assert "m.test.js" in edited("m.test.js", text.encode(), text.replace("check", "look").encode()).tests
