"""Several runs of one command as if they were one."""

from __future__ import annotations

from workflows.checks.commands.merged import merged
from workflows.checks.ran import Lacking, Ran
from workflows.verification import CheckRun, Counts


def part(passed: int, failures: tuple[str, ...] = (), *, names: frozenset[str] | None = frozenset()) -> Ran:
    counts = Counts(passed, len(failures), 0)
    return Ran(CheckRun(1 if failures else 0, 1.5, counts, failures, tail=f"{passed} passed"), passed=names)


def test_numbers_are_added_and_one_failure_is_a_failure() -> None:
    whole = merged([part(3, names=frozenset("a")), part(2, ("x", "y")), part(1, names=frozenset("b"))])
    assert whole.run.counts == Counts(6, 2, 0)
    assert (whole.run.exit_code, whole.run.seconds, whole.run.failures) == (1, 4.5, ("x", "y"))
    assert whole.run.tail == "2 passed"
    assert whole.passed == {"a", "b"}


def test_names_are_known_only_where_each_part_knows_its_own() -> None:
    assert merged([part(3, names=frozenset("a")), part(2, names=None)]).passed is None


def test_a_part_without_a_result_adds_nothing_but_that_it_did_not_end_well() -> None:
    dead = Ran(CheckRun(2, 1.0, tail="it broke"), dead="it could not be collected")
    killed = Ran(CheckRun(137, 9.0, Counts(50, 0, 0), killed="time"))
    whole = merged([part(3), dead, killed])
    assert whole.run.counts == Counts(3, 0, 0)
    assert (whole.run.exit_code, whole.run.tail, whole.usable) == (2, "it broke", True)
    assert merged([dead, killed]).usable is False


def test_nothing_is_no_result() -> None:
    assert merged([]).dead


def test_what_any_part_lacked_or_rewrote_counts_once() -> None:
    first = Ran(
        CheckRun(0, 1.0),
        changed=("a",),
        foreign=("p from /x",),
        lacking=Lacking(("no network",), {"sub": "a submodule"}),
    )
    second = Ran(
        CheckRun(0, 1.0), changed=("a", "b"), plain=True, lacking=Lacking(("no network",), parts={"go": "none"})
    )
    whole = merged([first, second])
    assert (whole.changed, whole.foreign, whole.plain) == (("a", "b"), ("p from /x",), True)
    assert whole.lacking == Lacking(("no network",), {"sub": "a submodule"}, {"go": "none"})
    assert whole.run.counts is None
