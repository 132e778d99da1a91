"""What tests depend on to be run at all is seen from their files."""

from __future__ import annotations

import pytest

from workflows.checks.change.weakening.conditions import conditions, lost_forms

GO = "package a\n\nfunc TestA(t *testing.T) {}\n"


@pytest.mark.parametrize(
    ("path", "text", "of_all"),
    [
        ("a_test.go", f"//go:build integration\n\n{GO}", {"//go:build integration"}),
        ("a_test.go", f"// +build integration\n\n{GO}", {"// +build integration"}),
        ("a_test.go", f"//go:build linux || (darwin && !arm64)\n\n{GO}", set()),
        ("a_test.go", f"//go:build !windows && go1.18\n\n{GO}", set()),
        ("a_test.go", f"//go:build !(linux)\n\n{GO}", {"//go:build !(linux)"}),
        ("a_test.go", f"//go:build ((\n\n{GO}", set()),
        ("a_test.go", f"// +build linux darwin\n\n{GO}", set()),
        ("a_test.go", f"{GO}\n//go:build later\n", set()),
        ("a_windows_test.go", GO, {"built for windows"}),
        ("a_linux_test.go", GO, set()),
        ("a_windows_mips_test.go", GO, {"built for windows", "built for mips"}),
        ("windows_test.go", GO, set()),
        ("testdata/a_test.go", GO, {"a path that go leaves out"}),
        ("_old/a_test.go", GO, {"a path that go leaves out"}),
        ("tests/more/a.rs", "#[test]\nfn a() {}\n", {"a path that cargo leaves out"}),
        ("tests/more/main.rs", "#[test]\nfn a() {}\n", set()),
        ("tests/a.rs", '#![cfg(feature = "x")]\n#[test]\nfn a() {}\n', {'#![cfg(feature = "x")]'}),
        ("a.rs", "#[cfg(test)]\nmod tests {\n#[test]\nfn a() {}\n}\n", set()),
        ("a.rs", "#[cfg(all(test, slow))]\nmod tests {\n#[test]\nfn a() {}\n}\n", {"#[cfg(all(test, slow))]"}),
        ("test_a.py", "pytestmark = pytest.mark.slow\n\ndef test_a():\n    pass\n", {"pytestmark = pytest.mark.slow"}),
        ("test_a.py", "@tag('slow')\nclass A:\n    def test_a(self):\n        pass\n", {"@tag('slow')"}),
        ("a_test.exs", '@moduletag :slow\ntest "a" do\n', {"@moduletag :slow"}),
        ("ATest.java", '@Tag("slow")\nclass A {\n@Test\nvoid a() {}\n}\n', {'@Tag("slow")'}),
        ("a_spec.rb", "describe 'x', :slow do\n  it 'a' do\n", {"tag slow"}),
    ],
)
def test_what_all_tests_of_a_file_depend_on(path: str, text: str, of_all: set[str]) -> None:
    assert conditions(path, text)[""] == of_all


@pytest.mark.parametrize(
    ("path", "text", "title", "own"),
    [
        ("a.rs", "#[test]\n#[cfg(feature = \"x\")]\nfn a() {}\n", "a", {'#[cfg(feature = "x")]'}),
        ("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n", "a", {'#[ignore = "slow"]'}),
        ("test_a.py", "@mark.slow\n@mark.parametrize('x', [1])\ndef test_a(x):\n", "test_a", {"@mark.slow"}),
        ("test_a.py", "@unittest.skipIf(X, '')\ndef test_a(x):\n", "test_a", {"@unittest.skipIf(X, '')"}),
        ("ATest.java", '@Test\n@Tag("slow")\nvoid a() {}\n', "a", {'@Tag("slow")'}),
        ("ATest.java", "@Test(enabled = false)\nvoid a() {}\n", "a", {"@Test(enabled = false)"}),
        ("ATest.php", "/**\n * @group slow\n */\npublic function testA() {}\n", "testA", {"* @group slow"}),
        ("ATest.php", "#[Group('slow')]\npublic function testA() {}\n", "testA", {"#[Group('slow')]"}),
        ("ATests.cs", '[Fact]\n[Trait("A", "slow")]\npublic void A() {}\n', "A", {'[Trait("A", "slow")]'}),
        ("a_spec.rb", "it 'a', :slow do\n", "a", {"tag slow"}),
        ("a_test.exs", '@tag :slow\ntest "a" do\n', "a", {"@tag :slow"}),
        ("a_test.exs", 'test "a" do\n', "a", set()),
    ],
)  # fmt: skip
def test_what_one_test_depends_on(path: str, text: str, title: str, own: set[str]) -> None:
    assert conditions(path, text)[title] == own


def test_a_file_that_is_called_otherwise_may_not_be_found_any_more() -> None:
    assert list(lost_forms("tests/test_a.py", "tests/a_checks.py")) == ["called test_*", "called test*"]
    assert list(lost_forms("a.test.js", "a.old.js")) == ["called *.test"]
    assert list(lost_forms("tests/test_a.py", "tests/unit/test_b.py")) == []
