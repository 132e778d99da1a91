"""Which failures without a change speak of it, which tests could judge it, and how files alone are run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.checks.change.fitting import WantedFailure, misfit
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.change.weakening.assertions import weakened
from workflows.checks.ran import Lacking, Ran
from workflows.checks.results.grounds import ground
from workflows.reports.dead import why_dead
from workflows.reports.narrow import narrow
from workflows.reports.reasons import ReasonKind, reason
from workflows.verification import CheckKind, CheckRun, Counts

MIXED = Mixed(sources=("src/pkg/core.py",), defined=frozenset({"total", "core", "fresh"}))
WANTED = WantedFailure("It stops with a KeyError.", "Add total to core and a module fresh.")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("E       assert -1 == 3\ntest_a.py:3: AssertionError", ReasonKind.ASSERTION),
        ("AssertionError [ERR_ASSERTION]: Expected values to be strictly equal", ReasonKind.ASSERTION),
        ("expect(received).toBe(expected)\nExpected: 3\nReceived: -1", ReasonKind.ASSERTION),
        ("thread 'main' panicked at src/lib.rs:3:5:\nassertion `left == right` failed", ReasonKind.ASSERTION),
        ("--- FAIL: TestAdd (0.00s)\n    add_test.go:6: got -1, want 3", ReasonKind.ASSERTION),
        ("E       KeyError: 'a'", ReasonKind.ERROR),
        ("E   ModuleNotFoundError: No module named 'requests'", ReasonKind.PACKAGE),
        ("Error: Cannot find module 'lodash'", ReasonKind.PACKAGE),
        ("E   ImportError: cannot import name 'total' from 'pkg.core'", ReasonKind.NAME),
        ("./add_test.go:5:12: undefined: Total", ReasonKind.NAME),
        ("./add_test.go:5:12: too many arguments in call to core.Total\n\thave (int)\n\twant ()", ReasonKind.NAME),
        ("./add_test.go:5:12: not enough arguments in call to c.Total", ReasonKind.NAME),
        ("add_test.c:5:3: error: too few arguments to function ‘total’", ReasonKind.NAME),
        ("error: method total in class Core cannot be applied to given types;", ReasonKind.NAME),
        ("error CS1501: No overload for method 'Total' takes 2 arguments", ReasonKind.NAME),
        ("#   Failed test 'sums'\n#   at t/a.t line 2.\n#          got: '1'", ReasonKind.ASSERTION),
        ('Can\'t locate object method "total" via package "Core" at t/a.t line 2.', ReasonKind.NAME),
        ("Undefined subroutine &Core::total called at t/a.t line 2.", ReasonKind.NAME),
        ("Can't locate My/Core.pm in @INC (you may need to install it)", ReasonKind.PACKAGE),
        ("tests/a.c:295:sums_are_right:FAIL: Expected 3 Was -1", ReasonKind.ASSERTION),
        ("a_test.cc:5: Failure\nExpected equality of these values:\n  3\n  -1", ReasonKind.ASSERTION),
        ("a.cpp:5: FAILED:\n  REQUIRE( sum(1, 2) == 3 )\nwith expansion:\n  -1 == 3", ReasonKind.ASSERTION),
        ("a.cpp:5: ERROR: CHECK( sum(1, 2) == 3 ) is NOT correct!", ReasonKind.ASSERTION),
        ('a.cpp(5): error: in "sums/adds": check sum(1, 2) == 3 has failed', ReasonKind.ASSERTION),
        ("[   LINE   ] --- a.c:5: error: Failure!", ReasonKind.ASSERTION),
        ("    1. a.c:5  - CU_ASSERT_EQUAL(sum(1, 2), 3)", ReasonKind.ASSERTION),
        ("Segmentation fault (core dumped)", ReasonKind.UNKNOWN),
        ("    not ok 1 - invalid\n      ---\n      at:\n        type: Test\n", ReasonKind.ASSERTION),
        ("    not ok 1 - stops\n      ---\n      type: RangeError\n      tapCaught: throw\n", ReasonKind.UNKNOWN),
        ("not ok 1 - stops\n  ---\n    name: TypeError\n", ReasonKind.UNKNOWN),
        ("error[E0425]: cannot find function `total` in this scope", ReasonKind.NAME),
        ("TypeError: (0 , _core.total) is not a function", ReasonKind.NAME),
        ("E  socket.gaierror: [Errno -3] Temporary failure in name resolution", ReasonKind.NETWORK),
        ("getaddrinfo ENOTFOUND registry.npmjs.org\nAssertionError: no answer", ReasonKind.NETWORK),
        ("psycopg2.OperationalError: connection refused\nE ConnectionRefusedError", ReasonKind.SERVICE),
        ("E       Failed: Timeout >60.0s", ReasonKind.TIME),
        ("thrown: \"Exceeded timeout of 5000 ms for a test.\"", ReasonKind.TIME),
        ("failed on setup with \"AssertionError: x\"\nE assert 0", ReasonKind.FIXTURE),
        ("E       fixture 'client' not found", ReasonKind.FIXTURE),
        ("collection failure\nE     File \"test_a.py\"\nE   SyntaxError: invalid syntax", ReasonKind.COLLECTION),
        ("", ReasonKind.UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_failure_says_of_itself(said: str, kind: ReasonKind) -> None:
    assert reason(said).kind is kind


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("E       assert -1 == 3", True),
        ("E       KeyError: 'a'", True),
        ("E       IndexError: pop from empty list\nsrc/pkg/core.py:7: IndexError", True),
        ("E       IndexError: pop from empty list\ntests/test_core.py:7: IndexError", False),
        ("E   ImportError: cannot import name 'total' from 'pkg.core'", True),
        ("E   ImportError: cannot import name 'other' from 'pkg.core'", False),
        ("E   ModuleNotFoundError: No module named 'pkg.fresh'", True),
        ("E   ModuleNotFoundError: No module named 'requests'", False),
        ("undefined: total\nundefined: Other", False),
        ("too many arguments in call to core.total\n\thave (int)\n\twant ()\nundefined: total", True),
        ("too many arguments in call to core.other\nundefined: total", False),
        ("E       Failed: Timeout >60.0s", False),
        ("E       fixture 'client' not found", False),
        ("E   AttributeError: 'NoneType' object has no attribute 'x'\nsrc/pkg/core.py:3: AttributeError", True),
        ("nothing to read", False),
    ],
)
def test_a_reason_fits_or_says_why_not(said: str, *, fits: bool) -> None:
    assert (misfit(reason(said), said, MIXED, WANTED) == "") is fits


def test_a_new_name_that_nobody_speaks_of_does_not_fit() -> None:
    said = "E   ImportError: cannot import name 'total' from 'pkg.core'"
    assert "neither the issue nor the plan" in misfit(reason(said), said, MIXED, WantedFailure("It is slow."))


def _ran(passed: list[str], failed: list[str], messages: dict[str, str] | None = None) -> Ran:
    run = CheckRun(int(bool(failed)), 1.0, Counts(len(passed), len(failed)), tuple(failed))
    return Ran(run, passed=frozenset(passed), messages=messages or {})


@pytest.mark.parametrize(
    ("passed", "failed", "hardly"),
    [
        ([f"t.py::t{n}" for n in range(219)], [f"n.py::t{n}" for n in range(262)], True),
        ([f"a.test.js > t{n}" for n in range(6)], [f"{n}.test.js" for n in range(43)], True),
        ([f"a.test.js > t{n}" for n in range(60)], [f"{n}.test.js" for n in range(5)], True),
        ([f"t.py::t{n}" for n in range(60)], [f"n.py::t{n}" for n in range(40)], False),
        (["t.py::a"], ["t.py::b"], False),
        (["t.py::a", "u.py::a"], ["v.py"], False),
    ],
)
def test_a_base_that_could_hardly_load_is_told(passed: list[str], failed: list[str], *, hardly: bool) -> None:
    found = ground(_ran(passed, failed), _ran(passed, failed))
    assert found is not None
    assert found.hardly is hardly


def test_one_file_that_can_not_be_loaded_beside_others_without_names_does_not_keep_the_base_from_judging() -> None:
    for passed, hardly in ((46, False), (1, True)):
        broken = _ran([""] * passed, ["a.test.js", "b.test.js"])
        found = ground(replace(broken, passed=None), replace(broken, passed=None))
        assert found is not None
        assert found.hardly is hardly


def test_what_keeps_tests_from_judging_is_counted() -> None:
    said = {"a::n": "gaierror", "a::m": "E ENOTFOUND", "a::p": "No module named 'x'", "a::q": "E assert 0"}
    both = _ran([f"a::{n}" for n in range(9)], [*said], said)
    found = ground(both, both)
    assert found is not None
    assert (found.able, found.of, found.kept) == (9, 13, (("network", 2), ("package", 1)))
    lacking = Lacking(missing={"tests/spec": "submodule", "big.bin": "git LFS"})
    said = {
        "a::s": "FileNotFoundError: [Errno 2] No such file or directory: '/work/tests/spec/valid/a.toml'",
        "a::l": "ValueError: big.bin is no archive",
        "a::o": "FileNotFoundError: '/work/tests/specs/b.toml'",
    }
    both = replace(_ran(["a::z"], [*said], said), lacking=lacking)
    both = replace(both, run=replace(both.run, counts=Counts(1, 3, 24)))
    found = ground(both, both)
    assert found is not None
    assert (found.kept, found.skipped) == ((("submodule", 1), ("git LFS", 1)), 24)
    mended = ground(_ran([], ["a::x"]), _ran(["a::x"], []))
    assert mended is not None
    assert (mended.able, mended.of) == (1, 1), "what fails before and passes now has judged"


@pytest.mark.parametrize(
    ("line", "files", "narrowed"),
    [
        ("pytest -q", ["tests/test_a.py"], "pytest -q tests/test_a.py"),
        ("python -m pytest -x tests", ["tests/test_a.py"], "python -m pytest -x tests/test_a.py"),
        ("pytest -k tests tests/test_b.py", ["tests/test_a.py"], "pytest -k tests tests/test_a.py"),
        ("uv run pytest", ["tests/test_a.py"], "uv run pytest tests/test_a.py"),
        ("npx jest --ci", ["a.test.js"], "npx jest --ci a.test.js"),
        ("npm test", ["a.test.js"], "npm test -- a.test.js"),
        ("go test -race ./...", ["pkg/a_test.go"], "go test -race ./pkg"),
        ("make test", ["tests/test_a.py"], "make test"),
        ("pytest -q tests", ["tests/test_a.py::TestA::test_x"], "pytest -q tests/test_a.py::TestA::test_x"),
        (
            "python -m pytest",
            ["tests/test_a.py::t", "tests/test_b.py"],
            "python -m pytest tests/test_a.py::t tests/test_b.py",
        ),
        ("npx jest", ["a.test.js::x", "a.test.js::y"], "npx jest a.test.js"),
        ("make test", ["tests/test_a.py::test_x"], "make test"),
        ("pytest && true", ["tests/test_a.py"], "pytest && true"),
        ("tox -e py", ["tests/test_a.py"], "tox -e py"),
    ],
)
def test_a_runner_is_called_for_files_where_that_is_certain(line: str, files: list[str], narrowed: str) -> None:
    paths = ["tests/test_a.py", "tests/test_b.py", "a.test.js", "pkg/a_test.go"]
    assert narrow(line, files, ".", paths, b'{"scripts": {"test": "vitest run"}}') == narrowed


WEAKENED: dict[str, tuple[str, str, str, dict[str, int]]] = {
    "one of two": (
        "test.py",
        "def test_a():\n    assert f(1)\n    assert f(2)\n",
        "def test_a():\n    assert f(1)\n",
        {"test.py::test_a": 1},
    ),
    "all, in a class": (
        "t/test_a.py",
        "class T:\n  def test_a(self): self.assertEqual(1, 1)\n",
        "class T:\n  def test_a(self): pass\n",
        {"t/test_a.py::T::test_a": 0},
    ),
    "none": (
        "test_a.py",
        "def test_a():\n    assert f(1)\n",
        "def test_a():\n    assert f(1) == 1\ndef test_b(): assert f(2)\n",
        {},
    ),
    "elsewhere": (
        "a.cy.js",
        "it('a', () => { expect(f(1)).to.be(1); expect(f(2)).to.be(2) })",
        "it('a', () => { expect(f(1)).to.be(1) })",
        {"a.cy.js > a": 1},
    ),
}


WEAKENED |= {
    f"dead: {name}": (
        "test_a.py",
        "def test_a():\n    assert f(1)\n",
        f"def test_a():\n{body}",
        {"test_a.py::test_a": 0},
    )
    for name, body in {
        "behind the end": "    return\n    assert f(1)\n",
        "never taken": "    if False:\n        assert f(1)\n",
        "caught": "    try:\n        assert f(1)\n    except AssertionError:\n        pass\n",
        "caught with others": "    try:\n        assert f(1)\n    except (ValueError, Exception):\n        f(2)\n",
        "suppressed": "    with contextlib.suppress(AssertionError):\n        assert f(1)\n",
        "always so": "    assert True\n",
        "of a pair": "    assert (f(1), 'it works')\n",
        "with itself": "    assert f(1) == f(1)\n",
        "or true": "    assert f(1) or True\n",
        "or with itself": "    assert f(1) == 2 or (f(1) == f(1))\n",
        "not false": "    assert not False\n",
        "any object": "    assert isinstance(f(1), object)\n",
        "any length": "    assert len(f(1)) >= 0\n",
        "never called": "    def check():\n        assert f(1)\n    f(1)\n",
        "never called in a line": "    check = lambda: expect(f(1))\n    f(1)\n",
        "over nothing": "    for one in []:\n        assert f(one)\n",
        "over none of them": "    for one in CASES[:0]:\n        assert f(one)\n",
    }.items()
}
WEAKENED |= {
    f"alive: {name}": ("test_a.py", "def test_a():\n    assert f(1)\n", f"def test_a():\n{body}", {})
    for name, body in {
        "raised again": "    try:\n        assert f(1)\n    except Exception:\n        raise\n",
        "of another kind": "    try:\n        assert f(1)\n    except ValueError:\n        pass\n",
        "else": "    if False:\n        pass\n    else:\n        assert f(1)\n",
        "before the end": "    assert f(1)\n    return\n",
        "called": "    def check():\n        assert f(1)\n    check()\n",
        "handed on": "    run(lambda: expect(f(1)))\n",
        "over some": "    for one in CASES[:1]:\n        assert f(one)\n",
        "with another": "    assert f(1) or f(2)\n",
        "and true": "    assert f(1) and True\n",
        "of a length": "    assert len(f(1)) >= 1\n",
        "fails by hand": "    try:\n        f(1)\n    except Exception:\n        pytest.fail('no')\n",
    }.items()
}


WEAKENED |= {
    f"dead: {name}": (path, before, after, {path: 0})
    for name, path, before, after in (
        ("in a comment", "a.test.js", "  expect(f(1)).toBe(2);\n", "  // expect(f(1)).toBe(2);\n"),
        ("behind a comment", "a.test.js", "  expect(f(1)).toBe(2);\n", "  f(1); // expect(f(1)).toBe(2);\n"),
        ("in a longer comment", "a.test.ts", "  expect(f(1)).toBe(2);\n", "  /* expect(f(1))\n  .toBe(2); */\n"),
        ("hollow", "a.test.ts", "  expect(f(1)).toBe(2);\n", "  f(1);\n  expect(true).toBe(true);\n"),
        ("hollow numbers", "a.test.ts", "  expect(f(1)).toBe(2);\n", "  f(1);\n  expect(1).toEqual(1);\n"),
        ("hollow in Rust", "tests/a.rs", "    assert_eq!(f(1), 2);\n", "    assert!(true);\n"),
        ("hollow in Node", "a.test.mjs", "  assert.equal(f(1), 2);\n", "  assert.ok(true);\n"),
        ("hollow pairs", "a.test.mjs", "  assert.equal(f(1), 2);\n", "  assert.strictEqual(true, true);\n"),
        ("hollow in Ruby", "test/a_test.rb", "    assert_equal 2, f(1)\n", "    assert true\n"),
        ("a comment in Ruby", "spec/a_spec.rb", "    expect(f(1)).to eq(2)\n", "    # expect(f(1)).to eq(2)\n"),
        (
            "hollow in PHP",
            "tests/ATest.php",
            "        $this->assertSame(2, f(1));\n",
            "        $this->assertTrue(true);\n",
        ),
    )
}
WEAKENED |= {
    f"alive: {name}": (path, before, after, {})
    for name, path, before, after in (
        ("an address", "a.test.js", "  expect(f('http://a')).toBe(2);\n", "  expect(f('http://b')).toBe(2);\n"),
        ("a pattern", "a.test.js", "  expect(f('a/*')).toBe(2);\n", "  expect(f('**/*.js')).toBe(3); // it is\n"),
        ("a comment more", "a.test.js", "  expect(f(1)).toBe(2);\n", "  // it gives two\n  expect(f(1)).toBe(2);\n"),
    )
}


_TWO = "test('a', () => {\n  assert.equal(f(1), 2)\n})\n\ntest('b', () => {\n  assert.equal(f(2), 3)\n})\n"
_THIRD = "\ntest('c', () => {\n  assert.equal(f(3), 4)\n})\n"
WEAKENED |= {
    f"dead beside a new test: {name}": (
        "a.test.js",
        _TWO,
        _TWO.replace("  assert.equal(f(1), 2)\n", body) + _THIRD,
        {"a.test.js > a": 0},
    )
    for name, body in {
        "emptied": "",
        "no more than called": "  f(1)\n",
        "a comment": "  // assert.equal(f(1), 2)\n",
        "of itself": "  assert.equal(2, 2)\n",
        "with itself": "  assert.equal(f(1), f(1))\n",
        "or true": "  assert.ok(f(1) === 2 || true)\n",
        "caught": "  try {\n    assert.equal(f(1), 2)\n  } catch (error) {\n  }\n",
        "caught later": "  Promise.resolve().then(() => assert.equal(f(1), 2)).catch(() => {})\n",
        "behind its end": "  return\n  assert.equal(f(1), 2)\n",
        "never taken": "  if (false) assert.equal(f(1), 2)\n",
        "never taken as a block": "  if (false) {\n    assert.equal(f(1), 2)\n  }\n",
        "never called": "  const check = () => assert.equal(f(1), 2)\n",
        "never called as a block": "  function check() {\n    assert.equal(f(1), 2)\n  }\n",
        "over nothing": "  for (const one of []) {\n    assert.equal(f(one), 2)\n  }\n",
        "over none of them": "  cases.slice(0, 0).forEach((one) => {\n    assert.equal(f(one), 2)\n  })\n",
    }.items()
}
WEAKENED |= {
    f"alive beside a new test: {name}": (
        "a.test.js",
        _TWO,
        _TWO.replace("  assert.equal(f(1), 2)\n", body) + _THIRD,
        {},
    )
    for name, body in {
        "another demand": "  assert.equal(f(1), 3)\n",
        "called": "  const check = () => assert.equal(f(1), 2)\n  check()\n",
        "over some": "  cases.slice(0, 2).forEach((one) => {\n    assert.equal(f(one), 2)\n  })\n",
        "a condition": "  if (f) assert.equal(f(1), 2)\n",
        "caught and told": "  try {\n    assert.equal(f(1), 2)\n  } catch (error) {\n    throw error\n  }\n",
        "an end in a branch": "  if (!f) {\n    return\n  }\n  assert.equal(f(1), 2)\n",
        "called with others": "  assert.equal(f(1), f(2))\n",
    }.items()
}
_CLASS = "class T(TestCase):\n    def test_a(self):\n        self.assertEqual(f(1), 2)\n"
_RUST = "#[test]\nfn a() {\n    assert_eq!(f(1), 2);\n}\n"
_NEITHER = {"a.test.js > a": 0, "a.test.js > b": 0}
_OVER = "func TestA(t *testing.T) {\n\tfor _, c := range cases {\n\t\tt.Error(f(c))\n\t}\n}\n"
WEAKENED |= {
    f"overridden: {name}": (path, before, after, left)
    for name, path, before, after, left in (
        (
            "in a class",
            "test_a.py",
            _CLASS,
            _CLASS.replace(":\n    def test", ":\n    def assertEqual(self, *values):\n        pass\n\n    def test"),
            {"test_a.py::T::test_a": 0},
        ),
        ("behind it", "test_a.py", _CLASS, f"{_CLASS}T.assertEqual = lambda *_: None\n", {"test_a.py::T::test_a": 0}),
        (
            "by one that can fail",
            "test_a.py",
            _CLASS,
            _CLASS.replace(
                ":\n    def test", ":\n    def assertEqual(self, a, b):\n        assert a is b\n\n    def test"
            ),
            {},
        ),
        (
            "by a macro",
            "tests/a.rs",
            _RUST,
            "macro_rules! assert_eq {\n    ($($any:tt)*) => {{ let _ = 1; }};\n}\n" + _RUST,
            {"tests/a.rs > a": 0},
        ),
        (
            "by a macro that can fail",
            "tests/a.rs",
            _RUST,
            "macro_rules! assert_eq {\n    ($a:expr, $b:expr) => {{ if $a != $b { panic!() } }};\n}\n" + _RUST,
            {},
        ),
        ("by a value", "a.test.js", _TWO, f"const assert = {{ equal() {{}} }}\n{_TWO}", _NEITHER),
        ("by what is required", "a.test.js", _TWO, f"const assert = require('assert')\n{_TWO}", {}),
        ("by a part of it", "a.test.js", _TWO, f"const assert = chai.assert\n{_TWO}", {}),
        ("over none", "a_test.go", _OVER, _OVER.replace("range cases", "range cases[:0]"), {"a_test.go > TestA": 0}),
    )
}  # fmt: skip
WEAKENED |= {
    "nothing left of what no letter calls an assertion": (
        "test_a.py",
        "def test_a():\n    run('a.case')\n",
        "def test_a():\n    pass\n",
        {"test_a.py::test_a": 0},
    ),
    "something else put in its place": (
        "test_a.py",
        "class T:\n  def test_a(self):\n    assert f(1)\n",
        "class T:\n  def test_a(self):\n    assert f(1)\nT.test_a = lambda self: None\n",
        {"test_a.py::T::test_a": 0},
    ),
}


@pytest.mark.parametrize("case", WEAKENED)
def test_assertions_that_are_taken_out_are_seen(case: str) -> None:
    path, before, after, left = WEAKENED[case]
    assert weakened(path, before.encode(), after.encode()) == left


@pytest.mark.parametrize(
    "text",
    [
        *("\n" * 100_000, "  \n\t\n" * 20_000, "/*\n" * 50_000, " /* /" * 20_000, "//" * 50_000, " //" * 50_000),
        *("# " * 50_000, "assert" + "a" * 100_000, "assert" * 20_000, "assert_" * 20_000 + "(", "t.Error" * 20_000),
    ],
    ids=lambda text: repr(text[:8]),
)
def test_a_hostile_file_takes_no_longer_than_another(text: str) -> None:
    """Each of these took a minute or more, and held the whole server for so long."""
    assert weakened("a.test.js", f"{text}\nexpect(f()).toBe(1);\n".encode(), text.encode()).get("a.test.js", 0) < 2


@pytest.mark.parametrize(
    ("command", "code", "output"),
    [
        ("mypy .", 2, "a.py:1: error: invalid syntax\nFound 1 error (errors prevented further checking)"),
        ("make types", 2, "a.py:1: error: x\nFound 1 error in 1 file (errors prevented further checking)"),
        ("ruff check .", 2, "error: Failed to parse pyproject.toml"),
        ("npx eslint .", 2, "Oops! Something went wrong! :("),
        ("flake8", 1, "a.py:1:1: F401 x\nTraceback (most recent call last):\n  ..."),
    ],
)
def test_a_linter_that_did_not_look_at_everything_gives_no_result(command: str, code: int, output: str) -> None:
    """Fewer complaints than before would read as none that is new."""
    assert why_dead(command, CheckRun(code, 0.1, failures=("a.py: x",)), output, kind=CheckKind.TYPES)


def test_the_error_behind_a_conftest_is_told() -> None:
    said = "ImportError while loading conftest '/work/tests/conftest.py'.\ntests/conftest.py:1: in <module>\n"
    told = why_dead(
        "pytest", CheckRun(4, 0.1), f"{said}E   ModuleNotFoundError: No module named 'trio'\n", kind=CheckKind.TEST
    )
    assert told == "tests/conftest.py cannot be imported: ModuleNotFoundError: No module named 'trio'"
