"""What a terminal and a pipe show of a run."""

import asyncio
import io

from inline_snapshot import snapshot as expected
from rich.console import Console

from bot.terminal.live import LineScreen, Waker, drawn, screen_for, spent_words
from tests.fakes.snapshots import attempt, snapshot, viewed
from workflows.values import RunStatus, Spent, StepStatus

DONE = attempt("first", StepStatus.COMPLETED, summary="3 requirements", ended_at=12)


def test_a_pipe_gets_one_line_per_change_of_a_step() -> None:
    out = io.StringIO()
    screen = screen_for(out)
    assert isinstance(screen, LineScreen)
    screen.show(snapshot(status=RunStatus.PENDING))
    running = attempt("second", StepStatus.RUNNING, started_at=12)
    for steps in ((DONE,), (DONE, running), (DONE, running)):
        screen.show(snapshot(steps, current="second"))
    failed = attempt("second", StepStatus.FAILED, reason="it\nbroke", started_at=12, ended_at=15)
    screen.show(snapshot((DONE, failed), current="second", status=RunStatus.FAILED))
    again = attempt("second", StepStatus.RUNNING, number=2, started_at=20)
    screen.show(snapshot((DONE, failed, again), current="second"))
    screen.say("waiting")
    screen.close()
    assert out.getvalue() == expected("""\
run r1: Slugs break
ok Begin: 3 requirements [2.0 s]
.. Work
!! Work: it broke [3.0 s]
.. Work (attempt 2)
waiting
""")


def test_a_terminal_gets_the_whole_list() -> None:
    console = Console(file=io.StringIO(), width=70, force_terminal=False)
    summary = "[red]turn 3[/red]" + " and a long way to go" * 5
    running = attempt("second", StepStatus.RUNNING, summary=summary, started_at=12)
    console.print(drawn(viewed((DONE, running), current="second", spent=Spent(0.1234, 5000, 3), now=75)))
    assert isinstance(console.file, io.StringIO)
    assert "\n".join(line.rstrip() for line in console.file.getvalue().split("\n")) == expected("""\
run r1  Slugs break
✓ Begin 3 requirements                                           2.0 s
… Work  [red]turn 3[/red] and a long way to go and a lon…   1 min 03 s
  End
1 min 10 s · $0.1234 · 5,000 tokens in 3 model calls
""")


def test_a_narrow_terminal_keeps_the_marks() -> None:
    console = Console(file=io.StringIO(), width=18, force_terminal=False)
    console.print(drawn(viewed((DONE,), current="second", now=75)))
    assert isinstance(console.file, io.StringIO)
    assert "\n✓ " in console.file.getvalue()


def test_a_price_that_is_not_known_is_said() -> None:
    assert spent_words(Spent(tokens=10, turns=1, unpriced=1)) == "price not known · 10 tokens in 1 model call"
    assert spent_words(Spent(usd=0.5, tokens=10, turns=2, unpriced=1)).startswith("$0.5000 and more")


async def test_who_follows_is_woken_by_a_change_and_by_time() -> None:
    waker = Waker()
    await waker.wait(0.01)
    waiting = asyncio.create_task(waker.wait(60))
    await asyncio.sleep(0)
    await waker.changed("r1")
    await asyncio.wait_for(waiting, 10)
    await waker.ended("r1")
    await asyncio.wait_for(waker.wait(60), 10)
