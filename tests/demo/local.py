"""`pullwright solve` on a copy of the sample repository, and a review of what it made, without any GitHub."""

from __future__ import annotations

import subprocess

from tests.demo.stage import ISSUE, Stage


def show(stage: Stage) -> int:
    print(f"\n{ISSUE.read_text()}\n$ pullwright solve slugs --issue issue-7.md\n", flush=True)
    command = [stage.pullwright, "solve", stage.repository, "--issue", ISSUE]
    code = subprocess.run(command, env=stage.env, check=False).returncode
    if code == 0:
        print("\n$ pullwright review slugs main..fix/issue-7\n", flush=True)
        code = subprocess.run(
            [stage.pullwright, "review", stage.repository, "main..fix/issue-7"], env=stage.env, check=False
        ).returncode
    print(
        f"\nThe repository with its new branch is in {stage.repository}; remove {stage.folder} when you have seen it."
    )
    return code
