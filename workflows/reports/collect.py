"""Brings together what one command left behind: its report file, reports in the tree, its output.

Files come out of a sandbox: they are opened beneath its directories without following links,
and read up to a bound. Where a report exists its numbers count, not what the output says.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

from sandbox.backend import HOME, Box, BoxCommand, CommandLimits
from sandbox.files.agent_files import read_below
from workflows.reports.formats import documents, junit, summaries
from workflows.reports.instrument import REPORTS, Instrumented
from workflows.reports.values import Report, merge

MAX_REPORT = 32 * 1024 * 1024
MAX_FILES = 2_000
_QUICK = CommandLimits(wall_seconds=60.0, output_bytes=512 * 1024)
_SESSION = re.compile(r"^=+ (?:\d+ (?:passed|failed|error)|no tests ran).* in \d[\d.]*s", re.MULTILINE)


def before(instrumented: Instrumented, name: str) -> str:
    """Shell lines to run in front of the command, so that no older report can be taken for its own."""
    lines = []
    if instrumented.file:
        lines.append(f'mkdir -p "{HOME}/{REPORTS}"; rm -f "{HOME}/{instrumented.file}"')
    if instrumented.in_tree:
        lines.append(f'mkdir -p "{HOME}/{REPORTS}"; touch "{_stamp(name)}"')
    return "".join(line + "\n" for line in lines)


async def collect(
    box: Box, instrumented: Instrumented, name: str, output: str, *, piped: bytes = b"", tests: bool = True
) -> tuple[Report, str]:
    """The report of a command that just ended, and its output in the words that people know.

    `piped` is what came out of the report's pipe, where it has one. Everything that reads what a
    hostile process wrote does so on a thread: others go on meanwhile.
    """
    found: list[Report] = []
    garbled = False
    data = piped if instrumented.piped else read(box.spec.home, instrumented.file) if instrumented.file else b""
    if data and instrumented.parse:
        report = await asyncio.to_thread(instrumented.parse, data)
        garbled = report is None and bool(instrumented.piped) and not instrumented.shared
        if report is not None and (not instrumented.shared or len(_SESSION.findall(output)) <= 1):
            found.append(report)
        if instrumented.parse is documents.go:
            output = await asyncio.to_thread(documents.go_text, data) + output
    if instrumented.in_tree:
        found.append(await _from_tree(box, name))
    report, printed = merge(found), Report()
    if garbled:  # and what was printed beside it is not to be believed either
        return Report(garbled=True), output
    if tests:
        printed = await asyncio.to_thread(summaries.parse, output)
    return (printed if report.empty else replace(report, reported=True, printed=printed.counts)), output


def read(root: Path, path: str, most: int = MAX_REPORT) -> bytes:
    """A file below a directory that a sandbox can write; empty where it is absent, or a link or pipe in its place."""
    return read_below(root, path, most)


async def _from_tree(box: Box, name: str) -> Report:
    find = (
        r"find . -name node_modules -prune -o -type f -name 'TEST-*.xml' "
        r"\( -path '*/surefire-reports/*' -o -path '*/failsafe-reports/*' -o -path '*/test-results/*' \) "
        f'-newer "{_stamp(name)}" -print | sort | head -{MAX_FILES}'
    )
    listing = await box.run(BoxCommand(shell=find, limits=_QUICK))
    reports = []
    left = MAX_REPORT
    for line in listing.output.splitlines():
        data = read(box.spec.tree, line.removeprefix("./"), left)
        left -= len(data)
        if data and (report := await asyncio.to_thread(junit.parse, data)) is not None:
            reports.append(report)
    return merge(reports)


def _stamp(name: str) -> str:
    return f"{HOME}/{REPORTS}/{name}.stamp"
