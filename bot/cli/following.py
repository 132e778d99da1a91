"""What all commands that work on a run do: follow it to its end, and say how it came out, or the error as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.terminal.console import Interrupted, OutputError, complain, say
from sandbox.errors import TransientError, UserError

if TYPE_CHECKING:
    from bot.local.work import Change, Followed
    from bot.settings import Settings
    from bot.view.run_view import RunView
    from workflows.store.records import Snapshot
    from workflows.values import Options


def follow(settings: Settings, change: Change, as_json: bool) -> int:
    """Follow a run on the terminal (on standard error, in lines, where the output is JSON) and say how it came out."""
    import uvloop

    from bot.cli.pausing import must_not_be_paused
    from bot.local.work import Followed, work
    from bot.terminal.live import LineScreen, screen_for
    from bot.terminal.result import exit_code
    from bot.view.run_view import view_of

    must_not_be_paused(settings)
    followed = Followed()
    screen = LineScreen(sys.stderr) if as_json else screen_for(sys.stdout)
    ask = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    try:
        # As the server's: of a turn of the agent, a quarter of the processor was asyncio's own loop.
        snapshot = uvloop.run(work(settings, screen, change, followed, ask=ask))
    except OutputError as error:
        complain(str(error))
        raise _interrupted(followed) from error
    except (KeyboardInterrupt, BrokenPipeError) as error:
        raise _interrupted(followed) from error
    view = view_of(snapshot, time.time())
    _tell(settings, snapshot, view, as_json)
    return exit_code(view)


def _interrupted(followed: Followed) -> Interrupted:
    if followed.run_id:
        return Interrupted(f"Interrupted; nothing is lost. `pullwright resume {followed.run_id}` goes on.")
    return Interrupted("Interrupted before anything was started.")


def _tell(settings: Settings, snapshot: Snapshot, view: RunView, as_json: bool) -> None:
    from bot.redaction import redactor
    from bot.terminal.result import closing, summary
    from bot.view.json_form import as_json as plain

    diff_text, comment = "", ""
    if snapshot.run.options.dry_run:
        from bot.local.on_github import comment_of
        from bot.terminal.show import diff_of

        diff_text, comment = diff_of(settings, snapshot.run.id, None), comment_of(settings, snapshot)
    if as_json:
        sys.stderr.write("\n".join(summary(view)) + "\n")
        say(json.dumps(plain(view, diff_text, comment), indent=2))
        return
    say(redactor(settings)("\n" + "\n".join(closing(view, diff_text, comment))))


@contextmanager
def told_as_json(as_json: bool) -> Iterator[None]:
    """Whoever asked for JSON gets it for an error too; the sentence goes to standard error as always."""
    try:
        yield
    except (UserError, TransientError) as error:
        if as_json:
            say(json.dumps({"run": None, "status": "failed", "verdict": None, "error": str(error)}, indent=2))
        raise


def bounded_by(max_cost: float | None, max_minutes: float | None) -> Callable[[Options], Options]:
    def bounded(options: Options) -> Options:
        bounds = options.bounds
        if max_cost is not None:
            bounds = replace(bounds, usd=max_cost)
        if max_minutes is not None:
            bounds = replace(bounds, minutes=max_minutes)
        return replace(options, bounds=bounds)

    return bounded
