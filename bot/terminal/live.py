"""A run on a terminal: a live checklist where someone looks at it, plain lines where it is piped."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol, TextIO

from bot.terminal.colours import is_clever
from bot.terminal.console import speaking
from bot.view.run_view import RunView, view_of
from bot.view.steps import ChecklistRow, duration
from workflows.store.records import Snapshot
from workflows.values import RunStatus, Spent

if TYPE_CHECKING:
    from rich.console import RenderableType

_SUMMARY_SECONDS = 5.0
_TIME_WIDTH = 12
_MARKS = {
    "pending": (" ", "dim"),
    "running": ("…", "bold cyan"),
    "completed": ("✓", "green"),
    "skipped": ("–", "dim"),
    "waiting": ("?", "bold yellow"),
    "failed": ("✗", "bold red"),
    "aborted": ("✗", "red"),
    "interrupted": ("↻", "yellow"),
    "handed_over": ("↻", "yellow"),
}
_WORDS = {
    "running": "..",
    "completed": "ok",
    "skipped": "--",
    "waiting": "??",
    "failed": "!!",
    "aborted": "!!",
    "interrupted": "->",
    "handed_over": "->",
}


class Waker:
    """The reporter of a terminal: it only wakes who follows a run, and whoever follows reads for himself."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    async def changed(self, run_id: str) -> None:
        self._event.set()

    async def ended(self, run_id: str) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until something changed, or that long."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()


class Screen(Protocol):
    """Where a run is shown while it is followed."""

    def show(self, snapshot: Snapshot) -> None: ...

    def say(self, text: str) -> None:
        """A line that is not a step's."""
        ...

    def close(self) -> None: ...


def screen_for(stream: TextIO) -> Screen:
    """A live checklist where the stream is a terminal that can be redrawn, else lines."""
    return LiveScreen(stream) if is_clever(stream) else LineScreen(stream)


class LineScreen:
    """One line per change of a step's state."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._seen: dict[str, ChecklistRow] = {}
        self._said = 0.0
        self._begun = False

    def show(self, snapshot: Snapshot) -> None:
        now = time.time()
        view = view_of(snapshot, now)
        if not self._begun:
            self._begun = True
            self.say(f"run {view.id}: {view.title}")
        for row in view.steps:
            before = self._seen.get(row.key)
            if row.state == "pending":
                self._seen[row.key] = row
            elif (
                before is None
                or (before.state, before.attempts) != (row.state, row.attempts)
                or (row.state == "running" and row.detail != before.detail and now - self._said > _SUMMARY_SECONDS)
            ):
                self._say_row(row)

    def say(self, text: str) -> None:
        with speaking():
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def close(self) -> None:
        pass

    def _say_row(self, row: ChecklistRow) -> None:
        self._seen[row.key] = row
        self._said = time.time()
        again = f" (attempt {row.attempts})" if row.attempts > 1 else ""
        detail = f": {row.detail}" if row.detail else " (not needed)" if row.state == "skipped" else ""
        took = f" [{duration(row.seconds)}]" if row.state in ("completed", "failed", "aborted") else ""
        self.say(f"{_WORDS[row.state]} {row.title}{again}{detail}{took}")


class LiveScreen:
    """The whole list of steps, redrawn in place."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._snapshot: Snapshot | None = None
        self._live = Live(get_renderable=self._draw, console=self._console, refresh_per_second=5)
        self._started = False

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if not self._started:
            self._live.start()
            self._started = True
        if not snapshot.run.status.active:
            self._live.refresh()

    def say(self, text: str) -> None:
        self._console.print(text)

    def close(self) -> None:
        """Leave the list standing as it is; the next `show` begins a new one."""
        if self._started:
            self._live.stop()
            self._started = False

    def _draw(self) -> RenderableType:
        return "" if self._snapshot is None else drawn(view_of(self._snapshot, time.time()))


def drawn(view: RunView) -> RenderableType:
    """The checklist of a run for rich: a heading, a line per step, a line with the cost."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1), expand=True)
    longest = max(len(row.title) for row in view.steps)
    table.add_column(no_wrap=True, width=2 + longest)  # a narrow terminal keeps the marks
    table.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    table.add_column(justify="right", no_wrap=True, width=_TIME_WIDTH)
    for row in view.steps:
        mark, style = _MARKS[row.state]
        took = duration(row.seconds) if row.seconds >= 0.05 else ""
        faint = "dim" if row.state in ("pending", "skipped") else ""
        table.add_row(
            Text.assemble((mark, style), " ", (row.title, faint)),
            Text(
                row.detail or ("not needed" if row.state == "skipped" else ""),
                style if row.state == "failed" else "dim",
            ),
            took,
        )
    head = Text.assemble(("run ", "dim"), view.id, "  ", (view.title, "bold"))
    waits = " · waits for you" if view.status is RunStatus.WAITING else ""
    foot = Text(f"{duration(view.seconds)} · {spent_words(view.spent)}{waits}", "dim")
    return Group(head, table, foot)


def spent_words(spent: Spent) -> str:
    """Money and tokens so far, in a few words."""
    calls = f"{spent.tokens:,} tokens in {spent.turns} model call{'' if spent.turns == 1 else 's'}"
    if spent.unpriced:
        return f"{f'${spent.usd:.4f} and more' if spent.usd else 'price not known'} · {calls}"
    return f"${spent.usd:.4f} · {calls}"
