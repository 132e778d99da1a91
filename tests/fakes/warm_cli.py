"""`pullwright` in a process of its own, without the seconds that its imports take.

A parent imports everything once and forks for each command: what runs is the command line's
own `main`, with its arguments, environment, folder and streams, and it can be killed like
any process. With `crash` (step, moment) it kills itself there: see `tests.fakes.crashing`.

    with WarmCli() as cli:
        cli.run(["runs", "--json"], env, folder)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """`code` is negative where a signal ended it."""

    code: int
    out: str
    err: str


class WarmCli:
    """The parent, in a process of its own."""

    def __enter__(self) -> WarmCli:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.warm_cli"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._parent as parent:
            assert parent.stdin is not None
            parent.stdin.close()

    def run(
        self,
        words: Sequence[str | Path],
        env: Mapping[str, str],
        folder: Path,
        crash: tuple[str, str] | None = None,
    ) -> Ended:
        """Run a command to its end. It has no terminal and nothing on its standard input."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        with tempfile.TemporaryDirectory() as place:
            order = {"words": list(map(str, words)), "env": dict(env), "cwd": str(folder), "to": place, "crash": crash}
            self._parent.stdin.write(json.dumps(order) + "\n")
            self._parent.stdin.flush()
            code = int(self._parent.stdout.readline())
            return Ended(code, Path(place, "out").read_text(), Path(place, "err").read_text())


def _serve() -> None:
    import litellm  # noqa: F401  (the slowest import, and the reason for all this)

    import bot.local.commands
    import bot.local.work  # noqa: F401
    from bot.cli import main

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
            main()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(order: Mapping[str, object]) -> None:
    """Turn this fork into the command: its streams, environment, folder and words."""
    for number, name, mode in ((0, os.devnull, os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY)):
        opened = os.open(os.path.join(str(order["to"]), name), mode | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["env"])  # type: ignore[arg-type]
    os.chdir(str(order["cwd"]))
    sys.argv = ["pullwright", *order["words"]]  # type: ignore[misc]
    if order["crash"]:
        from tests.fakes.crashing import crash_at

        crash_at(*order["crash"])  # type: ignore[misc]


if __name__ == "__main__":
    _serve()
