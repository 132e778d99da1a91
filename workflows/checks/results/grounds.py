"""What a test run's word rests on: how many tests could judge a change, and what kept the others from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from workflows.checks.ran import Ran
from workflows.reports.reasons import SURROUNDINGS, reason
from workflows.verification import Ground

_WHOLE = (".py", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte")
_MOST_READ = 300


def ground(base: Ran, head: Ran) -> Ground | None:
    """None where no numbers of the head are known. A base without a result leaves every test to be judged by itself."""
    if not head.usable or head.run.counts is None:
        return None
    before = set(base.run.failures) if base.usable else set()
    both = [name for name in head.run.failures if name in before]
    of = head.run.counts.passed + head.run.counts.failed
    if head.run.failures or head.run.counts.failed == 0:
        hindered = len(both)
    else:  # they have no names: as many as fail on both sides
        hindered = min(head.run.counts.failed, base.run.counts.failed if base.usable and base.run.counts else 0)
    said = (head.messages[name] for name in both[:_MOST_READ] if name in head.messages)
    kept = Counter(what for what in (_kept_by(text, head.lacking.missing) for text in said) if what)
    loaded, suites = _suites(head, both)
    return Ground(max(0, of - hindered), of, tuple(kept.most_common(4)), loaded, suites, head.run.counts.skipped)


def _kept_by(said: str, missing: Mapping[str, str]) -> str:
    """What kept a test that said this from judging; "" where nothing of it is known."""
    for path, what in missing.items():
        if re.search(rf"(?<![\w.-]){re.escape(path)}(?![\w.-])", said):
            return what
    found = reason(said).kind
    return found.value if found in SURROUNDINGS else ""


def _suites(head: Ran, both: list[str]) -> tuple[int, int]:
    """How many files of tests could be loaded, of how many; (0, 0) where all could, or files have no names."""
    broken = {name for name in both if _file(name) == name and name.endswith(_WHOLE)}
    if head.passed is None and head.run.counts is not None and head.run.counts.passed > len(broken):
        return 0, 0  # files in which all passed have no names here, and there are some
    files = {_file(name) for name in (*(head.passed or ()), *head.run.failures)}
    return (len(files - broken), len(files)) if broken else (0, 0)


def _file(name: str) -> str:
    return name.partition("::")[0].partition(" > ")[0]
