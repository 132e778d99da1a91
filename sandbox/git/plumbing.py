"""Runs git as a process: clean environment, no prompts, no hooks, a time-out, and failures sorted by whose they are."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sandbox.errors import NoRoom, RepositoryError, TransientError

SECONDS = 120.0
"""How long a local git command may take before it is killed."""

_KEPT = (
    *("PATH", "HOME", "TMPDIR", "SUDO_UID"),
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "CURL_CA_BUNDLE"),
)
"""All that git sees of our environment: where things are, whose they are, and the way to the network."""

_CERTIFICATES = {"SSL_CERT_FILE": "GIT_SSL_CAINFO", "SSL_CERT_DIR": "GIT_SSL_CAPATH"}
"""What git knows under a name of its own: built with GnuTLS it does not read OpenSSL's variables."""

NO_WAY_OUT = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
"""For git in a repository whose configuration is not ours: whatever remotes it names, none is spoken with."""

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.autocrlf=false",
    "core.symlinks=true",
    "core.fileMode=true",
    # Names that only other file systems mind are ours to judge (sandbox.files.names), not a reason to fail a checkout.
    "core.protectNTFS=false",
    "core.protectHFS=false",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "http.followRedirects=initial",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
)

_PASSING = re.compile(
    r"could not resolve host|connection (timed out|reset|refused)|couldn't connect|failed to connect"
    r"|operation timed out|operation too slow|early eof|unexpected disconnect|hung up unexpectedly|rpc failed"
    r"|error: 5\d\d|error: 429|temporary failure|network is unreachable|gnutls|ssl_error_syscall|empty reply"
    r"|index\.lock|cannot lock ref",
    re.IGNORECASE,
)
_NO_ROOM = re.compile(
    r"no space left on device|disk quota exceeded|too many open files|cannot allocate memory|out of memory",
    re.IGNORECASE,
)
_LACKING = r"unable to read [0-9a-f]{40}|missing blob object"
"""A repository that lacks contents ends the connection too, every time."""

_REMEDIES = (
    (_LACKING, "Contents are missing there. Clone it anew."),
    (
        r"dubious ownership",
        "It belongs to another user. Run as that user, or allow it: git config --global --add safe.directory PATH",
    ),
    (r"authentication failed|could not read (username|password)|error: 40[13]", "Check the credentials."),
    (r"repository .* not found|error: 404", "Check the address, and that the credentials may see it."),
    (r"does not appear to be a git repository|not a git repository", "Check the address."),
    (
        r"lazy fetching disabled|from promisor remote",
        "It is a partial clone, which lacks contents. Bring them here: git fetch --refetch --no-filter",
    ),
    (r"permission denied", "Check who may read and write it."),
)


_OBJECT_ID = re.compile(r"[0-9a-f]{40}\n?")
_running: set[subprocess.Popen[bytes]] = set()
"""All git processes of this process."""


class GitFailed(RepositoryError):
    """git ended with an error. `status` is its exit code, `stderr` its whole complaint, `stdout` what it printed."""

    def __init__(self, command: str, status: int, stderr: str, stdout: str = "") -> None:
        super().__init__(f"git {command} failed: {_complaint(stderr) or f'exit code {status}'}.", _remedy(stderr))
        self.status = status
        self.stderr = stderr
        self.stdout = stdout


class Garbled(TransientError):
    """What git answered was cut off, or is not of its command's form: it says nothing about what is there."""

    def __init__(self, command: str) -> None:
        super().__init__(f"git {command} gave an answer that was cut off or cannot be read.")


def records(command: str, raw: bytes, end: bytes = b"\0") -> list[bytes]:
    """What a command printed, record by record; Garbled where the last one is not whole."""
    if raw and not raw.endswith(end):
        raise Garbled(command)
    return raw.split(end)[:-1]


def object_id(command: str, raw: str | bytes) -> str:
    """The one object id that a command printed, or a part of what it did; else Garbled."""
    text = raw.decode("ascii", "replace") if isinstance(raw, bytes) else raw
    if not _OBJECT_ID.fullmatch(text):
        raise Garbled(command)
    return text.rstrip("\n")


@dataclass(frozen=True, slots=True)
class Git:
    """Commands on one git directory that only the host writes.

    `trusting` lets the user's own global configuration apply, for the user's own repositories
    (it holds their `safe.directory`). `found` means that `directory` is a work tree in which
    git finds its repository by itself: only then does it check whose that is.
    """

    directory: Path
    trusting: bool = False
    found: bool = False

    def run(
        self,
        *args: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        seconds: float = SECONDS,
        fine: Sequence[int] = (0,),
        settings: Sequence[str] = (),
    ) -> bytes:
        """What the command printed. Raises GitFailed, or TransientError where it may pass by itself (NoRoom is one).

        `settings`, each as "core.eol=lf", count above those that all commands have.
        """
        command = args[0]
        args = (*(word for setting in settings for word in ("-c", setting)), *args)
        process = start(args, self.environment(env), stdin=subprocess.PIPE, cwd=cwd or self._place)
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TransientError(f"git {command} took longer than {seconds:.0f} seconds and was stopped.") from None
        finally:
            end(process)
        if process.returncode in fine:
            return out
        if process.returncode < 0:
            raise TransientError(f"git {command} was ended by {_signal(process.returncode)} before it was done.")
        complaint = err.decode("utf-8", "replace")
        if found := _NO_ROOM.search(complaint):
            raise NoRoom(f"git {command}: {found[0]}")
        judged = command == "push" and b"!\t" in out  # the other side has said what it thinks of it
        if not judged and _PASSING.search(complaint) and not re.search(_LACKING, complaint):
            raise TransientError(f"git {command} failed: {_complaint(complaint)}.")
        raise GitFailed(command, process.returncode, complaint, out.decode("utf-8", "replace"))

    def text(self, *args: str, env: Mapping[str, str] | None = None) -> str:
        """The same as one line of text."""
        return self.run(*args, env=env).decode("utf-8", "surrogateescape").strip()

    def contents(self, ids: Iterable[str], *, seconds: float = SECONDS) -> Iterator[tuple[str, bytes]]:
        """Each object's id and bytes, in order, from one process. RepositoryError names a missing one."""
        with tempfile.TemporaryFile() as wanted:
            asked = list(ids)
            wanted.write("".join(f"{one}\n" for one in asked).encode())
            if not asked:
                return
            wanted.seek(0)
            process = start(("cat-file", "--batch"), self.environment(), stdin=wanted, cwd=self._place)
            assert process.stdout is not None
            watch = threading.Timer(seconds, process.kill)
            watch.start()
            try:
                for one in asked:
                    found = _content(process.stdout.readline(), process.stdout)
                    if found is None:
                        break
                    if found[0] != one and _OBJECT_ID.fullmatch(one):
                        raise Garbled("cat-file")
                    yield found
                else:
                    if process.stdout.read(1) or process.wait() != 0:
                        raise Garbled("cat-file")
                    return
                raise _stopped(process)
            finally:
                watch.cancel()
                end(process)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Exactly what the process gets to see."""
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        for ours, gits in _CERTIFICATES.items():
            if ours in env and gits not in os.environ:
                env[gits] = env[ours]
        env |= {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_ALLOW_PROTOCOL": "file:http:https",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ADVICE": "0",
            "GIT_PAGER": "cat",
            "LC_ALL": "C",
        }
        if self.found:  # what it lacks, it is not to fetch by a program that its configuration names
            env |= NO_WAY_OUT
        else:
            env["GIT_DIR"] = str(self.directory)
        if not self.trusting:
            env["GIT_CONFIG_GLOBAL"] = "/dev/null"
        return env | dict(extra or {})

    @property
    def _place(self) -> Path:
        """Where git runs: nowhere in particular, unless it is to look around."""
        return self.directory if self.found else Path("/")


def start(
    args: Sequence[str], env: Mapping[str, str], *, stdin: int | IO[bytes] = subprocess.DEVNULL, cwd: Path = Path("/")
) -> subprocess.Popen[bytes]:
    """A git process in a process group of its own; `end` must follow."""
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    try:
        process = subprocess.Popen(
            ["git", *settings, *args],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise RepositoryError("git is not installed.", "Install it: apt-get install git") from None
    _running.add(process)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of it (a transport's helpers too), and let go of its pipes."""
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    process.wait()
    _running.discard(process)


def end_all() -> None:
    """Kill whatever git is doing for this process, which is to end: nobody waits for it any more."""
    for process in [one for one in list(_running) if one.returncode is None]:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _content(header: bytes, stream: IO[bytes]) -> tuple[str, bytes] | None:
    """The object behind a header; None where there was no more to read."""
    if not header:
        return None
    if header.endswith((b" missing\n", b" ambiguous\n")):
        missing = header.rpartition(b" ")[0].decode("ascii", "replace")
        raise RepositoryError(f"The repository does not hold object {missing}.", "Fetch it again.")
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Garbled("cat-file")
    size = int(match[2])
    data = stream.read(size + 1)
    if len(data) != size + 1 or data[-1:] != b"\n":
        raise Garbled("cat-file")
    return match[1].decode(), data[:-1]


_HEADER = re.compile(rb"([0-9a-f]{40}) (?:blob|tree|commit|tag) (\d{1,15})\n")


def _stopped(process: subprocess.Popen[bytes]) -> TransientError:
    """Why the objects ended before the last one."""
    code = process.wait()
    if code < 0:
        return TransientError(f"git cat-file was ended by {_signal(code)}, or took too long.")
    return TransientError("Reading objects from the repository stopped in the middle.")


def _signal(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _complaint(stderr: str) -> str:
    """The line of git's complaint that says most, without its prefix."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for line in lines:
        if line.startswith(("fatal:", "error:", "remote: error:")):
            return line.split(":", 1)[1].removeprefix(" error:").strip().rstrip(".")
    return lines[-1].rstrip(".") if lines else ""


def _remedy(stderr: str) -> str:
    return next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, stderr, re.IGNORECASE)), "")
