"""The four-way check with a real pytest: what proves a change, what keeps it from being proven, what it takes away."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sandbox.backend import CommandLimits, Mount
from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.two_sides import TwoSides
from workflows.checks.change.fitting import WantedFailure
from workflows.checks.commands.allowance import Allowance
from workflows.checks.plan import Candidate, Planned
from workflows.checks.proofs.four_ways import Crossing
from workflows.checks.proofs.mixed_runs import MixedRuns
from workflows.checks.proofs.new_tests import NewTests
from workflows.checks.ran import Ran
from workflows.checks.verify import Cross, verify
from workflows.text.pull_request.verdict import judged
from workflows.verification import CheckKind, CheckRun, Counts, Grade, Verification

pytestmark = [
    pytest.mark.bwrap,
    pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed"),
    pytest.mark.xdist_group("boxes"),
]

SITE = Path(pytest.__file__).parent.parent
MOUNTS = tuple(Mount(path, str(path)) for path in sorted({Path(sys.prefix), SITE} - {Path("/usr")}))
PYTEST = f"PYTHONPATH={SITE} {sys.executable} -m pytest -q -p no:xdist -p no:hypothesispytest -p no:asyncio -p no:anyio"
QUICK = CommandLimits(wall_seconds=120.0)
ADDER = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b if b else 0\n"
ZERO = "from adder import add\n\n\ndef test_zero():\n    assert add(3, 0) == 3\n\n\n"
ZERO += "def test_same():\n    assert add(0, 0) == 0\n"
SHOWS = "\n\ndef test_add():\n    assert add(1, 2) == 3\n"
BASE = {"adder.py": ADDER, "test_adder.py": ZERO}
WANTED = WantedFailure("add() subtracts\nadd(1, 2) gives -1 instead of 3.")


@pytest.fixture
def place() -> Iterator[Path]:
    here = Path(tempfile.mkdtemp(prefix="sides-"))
    here.chmod(0o755)
    yield here
    shutil.rmtree(here, ignore_errors=True)


async def checked(
    place: Path,
    head: Mapping[str, str | None],
    base: Mapping[str, str] | None = None,
    wanted: WantedFailure = WANTED,
    shared: tuple[Mount, ...] = (),
) -> Verification:
    sides = TwoSides.made(place / secrets.token_hex(4), Bubblewrap(), base or BASE, head, (*MOUNTS, *shared))
    check = Planned(CheckKind.TEST, (Candidate(PYTEST),))
    cross = Cross(sides.mixed, wanted, hunks=sides.hunks)
    return await verify([check], sides, base=sides.base, head=sides.head, limits=QUICK, cross=cross)


async def test_a_true_change_with_a_test_that_fails_without_it_is_proven(place: Path) -> None:
    done = await checked(place, {"adder.py": RIGHT, "test_adder.py": ZERO + SHOWS})
    assert [(proof.test, proof.by) for proof in done.proofs] == [("test_adder.py::test_add", "Pullwright")]
    assert "assert" in done.proofs[0].reason
    assert judged(done).headline == (
        "Proven by `test_adder.py::test_add`, written by Pullwright: it fails without this change and passes with it."
    )


CASES = (
    "from adder import add\n{load}\n\ndef test_cases():\n    for a, b, c in {cases}:\n        assert add(a, b) == c\n"
)
DATA = CASES.format(load="import json, pathlib", cases="json.loads(pathlib.Path('tests/cases.json').read_text())")
LISTED = CASES.format(load="from cases import CASES", cases="CASES")
BESIDE = {
    "data": ({"tests/cases.json": "[[3, 0, 3]]", "tests/test_adder.py": DATA}, {"tests/cases.json": "[[1, 2, 3]]"}),
    "a list of cases": (
        {"tests/cases.py": "CASES = [(3, 0, 3)]\n", "tests/test_adder.py": LISTED},
        {"tests/cases.py": "CASES = [(3, 0, 3), (1, 2, 3)]\n"},
    ),
    "a golden file elsewhere": (
        {"golden/cases.json": "[[3, 0, 3]]", "test_adder.py": DATA.replace("tests/", "golden/")},
        {"golden/cases.json": "[[1, 2, 3]]"},
    ),
}


@pytest.mark.at_length
@pytest.mark.parametrize("way", BESIDE)
async def test_a_test_proves_whose_new_case_stands_beside_its_file(place: Path, way: str) -> None:
    base, head = BESIDE[way]
    done = await checked(place, {"adder.py": RIGHT, **head}, {"adder.py": ADDER, **base})
    assert [proof.test.rpartition("::")[2] for proof in done.proofs] == ["test_cases"]
    assert judged(done).grade is Grade.PROVEN
    wrong = await checked(place, {"adder.py": f"{ADDER}# sums\n", **head}, {"adder.py": ADDER, **base})
    assert judged(wrong).grade is Grade.NOT_VERIFIED
    idle = {name: f"{text}\n" for name, text in base.items() if name in head}
    same = await checked(place, {"adder.py": RIGHT, **idle}, {"adder.py": ADDER, **base})
    assert judged(same).grade is Grade.NOTHING_BROKE


@pytest.mark.at_length
async def test_a_hunk_that_no_proving_test_notices_is_told(place: Path) -> None:
    same = "\n\ndef same(a):\n    return a\n"
    more = f"{RIGHT}{same}\n\n# Adds it to itself.\ndef twice(a):\n    return a + a\n"
    base = {**BASE, "adder.py": ADDER + same}
    done = await checked(place, {"adder.py": more, "test_adder.py": ZERO + SHOWS}, base)
    assert judged(done).grade is Grade.PROVEN
    assert done.unexercised == ("adder.py:7",)


@pytest.mark.at_length
async def test_a_test_that_was_there_and_failed_proves_too(place: Path) -> None:
    done = await checked(place, {"adder.py": RIGHT}, {**BASE, "test_adder.py": ZERO + SHOWS})
    assert "there before" in judged(done).headline


@pytest.mark.at_length
async def test_a_test_that_failed_before_is_nobodys_though_its_file_gained_another(place: Path) -> None:
    more = "\n\ndef test_more():\n    assert add(2, 2) == 4\n"
    done = await checked(
        place, {"adder.py": RIGHT, "test_adder.py": ZERO + SHOWS + more}, {**BASE, "test_adder.py": ZERO + SHOWS}
    )
    by = {proof.test.partition("::")[2]: proof.by for proof in done.proofs}
    assert by == {"test_add": "", "test_more": "Pullwright"}
    assert "`test_adder.py::test_add`, there before and " in judged(done).headline
    assert "`test_adder.py::test_more`, written by Pullwright: they fail" in judged(done).headline


@pytest.mark.parametrize(
    "head",
    [
        pytest.param({"adder.py": RIGHT}, marks=pytest.mark.at_length),
        pytest.param({"adder.py": f"# adds\n{ADDER}"}, marks=pytest.mark.at_length),
        {"adder.py": RIGHT, "test_adder.py": f"{ZERO}\n\ndef test_none():\n    assert True\n"},
        pytest.param(
            {"adder.py": f"{ADDER}\n", "test_other.py": "import os\n\ndef test_os():\n    assert os\n"},
            marks=pytest.mark.at_length,
        ),
    ],
)
async def test_what_no_test_shows_is_not_proven(place: Path, head: dict[str, str | None]) -> None:
    done = await checked(place, head)
    verdict = judged(done)
    assert (verdict.grade, verdict.exit_code) == (Grade.NOTHING_BROKE, 4)
    assert "no test shows that the issue is solved" in verdict.headline


@pytest.mark.at_length
@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("def test_new():\n    import no_such_package\n    assert not no_such_package\n", "no_such_package"),
        ("def test_new(nothing):\n    assert nothing\n", "fixture"),
        ("import os\ndef test_new():\n    assert os.path.exists('here')\n    raise KeyError\n", ""),
    ],
)
async def test_a_test_that_fails_with_the_change_too_is_no_proof(place: Path, new: str, why: str) -> None:
    done = await checked(place, {"adder.py": RIGHT, "test_new.py": new})
    assert judged(done).grade is Grade.NOT_VERIFIED, why
    assert not done.proofs


@pytest.mark.at_length
@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("import helper\ndef test_new():\n    assert helper.GOOD\n", "package helper is missing"),
        ("def test_new():\n    if 'a + b' not in open('adder.py').read(): raise LookupError('x')\n", "LookupError"),
        ("from adder import fresh\ndef test_new():\n    assert fresh() == 1\n", "neither the issue nor the plan"),
    ],
)
async def test_a_failure_of_another_reason_proves_nothing(place: Path, new: str, why: str) -> None:
    head = {"adder.py": f"{RIGHT}\ndef fresh():\n    return 1\n", "test_new.py": new}
    if "helper" in new:
        head["tests/__init__.py"] = ""
        head["helper.py"] = "GOOD = 1\n"
    done = await checked(place, head)
    assert not done.proofs
    assert any(why in told for told in done.unproven) or "helper" in new, done.unproven


@pytest.mark.at_length
async def test_a_new_name_that_the_plan_gives_and_the_change_defines_proves(place: Path) -> None:
    head = {
        "adder.py": f"{ADDER}\ndef total(items):\n    return sum(items)\n",
        "test_adder.py": f"from adder import total\n{ZERO}\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    }
    done = await checked(place, head, wanted=WantedFailure("Sum a list", "Add a function total to adder.py."))
    assert [proof.test for proof in done.proofs] == ["test_adder.py::test_total"], done
    assert not done.lost, "tests that the missing name stops on the base's code are not lost"
    assert judged(done).grade is Grade.PROVEN


@pytest.mark.at_length
async def test_an_edited_test_that_asks_for_a_new_name_proves_though_its_whole_file_cannot_be_loaded(
    place: Path,
) -> None:
    head = {
        "adder.py": f"{ADDER}\ndef total(items):\n    return sum(items)\n",
        "test_adder.py": f"from adder import total\n{ZERO.replace('add(0, 0) == 0', 'total([]) == 0')}",
    }
    done = await checked(place, head, wanted=WantedFailure("Sum a list", "Add a function total to adder.py."))
    assert [proof.test for proof in done.proofs] == ["test_adder.py::test_same"], done


LOSING: dict[str, dict[str, str | None]] = {
    "removed beside others": {
        "test_adder.py": ZERO.replace("test_zero", "test_other").replace("add(3, 0) == 3", "True")
    },
    "deleted": {"test_adder.py": None, "test_more.py": "def test_a(): pass\ndef test_b(): pass\n"},
    "emptied": {"test_adder.py": ZERO.replace("assert add(3, 0) == 3", "pass")},
    "skipped": {"test_adder.py": ZERO.replace("def test_zero", "import pytest\n@pytest.mark.skip\ndef test_zero")},
    "deselected": {"pytest.ini": "[pytest]\naddopts = --deselect test_adder.py::test_zero\n"},
    "renamed so that it is no test": {"test_adder.py": ZERO.replace("def test_zero", "def zero")},
    "file renamed": {"test_adder.py": None, "adder_cases.py": ZERO, "test_more.py": "def test_a(): pass\n"},
}


LOST = [pytest.param(way, marks=() if way == "deleted" else pytest.mark.at_length) for way in LOSING]


@pytest.mark.at_length
@pytest.mark.parametrize("way", LOST)
async def test_a_test_that_is_lost_and_fails_over_the_new_code_is_a_failure(place: Path, way: str) -> None:
    done = await checked(place, {"adder.py": WRONG, **LOSING[way]})
    assert judged(done).grade is Grade.NOT_VERIFIED, done
    assert "test_adder.py::test_zero" in done.checks[0].new_failures, done


@pytest.mark.parametrize("way", LOST)
async def test_a_test_that_is_lost_is_named_and_never_better_than_nothing_broke(place: Path, way: str) -> None:
    shows = {"test_shows.py": f"from adder import add{SHOWS}"}
    verdict = judged(await checked(place, {"adder.py": RIGHT, **LOSING[way], **shows}))
    assert verdict.grade is not Grade.PROVEN
    assert "test_zero" in verdict.headline, verdict


@pytest.mark.at_length
async def test_an_edited_test_whose_old_form_fails_is_a_changed_demand(place: Path) -> None:
    asks = f"{ZERO}\n\ndef test_add():\n    assert add(1, 2) == -1\n"
    done = await checked(place, {"adder.py": RIGHT, "test_adder.py": ZERO + SHOWS}, {**BASE, "test_adder.py": asks})
    verdict = judged(done)
    assert done.demands == ("test_adder.py::test_add",)
    assert "Changed demand: `test_adder.py::test_add`" in verdict.headline
    assert (verdict.grade, verdict.ready()) == (Grade.PROVEN, False)


def _counting(place: Path, name: str) -> tuple[str, Path, Mount]:
    """A test that writes down each time that it is run, where, and what shows it the place."""
    shared = place / name
    shared.mkdir()
    shared.chmod(0o777)
    text = f"\n\ndef test_{name}():\n    with open('/{name}/runs', 'a') as runs:\n        runs.write('x')\n"
    return text, shared / "runs", Mount(shared, f"/{name}", writable=True)


@pytest.mark.at_length
async def test_of_a_long_file_only_the_tests_that_are_touched_are_run_again_and_again(place: Path) -> None:
    """Once on each side, and once in its old form, since what is new may do something that it sees."""
    slow, runs, shared = _counting(place, "slow")
    same, twice = "\n\ndef same(a):\n    return a\n", "\n\ndef twice(a):\n    return a + a\n"
    base = {"adder.py": ADDER + same, "test_adder.py": ZERO + slow}
    head = {"adder.py": RIGHT + same + twice, "test_adder.py": ZERO + slow + SHOWS}
    done = await checked(place, head, base, shared=(shared,))
    assert [proof.test for proof in done.proofs] == ["test_adder.py::test_add"]
    assert done.unexercised == ("adder.py:7",)
    assert runs.read_text() == "xxx"


@pytest.mark.at_length
@pytest.mark.parametrize("helper", [False, True])
async def test_without_time_for_a_whole_file_its_touched_tests_are_run_and_that_is_told(
    place: Path, helper: bool
) -> None:
    slow, runs, shared = _counting(place, "slow")
    asks, more = "\n\ndef test_add():\n    assert add(1, 2) == -1\n", "\n\ndef helping():\n    return 1\n"
    base = {**BASE, "test_adder.py": ZERO + slow + asks}
    head = {"adder.py": RIGHT, "test_adder.py": ZERO + slow + SHOWS + (more if helper else "")}
    sides = TwoSides.made(place / "sides", Bubblewrap(), base, head, (*MOUNTS, shared))
    names = frozenset(f"test_adder.py::test_{name}" for name in ("zero", "same", "slow", "add"))
    ran = Ran(CheckRun(0, 900.0, Counts(4)), passed=names)
    short = Allowance(1000.0)
    mixed = await sides.mixed()
    runs_over = MixedRuns(Candidate(PYTEST), ran, ran, mixed, sides, QUICK, short)
    new = NewTests(runs_over, sides.base, sides.head, WANTED)
    crossed = await Crossing(runs_over, sides.head, new).cross(())
    if helper:  # others may see it: what the touched tests say is not all there is to know
        assert crossed.demands == ("test_adder.py::test_add",)
        assert (crossed.not_run, runs.read_text()) == ((), "xx")
    else:
        assert crossed.demands == ("test_adder.py::test_add",)
        assert not runs.exists()
        assert crossed.not_run == (
            "The base's tests over the new code: there is no time left for all of them, "
            "and only those were run that the change touches.",
        )
    assert [proof.test for proof in crossed.proofs] == ["test_adder.py::test_add"]


@pytest.mark.at_length
async def test_a_flaky_test_proves_nothing(place: Path) -> None:
    """It fails in turns: on the base's code three times alike is what it does not."""
    turns = (
        "import pathlib\nfrom adder import add\n\ndef test_turns():\n"
        "    count = pathlib.Path('/chance/turns')\n"
        "    seen = int(count.read_text()) if count.exists() else 0\n    count.write_text(str(seen + 1))\n"
        "    assert seen % 2 == 0\n"
    )
    chance = place / "chance"
    chance.mkdir()
    chance.chmod(0o777)
    shared = (Mount(chance, "/chance", writable=True),)
    done = await checked(place, {"adder.py": RIGHT, "test_turns.py": turns}, shared=shared)
    assert not done.proofs


def _random(values: str) -> str:
    return f"import pytest, random, adder\n\n@pytest.mark.parametrize('n', {values})\ndef test_any(n):\n    assert n\n"


@pytest.mark.at_length
@pytest.mark.parametrize("random", [True, False])
async def test_a_test_whose_name_is_another_each_time_is_not_lost(place: Path, random: bool) -> None:
    """What the names are made of may also be the code's: then one of them is gone."""
    named = _random("[random.random()]" if random else "adder.NAMES")
    base = {**BASE, "adder.py": f"{ADDER}NAMES = ['a', 'b']\n", "test_any.py": named}
    head = {"adder.py": f"{RIGHT}NAMES = ['a', 'c', 'd']\n", "test_adder.py": ZERO + SHOWS}
    done = await checked(place, head, base)
    assert done.lost == (() if random else ("test_any.py::test_any[b]",))
    assert judged(done).grade is (Grade.PROVEN if random else Grade.NOTHING_BROKE)


HALVES = ADDER + "\n\ndef half(a):\n    return a / 2\n"
WORSE = RIGHT + "\n\ndef half(a):\n    return a // 2\n"
HELPED = "from adder import half\nfrom near import near\n\n\ndef test_half():\n    assert near(half(3), 1.5)\n"
TABLED = "from adder import half\nfrom near import ROWS\n\n\n"
TABLED += "def test_half():\n    assert all(half(a) == b for a, b in ROWS)\n"
LOOSENED = {
    "a helper that asserts": (
        {"tests/near.py": "def near(a, b):\n    assert abs(a - b) < 1e-9\n    return True\n"},
        {"tests/near.py": "def near(a, b):\n    assert abs(a - b) < 1\n    return True\n"},
    ),
    "a helper that only returns": (
        {"tests/near.py": "def near(a, b):\n    return abs(a - b) < 1e-9\n"},
        {"tests/near.py": "def near(a, b):\n    return abs(a - b) < 1\n"},
    ),
    "a tolerance": (
        {"tests/near.py": "TOLERANCE = 1e-9\n\n\ndef near(a, b):\n    return abs(a - b) < TOLERANCE\n"},
        {"tests/near.py": "TOLERANCE = 1\n\n\ndef near(a, b):\n    return abs(a - b) < TOLERANCE\n"},
    ),
    "a table": (
        {"tests/near.py": "ROWS = [(4, 2), (3, 1.5)]\n", "tests/test_half.py": TABLED},
        {"tests/near.py": "ROWS = [(4, 2)]\n"},
    ),
}


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=() if way == "a tolerance" else pytest.mark.at_length) for way in LOOSENED]
)
async def test_a_test_that_asks_for_less_by_what_it_uses_keeps_a_change_from_being_proven(
    place: Path, way: str
) -> None:
    files, lowered = LOOSENED[way]
    base = {"adder.py": HALVES, "tests/test_half.py": HELPED, **files}
    shows = {"tests/test_add.py": f"from adder import add{SHOWS}"}
    done = await checked(place, {"adder.py": WORSE, **lowered, **shows}, base)
    verdict = judged(done)
    assert (verdict.grade, verdict.changed) == (Grade.NOTHING_BROKE, True), verdict
    assert [proof.test for proof in done.proofs] == ["tests/test_add.py::test_add"]
    assert done.loosened == (() if way == "a table" else ("tests/test_half.py::test_half",))


@pytest.mark.at_length
async def test_a_helper_that_is_brought_along_to_a_new_name_takes_nothing_away(place: Path) -> None:
    near = "from adder import half\n\n\ndef near(a, b):\n    return abs(half(a) - b) < 1e-9\n"
    test = "from near import near\n\n\ndef test_half():\n    assert near(3, 1.5)\n"
    base = {"adder.py": HALVES, "tests/near.py": near, "tests/test_half.py": test}
    head = {
        "adder.py": RIGHT + "\n\ndef halved(a):\n    return a / 2\n",
        "tests/near.py": near.replace("half(", "halved(").replace("import half", "import halved"),
        "tests/test_add.py": f"from adder import add{SHOWS}",
    }
    wanted = WantedFailure(f"{WANTED.issue} And `half` is to be called `halved`.")
    done = await checked(place, head, base, wanted)
    assert (judged(done).grade, done.loosened) == (Grade.PROVEN, ()), done


REACHING = {
    "a patch that is started": "from unittest.mock import patch\npatch('adder.half', lambda a: a / 2).start()\n",
    "an assignment": "import adder\nadder.half = lambda a: a / 2\n",
    "a fixture of a session": "import adder, pytest\n\n\n@pytest.fixture(autouse=True, scope='session')\n"
    "def same():\n    import tests.test_half as t\n    t.half = lambda a: a / 2\n\n\n",
    "a test": "import adder\n\n\ndef test_aaa():\n    adder.half = lambda a: a / 2\n    assert adder\n\n\n",
}


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=() if way == "an assignment" else pytest.mark.at_length) for way in REACHING]
)
async def test_a_new_test_that_mends_the_code_for_the_others_does_not_hide_what_broke(place: Path, way: str) -> None:
    half = "import adder\n\n\ndef test_half():\n    assert adder.half(3) == 1.5\n"
    if "session" in way:
        half = half.replace("import adder", "from adder import half").replace("adder.half(3)", "half(3)")
    base = {"adder.py": HALVES, "tests/__init__.py": "", "tests/test_half.py": half}
    head = {"adder.py": WORSE, "tests/test_aaa.py": f"{REACHING[way]}from adder import add{SHOWS}"}
    done = await checked(place, head, base)
    assert judged(done).grade is Grade.NOT_VERIFIED, judged(done)
    assert done.checks[0].new_failures == ("tests/test_half.py::test_half",)
    assert "unless the change's tests run beside them" in done.checks[0].reason
    right = await checked(place, {**head, "adder.py": RIGHT + HALVES.removeprefix(ADDER)}, base)
    assert judged(right).grade is Grade.PROVEN, judged(right)
