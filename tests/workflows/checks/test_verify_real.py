"""Verification with real runners in real boxes: pytest, unittest, node, and checks that misbehave."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from sandbox.backend import CommandLimits, Mount
from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.plain_trees import Files, PlainTrees
from workflows.checks.plan import Candidate, Planned
from workflows.checks.verify import verify
from workflows.text.pull_request.verdict import judged
from workflows.verification import Check, CheckKind, Counts, Grade, Verdict, Verification

pytestmark = [
    pytest.mark.bwrap,
    pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed"),
    pytest.mark.xdist_group("boxes"),
]

# the interpreter and the packages that run this test, so that its pytest is there inside
SITE = Path(pytest.__file__).parent.parent
PLACES = {Path(sys.prefix), SITE} - {Path("/usr")}
PYTEST = f"PYTHONPATH={SITE} {sys.executable} -m pytest -p no:xdist -p no:hypothesispytest -p no:asyncio -p no:anyio"
QUICK = CommandLimits(wall_seconds=60.0)


def _long(*values: str) -> ParameterSet:
    """A case like another one that is tried, for `make matrix`."""
    return pytest.param(*values, marks=pytest.mark.at_length)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the box's user can pass, which pytest's own are not."""
    here = Path(tempfile.mkdtemp(prefix="verify-"))
    here.chmod(0o755)
    yield here
    shutil.rmtree(here, ignore_errors=True)


async def _check(
    place: Path,
    base: Files,
    head: Files,
    command: str,
    kind: CheckKind = CheckKind.TEST,
    shared: tuple[Mount, ...] = (),
) -> Check:
    return (await _checks(place, base, head, Planned(kind, (Candidate(command),)), shared=shared))[0]


async def _checks(
    place: Path, base: Files, head: Files, *planned: Planned, shared: tuple[Mount, ...] = ()
) -> tuple[Check, ...]:
    mounts = tuple(Mount(path, str(path)) for path in sorted(PLACES))
    root = place / secrets.token_hex(4)
    trees = PlainTrees(Bubblewrap(), root, {"base": base, "head": head}, (*mounts, *shared))
    return (await verify(planned, trees, base="base", head="head", limits=QUICK)).checks


async def test_pytest_on_base_and_head_names_what_is_new_mended_and_flaky(place: Path) -> None:
    base = {
        "m.py": "def add(a, b): return a - b\n",
        "test_m.py": "from m import add\ndef test_add(): assert add(1, 1) == 2\n"
        "def test_zero(): assert add(1, 0) == 1\n",
    }
    flaky = (
        "import os\ndef test_flaky():\n    path = '/chance/been-here'\n"
        "    seen = os.path.exists(path)\n    open(path, 'w').close()\n    assert seen\n"
    )
    head = {
        **base,
        "m.py": "def add(a, b): return a + b if b else 0\n",
        "test_flaky.py": flaky,
    }
    chance = place / "chance"  # of a box's own, nothing stays from one run of a test to the next
    chance.mkdir()
    chance.chmod(0o777)
    check = await _check(place, base, head, PYTEST, shared=(Mount(chance, "/chance", writable=True),))
    assert check.verdict is Verdict.FAILED, check
    assert check.new_failures == ("test_m.py::test_zero",)
    assert check.fixed == ("test_m.py::test_add",)
    assert check.flaky == ("test_flaky.py::test_flaky",)
    assert check.head is not None
    assert check.head.counts == Counts(1, 2)


_PLANT = """\
import os, pathlib
def test_plant():
    for place in (pathlib.Path.home() / ".local/bin", pathlib.Path("node_modules/.bin"), pathlib.Path("/tmp")):
        place.mkdir(parents=True, exist_ok=True)
        (place / "tool").write_text("#!/bin/sh\\nexit 0\\n")
        (place / "tool").chmod(0o755)
"""


@pytest.mark.at_length
@pytest.mark.parametrize("where", ["$HOME/.local/bin", _long("$PWD/node_modules/.bin"), _long("/tmp")])
async def test_a_tool_that_the_tests_plant_is_not_there_for_the_next_check(place: Path, where: str) -> None:
    base = {"test_m.py": "def test_m(): pass\n", ".gitignore": "node_modules\n"}
    lint = Planned(CheckKind.LINT, (Candidate(f"PATH={where}:$PATH; tool || exit 3"),))
    tests = Planned(CheckKind.TEST, (Candidate(PYTEST),))
    done = await _checks(place, base, {**base, "test_m.py": _PLANT}, tests, lint)
    assert done[1].verdict is not Verdict.PASSED
    assert done[1].head is not None
    assert done[1].head.exit_code == 3


@pytest.mark.at_length
async def test_a_test_that_makes_its_own_repetition_pass_has_failed(place: Path) -> None:
    base = {"test_m.py": "def test_m(): pass\n"}
    once = "import pathlib\ndef test_m():\n    been = pathlib.Path.home() / 'been'\n"
    once += "    seen = been.exists()\n    been.write_text('')\n    assert seen\n"
    check = await _check(place, base, {"test_m.py": once}, PYTEST)
    assert check.verdict is Verdict.FAILED, check
    assert check.new_failures == ("test_m.py::test_m",)


@pytest.mark.parametrize("cheat", ["import os; os._exit(0)", _long("import atexit, os; atexit.register(os._exit, 0)")])
async def test_a_process_that_ends_with_success_before_its_report_has_failed(place: Path, cheat: str) -> None:
    base = {
        "m.py": "def add(a, b): return a - b\n",
        "test_m.py": "from m import add\ndef test_add(): assert add(1, 1) == 2\n",
    }
    more = {**base, "test_other.py": "def test_other(): pass\n"}
    check = await _check(place, more, {**more, "m.py": f"{cheat}\n{base['m.py']}"}, PYTEST)
    assert check.verdict is Verdict.FAILED, check
    assert check.fixed == ()


_REWRITE = """
import atexit, os, sys
PLACE = next(word.partition("=")[2] for word in sys.argv if word.startswith("--junitxml="))
LIE = '<testsuites><testsuite tests="2"><testcase file="test_m.py" classname="test_m" name="test_add"/>'
LIE += '<testcase file="test_m.py" classname="test_m" name="test_zero"/></testsuite></testsuites>'
def lie():
    with open(PLACE, "w") as file:
        file.write(LIE)
    print("===== 2 passed in 0.01s =====", flush=True)
    os._exit(0)
"""


@pytest.mark.parametrize(
    "when", ["atexit.register(lie)", _long("lie()"), _long("os.unlink(PLACE); atexit.register(lie)")]
)
async def test_a_report_that_is_written_over_is_never_a_pass(place: Path, when: str) -> None:
    base = {
        "m.py": "def add(a, b): return a - b\n",
        "test_m.py": "from m import add\ndef test_add(): assert add(1, 1) == 2\ndef test_zero(): assert add(1, 0)\n",
    }
    check = await _check(place, base, {**base, "m.py": f"{base['m.py']}{_REWRITE}{when}\n"}, PYTEST)
    assert check.verdict is Verdict.FAILED, check
    assert check.fixed == ()


@pytest.mark.at_length
@pytest.mark.skipif(not os.access("/usr/bin/go", os.X_OK), reason="go is not installed for everybody")
async def test_events_of_go_come_through_the_pipe(place: Path) -> None:
    test = 'package m\nimport "testing"\nfunc TestAdds(t *testing.T) { if X != 1 { t.Fatal("no") } }\n'
    base = {"go.mod": "module m\ngo 1.19\n", "m.go": "package m\nconst X = 1\n", "m_test.go": test}
    check = await _check(place, base, {**base, "m.go": "package m\nconst X = 2\n"}, "go test ./...")
    assert (check.verdict, check.new_failures) == (Verdict.FAILED, ("m.TestAdds",)), check.reason
    broken = await _check(place, base, {**base, "m.go": "package m\nconst Y = 2\n"}, "go test ./...")
    assert (broken.verdict, broken.new_failures) == (Verdict.FAILED, ("m",)), broken.reason
    assert "its report is none" not in broken.reason


_MOCHA = """\
#!/usr/bin/env node
// reports as Mocha does: at the end, from the process that ran the tests
const fs = require('fs'), to = process.argv.find(word => word.startsWith('output=')).slice(7)
const ok = require(process.cwd() + '/test.js')
const one = [{title: 'adds', fullTitle: 'adds'}]
fs.writeFileSync(to, JSON.stringify({stats: {}, passes: ok ? one : [], failures: ok ? [] : one, pending: []}))
process.exitCode = ok ? 0 : 1
"""
_MOCHA_LIE = """\
process.on('exit', () => {
  const to = process.argv.find(word => word.startsWith('output=')).slice(7)
  require('fs').writeFileSync(to, '{"stats":{},"passes":[{"title":"adds","fullTitle":"adds"}]}')
  process.exitCode = 0
})
module.exports = false
"""


@pytest.mark.skipif(not os.access("/usr/bin/node", os.X_OK), reason="node is not installed for everybody")
@pytest.mark.parametrize("command", ["npm test", _long("./node_modules/.bin/mocha")])
async def test_a_report_of_a_runner_of_javascript_is_not_written_over(place: Path, command: str) -> None:
    base = {
        "package.json": '{"scripts": {"test": "mocha"}}',
        "node_modules/.bin/mocha": _MOCHA,
        "test.js": "module.exports = true\n",
    }
    check = await _check(place, base, {**base, "test.js": _MOCHA_LIE}, command)
    assert check.base is not None
    assert check.base.counts == Counts(1), check
    assert check.verdict is Verdict.FAILED, check


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("test_m.py", "import pytest\n@pytest.mark.skip\ndef test_add(): assert 0\ndef test_zero(): pass\n"),
        _long("test_m.py", "def test_zero(): pass\ndef test_another(): pass\n"),
        ("pytest.ini", "[pytest]\naddopts = --deselect test_m.py::test_add\n"),
        _long("conftest.py", "def pytest_collection_modifyitems(items): items[:] = items[1:]\n"),
    ],
)
async def test_tests_that_ran_before_and_do_not_now_are_named(place: Path, file: str, text: str) -> None:
    base = {"test_m.py": "def test_add(): assert 0\ndef test_zero(): pass\n"}
    check = await _check(place, base, {**base, file: text}, PYTEST)
    assert check.lost == ("test_m.py::test_add",), check
    assert judged(Verification("head", (check,))).grade is not Grade.PROVEN


@pytest.mark.at_length
async def test_a_repetition_that_ends_early_mends_nothing(place: Path) -> None:
    base = {"m.py": "X = 1\n", "test_m.py": "from m import X\ndef test_x(): assert X == 1\n"}
    second = "import os, pathlib\nbeen = pathlib.Path('/chance/been')\n"
    second += "os._exit(0) if been.exists() else been.write_text('')\n"
    chance = place / "chance"
    chance.mkdir()
    chance.chmod(0o777)
    head = {**base, "m.py": "X = 2\n", "conftest.py": second}
    check = await _check(place, base, head, PYTEST, shared=(Mount(chance, "/chance", writable=True),))
    assert check.verdict is Verdict.FAILED, check
    assert check.flaky == ()


@pytest.mark.at_length
async def test_a_part_that_may_fail_does_not_fail_the_change(place: Path) -> None:
    base = {
        "Makefile": f"test:\n\t-@{PYTEST} test_soft.py\n\t@{PYTEST} test_m.py\n",
        "m.py": "X = 2\n",
        "test_m.py": "from m import X\ndef test_x(): assert X == 1\n",
        "test_soft.py": "def test_s(): assert 0\n",
    }
    check = await _check(place, base, {**base, "m.py": "X = 1\n"}, "make test")
    assert check.verdict is Verdict.PASSED, check


@pytest.mark.at_length
async def test_a_module_that_cannot_be_imported_does_not_hide_the_rest(place: Path) -> None:
    base = {"test_a.py": "import no_such_thing\n", "test_b.py": "def test_b(): pass\n"}
    check = await _check(place, base, base, PYTEST)
    assert (check.verdict, check.reason) == (Verdict.PASSED, "1 failure on the base too.")
    assert check.head is not None
    assert check.head.counts == Counts(1, 1)


async def test_pytest_below_make_reports_through_the_environment(place: Path) -> None:
    base = {"test_b.py": "def test_b(): print('= 99 passed in 1.0s =')\n", "Makefile": f"test:\n\t@{PYTEST} -q -s\n"}
    check = await _check(place, base, base, "make test")
    assert check.verdict is Verdict.PASSED
    assert check.head is not None
    assert check.head.counts == Counts(1)


async def test_unittest_is_read_from_its_summary(place: Path) -> None:
    text = "import unittest\nclass T(unittest.TestCase):\n    def test_x(self): self.assertEqual({}, 1)\n"
    check = await _check(place, {"test_x.py": text.format(1)}, {"test_x.py": text.format(2)}, "python3 -m unittest")
    assert check.verdict is Verdict.FAILED
    assert check.new_failures == ("test_x (test_x.T.test_x)",)


@pytest.mark.at_length
@pytest.mark.skipif(not os.access("/usr/bin/node", os.X_OK), reason="node is not installed for everybody")
async def test_node_reports_beside_its_summary(place: Path) -> None:
    text = "import test from 'node:test'; import a from 'node:assert'; test('adds', () => a.equal(1, {}))\n"
    manifest = '{"scripts": {"test": "node --test"}}'
    base = {"a.test.mjs": text.format(1), "package.json": manifest}
    head = {"a.test.mjs": text.format(2), "package.json": manifest}
    for command in ("node --test", "npm test"):
        check = await _check(place, base, head, command)
        assert (check.verdict, check.new_failures) == (Verdict.FAILED, ("adds",)), check


@pytest.mark.at_length
async def test_a_report_that_is_a_link_to_a_host_file_or_a_pipe_is_no_report(place: Path) -> None:
    secret = place / "secret.xml"
    secret.write_text("<testsuite><testcase name='leak'/></testsuite>")
    secret.chmod(0o644)
    for trick in (f"os.symlink({str(secret)!r}, path)", "os.mkfifo(path)"):
        conftest = (
            "import os\ndef pytest_unconfigure(config):\n    path = config.option.xmlpath\n"
            f"    os.remove(path)\n    {trick}\n"
        )
        files = {"conftest.py": conftest, "test_a.py": "def test_a(): pass\n"}
        check = await _check(place, files, files, f"{PYTEST} -p no:cacheprovider")
        assert check.head is not None
        assert check.head.counts == Counts(1), "the summary has to do"


async def test_a_check_that_never_ends_is_stopped_and_says_so(place: Path) -> None:
    files = {"a.txt": ""}
    trees = PlainTrees(Bubblewrap(), place, {"base": files, "head": files})
    planned = Planned(CheckKind.TEST, (Candidate("sleep 1000"),))
    done = await verify([planned], trees, base="base", head="head", limits=CommandLimits(wall_seconds=0.5))
    assert (done.checks[0].verdict, done.checks[0].reason) == (Verdict.NOT_RUN, "It was stopped (timeout).")


INVENTS = """import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report):
    report.nodeid = report.nodeid.replace("test_old", "test_solved")
"""
DROPS = """def pytest_runtestloop(session):
    if not session.config.option.collectonly:
        del session.items[1:]
"""


@pytest.mark.parametrize(("conftest", "says"), [(INVENTS, "test_solved"), _long(DROPS, "2 tests are there")])
async def test_a_report_is_held_against_the_tests_that_a_run_of_its_own_collects(
    place: Path, conftest: str, says: str
) -> None:
    base = {"test_m.py": "def test_old(): pass\n"}
    head = {"test_m.py": base["test_m.py"] + "def test_more(): pass\n", "conftest.py": conftest}
    check = await _check(place, base, head, f"{PYTEST} -q")
    assert check.verdict is Verdict.FAILED
    assert says in check.reason


@pytest.mark.at_length
async def test_results_that_differ_from_what_is_collected_on_the_base_too_are_how_its_runner_is(place: Path) -> None:
    base = {"test_m.py": "def test_old(): pass\ndef test_more(): pass\n", "conftest.py": DROPS}
    check = await _check(place, base, {**base, "m.py": "X = 1\n"}, f"{PYTEST} -q")
    assert check.verdict is Verdict.PASSED
