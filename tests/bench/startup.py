"""How long a user waits for the command: help, the first step of a run, and going on after `kill -9`.

The floor under the last two is the import of litellm, which a call to the model needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import scene
from tests.bench.figures import Figure, middle
from tests.fakes.scripted_model import Fault, ScriptedModel, Turn
from tests.stories.conftest import VENV, Desk, answers, edit, finish, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

ROUNDS = 7
RUNS = 3
MOST_HELP = 0.3
MOST_RESUME = 3.0
PULLWRIGHT = VENV / "bin" / "pullwright"
_WORK = [edit("adder.py", "a - b", "a + b"), shell("echo made > notes.txt"), finish()]
_PATIENCE = 60


def figures() -> Iterator[Figure]:
    plain = middle([_seconds([sys.executable, "-c", "pass"]) for _ in range(ROUNDS)])
    asked = middle([_seconds([PULLWRIGHT, "--help"]) for _ in range(ROUNDS)])
    yield Figure("pullwright --help; python -c pass", asked, plain, MOST_HELP, absolute=True)
    lite = [
        _seconds([sys.executable, "-c", "import litellm"], LITELLM_LOCAL_MODEL_COST_MAP="True") for _ in range(RUNS)
    ]
    first, again, model = zip(*(_killed_and_resumed() for _ in range(RUNS)), strict=True)
    yield Figure("solve, to its first step", middle(first))
    yield Figure("resume after kill -9, to the step that was cut off", middle(again), most=MOST_RESUME)
    yield Figure(
        "the same, to the next call of the model; python -c 'import litellm'",
        middle(model),
        middle(lite),
        MOST_RESUME,
        absolute=True,
    )


def _killed_and_resumed() -> tuple[float, float, float]:
    """Seconds from solve to its first step; and after a kill in the agent's second turn, from resume to
    that step and to the next request at the model.
    """
    hanging = Turn(_WORK[1].text, _WORK[1].calls, faults=(Fault(hang=_PATIENCE),))
    with scene.folder() as place, ScriptedModel(answers([_WORK[0], hanging, _WORK[2]])) as model:
        desk = Desk(place, model)
        desk.make_repository(PYTHON)
        begun = time.perf_counter()
        process = _start(desk, ["solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE)])
        first = _until(process, "..") - begun
        deadline = time.perf_counter() + _PATIENCE
        while not _turns(model, 2) and time.perf_counter() < deadline:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        asked = len(model.requests)
        begun = time.perf_counter()
        process = _start(desk, ["resume"])
        again = _until(process, "..") - begun
        while len(model.requests) == asked and time.perf_counter() < begun + _PATIENCE:
            time.sleep(0.005)
        calling = time.perf_counter() - begun
        process.communicate(timeout=_PATIENCE)
        assert process.returncode == 0, "the resumed run ends as it should"
        return first, again, calling


def _start(desk: Desk, words: Sequence[str | Path]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PULLWRIGHT, *words],
        cwd=desk.folder,
        env=desk.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _until(process: subprocess.Popen[str], word: str) -> float:
    """When the first line arrived that begins like this."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith(word):
            return time.perf_counter()
    raise AssertionError(f"no line began with {word!r}:\n{''.join(said)}")


def _turns(model: ScriptedModel, number: int) -> bool:
    """Whether the agent has asked for its turn of this number."""
    return sum("Resolve this issue" in str(request.messages[1:2]) for request in model.requests) >= number


def _seconds(argv: Sequence[str | Path], **env: str) -> float:
    begun = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True, env={**os.environ, **env})
    return time.perf_counter() - begun
