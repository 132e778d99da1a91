"""The roots of the command line: where errors become one sentence, and what is ours goes to the log."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sandbox.errors import TransientError, UserError

if TYPE_CHECKING:
    from bot.settings import Settings

INTERRUPTED = 130
_LOG_BYTES = 10 * 1024 * 1024
_NOISY = ("alembic", "httpx", "httpcore")
"""They tell each request with its URL, in which some providers want the key."""

log = logging.getLogger("pullwright")
_log_file: Path | None = None


class OutputError(UserError):
    """Standard output does not take what a command says: a full disk, mostly."""


class Interrupted(Exception):
    """A command was interrupted; the text says what becomes of its work."""


def guarded(command: Callable[[], object]) -> int:
    """Run a command to its exit code. A wrong call is 1 like all bad input: 2 says that nothing is verified."""
    try:
        code = command()
        if code == INTERRUPTED:  # what typer makes of Ctrl-C, without a word
            complain("Interrupted.")
        with speaking():
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read has enough, as in `pullwright runs | head`
        return 1
    except Interrupted as error:
        complain(str(error))
        return INTERRUPTED
    except (UserError, TransientError) as error:
        complain(str(error))
        return 1
    except typer.TyperException as error:
        return _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        complain("Interrupted.")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the command line's root
        return _ours(error)
    return code if isinstance(code, int) else 0


def say(text: str) -> None:
    """A line on standard output; what it cannot hold is replaced."""
    with speaking():
        sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")


@contextlib.contextmanager
def speaking() -> Iterator[None]:
    """Around what writes to standard output: OutputError where it takes nothing, BrokenPipeError where nobody reads."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"Standard output cannot be written: {error.strerror}.") from error


def complain(sentence: str) -> None:
    """A sentence for the person, on standard error; where that cannot be written either, the exit code speaks."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"pullwright: {sentence}\n")


def whole_streams() -> None:
    """Put a silent stream where one was closed (`>&-`), and let output stand for what its encoding lacks.

    Else the next file that is opened, a database for example, would get the number of standard output.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - it stays open
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def prepared() -> Settings:
    """The settings, with the data directory ready and the log open."""
    from bot.settings_source import load

    settings = load()
    settings.prepare()
    _open_log(settings)
    return settings


def _open_log(settings: Settings) -> None:
    from bot.redaction import redactor
    from bot.terminal.log_file import LogFile
    from workflows.secrets.redaction import RedactingFilter

    global _log_file
    path = settings.log_file
    handler = LogFile(path, maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8", delay=True)
    handler.setFormatter(_drawn(settings))
    handler.addFilter(RedactingFilter(redactor(settings)))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    _log_file = path


def _drawn(settings: Settings) -> logging.Formatter:
    if settings.log_format == "json":
        from bot.terminal.json_log import JsonLines

        return JsonLines()
    return logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")


def _misused(error: typer.TyperException) -> int:
    show = getattr(error, "show", None)
    if show is None:
        complain(str(error))
    else:
        show()
    return 1


def _ours(error: Exception) -> int:
    if _log_file is None:
        traceback.print_exception(error)
        complain("This is a fault of Pullwright itself; please report what stands above.")
    else:
        log.error("the command line: an error of ours", exc_info=error)
        complain(f"This is a fault of Pullwright itself; please report it with the end of {_log_file}.")
    return 1
