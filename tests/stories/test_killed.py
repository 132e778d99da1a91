"""`kill -9`, then `pullwright resume`: the end is that of a run which was left alone. On GitHub: `test_matrix`."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.once import once
from tests.fakes.processes import command_lines
from tests.fakes.scripted_model import Fault, ScriptedModel, Turn, call
from tests.fakes.warm_cli import warm
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE
from workflows.definition import Step
from workflows.issue_to_pr.definition import ISSUE_TO_PR

STEPS = [item.key for item in ISSUE_TO_PR.items if isinstance(item, Step)]
SCRIPT = [
    edit("adder.py", "a - b", "a + b"),
    shell("echo made by the shell > notes.txt"),
    shell("pytest -q"),
    finish(),
]


def crash(desk: Desk, step: str, moment: str, *words: str | Path) -> None:
    """Run the command until it kills itself there."""
    done = desk.run(*words, crash=(step, moment))
    assert done.code == -signal.SIGKILL, f"{step}, {moment}: {done.code}\n{done.err}"


def outcome(desk: Desk) -> dict[str, str]:
    """What a user has in the end, without what differs from run to run."""
    branch = "fix/issue-7"
    documents = sorted((desk.data / "pulls").iterdir())
    pulls = [path.read_text() for path in documents if not path.name.endswith(".body.md")]
    assert len(pulls) == 1
    checks = pulls[0].split("## Verification")[1].split("## Cost")[0]
    return {
        "branches": " ".join(sorted(desk.branches())),
        "tree": desk.git("rev-parse", f"{branch}^{{tree}}"),
        "history": desk.git("log", "--format=%s %an", branch),
        "checks": checks,
    }


def journal(desk: Desk, run: str) -> list[str]:
    """The journal's effects: none is doubled by a repetition."""
    shown = desk.run("show", run).out
    return [line.strip() for line in shown.split("Journal")[1].split("Checks")[0].splitlines() if "(done)" in line]


@pytest.fixture
def undisturbed(desk: Desk) -> Desk:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers(SCRIPT)
    return desk


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The end of a run that nobody disturbed."""
    return once(tmp_path_factory, "expected", _expected)


def _expected() -> dict[str, str]:
    folder = Path(tempfile.mkdtemp(prefix="pullwright-story-"))
    folder.chmod(0o711)
    with ScriptedModel(answers(SCRIPT)) as model:
        desk = Desk(folder, model)
        desk.make_repository(PYTHON)
        solved = desk.solve(desk.issue(PYTHON_ISSUE))
        assert solved.code == 0, solved.err
        found = {**outcome(desk), "effects": str(len(journal(desk, solved.data["run"])))}
    shutil.rmtree(folder, ignore_errors=True)
    return found


@pytest.mark.at_length
@pytest.mark.timeout(240)
def test_a_run_that_is_killed_at_every_step_one_after_the_other_ends_like_one_that_is_not(
    undisturbed: Desk, expected: dict[str, str]
) -> None:
    desk = undisturbed
    crash(desk, STEPS[0], "done", "solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE))
    for step in STEPS[1:]:
        crash(desk, step, "done", "resume")
    done = desk.run("resume", "--json")
    assert done.code == 0, done.err
    assert {**outcome(desk), "effects": str(len(journal(desk, done.data["run"])))} == expected


@pytest.mark.at_length
@pytest.mark.parametrize("turn", [1, 3])
def test_a_run_that_is_killed_in_the_middle_of_a_turn_goes_on_from_that_turn(
    undisturbed: Desk, expected: dict[str, str], turn: int
) -> None:
    desk = undisturbed
    hanging = Turn(SCRIPT[turn].text, SCRIPT[turn].calls, faults=(Fault(hang=60),))
    desk.model.conversations = answers([*SCRIPT[:turn], hanging, *SCRIPT[turn + 1 :]])
    words = ["solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE)]
    process = warm().start(words, desk.env, desk.folder, desk.folder / "solve.log")
    deadline = time.monotonic() + 90
    while _replies(desk) < turn + 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    desk.model.conversations = answers(SCRIPT)
    done = desk.run("resume", "--json")
    assert done.code == 0, done.err
    assert {**outcome(desk), "effects": str(len(journal(desk, done.data["run"])))} == expected
    asked = [r for r in desk.model.requests if "Resolve this issue" in str(r.messages[1:2])]
    assert len(asked) == len(SCRIPT) + 1, "only the turn in flight is asked for again"


def test_a_run_that_is_killed_while_a_command_runs_leaves_no_process_behind(undisturbed: Desk) -> None:
    desk = undisturbed
    marker = f"{os.getpid()}77"
    sleeping = Turn(calls=(call("shell", command=f"sleep {marker} & sleep {marker}"),))
    desk.model.conversations = answers([SCRIPT[0], sleeping, finish()])
    words = ["solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE)]
    process = warm().start(words, desk.env, desk.folder, desk.folder / "solve.log")
    deadline = time.monotonic() + 90
    while not _sleepers(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _sleepers(marker)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while _sleepers(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _sleepers(marker)


def _replies(desk: Desk) -> int:
    return sum("Resolve this issue" in str(request.messages[1:2]) for request in desk.model.requests)


def _sleepers(marker: str) -> list[int]:
    return [pid for pid, line in command_lines() if line.split(b"\0")[:2] == [b"sleep", marker.encode()]]


@pytest.mark.at_length
@pytest.mark.parametrize("number", range(1, 10))
def test_what_a_command_does_more_than_once_is_done_once_whatever_was_kept_of_it(desk: Desk, number: int) -> None:
    """Also of the first turn, when there is no record yet to go on from."""
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([shell("echo once >> notes.txt"), edit("adder.py", "a - b", "a + b"), finish()])
    words = ("solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE), "--json")
    ended = warm().run(words, desk.env, desk.folder, Trap("implement", "write", number=number))
    assert ended.code == -signal.SIGKILL, ended.err
    done = desk.run("resume", desk.run("runs", "--json").data[0]["run"])  # type: ignore[index]
    assert done.code == 0, done.err
    assert desk.file_on("fix/issue-7", "notes.txt") == "once"
