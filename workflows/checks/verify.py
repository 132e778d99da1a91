"""Runs a change's checks on head and base, and says what is new: tests, lint, types, the repository's own.

Each command runs in a scratch tree and home of its own, so no check can alter the run's own
tree, or plant a tool or a cache that the next check would use. The base is run once per tree
and command; `BaseResults` keeps what it said over rounds and retries.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from sandbox.backend import MIB, Box, Command, Limits
from sandbox.environment.set_up import inside
from workflows.checks.check_result import Judgement, Ran, judge, suspects, worth_repeating
from workflows.checks.plan import Candidate, Planned
from workflows.reports import complaints, dead
from workflows.reports.collect import before, collect, read
from workflows.reports.instrument import Instrumented, instrument
from workflows.reports.pipe import open_pipe
from workflows.values import Check, CheckKind, CheckRun, Verdict, Verification, from_json, to_json

TAIL = 4_000
"""Characters of a command's output that are kept."""
MAX_NAMED = 100
"""Failures named in a Check; its reason has the number where there are more."""
MAX_KEPT = 20_000
"""Names of the tests that passed on a base, which are kept to be compared; of more, the numbers alone are."""
MAX_CANDIDATES = 4
LIMITS = Limits(wall_seconds=1200.0, output_bytes=4 * MIB)


class Tree(Protocol):
    """A scratch tree that holds exactly one mark, prepared for running commands."""

    @property
    def box(self) -> Box: ...

    @property
    def setup_failure(self) -> str:
        """What went wrong when it was prepared, "" where nothing did."""
        ...

    async def reset(self) -> tuple[str, ...]:
        """Put the tree back to its mark; returns the tracked files that were changed or deleted since."""
        ...


class Trees(Protocol):
    """Where scratch trees come from."""

    def open(self, mark: str) -> AbstractAsyncContextManager[Tree]: ...


class BaseResults:
    """What commands said on base trees, to be kept between rounds. `to_json` is small, plain JSON."""

    def __init__(self, packed: Mapping[str, str] | None = None) -> None:
        self._packed = dict(packed or {})

    def get(self, tree: str, kind: CheckKind, candidate: Candidate) -> Ran | None:
        packed = self._packed.get(_key(tree, kind, candidate))
        if packed is None:
            return None
        return from_json(Ran, json.loads(zlib.decompress(base64.b64decode(packed))))

    def put(self, tree: str, kind: CheckKind, candidate: Candidate, ran: Ran) -> None:
        if ran.passed is not None and len(ran.passed) > MAX_KEPT:
            ran = replace(ran, passed=None)
        text = json.dumps(to_json(ran))
        self._packed[_key(tree, kind, candidate)] = base64.b64encode(zlib.compress(text.encode())).decode()

    def to_json(self) -> dict[str, str]:
        return dict(self._packed)


async def verify(
    checks: Sequence[Planned],
    trees: Trees,
    *,
    base: str,
    head: str,
    results: BaseResults | None = None,
    limits: Limits = LIMITS,
) -> Verification:
    """Run all checks on the marks `base` and `head`, one after the other.

    `results` is filled with what the base said. A check's failure is a value; what is
    raised means that the sandbox could not work.
    """
    bench = _Bench(trees, base, head, results or BaseResults(), limits)
    done = [await bench.check(planned) for planned in checks]
    return Verification(head, tuple(done))


def feedback(verification: Verification, most: int = 8_000) -> str:
    """What an agent needs to mend the failed checks: command, new failures, the end of the output."""
    failed = verification.failed
    parts = [_feedback(check, most // len(failed)) for check in failed]
    return "\n\n".join(parts)[:most]


@dataclass(slots=True)
class _Bench:
    """Runs commands on the two marks, each in a tree that is opened for it and in which nothing has run yet."""

    trees: Trees
    base: str
    head: str
    results: BaseResults
    limits: Limits

    async def check(self, planned: Planned) -> Check:
        kind = planned.kind
        tried: list[tuple[Candidate, Ran]] = []
        for candidate in planned.candidates[:MAX_CANDIDATES]:
            tried.append((candidate, await self._on_base(kind, candidate)))
            if tried[-1][1].clear:
                break
        candidate, base, head = await self._on_head(kind, tried)
        again = None
        if kind is CheckKind.TEST and worth_repeating(base, head):
            again = await self._again(candidate, base, head)
        judgement = judge(kind, base, head, again)
        dropped = [(c, ran) for c, ran in tried if c is not candidate and ran.dead]
        return _check(planned.kind, candidate, base, head, judgement, dropped)

    async def _on_base(self, kind: CheckKind, candidate: Candidate) -> Ran:
        known = self.results.get(self.base, kind, candidate)
        if known is not None:
            return known
        async with self.trees.open(self.base) as tree:
            ran = await _run(tree, kind, candidate, self.limits)
            if not ran.usable and not ran.run.killed and _refuses(ran.run.tail):
                ran = await _run(tree, kind, candidate, self.limits, plain=True)
        if not ran.setup_failure:  # a failed set-up may be mended by the next time
            self.results.put(self.base, kind, candidate, ran)
        return ran

    async def _on_head(self, kind: CheckKind, tried: list[tuple[Candidate, Ran]]) -> tuple[Candidate, Ran, Ran]:
        """The command that works on the base; where none does, the first that gives a result on the head."""
        order = [pair for pair in tried if pair[1].clear] or sorted(tried, key=lambda pair: not pair[1].usable)
        first: tuple[Candidate, Ran, Ran] | None = None
        for candidate, base in order:
            async with self.trees.open(self.head) as tree:
                head = await _run(tree, kind, candidate, self.limits, plain=base.plain)
            first = first or (candidate, base, head)
            if head.clear:
                return candidate, base, head
        assert first is not None, "a check has at least one candidate"
        return first

    async def _again(self, candidate: Candidate, base: Ran, head: Ran) -> Ran:
        """Repeat the failed tests alone where the runner can, else the whole command."""
        only = suspects(base, head)
        async with self.trees.open(self.head) as tree:
            ran = await _run(tree, CheckKind.TEST, candidate, self.limits, plain=head.plain, only=only)
        if only and not ran.usable:
            async with self.trees.open(self.head) as tree:
                ran = await _run(tree, CheckKind.TEST, candidate, self.limits, plain=head.plain)
        return ran


async def _run(
    tree: Tree,
    kind: CheckKind,
    candidate: Candidate,
    limits: Limits,
    *,
    plain: bool = False,
    only: tuple[str, ...] = (),
) -> Ran:
    tests = kind is CheckKind.TEST
    name = "check-" + hashlib.sha256(f"{candidate.command}\0{candidate.cwd}".encode()).hexdigest()[:12]
    env = {"CI": "1", **({} if tests else complaints.ENV), **candidate.env}
    asked, pipe = Instrumented(candidate.command, env), None
    if tests and not plain:
        manifest = read(tree.box.spec.tree, f"{candidate.cwd}/package.json".removeprefix("./"), MIB)
        pipe = open_pipe(tree.box.spec.temporary, name)
        asked = instrument(candidate.command, name, env, manifest, pipe=pipe is not None)
    line = _only(asked, only)
    command = Command(shell=inside(before(asked, name) + line), cwd=candidate.cwd, env=asked.env, limits=limits)
    try:
        outcome = await tree.box.run(command)
    finally:
        piped = pipe.close() if pipe is not None else b""
    report, output = await collect(tree.box, asked, name, outcome.output, piped=piped, tests=tests)
    failures = report.failures if tests else complaints.parse(output).all
    run = CheckRun(
        exit_code=outcome.exit_code,
        seconds=round(outcome.seconds, 2),
        counts=report.counts,
        failures=failures if tests or not outcome.ok else (),
        tail=output[-TAIL:],
        killed=outcome.killed.value if outcome.killed else "",
    )
    why = "" if outcome.killed else dead.why_dead(candidate.command, run, output, tests=tests)
    return Ran(
        run,
        dead=why,
        passed=report.passed,
        reported=report.reported,
        printed=report.printed,
        garbled=report.garbled,
        direct=asked.changed and not asked.shared,
        threshold=dead.threshold(output) if tests and not failures else "",
        changed=await tree.reset(),
        setup_failure=tree.setup_failure,
        plain=plain,
    )


def _only(asked: Instrumented, only: tuple[str, ...]) -> str:
    if not only or not asked.again:
        return asked.line
    if "{tests}" not in asked.again:
        return asked.again
    names = [re.search(r"\.((?:Test|Example|Fuzz)\w*)(?:/|$)", name) for name in only]
    if not all(names):
        return asked.line
    pattern = "|".join(sorted({name.group(1) for name in names if name}))
    return asked.again.replace("{tests}", f"^({pattern})$")


def _refuses(output: str) -> bool:
    """Whether a command seems to have stumbled over the flags that ask it for a report."""
    words = r"unrecogni[sz]ed|unknown (?:option|argument|flag|command)|usage:|junit|cache_dir|reporter|outputFile"
    return bool(re.search(words + r"|invalid option|flag provided|not defined|no such option", output, re.IGNORECASE))


def _check(
    kind: CheckKind,
    candidate: Candidate,
    base: Ran,
    head: Ran,
    judgement: Judgement,
    dropped: list[tuple[Candidate, Ran]],
) -> Check:
    notes = [judgement.reason]
    if len(judgement.new) > MAX_NAMED:
        notes.append(f"{len(judgement.new)} failures are new; the first {MAX_NAMED} are named.")
    notes += [f"`{other.command}` was left out: {ran.dead}." for other, ran in dropped]
    return Check(
        kind=kind,
        command=candidate.command,
        verdict=judgement.verdict,
        reason=" ".join(note for note in notes if note),
        evidence=candidate.evidence,
        base=_small(base.run),
        head=_small(head.run),
        new_failures=judgement.new[:MAX_NAMED],
        fixed=judgement.fixed[:MAX_NAMED],
        flaky=judgement.flaky[:MAX_NAMED],
        lost=judgement.lost[:MAX_NAMED],
    )


def _small(run: CheckRun) -> CheckRun:
    return replace(run, failures=run.failures[:MAX_NAMED])


def _feedback(check: Check, most: int) -> str:
    lines = [f"The {check.kind.value} check failed: {check.command}"]
    if check.reason:
        lines.append(check.reason)
    if check.new_failures:
        shown = check.new_failures[:20]
        lines.append("New failures (they do not fail without the change):")
        lines += [f"- {name}" for name in shown]
        if len(check.new_failures) > len(shown):
            lines.append(f"- and {len(check.new_failures) - len(shown)} more")
    text = "\n".join(lines)
    room = most - len(text) - 40
    if check.head is not None and check.head.tail and room > 200:
        text += f"\nThe end of its output:\n{check.head.tail[-room:]}"
    return text


def _key(tree: str, kind: CheckKind, candidate: Candidate) -> str:
    parts = [
        tree,
        kind.value,
        candidate.command,
        candidate.cwd,
        *(f"{k}={v}" for k, v in sorted(candidate.env.items())),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


__all__ = ["LIMITS", "BaseResults", "Tree", "Trees", "Verdict", "feedback", "verify"]
