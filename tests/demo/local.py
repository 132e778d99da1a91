"""The commands on a copy of the sample repository, without any GitHub: a fix, its review, a triage, release notes."""

from __future__ import annotations

import subprocess

from tests.demo.stage import ISSUE, Stage


def show(stage: Stage) -> int:
    print(f"\n{ISSUE.read_text()}", flush=True)
    repository = str(stage.repository)
    code = _run(stage, "solve", repository, "--issue", str(ISSUE))
    if code == 0:
        code = _run(stage, "review", repository, "main..fix/issue-7")
    for words in (
        ("triage", repository, "--issue", str(ISSUE)),
        ("release-notes", repository, "--plain", "fix/issue-7"),
    ):
        code = code or _run(stage, *words)
    print(
        f"\nThe repository with its new branch is in {stage.repository}; remove {stage.folder} when you have seen it."
    )
    return code


def _run(stage: Stage, *words: str) -> int:
    shown = " ".join(words).replace(str(stage.repository), "slugs").replace(str(ISSUE), ISSUE.name)
    print(f"\n$ pullwright {shown}\n", flush=True)
    return subprocess.run([stage.pullwright, *words], env=stage.env, check=False).returncode
