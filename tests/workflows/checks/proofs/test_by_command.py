"""What commands show by their exit codes alone: a reproduction, a configured check, and tests that nobody counts."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sandbox.backend import CommandLimits
from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.two_sides import TwoSides
from workflows.checks.change.fitting import WantedFailure
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.plan import Candidate, Planned
from workflows.checks.proofs.by_command import SCRIPT, ByCommand, FailingScript, taken_out
from workflows.checks.verify import Cross, verify
from workflows.text.pull_request.verdict import ground, judged
from workflows.verification import CheckKind, Grade, Verification

pytestmark = [
    pytest.mark.bwrap,
    pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed"),
    pytest.mark.xdist_group("boxes"),
]

ADDER = "print(int(__import__('sys').argv[1]) - int(__import__('sys').argv[2]))\n"
RIGHT = {"adder.py": ADDER.replace(" - ", " + ")}
WRONG = {"adder.py": f"# It adds.\n{ADDER}"}
SCRIPT_TEXT = 'got=$(python3 adder.py 1 2)\n[ "$got" = 3 ] || { echo "expected 3, got $got"; exit 1; }'
WANTED = WantedFailure("The adder subtracts\n`adder.py 1 2` prints -1 instead of 3.")
LONG = pytest.mark.at_length
QUICK = CommandLimits(wall_seconds=60.0)
ZERO = '[ "$(python3 adder.py 3 0)" = 3 ] || { echo "FAIL: zero"; exit 1; }\n'
SHOWS = '[ "$(python3 adder.py 1 2)" = 3 ] || { echo "FAIL: expected 3"; exit 1; }\n'
ALL = "for one in tests/*.sh; do sh $one || exit 1; done"
OWN = Planned(CheckKind.TEST, (Candidate(ALL),))


@pytest.fixture
def place() -> Iterator[Path]:
    here = Path(tempfile.mkdtemp(prefix="sides-"))
    here.chmod(0o755)
    yield here
    shutil.rmtree(here, ignore_errors=True)


def _sides(place: Path, head: Mapping[str, str | None], base: Mapping[str, str] | None = None) -> TwoSides:
    return TwoSides.made(place / secrets.token_hex(4), Bubblewrap(), {"adder.py": ADDER, **(base or {})}, head)


async def _verified(
    place: Path,
    head: Mapping[str, str | None],
    *checks: Planned,
    base: Mapping[str, str] | None = None,
    script: str = "",
    wanted: WantedFailure = WANTED,
) -> Verification:
    sides = _sides(place, head, base)
    one = FailingScript(script) if script else None
    cross = Cross(sides.mixed, wanted, hunks=sides.hunks, reproduction=one)
    return await verify(checks, sides, base=sides.base, head=sides.head, limits=QUICK, cross=cross)


def _grade(verification: Verification) -> Grade:
    return judged(verification).grade


async def test_a_script_that_fails_without_the_change_and_passes_with_it_proves_it(place: Path) -> None:
    done = await _verified(place, {**RIGHT, "other.py": "x = 1\n"}, script=SCRIPT_TEXT)
    assert judged(done).headline == (
        f"Proven by `{SCRIPT}`, written by Pullwright: it fails without this change and passes with it."
    )
    assert [(proof.test, proof.reason) for proof in done.proofs] == [(SCRIPT, "expected 3, got -1")]
    assert done.reproduction == SCRIPT_TEXT
    assert ground(done) == (
        f"`{SCRIPT}` counts no tests: it is judged by its exit code alone.",
        "Not exercised by any proving test: `other.py:1`.",
    )


async def test_a_change_that_does_not_help_goes_back(place: Path) -> None:
    done = await _verified(place, WRONG, script=SCRIPT_TEXT)
    (check,) = done.failed
    assert (check.kind, check.reason) == (CheckKind.REPRODUCTION, "With the change it ends with exit code 1.")
    assert _grade(done) is Grade.NOT_VERIFIED


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 0", "it does not fail"),
        pytest.param("missing-tool adder.py", "missing-tool: command not found", marks=LONG),
        ("missing-tool || true; exit 3", "missing-tool: command not found"),
        ("python3 -c 'import nowhere'", "nowhere"),
        pytest.param("exit 1", "what it fails with could not be read", marks=LONG),
        pytest.param("echo 'curl: (6) Could not resolve host: example.org'; exit 6", "the network", marks=LONG),
        pytest.param("python3 -c 'raise LookupError(1)'", "LookupError, which is not what the issue", marks=LONG),
    ],
)
async def test_a_script_that_fails_for_another_reason_shows_nothing(place: Path, script: str, why: str) -> None:
    done = await _verified(place, RIGHT, script=script)
    assert (done.proofs, _grade(done)) == ((), Grade.NOT_VERIFIED)
    assert why in done.checks[0].reason
    assert why in judged(done).why
    sides = _sides(place, {})
    found = await ByCommand(sides, sides.base, sides.base, Mixed(), WANTED, QUICK).fails_on_base(FailingScript(script))
    assert isinstance(found, str)
    assert why in found


@pytest.mark.at_length
async def test_a_configured_check_that_turns_proves_where_nothing_runs_tests(place: Path) -> None:
    check = Planned(CheckKind.OTHER, (Candidate('test "$(python3 adder.py 1 2)" = 3'),))
    done = await _verified(place, RIGHT, check)
    assert (_grade(done), done.proofs[0].by, done.proofs[0].reason) == (Grade.PROVEN, "", "exit code 1")
    tests = Planned(CheckKind.TEST, (Candidate("true"),))
    assert (await _verified(place, RIGHT, check, tests)).proofs == (), "tests speak where there are some"
    assert _grade(await _verified(place, WRONG, check)) is Grade.NOT_VERIFIED
    lint = Planned(CheckKind.LINT, check.candidates)
    assert (await _verified(place, RIGHT, lint)).proofs == ()


@pytest.mark.at_length
async def test_tests_that_nobody_counts_prove_by_their_exit_code(place: Path) -> None:
    base = {"tests/zero.sh": ZERO}
    done = await _verified(place, {**RIGHT, "tests/shows.sh": SHOWS}, OWN, base=base)
    assert [(proof.test, proof.by, proof.reason) for proof in done.proofs] == [(ALL, "Pullwright", "FAIL: expected 3")]
    assert _grade(done) is Grade.PROVEN
    before = await _verified(place, RIGHT, OWN, base={**base, "tests/shows.sh": SHOWS})
    assert [proof.by for proof in before.proofs] == [""]
    alone = await _verified(place, RIGHT, OWN, base=base)
    assert (alone.proofs, alone.unproven, _grade(alone)) == ((), (), Grade.NOTHING_BROKE)
    agreeing = await _verified(place, {**RIGHT, "tests/more.sh": ZERO}, OWN, base=base)
    assert agreeing.unproven == (f"{ALL}: without the change it does not fail",)


@pytest.mark.at_length
async def test_tests_that_nobody_counts_are_lost_and_changed_by_name_too(place: Path) -> None:
    base = {"tests/zero.sh": ZERO, "tests/old.sh": '[ "$(python3 adder.py 2 1)" = 1 ]\n'}
    gone = await _verified(place, {**WRONG, "tests/zero.sh": None}, OWN, base=base)
    assert (gone.lost, _grade(gone)) == (("tests/zero.sh",), Grade.NOTHING_BROKE)
    edited = await _verified(place, {**RIGHT, "tests/old.sh": SHOWS}, OWN, base=base)
    assert edited.demands == (ALL,)
    assert not judged(edited).ready("nothing-broke")


BREAKS = 'grep -q " - " adder.py && sed -i s/1/7/ adder.py\n'


async def test_a_script_that_edits_what_it_judges_proves_nothing(place: Path) -> None:
    done = await _verified(place, RIGHT, script=BREAKS + SCRIPT_TEXT)
    assert done.proofs == ()
    (check,) = done.checks
    assert "Without the change it changes files of the repository (adder.py)." in check.reason
    assert _grade(done) is not Grade.PROVEN
    sides = _sides(place, RIGHT)
    mixed = await sides.mixed()
    by = ByCommand(sides, sides.base, sides.head, mixed, WANTED, QUICK)
    assert "it changes files of the repository" in str(await by.fails_on_base(FailingScript(BREAKS + SCRIPT_TEXT)))


async def test_a_script_that_mends_the_change_by_itself_proves_nothing(place: Path) -> None:
    mends = f'grep -q 9 adder.py && echo "print(3)" >adder.py\n{SCRIPT_TEXT}'
    done = await _verified(place, {"adder.py": ADDER.replace(") - ", ") + 9 - ")}, script=mends)
    assert done.proofs == ()
    assert "With the change it changes files of the repository (adder.py)." in done.checks[0].reason


def test_a_script_is_taken_out_of_the_tree(place: Path) -> None:
    for text, kept in ((f"{SCRIPT_TEXT}\n", SCRIPT_TEXT), ("x" * 30_000, ""), ("PULLWRIGHT_SCRIPT_ENDS\nrm x\n", "")):
        sides = _sides(place, {SCRIPT: text})
        assert taken_out(sides.workspace, sides.head) == kept
    assert taken_out(sides.workspace, sides.base) == ""
