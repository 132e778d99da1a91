"""Several runs of one command, each for another part of a suite, as if they were one."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.checks.ran import Lacking, Ran
from workflows.verification import CheckRun, Counts


def merged(runs: Sequence[Ran]) -> Ran:
    """All that they say together. What gave no result adds nothing but that it did not end well."""
    usable = [ran for ran in runs if ran.usable]
    last = next((ran for ran in runs if ran.run.exit_code or ran.run.killed), runs[-1] if runs else None)
    if last is None or not usable:
        return last or Ran(CheckRun(0, 0.0), dead="no part of it was run")
    counts = [ran.run.counts for ran in usable if ran.run.counts is not None]
    run = CheckRun(
        exit_code=last.run.exit_code,
        seconds=round(sum(ran.run.seconds for ran in runs), 2),
        counts=Counts(*(sum(getattr(one, what) for one in counts) for what in _NUMBERS)) if counts else None,
        failures=tuple(dict.fromkeys(name for ran in usable for name in ran.run.failures)),
        tail=last.run.tail,
    )
    named = [ran.passed for ran in usable if ran.passed is not None]
    lacking = [ran.lacking for ran in runs]
    return Ran(
        run,
        passed=frozenset().union(*named) if len(named) == len(usable) else None,
        threshold=next((ran.threshold for ran in usable if ran.threshold), ""),
        changed=tuple(dict.fromkeys(path for ran in runs for path in ran.changed)),
        setup_failure=next((ran.setup_failure for ran in runs if ran.setup_failure), ""),
        lacking=Lacking(
            tuple(dict.fromkeys(one for each in lacking for one in each.told)),
            {path: what for each in lacking for path, what in each.missing.items()},
            {part: why for each in lacking for part, why in each.parts.items()},
        ),
        plain=any(ran.plain for ran in runs),
        reported=all(ran.reported for ran in usable),
        direct=all(ran.direct for ran in usable),
        bare=frozenset().union(*(ran.bare for ran in usable)),
        messages={name: said for ran in usable for name, said in ran.messages.items()},
        foreign=tuple(dict.fromkeys(one for ran in runs for one in ran.foreign)),
    )


_NUMBERS = ("passed", "failed", "skipped")
