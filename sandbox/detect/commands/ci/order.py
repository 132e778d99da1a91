"""Which of a repository's workflows are there to check a change, and in what order they are read."""

from __future__ import annotations

import re

from sandbox.detect.read.source import Source

WORKFLOWS = ".github/workflows"
BYTES = 120_000
"""Of workflows, as much as is parsed: it takes most of the time."""
_LOOKED_AT = 100
OTHER_PURPOSE = re.compile(
    r"(^|[-_/ ])(release|publish|deploy|docs?|docset|documentation|website|changelog|backport|wheels?|pypi|upload"
    r"|stale|label(er|s)?|lock|triage|issue|dependabot|codeql|scorecards?|upstream"
    r"|nightly|bench(mark)?s?|codspeed|fuzz|cifuzz|downstream|(?<!continuous.)integration|e2e|browser)([-_/. ]|$)"
)


def apart(source: Source, name: str) -> bool:
    """Whether a workflow's file is named after another purpose than to check a change. `integration.yml` is
    where no other is."""
    found = OTHER_PURPOSE.search(name.lower())
    if found and re.fullmatch(r"integration\.ya?ml", name.lower()):
        return any(_WANTED.search(n) and n != name for n in source.files(WORKFLOWS))
    return bool(found)


_WANTED = re.compile(r"\bci\b|test|main|check|lint|quality|unit")


def ordered(source: Source) -> list[str]:
    """The workflows, in the order in which there is time for them: those that a change starts and that are named after
    a check come first. What a program wrote from another file (`*.lock.yml`) has an agent work and checks nothing."""
    names = [n for n in source.files(WORKFLOWS) if n.endswith((".yml", ".yaml"))]
    names = [n for n in names if not n.endswith(_GENERATED)]
    wanted = re.compile(
        r"\bci|ci\b|test|main|check|build|lint|typ|quality|pull|push|unit|style|format|pipeline|verify|valid"
    )
    texts = {n: source.text(f"{WORKFLOWS}/{n}") for n in names[:_LOOKED_AT]}
    many = sum(map(len, texts.values())) > BYTES  # then as many as there is time for

    def rank(name: str) -> tuple[bool, bool, bool, bool, int, str]:
        text = texts.get(name, "")
        waits = many and not _BY_A_CHANGE.search(text)
        return (
            apart(source, name),
            waits,
            bool(_MEASURES.search(name.lower())),
            not wanted.search(name.lower()),
            many * (len(text) or BYTES),
            name,
        )

    return sorted(names, key=rank)


_MEASURES = re.compile(r"\bcoverage|codecov|coveralls|sanitiz|valgrind|\bmiri\b|\basan\b")
"""The tests once more, in a way that takes longer or more."""
_GENERATED = (".lock.yml", ".lock.yaml")
_BY_A_CHANGE = re.compile(
    r"^[ '\"\[]{0,8}(?:on['\"]?:[ \[{]{0,8})?(?:pull_request|push|merge_group|workflow_call)\b", re.M
)
"""What a workflow says that a change starts, or another workflow."""
