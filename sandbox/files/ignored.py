"""Which new paths are kept out of a tree's marks: by its own .gitignore files, as git reads them, and caches of tools.

git is never shown the tree: the rules are copied into a shadow directory of the host's, and
`git check-ignore` answers about names there. It is started at the first question of a mark,
so a mark without new names costs no process.
"""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from sandbox.errors import TreeRefused
from sandbox.git.plumbing import Git, end, start

RULES_NAME = ".gitignore"
MOST_RULES = 1024 * 1024
"""Bytes of one rules file that are believed."""

CACHES = frozenset(
    {
        *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".venv"),
        *("node_modules", ".gradle", ".eggs", ".nyc_output", ".turbo", ".parcel-cache"),
    }
)
"""Directories that tools make beside the sources: no change of anybody's, also where a repository does not say so."""
_COMPILED = (".pyc", ".pyo")

_BATCH = 64
_SECONDS = 20.0


class Rules:
    """The .gitignore files of a tree, by directory ("" or ending in a slash), and the process that applies them.

    `place` is a directory of the host's for the shadow, which lives as long as the process.
    """

    def __init__(self, git: Git, place: Path) -> None:
        self._git = git
        self._place = place
        self._rules: dict[str, tuple[str, bytes]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._shadow: tempfile.TemporaryDirectory[str] | None = None
        self._rest = b""
        self._left_out: frozenset[str] = frozenset()

    def leave_out(self, paths: frozenset[str]) -> None:
        """Ignore these paths too, whatever the tree's own rules say."""
        self._left_out = paths

    def __enter__(self) -> Rules:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def known(self, directory: str) -> str:
        """The id of the rules that hold in this very directory, "" for none."""
        return self._rules.get(directory, ("", b""))[0]

    def change(self, directory: str, rules_id: str, content: bytes) -> None:
        """Other rules hold in `directory` from now on; an empty id means none."""
        self._stop()
        if rules_id:
            self._rules[directory] = (rules_id, content)
        else:
            del self._rules[directory]

    def ignored(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths that are ignored; directories are asked with a slash at the end."""
        found = {path for path in paths if _is_made_by_tools(path) or path.rstrip("/") in self._left_out}
        if not self._rules:
            return found
        paths = [path for path in paths if path not in found]
        deadline = time.monotonic() + _SECONDS
        for first in range(0, len(paths), _BATCH):
            batch = paths[first : first + _BATCH]
            process = self._running()
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # then there is no answer either, which is told below
                process.stdin.write(b"".join(b"./" + os.fsencode(path) + b"\0" for path in batch))
                process.stdin.flush()
            answers = [(path, self._pattern(process, path, deadline)) for path in batch]
            # With a slash at its end git takes `vendor/*` to speak of `vendor/` itself, and not only of what is in it.
            doubtful = [path for path, pattern in answers if path.endswith("/") and pattern.endswith(b"*")]
            found.update(path for path, pattern in answers if _ignores(pattern) and path not in doubtful)
            found.update(path for path in doubtful if self._as_a_directory(path, process, deadline))
        return found

    def _as_a_directory(self, path: str, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """Whether a directory is ignored that git sees as one, and is not told to be one by a slash."""
        assert process.stdin is not None
        assert self._shadow is not None
        name = path.rstrip("/")
        with suppress(OSError):
            os.makedirs(os.path.join(self._shadow.name, name), exist_ok=True)
        with suppress(BrokenPipeError):
            process.stdin.write(b"./" + os.fsencode(name) + b"\0")
            process.stdin.flush()
        return _ignores(self._pattern(process, path, deadline))

    def _pattern(self, process: subprocess.Popen[bytes], path: str, deadline: float) -> bytes:
        """The rule that the next answer names, b"" for none."""
        _, _, pattern, _ = (self._word(process, path, deadline) for _ in range(4))
        return pattern

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            shadow = self._cast()
            # The command refuses literal pathspecs; the "./" before each path keeps its colon from being magic.
            env = self._git.environment({"GIT_WORK_TREE": shadow, "GIT_LITERAL_PATHSPECS": "0", "GIT_FLUSH": "1"})
            words = ("check-ignore", "--no-index", "--stdin", "-z", "--verbose", "--non-matching")
            self._process = start(words, env, stdin=subprocess.PIPE, cwd=Path(shadow))
            self._rest = b""
        return self._process

    def _cast(self) -> str:
        """A directory that holds nothing but the rules, each at its place."""
        self._shadow = tempfile.TemporaryDirectory(dir=self._place)
        for directory, (_, content) in self._rules.items():
            at = Path(self._shadow.name, directory)
            at.mkdir(parents=True, exist_ok=True)
            (at / RULES_NAME).write_bytes(content)
        return self._shadow.name

    def _word(self, process: subprocess.Popen[bytes], path: str, deadline: float) -> bytes:
        assert process.stdout is not None
        while b"\0" not in self._rest:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            more = os.read(process.stdout.fileno(), 65536) if ready else b""
            if not more:
                self._stop()
                raise TreeRefused(
                    f"The tree's ignore rules could not be applied to {path!r}.", "Simplify the .gitignore files."
                )
            self._rest += more
        word, _, self._rest = self._rest.partition(b"\0")
        return word

    def _stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None
        if self._shadow is not None:
            self._shadow.cleanup()
            self._shadow = None


def _ignores(pattern: bytes) -> bool:
    return bool(pattern) and not pattern.startswith(b"!")


def _is_made_by_tools(path: str) -> bool:
    name = path.rstrip("/").rpartition("/")[2]
    return name in CACHES if path.endswith("/") else name.endswith(_COMPILED)
