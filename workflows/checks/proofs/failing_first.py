"""Sees a new test fail on code that was not changed yet: several times alike, for a reason that fits."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sandbox.backend import MIB, CommandLimits
from workflows.checks.change.fitting import WantedFailure, misfit_beforehand
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.commands.running import TreesForChecks, run_command
from workflows.checks.plan import Candidate
from workflows.checks.proofs.new_tests import ALIKE
from workflows.checks.ran import Ran
from workflows.reports.collect import read
from workflows.reports.narrow import MOST, narrow
from workflows.reports.reasons import Reason, reason
from workflows.verification import CheckKind


@dataclass(frozen=True, slots=True)
class SeenFailing:
    """`trouble` says why nothing that fits failed; else `tests` failed, each for its reason."""

    trouble: str = ""
    tests: Mapping[str, Reason] = field(default_factory=dict)


async def seen_failing(
    candidate: Candidate,
    trees: TreesForChecks,
    tree: str,
    base: str,
    mixed: Mixed,
    wanted: WantedFailure,
    limits: CommandLimits,
) -> SeenFailing:
    """Run the fresh tests over the base's code. `tree` holds both; `base` is set up like the base."""
    alike: dict[str, Reason] = {}
    trouble = "It does not fail on the code as it is."
    for number in range(ALIKE):
        ran = await _ran(candidate, trees, tree, base, mixed, limits)
        if ran.run.killed or ran.garbled:
            return SeenFailing(
                f"Its run was stopped ({ran.run.killed})." if ran.run.killed else "It wrote over its report."
            )
        found, why = _fitting(ran, mixed, wanted)
        trouble = why or trouble
        alike = found if not number else {n: r for n, r in alike.items() if n in found and found[n].kind is r.kind}
        if not alike:
            return SeenFailing(trouble if not number else "It does not fail alike each time.")
    return SeenFailing("", alike)


async def _ran(
    candidate: Candidate, trees: TreesForChecks, tree: str, base: str, mixed: Mixed, limits: CommandLimits
) -> Ran:
    """A run of the tests that were written, in files that may hold many others; or of the files."""
    ran = None
    for items in dict.fromkeys((_written(mixed), tuple(mixed.fresh))):
        async with trees.open(tree, base) as opened:
            manifest = read(opened.box.spec.tree, f"{candidate.cwd}/package.json".removeprefix("./"), MIB)
            line = narrow(candidate.command, items, candidate.cwd, mixed.paths, manifest)
            ran = await run_command(opened, CheckKind.TEST, replace(candidate, command=line), limits)
        if ran.run.failures or ran.run.killed or (ran.usable and _alone(mixed)):
            break
    assert ran is not None, "there is something to run"
    return ran


def _alone(mixed: Mixed) -> bool:
    """Whether nothing but single tests is new, so that no other one can fail for it."""
    return all(file in mixed.touched and mixed.touched[file].alone for file in mixed.fresh)


def _written(mixed: Mixed) -> tuple[str, ...]:
    """The tests of edited files that are new or different; the file where that cannot be told."""
    found: list[str] = []
    for file in mixed.fresh:
        touched = mixed.touched.get(file)
        found += [f"{file}::{one}" for one in touched.ids] if touched is not None and touched.ids else [file]
    return tuple(found) if len(found) <= MOST else tuple(mixed.fresh)


def _fitting(ran: Ran, mixed: Mixed, wanted: WantedFailure) -> tuple[dict[str, Reason], str]:
    """Failures for a reason that fits, and why another one does not. The change that defines a name is yet to come."""
    good: dict[str, Reason] = {}
    trouble = ""
    names = [name for name in ran.run.failures if of_file(name, mixed.fresh, mixed.paths)]
    if not names and ran.run.exit_code and not ran.run.failures:
        names = [mixed.fresh[0]]  # nothing could be built or loaded
    for name in names:
        said = ran.said_about(name)
        found = reason(said)
        if why := misfit_beforehand(found, said, mixed, wanted):
            trouble = f"{name} fails, and {why}: {found.said}"
        else:
            good[name] = found
    return good, trouble


def of_file(name: str, files: Collection[str], paths: Collection[str]) -> bool:
    """Whether a test may be one of those files': where it tells which of all `paths` it is in, that is one of them."""
    file = re.split(r"::| > ", name)[0].removeprefix("./")
    return file not in paths or file in files
