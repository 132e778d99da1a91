"""Runs a suite that takes longer than it may: what has to do with the change first, then the rest in what time is left.

Each part is run on base and head, and judged as the whole would be. What was run is told; a part has never passed as
a whole.
"""

from __future__ import annotations

import asyncio
import posixpath
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sandbox.backend import MIB, CommandLimits, Kill
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.change.nearness import FAR
from workflows.checks.change.suite_parts import SuitePart, Tests, suite_parts
from workflows.checks.commands.comparing import Comparing
from workflows.checks.commands.merged import merged
from workflows.checks.commands.running import collect_tests, run_command
from workflows.checks.plan import Candidate
from workflows.checks.ran import Ran
from workflows.checks.results.check_result import Judgement, lost
from workflows.reports.collect import read
from workflows.reports.narrow import MOST, calls_for_tests, files_of_tests, narrow
from workflows.verification import CheckKind, CheckRun, Counts, SuiteShare, Verdict

_FIRST = 4
"""Parts that are run at once at first, of those that the change does not touch; then twice as many each time."""
_HALF = 0.5
"""Of the time that is left: what one run may take, so that a file without an end leaves room for others."""
_COLLECTING = 300.0
_SLACK = 60.0
"""Seconds. A run that takes twice as long as on the base, and this, does not end because of the change."""
_MOST_REASONS = 3
_NOTHING = Ran(CheckRun(0, 0.0, Counts()), passed=frozenset())


@dataclass(frozen=True, slots=True)
class InParts:
    """What the parts that were run say together."""

    base: Ran
    head: Ran
    judgement: Judgement
    part: SuiteShare


def too_long(base: Ran, head: Ran, limits: CommandLimits) -> bool:
    """Whether a command takes longer than it may with and without the change, as far as that is known."""
    stopped = Kill.TIMEOUT.value
    return base.run.killed == stopped or (
        head.run.killed == stopped and base.usable and base.run.seconds * 2 > limits.wall_seconds
    )


async def laid_out(
    comparing: Comparing,
    candidate: Candidate,
    mix: Callable[[frozenset[str]], Awaitable[Mixed]],
    near: Callable[[Mixed, Collection[str]], Awaitable[Mapping[str, int]]] | None,
) -> LongSuite | None:
    """A suite in its parts; None where its command cannot be called for parts of it, nor what a task of it runs."""
    candidate = await _plain(comparing, candidate)
    (manifest, base), (_, head) = [await _look(comparing, mark, candidate) for mark in (comparing.head, comparing.base)]
    mixed = await mix(frozenset((*(base or ()), *(head or ()))))
    if base is None or head is None:
        every = files_of_tests(candidate.command, mixed.paths, candidate.cwd, manifest)
        base, head = ({file: () for file in every if file not in gone} for gone in (mixed.came, mixed.gone))
    distances = await near(mixed, {*base, *head}) if near is not None else {}
    parts = suite_parts(base, head, distances, mixed.touched)
    line = candidate.command.strip()
    if not parts or narrow(line, [parts[0].file], candidate.cwd, mixed.paths, manifest) == line:
        return None
    return LongSuite(comparing, candidate, parts, mixed, manifest)


async def _plain(comparing: Comparing, candidate: Candidate) -> Candidate:
    """What a task (`make test`, `tox`) runs, as the base has it, where that is one call and nothing else."""
    async with comparing.trees.open(comparing.base) as tree:
        from sandbox.detect.behind import behind  # what reads manifests is megabytes, for who verifies

        found = await asyncio.to_thread(behind, tree.box.spec.tree, candidate.command, candidate.cwd)
    if found is None:
        return candidate
    return replace(candidate, command=found.command, cwd=found.cwd, env={**candidate.env, **found.env})


async def _look(comparing: Comparing, mark: str, candidate: Candidate) -> tuple[bytes, Tests | None]:
    """The manifest of a tree, and the tests that the command finds there, by their files; None where it cannot tell."""
    async with comparing.trees.open(mark) as tree:
        manifest = read(tree.box.spec.tree, f"{candidate.cwd}/package.json".removeprefix("./"), MIB)
        found = None
        if calls_for_tests(candidate.command):
            found = await collect_tests(tree, candidate, comparing.limits.within(_COLLECTING))
    if found is None or not found.ids:
        return manifest, None
    files: dict[str, list[str]] = defaultdict(list)
    for one in found.ids:
        file, _, inside = one.partition("::")
        file = posixpath.normpath(posixpath.join(candidate.cwd, file))
        files[file].append(f"{file}::{inside}")
    return manifest, files


@dataclass(slots=True)
class LongSuite:
    """The parts of a suite, and what was run of them."""

    comparing: Comparing
    candidate: Candidate
    parts: Sequence[SuitePart]
    mixed: Mixed
    manifest: bytes = b""
    left: dict[str, float] = field(default_factory=dict)
    """Seconds that each side has left. Each has as many as the whole command may take."""
    done: list[SuitePart] = field(default_factory=list)
    runs: list[tuple[Ran, Ran]] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)

    async def run(self) -> InParts:
        """Run what there is time for, until something newly fails."""
        most = self.comparing.limits.wall_seconds
        self.left = dict.fromkeys((self.comparing.base, self.comparing.head), most)
        queue = deque(self.parts)
        size = sum(not part.near for part in queue) or _FIRST
        while queue and min(self.left.values()) > 0 and not self._stopped():
            batch = _taken(queue, min(size, self._fitting()))
            size = min(2 * size, MOST)
            if not await self._run(batch) and len(batch) > 1:  # it took too long: half of it may not
                queue.extendleft(reversed(batch))
                size = max(1, len(batch) // 2)
        return self._together(most)

    def _stopped(self) -> bool:
        broken = any(ran.setup_failure or ran.foreign for pair in self.runs for ran in pair)
        return broken or any(one.verdict is Verdict.FAILED for one in self.judgements)

    def _fitting(self) -> int:
        """How many more parts probably fit into half of the time that is left."""
        took = self.comparing.limits.wall_seconds - min(self.left.values())
        return max(1, int(min(self.left.values()) * _HALF * len(self.done) / took)) if took and self.done else MOST

    async def _run(self, batch: Sequence[SuitePart]) -> bool:
        """Run some parts on both sides, and judge them; False where there was not time enough for that."""
        on_base, on_head = ([item for part in batch for item in side(part)] for side in (_base_of, _head_of))
        base = await self._on_base(on_base, 1.0 if len(batch) == 1 and not batch[0].near else _HALF)
        if base.run.killed == Kill.TIMEOUT:
            return False
        head = await self._on_head(on_head, base)
        if head is None:
            return False
        self.done += batch
        if not (base.usable or head.usable) and not (base.setup_failure or head.setup_failure):
            return True  # the runner finds no tests there, or cannot load them: it says as much of both sides
        self.runs.append((base, head))
        if on_head:
            candidate = self._narrowed(on_head)
            within = replace(self.comparing, limits=self._limits(self.comparing.head))
            self.judgements.append(await within.judged(CheckKind.TEST, candidate, base, head))
        return True

    async def _on_base(self, items: Sequence[str], share: float) -> Ran:
        if not items:
            return _NOTHING
        candidate, mark = self._narrowed(items), self.comparing.base
        within = replace(self.comparing, limits=self._limits(mark, share))
        known = within.results.get(mark, CheckKind.TEST, candidate)
        ran = known or await within.on_base(CheckKind.TEST, candidate, part=True)
        self.left[mark] -= 0 if known else ran.run.seconds
        return ran

    async def _on_head(self, items: Sequence[str], base: Ran) -> Ran | None:
        """None where there was no time for it."""
        if not items:
            return _NOTHING
        limits, mark = self._limits(self.comparing.head), self.comparing.head
        async with self.comparing.trees.open(mark) as tree:
            head = await run_command(tree, CheckKind.TEST, self._narrowed(items), limits, plain=base.plain)
        self.left[mark] -= head.run.seconds
        ends = limits.wall_seconds < base.run.seconds * 2 + _SLACK
        return None if head.run.killed == Kill.TIMEOUT and (ends or not base.usable) else head

    def _narrowed(self, items: Sequence[str]) -> Candidate:
        line = narrow(self.candidate.command, items, self.candidate.cwd, self.mixed.paths, self.manifest)
        return replace(self.candidate, command=line)

    def _limits(self, mark: str, share: float = 1.0) -> CommandLimits:
        return self.comparing.limits.within(max(1.0, self.left[mark] * share))

    def _together(self, most: float) -> InParts:
        base, head = (merged([pair[side] for pair in self.runs]) for side in (0, 1))
        left = [part for part in self.parts if part not in self.done]
        files, open_ = {part.file for part in self.parts}, {part.file for part in left}
        known = all(part.tests for part in self.parts)
        tests = [sum(part.tests for part in some) if known else 0 for some in (self.done, self.parts)]
        near = tuple(dict.fromkeys(part.file for part in left if part.near < FAR))
        part = SuiteShare(len(files - open_), len(files), tests[0], tests[1], near)
        return InParts(base, head, self._judgement(base, head, most), part)

    def _judgement(self, base: Ran, head: Ran, most: float) -> Judgement:
        """What the parts say together: what one says that fails, else that nothing does."""
        minutes = f"{most / 60:g} minute{'' if most == 60 else 's'}"
        whole = f"The whole command takes longer than {minutes}."
        said = [one for one in self.judgements if one.verdict is Verdict.FAILED]
        said = said or [one for one in self.judgements if one.verdict is Verdict.PASSED] or self.judgements
        if not said:
            return Judgement(Verdict.NOT_RUN, f"{whole} No part of it came to its end either.")
        reasons = list(dict.fromkeys(one.reason for one in said if one.reason))[:_MOST_REASONS]
        passed = said[0].verdict is Verdict.PASSED
        return Judgement(
            said[0].verdict,
            " ".join([whole, *reasons]),
            tuple(name for one in said for name in one.new),
            tuple(name for one in self.judgements for name in one.fixed),
            tuple(name for one in self.judgements for name in one.flaky),
            lost(base, head) if passed else (),
        )


def _base_of(part: SuitePart) -> tuple[str, ...]:
    return part.on_base


def _head_of(part: SuitePart) -> tuple[str, ...]:
    return part.on_head


def _taken(queue: deque[SuitePart], size: int) -> list[SuitePart]:
    """The next parts, no more than a runner is called for at once; what the change edits by itself."""
    taken: list[SuitePart] = []
    while queue and len(taken) < size:
        some = [*taken, queue[0]]
        most = max(sum(len(side(part)) for part in some) for side in (_base_of, _head_of))
        if taken and (most > MOST or bool(queue[0].near) != bool(taken[0].near)):
            break
        taken.append(queue.popleft())
    return taken
