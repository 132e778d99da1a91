"""The command line: where every command begins and every error ends. Commands' bodies are imported when they run.

`--help` must answer at once, so nothing heavy is imported here: not the database, not the
engine, not a model, and neither pydantic.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings

# isort: off
# Help lists the commands in this order.
from bot.cli.grammar import starting, steering, looking, serving  # noqa: F401

# isort: on
from bot.cli.grammar.app import app as app
from bot.terminal.console import guarded, say, whole_streams


@app.command()
def version() -> int:
    """Print the version."""
    from importlib.metadata import version as installed

    say(f"pullwright {installed('pullwright')}")
    return 0


def _quieten() -> None:
    """What a library leaves unfinished at Ctrl-C (litellm's notes about a call) is nobody's to read."""
    warnings.filterwarnings("ignore", r"coroutine '.*' was never awaited", RuntimeWarning)


def main() -> None:
    """The root: every error ends here as one sentence, and what is a bug of ours in the log."""
    whole_streams()
    if not sys.warnoptions:
        _quieten()
    code = guarded(lambda: app(standalone_mode=False))
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # it was told where it could be
            stream.flush()
    # Everything of ours is closed by now. Taking litellm's modules apart would cost another second.
    os._exit(code)


if __name__ == "__main__":
    main()
