"""What reads strangers' texts knows nothing of ours, and is bounded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sandbox.processes import own_program

_TRIES = "import sys; from sandbox.processes.own_program import bound; bound({}, 2, writes={}); {}"


def said(program: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-P", "-c", program]
    return subprocess.run(command, env=own_program.environment(), cwd="/", capture_output=True, timeout=60, check=False)


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
