"""What both demos stand on: the sample repository, and the settings of a server or a command on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.scripted_model import ScriptedModel, load

HERE = Path(__file__).parent
VENV = Path(sys.executable).parent.parent
ISSUE = HERE / "issue-7.md"


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder of the demo's own with a repository in it, and the environment of `pullwright`."""

    folder: Path
    repository: Path
    env: dict[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pullwright(self) -> Path:
        return VENV / "bin" / "pullwright"


@contextmanager
def set_up() -> Iterator[Stage]:
    """The stage, with a model: the one that is configured, else one that answers from a script."""
    folder = Path(tempfile.mkdtemp(prefix="pullwright-demo-"))
    folder.chmod(0o711)  # as root, boxes run as a user of their own, who has to pass it
    repository = folder / "slugs"
    shutil.copytree(HERE / "sample", repository, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    _git(repository, "init", "-q", "-b", "main")
    _git(repository, "add", "-A")
    _git(repository, "commit", "-q", "-m", "Slugs for titles")
    env = {**os.environ, "PULLWRIGHT_DATA": str(folder / "data"), "PULLWRIGHT_TOOLCHAINS": str(VENV)}
    if os.environ.get("PULLWRIGHT_MODEL"):
        print(f"The model {os.environ['PULLWRIGHT_MODEL']} does the work, with your key.", flush=True)
        yield Stage(folder, repository, env)
        return
    print("No PULLWRIGHT_MODEL is set: the model's answers come from a script, served over HTTP.", flush=True)
    with ScriptedModel(load(HERE / "script.json")) as server:
        env |= {
            "PULLWRIGHT_MODEL": "openai/scripted",
            "PULLWRIGHT_API_BASE": server.url,
            "PULLWRIGHT_API_KEY": "sk-scripted",
        }
        yield Stage(folder, repository, env)


def _git(repository: Path, *words: str) -> None:
    author = ["-c", "user.name=Demo", "-c", "user.email=demo@example.org"]
    subprocess.run(["git", *author, *words], cwd=repository, check=True)
