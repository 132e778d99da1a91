"""What of a change decides how it is checked is told; what does not is left alone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sandbox.journal import Action, FileChange
from workflows.check_steering import steering
from workflows.values import Check, CheckKind, Verdict, Verification

PYPROJECT = '[project]\nname = "x"\nversion = "1"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n'
PACKAGE = '{"name": "x", "version": "1", "scripts": {"test": "jest"}, "dependencies": {"a": "1"}}'


def told(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """What is told of the change from one set of files to the other."""
    blobs: dict[str, bytes] = {}

    def blob(files: Mapping[str, str], path: str) -> str | None:
        if path not in files:
            return None
        blobs[key := f"{len(blobs)}"] = files[path].encode()
        return key

    changes = []
    for path in sorted({*before, *after}):
        if before.get(path) == after.get(path):
            continue
        action = Action.CREATED if path not in before else Action.DELETED if path not in after else Action.MODIFIED
        old, new = blob(before, path), blob(after, path)
        changes.append(
            FileChange(
                path,
                action,
                before_mode="100644" if old else None,
                before_blob=old,
                after_mode="100644" if new else None,
                after_blob=new,
            )
        )
    return steering(changes, blobs.__getitem__, after)


STEERING = """
conftest.py tests/conftest.py pytest.ini .pytest.toml tox.ini jest.config.ts vitest.config.mjs
.mocharc.yml .rspec spec/spec_helper.rb tests/bootstrap.php phpunit.xml.dist tsconfig.json .npmrc
Makefile test/test_helper.exs sitecustomize.py src/usercustomize.py x.pth node_modules/.bin/jest
vendor/bin/phpunit evil-1.0.dist-info/entry_points.txt evil.egg-info/entry_points.txt
.venv/bin/pytest .cargo/config.toml .env
"""


@pytest.mark.parametrize("path", STEERING.split())
def test_files_that_say_how_checks_run_are_told(path: str) -> None:
    assert told({}, {path: "x"})
    assert told({path: "x"}, {path: "y"})
    assert told({path: "x"}, {})


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("pytest.py", {}),
        ("json.py", {}),
        ("unittest/__init__.py", {}),
        ("src/logging.py", {"src/app/__init__.py": ""}),
        ("tests/typing.py", {"tests/test_a.py": ""}),
        ("coverage/__init__.py", {}),
        ("_pytest/runner.py", {"_pytest/__init__.py": ""}),
    ],
)
def test_a_module_that_is_found_in_place_of_a_tool_or_of_pythons_own_is_told(path: str, beside: dict[str, str]) -> None:
    assert told({}, {path: "x = 1\n", **beside})


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("app/json.py", {"app/__init__.py": ""}),
        ("src/app/types.py", {"src/app/__init__.py": ""}),
        ("docs/calendar.py", {}),
        ("adder.py", {}),
        ("tests/unit/test_json.py", {}),
        ("src/json.js", {}),
    ],
)
def test_a_module_of_a_package_or_of_another_name_is_not(path: str, beside: dict[str, str]) -> None:
    assert told(beside, {**beside, path: "x = 1\n"}) == ()


@pytest.mark.parametrize(
    ("path", "before", "after", "is_told"),
    [
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace('"-q"', '"--deselect tests/test_a.py"'), True),
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace('version = "1"', 'version = "2"'), False),
        ("pyproject.toml", PYPROJECT, "[tool", True),
        ("setup.cfg", "[metadata]\nname = x\n", "[metadata]\nname = y\n", False),
        ("setup.cfg", "[metadata]\nname = x\n", "[metadata]\nname = x\n[tool:pytest]\naddopts = -k nothing\n", True),
        ("package.json", PACKAGE, PACKAGE.replace('"jest"', '"true"'), True),
        ("package.json", PACKAGE, PACKAGE.replace('"a": "1"', '"a": "2"'), False),
        ("package.json", PACKAGE, "[" * 100_000, True),
    ],
)
def test_of_a_file_with_many_purposes_only_the_settings_of_checks_count(
    path: str, before: str, after: str, is_told: bool
) -> None:
    assert bool(told({path: before}, {path: after})) is is_told


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("m.py", "import os; os._exit(0)"),
        ("m.py", "atexit.register(rewrite)"),
        ("test_m.py", "import _pytest.runner"),
        ("test_m.py", "from _pytest import junitxml"),
        ("test_m.py", "@pytest.mark.skip"),
        ("test_m.py", "pytestmark = pytest.mark.skipif(True, reason='')"),
        ("test_m.py", "@unittest.skip('x')"),
        ("test_m.py", "        self.skipTest('x')"),
        ("tests/plugin.py", "def pytest_runtest_makereport(item, call):"),
        ("m.py", "sys.modules['json'] = fake"),
        ("m.py", "unittest.TestCase.run = lambda *a: None"),
        ("a.test.js", "process.on('exit', () => { process.exitCode = 0 })"),
        ("a.test.ts", "it.skip('adds', () => {})"),
        ("a_test.rb", "at_exit { exit! 0 }"),
        ("a_test.go", "func TestMain(m *testing.M) { os.Exit(0) }"),
        ("ATest.java", "  @Disabled"),
    ],
)
def test_added_lines_that_end_or_replace_the_runner_or_skip_tests_are_told(path: str, line: str) -> None:
    (said,) = told({path: "a = 1\n"}, {path: f"a = 1\n{line}\n"})
    assert said.startswith(f"{path}: line 2 ")
    assert told({path: f"{line}\n"}, {path: f"{line}\nb = 2\n"}) == (), "what was there before is not the change's"


def test_a_change_that_steers_its_checks_is_not_verified_though_they_pass() -> None:
    passed = (Check(CheckKind.TEST, "pytest", Verdict.PASSED),)
    assert Verification("t", passed).verified
    assert not Verification("t", passed, told({}, {"sitecustomize.py": "import os\n"})).verified


def test_honest_changes_are_left_alone() -> None:
    before = {
        "app/__init__.py": "",
        "app/main.py": "def skip(n):\n    return n\n",
        "tests/test_main.py": "def test_a(): pass\n",
    }
    after = {
        **before,
        "app/main.py": "import sys\n\n\ndef skip(n):\n    if n < 0:\n        sys.exit(2)\n    return n + 1\n",
        "tests/test_main.py": "import pytest\n\ndef test_a():\n    with pytest.raises(SystemExit):\n        skip(-1)\n",
        "README.md": "# os._exit is not used\n",
        "web/cli.ts": "process.exitCode = 1\n",
    }
    assert told(before, after) == ()
