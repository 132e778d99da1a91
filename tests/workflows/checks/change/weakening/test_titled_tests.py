"""Tests are found by their titles in every language, each with the text that belongs to it."""

from __future__ import annotations

import pytest

from workflows.checks.change.weakening.titled_tests import is_called, titled_tests

FILES = {
    "a.test.js": (
        "describe('g', () => {\n  it('a', () => {\n    expect(f(1)).toBe(2)\n  })\n"
        "  it.each([1])('n %s', (x) => { expect(x).toBe(1) })\n  test(\"it's\", async () => { ok() })\n})\n",
        {"a": "expect(f(1))", "it's": "ok()"},
    ),
    "a_test.go": (
        "func TestA(t *testing.T) {\n\tt.Fatal(1)\n}\n\nfunc helper() { other() }\n",
        {"TestA": "t.Fatal(1)"},
    ),
    "a_spec.rb": (
        "describe 'x' do\n  it 'a' do\n    expect(1).to eq(2)\n  end\n  it(\"b\") { is_expected }\nend\n",
        {"a": "eq(2)", "b": "is_expected"},
    ),
    "a_test.rb": ("class T\n  def test_a\n    assert_equal 1, f\n  end\nend\n", {"test_a": "assert_equal"}),
    "tests/a.rs": (
        "#[test]\nfn a() {\n    assert_eq!(1, f());\n}\n#[tokio::test]\nasync fn b() { assert!(f()); }\nfn none() {}\n",
        {"a": "assert_eq!", "b": "assert!"},
    ),
    "ATest.php": (
        "class ATest {\n  public function testA(): void {\n    $this->f();\n  }\n  private function none() {}\n}\n",
        {"testA": "$this->f()"},
    ),
    "a_pest.php": ("it('does a', function () {\n  expect(f())->toBe(1);\n});\n", {"does a": "toBe(1)"}),
    "ATest.java": (
        "class A {\n  @Test\n  public void a() {\n    is(1);\n  }\n  @Test void b() { is(2); }\n  void none() {}\n}\n",
        {"a": "is(1)", "b": "is(2)"},
    ),
    "ATest.kt": ("class A {\n  @Test\n  fun `a b`() {\n    f()\n  }\n}\n", {"a b": "f()"}),
    "ATests.cs": (
        "class A {\n  [Fact]\n  public void A1()\n  {\n    Is(1);\n  }\n [Fact] public async Task A2() { Is(2); }\n}\n",
        {"A1": "Is(1)", "A2": "Is(2)"},
    ),
    "a_test.exs": ('test "a" do\n  assert f() == 1\nend\n', {"a": "assert f()"}),
    "a_test.cc": (
        'TEST(Suite, A) {\n  EXPECT_EQ(1, f());\n}\nTEST_CASE("b") { REQUIRE(f()); }\n',
        {"A": "EXPECT_EQ", "b": "REQUIRE"},
    ),
    "ATests.swift": ("  func testA() {\n    XCTAssertEqual(1, f())\n  }\n", {"testA": "XCTAssertEqual"}),
}


@pytest.mark.parametrize("path", FILES)
def test_a_test_has_its_own_text_and_no_others(path: str) -> None:
    text, expected = FILES[path]
    found = titled_tests(path, text)
    assert found is not None
    assert found.keys() == expected.keys()
    for title, own in expected.items():
        assert own in found[title]
        assert not any(other in found[title] for each, other in expected.items() if each != title)


def test_of_an_unknown_language_no_titles_are_known() -> None:
    assert titled_tests("a.zig", 'test "a" {}') is None


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("a.test.js > g > adds", "adds"),
        ("Adder adds", "adds"),
        ("example.org/adder.TestAdds", "TestAdds"),
        ("example.org/adder.TestAdds/of_two", "TestAdds"),
        ("tests::adds", "adds"),
        ("AdderTest.testAdds", "testAdds"),
        ("test_adds (test_adder.T.test_adds)", "test_adds"),
        ("AdderTest#test_adds", "test_adds"),
    ],
)
def test_a_report_calls_a_test_by_its_title_behind_its_groups(name: str, title: str) -> None:
    assert is_called(name, title)
    assert not is_called(name, f"never {title}")
    assert not is_called(f"{name}more", title) or name.endswith(")") or "/" in name


@pytest.mark.parametrize("unit", ["it('", "it('a", "test(", "@Test ", "describe(", "public void ", "#[test]\n", "it.a"])
@pytest.mark.parametrize("path", ["a.test.js", "ATest.java", "tests/a.rs", "ATest.php", "a_spec.rb"])
def test_a_hostile_file_is_read_as_fast_as_another(path: str, unit: str) -> None:
    """Each would take minutes where a pattern looked at the same letters again and again."""
    titled_tests(path, unit * 100_000)
