"""Names of files that are no text, in whatever a run says about them: through `pullwright solve`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.hostile.test_solve import CONFIG
from tests.stories.conftest import Desk, answers, desk, edit, finish, folder, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

__all__ = ["desk", "folder"]

_ODD = b"od\xff\n`\x1b[2Jd.txt"
_MENDS = edit("adder.py", "a - b", "a + b")
_SETS_UP = 'setup: |\n  python3 -c \'open(b"od\\xff\\n`\\x1b[2Jd.txt", "w").close()\'\ntest: pytest -q\n'
_REWRITES = "\n\nimport glob\n\nfor p in glob.glob(b'od*'):\n    with open(p, 'w') as file:\n        file.write('x')\n"


def _told(desk: Desk) -> tuple[int, str]:
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert "fault of Pullwright" not in solved.err, solved.err
    return solved.code, Path(solved.data["pull"]).read_text()


@pytest.mark.at_length
def test_a_name_that_is_no_text_does_not_end_a_set_up(desk: Desk) -> None:
    desk.make_repository({**PYTHON, CONFIG: _SETS_UP})
    desk.model.conversations = answers([_MENDS, finish()])
    code, text = _told(desk)
    assert code == 0
    assert "\x1b" not in text
    assert "od\n" not in text


@pytest.mark.at_length
def test_a_name_that_is_no_text_is_told_where_the_tests_write_over_it(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    Path(os.fsdecode(os.fsencode(desk.repository) + b"/" + _ODD)).write_text("kept")
    desk.git("add", "-A")
    desk.git("commit", "-q", "-m", "odd")
    desk.model.conversations = answers([_MENDS, shell(f"cat >> adder.py <<'E'{_REWRITES}E"), *[finish()] * 4])
    code, text = _told(desk)
    assert code == 2
    assert "While it runs it changes `od\ufffd\\x0a'\\x1b[2Jd.txt`" in text


_ALL_KINDS = r"""python3 - <<'E'
import os
odd = b"\xff\n`\x1b[1m"
for place, text in {
    b"test_%b.py": b"import sys\n\n\ndef test_it():\n    assert sys\n",
    b"%b/package.json": b'{"scripts": {"postinstall": "true"}, "dependencies": {"left": "1"}}',
    b"%b/requirements.txt": b"left-pad==1\n",
    b"Make%b": b"all:\n",
    b"web/.%b/x": b"x",
    b"%b.md": b"text\n",
    b"%b.js": b"process.exit(0)\n",
    b"%b.py": b"import os\nos._exit(0)\n",
    b"%b.bin": b"\0\1",
    b"%b.pth": b"import os\n",
    b"%b.key": b"password = 'hunter2-hunter2-Q9'\n",
    b"%b/Dockerfile": b"FROM x\n",
}.items():
    path = place % odd
    os.makedirs(os.path.dirname(path) or b".", exist_ok=True)
    open(path, "wb").write(text)
os.symlink(b"adder.py", b"l" + odd)
E"""


@pytest.mark.at_length
@pytest.mark.parametrize("before", [False, True])
def test_names_that_are_no_text_are_told_wherever_a_change_names_its_files(desk: Desk, before: bool) -> None:
    """New here, or there before and taken away by the change."""
    desk.make_repository(PYTHON)
    turns = [_MENDS, shell(_ALL_KINDS)]
    if before:
        subprocess.run(["bash", "-c", _ALL_KINDS], cwd=desk.repository, check=True)
        desk.git("add", "-A")
        desk.git("commit", "-q", "-m", "odd")
        turns = [_MENDS, shell("rm -rf *[^a-z._]* web/.* 2>/dev/null; git status --short | head; true")]
    desk.model.conversations = answers([*turns, *[finish()] * 4])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert "fault of Pullwright" not in solved.err, solved.err
    assert solved.code in (1, 2), solved.out + solved.err
    assert "\x1b" not in solved.out
