"""What reads strangers' texts knows nothing of ours, and is bounded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sandbox.errors import TransientError
from sandbox.processes import own_program

_TRIES = "import sys; from sandbox.processes.own_program import bound; bound({}, 2, writes={}); {}"


def said(program: str) -> subprocess.CompletedProcess[bytes]:
    return own_program.run([sys.executable, "-P", "-c", program], 60)


def test_it_knows_no_setting_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLWRIGHT_API_KEY", "hunter2")
    found = json.loads(said("import json, os; print(json.dumps(dict(os.environ)))").stdout)
    assert set(found) - {"LC_CTYPE"} == {"PATH", "PYTHONPATH", "LC_ALL"}


@pytest.mark.parametrize(
    ("most", "writes", "does"),
    [
        (2**30, True, "bytearray(2**31)"),
        (2**30, True, "[None for _ in iter(int, 1)]"),
        (2**31, False, "import tempfile; tempfile.TemporaryFile(buffering=0).write(b'x')"),
    ],
    ids=["memory", "time", "files"],
)
def test_what_passes_its_bounds_ends(most: int, writes: bool, does: str) -> None:
    assert said(_TRIES.format(most, writes, does)).returncode != 0
    assert said(_TRIES.format(most, writes, "print(1)")).returncode == 0


def test_what_a_terminal_sends_to_us_does_not_reach_it() -> None:
    assert said("import os; print(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())").stdout == b"True True\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_one_that_somebody_ended_says_nothing(name: str) -> None:
    with pytest.raises(TransientError, match="ended from outside"):
        said(f"import os, signal; signal.signal(signal.{name}, signal.SIG_DFL); os.kill(os.getpid(), signal.{name})")
