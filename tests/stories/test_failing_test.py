"""The failing test first: written before the code is changed, seen to fail, and what the change is proven by."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

ZERO = "from adder import add\n\n\ndef test_zero():\n    assert add(3, 0) == 3\n"
FILES = {**PYTHON, "test_adder.py": ZERO}
RIGHT = edit("adder.py", "a - b", "a + b")
SHOWS = "printf '\\n\\ndef test_add():\\n    assert add(1, 2) == 3\\n' >> test_adder.py"
PASSES = "printf '\\n\\ndef test_none():\\n    assert add(0, 0) == 0\\n' >> test_adder.py"
AGREES = Turn(json.dumps({"quote": "`add(1, 2)` gives -1 instead of 3.", "agrees": True, "why": ""}))


def _writes(desk: Desk, *turns: Turn, reading: Turn = AGREES) -> None:
    script = [one for one in answers([RIGHT, finish()]) if one.match != "Write a test that fails"]
    desk.model.conversations = [
        Conversation("Write a test that fails", turns, repeat_last=True),
        Conversation("Hold this test against the issue", (reading,)),
        *(replace(one, repeat_last=True) for one in script),
    ]


@pytest.mark.at_length
def test_a_test_that_is_written_first_and_seen_to_fail_proves_the_change(desk: Desk) -> None:
    desk.make_repository(FILES)
    _writes(desk, shell(SHOWS), finish())
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 0, solved.err
    assert solved.data["verdict"] == "proven"
    assert [proof["test"] for proof in solved.data["proofs"]] == ["test_adder.py::test_add"]
    assert "written by Pullwright" in Path(solved.data["pull"]).read_text()
    asked = [str(one.messages[1]) for one in desk.model.requests if "Resolve this issue" in str(one.messages[1:2])]
    assert "- test_adder.py::test_add" in asked[0].replace("\\n", "\n")


@pytest.mark.at_length
def test_a_test_that_does_not_fail_is_asked_for_twice_and_a_repository_may_insist(desk: Desk) -> None:
    insists = {".github/pullwright.yml": f"{PYTHON['.github/pullwright.yml']}failing_test: require\n"}
    desk.make_repository({**FILES, **insists})
    _writes(desk, shell(PASSES), finish())
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 1, solved.out
    assert "There is no test that fails because of the issue: It does not fail on the code as it is." in solved.err
    assert any("An earlier try was not good enough" in str(one.messages) for one in desk.model.requests)


@pytest.mark.at_length
def test_where_nothing_runs_tests_a_script_is_written_and_kept_with_the_run(desk: Desk) -> None:
    desk.make_repository({"adder.py": PYTHON["adder.py"], "README.md": "# Adder\n"})
    lines = (
        'got=$(python3 -c "import adder; print(adder.add(1, 2))")',
        '[ "$got" = 3 ] || { echo "expected 3, got $got"; exit 1; }',
    )
    _writes(desk, shell(f"cat > pullwright-reproduce.sh <<'E'\n{chr(10).join(lines)}\nE"), finish())
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 0, solved.out + solved.err
    assert solved.data["verdict"] == "proven"
    text = Path(solved.data["pull"]).read_text()
    assert "Proven by `pullwright-reproduce.sh`, written by Pullwright" in text
    assert lines[1] in text
    assert desk.git("diff", "--name-only", "main", solved.data["branch"]).split() == ["adder.py"]
    asked = [str(one.messages[1]) for one in desk.model.requests if "Resolve this issue" in str(one.messages[1:2])]
    assert "expected 3, got $got" in asked[0]
