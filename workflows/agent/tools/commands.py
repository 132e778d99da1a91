"""The tools shell and search: commands in the run's box, since the tree may hold anything."""

from __future__ import annotations

import dataclasses
import itertools
import re

from sandbox.backend import Box, BoxCommand, CommandLimits, CommandOutcome, Kill
from workflows.agent.tools.calls import BadCall, Search, Shell
from workflows.text.for_model import CAP, Result, clean

MOST_MATCHES = 100
SEARCH_SECONDS = 30.0
NOT_FOUND = 127

_MATCH = re.compile(r"\./[^:]+:\d+:")

_KILLS = {
    Kill.TIMEOUT: "Stopped after {seconds:.0f} s: it took too long. Run less at once, or ask for a longer timeout.",
    Kill.MEMORY: "Killed: it used more memory than is allowed.",
    Kill.PROCESSES: "Killed: it started more processes than are allowed.",
    Kill.OUTPUT: "Killed: it printed without end. Redirect the output to a file, or filter it.",
    Kill.DISK: "Killed: it wrote more than is allowed.",
}


async def shell(box: Box, call: Shell, limits: CommandLimits, seconds: float | None) -> Result:
    """The output, and the exit code where it is not 0. A command that fails is an answer, not a failure."""
    wall = float(call.timeout) if seconds is None else min(float(call.timeout), max(1.0, seconds))
    outcome = await box.run(BoxCommand(shell=call.command, limits=limits.within(wall)))
    return Result("\n".join(part for part in (_verdict(outcome), outcome.output.rstrip("\n")) if part))


async def search(box: Box, call: Search, limits: CommandLimits) -> Result:
    """Matching lines in the order of their paths, at most MOST_MATCHES of them."""
    if call.path.startswith("/") or ".." in call.path.split("/"):
        raise BadCall(f"{call.path[:200]} is not below the tree: give a path of the repository, or none.")
    limits = dataclasses.replace(limits.within(SEARCH_SECONDS), output_bytes=max(limits.output_bytes, 256 * 1024))
    outcome = await box.run(BoxCommand(argv=_ripgrep(call), limits=limits))
    if outcome.exit_code == NOT_FOUND:
        outcome = await box.run(BoxCommand(argv=_grep(call), limits=limits))
    if outcome.killed:
        return Result(_verdict(outcome), failed=True)
    # Not splitlines: a line may hold separators of its own, as a form feed.
    lines = [line for line in clean(outcome.output).split("\n") if line]
    if outcome.exit_code > 1:  # a bad pattern or path; or a file among many that could not be read
        complaints, lines = lines, [line for line in lines if _MATCH.match(line)]
        if not lines:
            raise BadCall(f"The search failed: {' '.join(complaints)[:500]}")
    lines = [line.removeprefix("./") for line in lines]
    if not lines:
        where = f" in {call.path}" if call.path else ""
        return Result(f"No line matches {call.pattern!r}{where}.")
    return Result(_fitting(lines))


def _fitting(lines: list[str]) -> str:
    shown, size = [], 0
    for line in lines[:MOST_MATCHES]:
        size += len(line) + 1
        if size > CAP - 256:
            break
        shown.append(line)
    if len(shown) < len(lines):
        shown.append(f"({len(shown)} of {len(lines)} or more matching lines; narrow the pattern or the path)")
    return "\n".join(shown)


def _ripgrep(call: Search) -> tuple[str, ...]:
    options = ("--no-config", "--line-number", "--with-filename", "--no-heading", "--color=never", "--sort=path")
    bounds = ("--max-columns=300", "--max-columns-preview", "--max-count=50", "--hidden", "--glob=!.git")
    if _is_glob(call.path):
        return ("rg", *options, *bounds, f"--glob={call.path}", "-e", call.pattern, "--", "./")
    return ("rg", *options, *bounds, "-e", call.pattern, "--", f"./{call.path}" if call.path else "./")


def _grep(call: Search) -> tuple[str, ...]:
    """For boxes without ripgrep."""
    options = ("-r", "-n", "-I", "-E", "-m", "50", "--exclude-dir=.git")
    if _is_glob(call.path):
        *above, name = call.path.split("/")
        plain = list(itertools.takewhile(lambda part: not _is_glob(part), above))
        return ("grep", *options, f"--include={name}", "-e", call.pattern, "--", f"./{'/'.join(plain)}")
    return ("grep", *options, "-e", call.pattern, "--", f"./{call.path}" if call.path else "./")


def _is_glob(path: str) -> bool:
    return any(character in path for character in "*?[{")


def _verdict(outcome: CommandOutcome) -> str:
    if outcome.killed:
        return _KILLS[outcome.killed].format(seconds=outcome.seconds)
    if outcome.exit_code:
        missing = " (command not found)" if outcome.exit_code == NOT_FOUND else ""
        return f"exit code {outcome.exit_code}{missing}"
    return "" if outcome.output.strip() else "(no output)"
