"""`pullwright` in a process of its own, without the seconds that its imports take.

A parent imports everything once and forks for each command: what runs is the command line's
own `main`, with its arguments, environment, folder and streams, and it can be killed like
any process. With a `trap` it stops itself somewhere: see `tests.fakes.crashing`. The parent has
one thread and no event loop, so that a fork is as fresh as a process that was just started.

    warm().run(["runs", "--json"], env, folder)
    server = warm().start(["serve"], env, folder, log)
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.fakes.crashing import Trap

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """`code` is negative where a signal ended it."""

    code: int
    out: str
    err: str


class Fork:
    """A command that runs, to be used as a `subprocess.Popen`."""

    def __init__(self, parent: WarmCli, number: int, pid: int) -> None:
        self._parent = parent
        self._number = number
        self.pid = pid

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self._parent.code_of(self._number, 0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._parent.code_of(self._number, timeout)
        if code is None:
            raise subprocess.TimeoutExpired("pullwright", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class WarmCli:
    """The parent, in a process of its own; whatever still runs ends with it."""

    def __enter__(self) -> WarmCli:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.warm_cli"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._numbers = count()
        self._codes: dict[int, int] = {}
        self._heard = selectors.DefaultSelector()
        assert self._parent.stdout is not None
        self._heard.register(self._parent.stdout, selectors.EVENT_READ)
        self._rest = b""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._parent as parent:
            assert parent.stdin is not None
            parent.stdin.close()
        self._heard.close()

    def run(self, words: Sequence[str | Path], env: Mapping[str, str], folder: Path, trap: Trap | None = None) -> Ended:
        """Run a command to its end. It has no terminal and nothing on its standard input."""
        with tempfile.TemporaryDirectory() as place:
            out, err = Path(place, "out"), Path(place, "err")
            code = self._start(words, env, folder, out, err, trap).wait()
            return Ended(code, out.read_text(), err.read_text())

    def start(
        self,
        words: Sequence[str | Path],
        env: Mapping[str, str],
        folder: Path,
        log: Path,
        trap: Trap | None = None,
    ) -> Fork:
        """Start a command that goes on by itself; what it prints is added to `log`."""
        return self._start(words, env, folder, log, log, trap)

    def _start(
        self,
        words: Sequence[str | Path],
        env: Mapping[str, str],
        folder: Path,
        out: Path,
        err: Path,
        trap: Trap | None,
    ) -> Fork:
        order = {
            "number": next(self._numbers),
            "words": list(map(str, words)),
            "env": dict(env),
            "cwd": str(folder),
            "out": str(out),
            "err": str(err),
            "trap": None if trap is None else trap.to_json(),
        }
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        self._parent.stdin.flush()
        while (started := self._hear(None)) is None or "code" in started:
            pass
        return Fork(self, started["number"], started["pid"])

    def code_of(self, number: int, timeout: float | None) -> int | None:
        """The exit code of a fork (by its number: pids are used again); None where it still runs after so long."""
        end = None if timeout is None else time.monotonic() + timeout
        while number not in self._codes:
            left = None if end is None else max(0.0, end - time.monotonic())
            if self._hear(left) is None and left == 0:
                return None
        return self._codes[number]

    def _hear(self, timeout: float | None) -> dict[str, int] | None:
        """The next that the parent says; exit codes are kept. None where it says nothing in time."""
        while b"\n" not in self._rest:
            if not self._heard.select(timeout):
                return None
            assert self._parent.stdout is not None
            heard = os.read(self._parent.stdout.fileno(), 65536)
            assert heard, "the parent of all commands has ended"
            self._rest += heard
        line, _, self._rest = self._rest.partition(b"\n")
        said: dict[str, int] = json.loads(line)
        if "code" in said:
            self._codes[said["number"]] = said["code"]
        return said


@cache
def warm() -> WarmCli:
    """One for all tests of this process, until it ends."""
    cli = WarmCli()
    atexit.register(cli.__exit__, None, None, None)
    return cli.__enter__()


_LATE = (
    "alembic.command",
    "anyio._backends._asyncio",
    "bot.local.on_github",
    "bot.server.faces",
    "bot.terminal.result",
    "dbos._sys_db_sqlite",
    "git",
    "githubkit.auth.app",
    "h2.connection",
    "httpcore",
    "litellm._service_logger",
    "litellm.llms.litellm_proxy.chat.transformation",
    "markdown_it",
    "numpy",
    "openai.resources",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "uvicorn.lifespan.off",
    "xml.sax",
)
"""What is imported when it is first used: twelve hundred modules, for more than a second, in each process."""


def _serve() -> None:
    import litellm  # noqa: F401  (the slowest import, and the reason for all this)

    import bot.cli.inspect_commands
    import bot.cli.run_commands
    import bot.github.checkup
    import bot.github.forge
    import bot.local.starts
    import bot.local.work
    import bot.server.serving
    import bot.server.worker  # noqa: F401

    for name in _LATE:
        importlib.import_module(name)
    assert threading.active_count() == 1, "what is forked from several threads may hang"
    gc.collect()
    gc.freeze()  # forks share what the collector does not touch
    heard = selectors.DefaultSelector()
    heard.register(0, selectors.EVENT_READ)
    rest, running = b"", dict[int, tuple[int, int]]()
    while True:
        for key, _ in heard.select():
            if key.fd != 0:
                heard.unregister(key.fd)
                number, _ = running.pop(key.data)
                _tell(number=number, code=_code_of(key.data))
                os.close(key.fd)
                continue
            data = os.read(0, 65536)
            if not data:
                _end(running)
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                order = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    heard.close()
                    for _, other in running.values():
                        os.close(other)
                    _become(order)
                end = os.pidfd_open(pid)
                running[pid] = (order["number"], end)
                heard.register(end, selectors.EVENT_READ, pid)
                _tell(number=order["number"], pid=pid)


def _tell(**said: int) -> None:
    os.write(1, json.dumps(said).encode() + b"\n")


def _code_of(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _end(running: Iterable[int]) -> None:
    """Whoever used us is gone, and with it whatever was to stop these."""
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        _code_of(pid)


def _become(order: Mapping[str, Any]) -> None:
    """Turn this fork into the command: its streams, environment, folder and words. It does not return."""
    from bot.cli.main import main

    for number, name, mode in (
        (0, os.devnull, os.O_RDONLY),
        (1, order["out"], os.O_WRONLY | os.O_APPEND),
        (2, order["err"], os.O_WRONLY | os.O_APPEND),
    ):
        opened = os.open(name, mode | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    sys.argv = ["pullwright", *order["words"]]
    if order["trap"] is not None:
        Trap.from_json(order["trap"]).set()
    main()
    os._exit(0)


if __name__ == "__main__":
    _serve()
