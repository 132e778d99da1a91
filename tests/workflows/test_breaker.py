"""The breaker's states, by any sequence of calls, answers and waiting; and from many threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from workflows.breaker import Breaker, State, Visit
from workflows.errors import ModelBusy, TransientError

FAILURES, FIRST, MOST = 3, 10.0, 50.0


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def breaker(clock: Clock) -> Breaker:
    return Breaker("The service", failures=FAILURES, first=FIRST, most=MOST, now=clock)


def fails(breaker: Breaker, times: int = 1, rest: float | None = None) -> None:
    for _ in range(times):
        with breaker.visit() as visit:
            visit.failed(rest)


def rest_of(breaker: Breaker) -> float:
    """How long the service is left alone now; 0 where a call would be made (as this one is, without a verdict)."""
    try:
        with breaker.visit():
            return 0.0
    except TransientError as error:
        return error.retry_after if error.away and error.retry_after else -1.0


def test_it_opens_after_failures_in_a_row_and_closes_after_one_good_probe() -> None:
    clock = Clock()
    circuit = breaker(clock)
    fails(circuit, FAILURES - 1)
    with circuit.visit() as visit:
        visit.answered()
    fails(circuit, FAILURES - 1)
    assert circuit.state is State.CLOSED, "in a row, not in all"
    assert circuit.refusal() is None
    fails(circuit)
    assert (circuit.state, rest_of(circuit)) == (State.OPEN, FIRST)
    assert str(circuit.refusal("It broke.")) == "It broke; it is asked again in 10 s."
    clock.at += FIRST
    with circuit.visit() as probe:
        assert circuit.state is State.HALF_OPEN
        assert rest_of(circuit) > 0, "one at a time"
        probe.answered()
    assert (circuit.state, rest_of(circuit)) == (State.CLOSED, 0)


def test_each_probe_that_fails_doubles_the_cool_down_up_to_a_bound_and_a_good_one_forgets_it() -> None:
    clock = Clock()
    circuit = breaker(clock)
    fails(circuit, FAILURES)
    seen = []
    for _ in range(4):
        clock.at += rest_of(circuit)
        fails(circuit)
        seen.append(rest_of(circuit))
    assert seen == [20, 40, 50, 50]
    clock.at += 50
    with circuit.visit() as probe:
        probe.answered()
    fails(circuit, FAILURES)
    assert rest_of(circuit) == FIRST


def test_what_the_service_asks_for_is_given() -> None:
    circuit = breaker(Clock())
    with circuit.visit() as visit:
        visit.failed(120, at_once=True)
    assert rest_of(circuit) == 120


def test_a_probe_without_a_verdict_leaves_the_place_to_the_next() -> None:
    clock = Clock()
    circuit = breaker(clock)
    fails(circuit, FAILURES)
    clock.at += FIRST
    with pytest.raises(KeyboardInterrupt), circuit.visit():
        raise KeyboardInterrupt
    assert rest_of(circuit) == 0


def test_the_answer_to_an_old_call_says_nothing_about_now() -> None:
    clock = Clock()
    circuit = breaker(clock)
    with ExitStack() as calls:
        slow = calls.enter_context(circuit.visit())
        fails(circuit, FAILURES)
        clock.at += FIRST
        with circuit.visit() as probe:
            slow.answered()
            calls.close()
            assert circuit.state is State.HALF_OPEN, "the probe is still out"
            probe.failed()
    assert rest_of(circuit) == 2 * FIRST


def test_failures_that_overlap_with_good_answers_of_calls_before_them_are_counted() -> None:
    circuit = breaker(Clock())
    with ExitStack() as calls:
        bad = [calls.enter_context(circuit.visit()) for _ in range(FAILURES)]
        with circuit.visit() as good:
            good.answered()
        for visit in bad:
            visit.failed()
    assert circuit.state is State.OPEN


def test_the_error_is_of_the_kind_that_the_service_has() -> None:
    circuit = Breaker("It", failures=1, error=ModelBusy)
    fails(circuit)
    with pytest.raises(ModelBusy, match=r"^It does not answer; it is asked again in 15 s\.$"), circuit.visit():
        raise AssertionError("nothing is asked")


def test_of_many_threads_one_probes() -> None:
    clock, together = Clock(), Barrier(8)
    circuit = breaker(clock)
    fails(circuit, FAILURES)
    clock.at += FIRST

    def call(_: int) -> bool:
        together.wait()
        try:
            with circuit.visit():
                together.wait()
                return True
        except TransientError:
            together.wait()
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(call, range(8))) == 1


class Machine(RuleBasedStateMachine):
    """Calls that begin and end in any order, and time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = breaker(self.clock)
        self.under_way: list[tuple[ExitStack, Visit, State]] = []

    @rule()
    def begin(self) -> None:
        before = self.breaker.state
        stack = ExitStack()
        try:
            visit = stack.enter_context(self.breaker.visit())
        except TransientError as error:
            refused: TransientError | None = error
        else:
            refused = None
        if refused is not None:
            assert before is not State.CLOSED
            assert 0 < (refused.retry_after or 0) <= MOST
            return
        assert self.breaker.state is not State.OPEN, "whoever is let through is no guest of an open one"
        self.under_way.append((stack, visit, self.breaker.state))

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0), verdict=st.sampled_from(["answered", "failed", "nothing"]))
    def end(self, which: int, verdict: str) -> None:
        stack, visit, began = self.under_way.pop(which % len(self.under_way))
        before = self.breaker.state
        if verdict != "nothing":
            getattr(visit, verdict)()
        stack.close()
        after = self.breaker.state
        if before is State.OPEN:
            assert after is State.OPEN, "only a probe ends it"
        if after is State.CLOSED and before is not State.CLOSED:
            assert (verdict, began) == ("answered", State.HALF_OPEN)
        if after is State.OPEN and before is not State.OPEN:
            assert verdict == "failed"

    @rule(seconds=st.sampled_from([0.5, FIRST, MOST]))
    def wait(self, seconds: float) -> None:
        self.clock.at += seconds

    @rule()
    def everything_ends_and_the_longest_rest_passes(self) -> None:
        for stack, _, _ in self.under_way:
            stack.close()
        self.under_way.clear()
        self.clock.at += MOST
        assert rest_of(self.breaker) == 0, "it never stays open"

    @invariant()
    def at_most_one_probes(self) -> None:
        if self.breaker.state is State.HALF_OPEN:
            assert self.breaker.refusal() is not None

    def teardown(self) -> None:
        for stack, _, _ in self.under_way:
            stack.close()


TestAnySequence = Machine.TestCase
TestAnySequence.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
