"""Files of tests that do something to what other tests of their process use."""

from __future__ import annotations

import pytest

from workflows.checks.change.reaching import reaches


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("test_m.py", "import m\nm.half = None\n"),
        ("test_m.py", "import m\nm.TABLE['a'] = 1\n"),
        ("test_m.py", "import m\nm.TABLE.append(1)\n"),
        ("test_m.py", "import m\nsame = m\nsame.half = None\n"),
        ("test_m.py", "from unittest.mock import patch\npatch('m.half').start()\n"),
        ("test_m.py", "class T:\n    def setUp(self):\n        self.patched.start()\n"),
        ("test_m.py", "import sys\nsys.modules['m'] = None\n"),
        ("test_m.py", "import m\nsetattr(m, 'half', None)\n"),
        ("test_m.py", "import pytest\n@pytest.fixture(autouse=True)\ndef same():\n    pass\n"),
        ("test_m.py", "exec('m.half = 1')\n"),
        ("test_m.py", "def ("),
        ("m.test.js", "m.half = (a) => a / 2;\n"),
        ("m.test.js", "jest.mock('./m');\n"),
        ("m_spec.rb", "class Adder\n  def half(a) = a / 2.0\nend\n"),
        ("m_spec.rb", "Adder.define_method(:half) { |a| a / 2.0 }\n"),
        ("m_test.go", "func init() {\n\thalf = other\n}\n"),
        ("MTest.php", "<?php\nnamespace App;\nfunction strlen($a) { return 1; }\n"),
        ("MTest.java", "  static {\n    Half.mode = 1;\n  }\n"),
    ],
)
def test_what_reaches_other_tests_is_seen(path: str, text: str) -> None:
    assert reaches(path, b"", text.encode())
    assert not reaches(path, text.encode(), text.encode())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("test_m.py", "def test_m(monkeypatch):\n    monkeypatch.setattr('m.x', 1)\n    assert half(1)\n"),
        (
            "test_m.py",
            "import m\ndef test_m():\n    one = m.One()\n    one.size = 1\n    rows = []\n    rows.append(1)\n",
        ),
        ("m.test.js", 'test("m", () => {\n  const a = half(3);\n  assert.equal(a, 1.5);\n});\n'),
        ("m_spec.rb", "describe 'm' do\n  it 'is' do\n    a = half(3)\n    expect(a).to eq 1.5\n  end\nend\n"),
        ("m_test.go", "func TestM(t *testing.T) {\n\tgot := Half(3)\n\tif got != 1.5 {\n\t\tt.Fatal(got)\n\t}\n}\n"),
    ],
)
def test_what_a_test_keeps_to_itself_is_not(path: str, text: str) -> None:
    assert not reaches(path, b"", text.encode())
