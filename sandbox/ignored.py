"""Which new paths a tree's own .gitignore files keep out of its marks, answered by git itself.

git is never shown the tree: the rules are copied into a shadow directory of the host's, and
`git check-ignore` answers about names there. It is started at the first question of a mark,
so a mark without new names costs no process.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from sandbox.beneath import erase
from sandbox.errors import TreeRefused
from sandbox.plumbing import Git, end, start

RULES_NAME = ".gitignore"
MOST_RULES = 1024 * 1024
"""Bytes of one rules file that are believed."""

_BATCH = 64
_SECONDS = 20.0


class Rules:
    """The .gitignore files of a tree, by directory ("" or ending in a slash), and the process that applies them."""

    def __init__(self, git: Git, shadow: Path) -> None:
        self._git = git
        self._shadow = shadow
        self._ids: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""
        erase(shadow)
        shadow.mkdir()

    def __enter__(self) -> Rules:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def known(self, directory: str) -> str:
        """The id of the rules that hold in this very directory, "" for none."""
        return self._ids.get(directory, "")

    @property
    def directories(self) -> frozenset[str]:
        """Where there are rules."""
        return frozenset(self._ids)

    def change(self, directory: str, rules_id: str, content: bytes) -> None:
        """Other rules hold in `directory` from now on; an empty id means none."""
        self._stop()
        path = self._shadow / directory / RULES_NAME
        if rules_id:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self._ids[directory] = rules_id
        else:
            path.unlink(missing_ok=True)
            del self._ids[directory]

    def ignored(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths that are ignored; directories are asked with a slash at the end."""
        found: set[str] = set()
        deadline = time.monotonic() + _SECONDS
        for first in range(0, len(paths), _BATCH):
            batch = paths[first : first + _BATCH]
            process = self._running()
            assert process.stdin is not None
            process.stdin.write(b"".join(b"./" + os.fsencode(path) + b"\0" for path in batch))
            process.stdin.flush()
            for path in batch:
                _, _, pattern, _ = (self._word(process, path, deadline) for _ in range(4))
                if pattern and not pattern.startswith(b"!"):
                    found.add(path)
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # The command refuses literal pathspecs; the "./" before each path keeps its colon from being magic.
            own = {"GIT_WORK_TREE": str(self._shadow), "GIT_LITERAL_PATHSPECS": "0", "GIT_FLUSH": "1"}
            env = self._git.environment(own)
            words = ("check-ignore", "--no-index", "--stdin", "-z", "--verbose", "--non-matching")
            self._process = start(words, env, stdin=subprocess.PIPE, cwd=str(self._shadow))
            self._rest = b""
        return self._process

    def _word(self, process: subprocess.Popen[bytes], path: str, deadline: float) -> bytes:
        assert process.stdout is not None
        while b"\0" not in self._rest:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            more = os.read(process.stdout.fileno(), 65536) if ready else b""
            if not more:
                self._stop()
                raise TreeRefused(
                    f"The ignore rules could not be applied to {path!r} in time.", "Simplify the .gitignore files."
                )
            self._rest += more
        word, _, self._rest = self._rest.partition(b"\0")
        return word

    def _stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None
