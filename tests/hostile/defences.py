"""Takes away one defence at a time, in a copy, and sees that the tests that are there for it fail, and no others.

    python -m tests.hostile.defences [WORD ...]     only those whose name holds one of the words

The table is `tests.hostile.defence_table`. For each defence, the tests of the files in which its
own tests lie are run without it: those named must fail, and all others must pass. A test that
does not fail where its defence is missing proves nothing. Two defences are tried at once.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sandbox.files.erase import erase
from tests.hostile.defence_table import DEFENCES, Defence

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
SECONDS = 400.0
"""For the tests of one defence."""
_LAST_WORDS = 15.0


@dataclass(frozen=True)
class Seen:
    """What became of the test functions, as PATH::NAME; one whose parameters differ counts as what it was at worst."""

    failed: frozenset[str]
    skipped: frozenset[str]
    output: str


class Copy:
    """A copy of what git knows here, in which one file at a time is another."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.tree = place / "tree"
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).exists():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.tree / name, follow_symlinks=False)

    def seen_without(self, defence: Defence) -> Seen:
        file, files = self.tree / defence.file, sorted({test.partition("::")[0] for test in defence.tests})
        before, text = file.stat(), file.read_text()
        file.write_text(text.replace(defence.old, defence.new))
        # A time that nothing compiled from this file has, neither from before nor for another defence.
        later = int(before.st_mtime) + 10 + DEFENCES.index(defence)
        os.utime(file, (later, later))
        try:
            return self._tested(files, defence.only)
        finally:
            file.write_text(text)
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    def stop(self) -> None:
        """End what runs: pytest takes its boxes, servers and databases with it, where it is given the time."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(_LAST_WORDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _tested(self, files: Sequence[str], only: str) -> Seen:
        told, temporary = self._place / "told.xml", self._place / "t"
        told.unlink(missing_ok=True)
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "--no-header"]
        words += [f"--junitxml={told}", f"--basetemp={temporary}", *(["-k", only] if only else []), *files]
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._process = subprocess.Popen(
            words,
            cwd=self.tree,
            env={**env, "PYTHONPATH": str(self.tree)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        if self._stopped:  # in the very moment in which it was started
            self.stop()
        try:
            output, _ = self._process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self._end()
            output, _ = self._process.communicate()
        finally:
            erase(temporary)
        return Seen(*_told(told), output)


def _told(report: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The test functions that failed, and those of which every case was skipped."""
    if not report.exists():
        return frozenset(), frozenset()
    failed, skipped, ran = set(), set(), set()
    for case in ElementTree.parse(report).iter("testcase"):
        place = case.get("classname") or case.get("name", "")  # a file that cannot be read has only a name
        name = f"{place.replace('.', '/')}.py::{case.get('name', '').partition('[')[0]}"
        kinds = {child.tag for child in case}
        (failed if kinds & {"failure", "error"} else skipped if "skipped" in kinds else ran).add(name)
    return frozenset(failed), frozenset(skipped - ran - failed)


def wrong_in(defence: Defence, root: Path = ROOT) -> list[str]:
    """What is not as it should be in the table itself, as sentences."""
    found = (root / defence.file).read_text().count(defence.old)
    said = [] if found == 1 else [f"{defence.file} holds {found} times what is to be replaced."]
    said += [] if defence.tests else ["No test is named."]
    for test in defence.tests:
        path, _, name = test.partition("::")
        if not (root / path).exists() or f"def {name}(" not in (root / path).read_text():
            said.append(f"There is no {test}.")
    return said


def _tried(defence: Defence, copies: queue.Queue[Copy], stopped: threading.Event) -> tuple[str, list[str], float]:
    """ "ok", "--" (skipped on this machine) or "NO", with what is not as it should be, and seconds."""
    copy = copies.get()
    began = time.monotonic()
    try:
        said = wrong_in(defence, copy.tree)
        if said or stopped.is_set():
            return "NO", said, 0.0
        seen = copy.seen_without(defence)
    finally:
        copies.put(copy)
    took = time.monotonic() - began
    wanted = set(defence.tests)
    said = [f"{test} passes without it." for test in sorted(wanted - seen.failed - seen.skipped)]
    said += [f"{test} fails, too." for test in sorted(seen.failed - wanted)]
    if said:
        return "NO", [*said, *seen.output.splitlines()[-5:]], took
    skipped = [f"{test} is skipped on this machine." for test in sorted(wanted & seen.skipped)]
    return ("--" if skipped else "ok"), skipped, took


@contextmanager
def _place() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="pw-"))  # short: sockets lie below it
    try:
        place.chmod(0o755)
        yield place
    finally:
        erase(place)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def main(words: Sequence[str]) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell's background has the first one ignored
        signal.signal(number, _interrupted)
    chosen = [defence for defence in DEFENCES if not words or any(word in defence.name for word in words)]
    results = {"ok": 0, "--": 0, "NO": 0}
    stopped = threading.Event()
    with ExitStack() as stack:
        copies = [Copy(stack.enter_context(_place())) for _ in range(min(AT_ONCE, len(chosen)))]
        free: queue.Queue[Copy] = queue.Queue()
        for copy in copies:
            free.put(copy)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            began = {threads.submit(_tried, defence, free, stopped): defence for defence in chosen}
            try:
                for number, done in enumerate(as_completed(began), 1):
                    result, said, took = done.result()
                    results[result] += 1
                    line = f"{result}  without: {began[done].name} [{took:.0f} s]"
                    print("\n      ".join([f"{number}/{len(chosen)} {line}", *said]), flush=True)
            except BaseException:
                for signum in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(signum, signal.SIG_IGN)  # once is enough: the rest is tidying up
                stopped.set()
                for copy in copies:
                    copy.stop()
                raise
    print(f"{results['ok']} as they should be, {results['NO']} not, {results['--']} skipped here", flush=True)
    return 1 if results["NO"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
