"""Runs `pullwright solve` on a copy of the sample repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.fakes.scripted_model import ScriptedModel, load

HERE = Path(__file__).parent
VENV = Path(sys.executable).parent.parent


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="pullwright-demo-"))
    folder.chmod(0o711)  # as root, boxes run as a user of their own, who has to pass it
    repository = folder / "slugs"
    shutil.copytree(HERE / "sample", repository, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    _git(repository, "init", "-q", "-b", "main")
    _git(repository, "add", "-A")
    _git(repository, "commit", "-q", "-m", "Slugs for titles")

    with ExitStack() as stack:
        env = {**os.environ, "PULLWRIGHT_DATA": str(folder / "data"), "PULLWRIGHT_TOOLCHAINS": str(VENV)}
        if os.environ.get("PULLWRIGHT_MODEL"):
            print(f"The model {os.environ['PULLWRIGHT_MODEL']} does the work, with your key.", flush=True)
        else:
            print("No PULLWRIGHT_MODEL is set: the model's answers come from a script, served over HTTP.", flush=True)
            server = stack.enter_context(ScriptedModel(load(HERE / "script.json")))
            env |= {
                "PULLWRIGHT_MODEL": "openai/scripted",
                "PULLWRIGHT_API_BASE": server.url,
                "PULLWRIGHT_API_KEY": "sk-scripted",
            }
        print(f"\n{(HERE / 'issue-7.md').read_text()}\n$ pullwright solve slugs --issue issue-7.md\n", flush=True)
        command = [VENV / "bin" / "pullwright", "solve", repository, "--issue", HERE / "issue-7.md"]
        code = subprocess.run(command, env=env, check=False).returncode

    print(f"\nThe repository with its new branch is in {repository}; remove {folder} when you have seen enough.")
    return code


def _git(repository: Path, *words: str) -> None:
    author = ["-c", "user.name=Demo", "-c", "user.email=demo@example.org"]
    subprocess.run(["git", *author, *words], cwd=repository, check=True)


if __name__ == "__main__":
    sys.exit(main())
