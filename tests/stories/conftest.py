"""What a story needs: a repository, an issue, a model that answers from a script, and the command of a user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.scripted_model import Conversation, ScriptedModel, Turn, call
from tests.fakes.warm_cli import warm

VENV = Path(sys.executable).parent.parent


@dataclass
class Solved:
    """What the command said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Desk:
    """One user's desk: a repository, a data directory, and a model server."""

    folder: Path
    model: ScriptedModel
    env: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    """Words before the command, for example to run it in a namespace of its own."""
    cold: bool = False
    """Start each command as a user does, instead of from a process that has imported everything."""

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def __post_init__(self) -> None:
        self.env = {
            "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}",
            "HOME": os.environ["HOME"],
            "PULLWRIGHT_DATA": str(self.data),
            "PULLWRIGHT_MODEL": "openai/scripted",
            "PULLWRIGHT_API_BASE": self.model.url,
            "PULLWRIGHT_API_KEY": "sk-scripted",
            # The samples install nothing; their tests run with this environment's pytest.
            "PULLWRIGHT_TOOLCHAINS": f"{plain_pytest(self.folder / 'tools')}:{VENV}",
        }

    def make_repository(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "first")

    def issue(self, text: str, name: str = "issue-7.md") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def git(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=A User", "-c", "user.email=user@example.org", *words],
            cwd=self.repository,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=check,
            timeout=60,
        )
        return done.stdout.strip()

    def run(self, *words: str | Path, crash: tuple[str, str] | None = None, **env: str) -> Solved:
        """Run the command to its end; with `crash` (step, moment) it kills itself there."""
        if not (self.cold or self.prefix):
            trap = Trap(*crash) if crash else None
            ended = warm().run(words, {**self.env, **env}, self.folder, trap)
            return Solved(ended.code, ended.out, ended.err)
        done = subprocess.run(
            [*self.prefix, VENV / "bin" / "pullwright", *words],
            cwd=self.folder,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=110,
        )
        return Solved(done.returncode, done.stdout, done.stderr)

    def solve(self, issue: Path, *words: str, **env: str) -> Solved:
        return self.run("solve", self.repository, "--issue", issue, "--json", *words, **env)

    def branches(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
        return dict(line.split() for line in lines)

    def file_on(self, branch: str, path: str) -> str:
        return self.git("show", f"{branch}:{path}")


def plain_pytest(tools: Path) -> Path:
    """A tool chain with `pytest` without our plugins: to load them takes three times as long as all the rest."""
    program = tools / "bin" / "pytest"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTEST_DISABLE_PLUGIN_AUTOLOAD=1 exec {VENV}/bin/pytest "$@"\n')
    program.chmod(0o755)
    return tools


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-table", action="store_true", help="write the tables of docs/reliability.md anew")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the sandbox's own user can pass, which pytest's private ones are not."""
    made = Path(tempfile.mkdtemp(prefix="pullwright-story-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    with ScriptedModel([]) as model:
        yield Desk(folder, model)


def answers(
    *work: Sequence[Turn],
    requirements: Sequence[str] = ("It is fixed",),
    match: str = "",
) -> list[Conversation]:
    """A script for one issue: the single questions, and the turns of the agent's tasks one after the other."""
    plain = json.dumps({"requirements": list(requirements), "acceptance": []})
    claims = [{"text": text, "met": True, "note": "seen"} for text in requirements]
    review = json.dumps({"findings": [], "requirements": claims})
    pull = json.dumps({"title": "Fix it", "changes": ["One thing is changed."]})
    return [
        Conversation(f"List what this issue requires{match}", (Turn(plain),)),
        Conversation("Write the plan for resolving this issue", (Turn("Change the code.\n\n1. Edit the file."),)),
        Conversation("Review this change against the issue", (Turn(review),)),
        Conversation("Write the title and the description of changes", (Turn(pull),)),
        Conversation("Write a test that fails", (finish(summary="The repository has such a test."),)),
        Conversation("Resolve this issue", tuple(turn for task in work for turn in task)),
    ]


def edit(path: str, old: str, new: str) -> Turn:
    return Turn(calls=(call("edit", path=path, old=old, new=new),))


def shell(command: str) -> Turn:
    return Turn(calls=(call("shell", command=command),))


def finish(*requirements: str, summary: str = "It is done.") -> Turn:
    claims = [{"text": text, "met": True, "note": "seen"} for text in requirements or ("It is fixed",)]
    return Turn(calls=(call("finish", summary=summary, requirements=claims),))
