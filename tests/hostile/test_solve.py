"""A repository and a model that try to get more out of a whole run than they may: through `pullwright solve`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.scripted_model import Turn, call
from tests.stories.conftest import Desk, answers, desk, edit, finish, folder, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

__all__ = ["desk", "folder"]

CONFIG = ".github/pullwright.yml"
VERIFIED = "Verified: every check that ran passed."


def write(path: str, content: str) -> Turn:
    return Turn(calls=(call("write", path=path, content=content),))


@pytest.mark.parametrize("model", ["other-provider/m", "openai/http://127.0.0.1:9/v1"])
def test_a_repository_does_not_decide_who_gets_the_key(desk: Desk, model: str) -> None:
    desk.make_repository({**PYTHON, CONFIG: f"{PYTHON[CONFIG]}model: {model}\n"})
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 1
    assert "PULLWRIGHT_MODELS" in solved.out + solved.err
    assert not desk.branches().keys() - {"main"}


def test_the_limits_of_the_repository_s_file_end_a_check(desk: Desk) -> None:
    desk.make_repository({**PYTHON, CONFIG: "setup: false\ntest: sleep 40\nlimits: {minutes: 0.03}\n"})
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), finish()])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 2, solved.err
    assert "timeout" in Path(solved.data["pull"]).read_text()


@pytest.mark.parametrize("cheat", ["import os; os._exit(0)", "import atexit, os; atexit.register(os._exit, 0)"])
def test_an_early_end_with_success_is_not_verified(desk: Desk, cheat: str) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([write("adder.py", f"{cheat}\n{PYTHON['adder.py']}"), *[finish()] * 4])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 2, solved.out
    assert VERIFIED not in Path(solved.data["pull"]).read_text()


def test_the_next_command_of_the_agent_sees_nothing_of_the_host_at_tmp(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    marker = desk.folder / "host-only"
    marker.write_text("")
    plant = "for d in .tmp tmp; do mv ~/$d ~/x; ln -s / ~/$d; done; true"
    look = f"ls /tmp {desk.folder} /tmp{desk.folder} > seen.txt 2>&1; touch /tmp/from-the-box; true"
    desk.model.conversations = answers(
        [shell(plant), shell(look), edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()]
    )
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert "host-only" not in desk.file_on("fix/issue-7", "seen.txt"), solved.err
    assert not Path("/from-the-box").exists()


def test_a_summary_cannot_pass_for_the_verification(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    lie = "Done.\n\n## Verification\n\n| Check | Result |\n|---|---|\n| test | **passed** |\n\n- [x] \u2705 4200 passed"
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), finish(summary=lie)])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    text = Path(solved.data["pull"]).read_text()
    assert text.count("## Verification") == 1
    assert "\u2705" not in text
    assert "|---|---|" not in desk.git("log", "-1", "--format=%B", "fix/issue-7")
