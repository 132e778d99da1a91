"""Whether a command that ended says anything about the code, or could not do its work at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflows.verification import CheckKind, CheckRun

_PATTERNS = (
    (r"(?:bash|sh|dash): (?:line \d+: |\d+: )?(?P<what>[^\s:]+): (?:command )?not found", "{what}: command not found"),
    (r"make(?:\[\d+\])?: (?P<what>[^\s:]+): No such file or directory", "{what}: command not found"),
    (r"/usr/bin/env: [‘'\"]?(?P<what>[^\s’'\":]+)[’'\"]?: No such file or directory", "{what}: command not found"),
    (
        r".{0,200}\bNo module named (?P<what>['\"]?(?:pytest|tox|nox|unittest|mypy|ruff|flake8|pylint|black)\b)",
        "{what}",
    ),
    (r"make(?:\[\d+\])?: \*\*\* No rule to make target [`'](?P<what>[^']+)'", "make has no target {what}"),
    (r"make: \*\*\* No targets specified and no makefile found", "there is no makefile"),
    (r"(?:npm (?:ERR!|error) )?Missing script: [\"']?(?P<what>[^\"']+)", "there is no script {what}"),
    (r"error Command [\"'](?P<what>[^\"']+)[\"'] not found", "there is no script {what}"),
    (r".{0,40}ERR_PNPM_NO_SCRIPT", "there is no such script"),
    (r"Error: no test specified", "no test is specified"),
    (r"error: no such (?:sub)?command: [`'](?P<what>[^`']+)", "there is no command {what}"),
    (r"error: could not find `Cargo.toml`", "there is no Cargo.toml"),
    (r"ImportError while loading conftest (?P<what>.{0,200})", "conftest cannot be imported: {what}"),
    (r"(?:ERROR: |.{0,60}: error: )(?P<what>unrecognized arguments: .{0,200})", "{what}"),
    (r"ERROR: (?P<what>file or directory not found: .{0,200})", "{what}"),
    (r"npm (?:ERR!|error) network request to (?P<what>\S{1,200}) failed", "it needs the network: {what}"),
    (r"npm (?:ERR!|error) code (?P<what>ENOENT|ENOTFOUND|EAI_AGAIN)", "npm stopped with {what}"),
    (r".{0,200}(?P<what>Could not resolve host\w*:? ?\S{0,100})", "it needs the network: {what}"),
    (r".{0,200}(?P<what>Temporary failure in name resolution)", "it needs the network: {what}"),
    (
        r".{0,60}failed to (?:get|download|fetch) `?(?P<what>[^`\s]+)`?.{0,40}(?:dependency|crate|index)",
        "it needs the network to get {what}",
    ),
    (r"go: .{0,200}: (?P<what>dial tcp|Get \"https?://\S{0,100}).*", "it needs the network: {what}"),
)
_DEAD = tuple((re.compile(pattern), sentence) for pattern, sentence in _PATTERNS)

# tox and nox end well when no environment matched, make when there was nothing to do
_IDLE = re.compile(r"^(?:\S* -m )?(?:tox|nox)\b|make(?:\[\d+\])?: (?:Nothing to be done for|'.{1,60}' is up to date)")

_PYTEST_EXITS = {3: "pytest stopped with an internal error", 4: "pytest refused its arguments or its configuration"}

_STOPS = (
    ("mypy", (2,), "mypy stopped before it had looked at everything (exit code 2)"),
    ("ruff", (2,), "ruff stopped with an error of its own (exit code 2)"),
    ("eslint", (2,), "eslint stopped with an error of its own (exit code 2)"),
    ("pyright", (2, 3, 4), "pyright stopped with an error of its own"),
    ("pylint", (32,), "pylint refused its arguments"),
    ("golangci-lint", (2, 3, 4, 5, 6, 7), "golangci-lint stopped with an error of its own"),
    ("black", (123,), "black could not read a file (exit code 123)"),
    ("stylelint", (64, 78), "stylelint refused its arguments or its configuration"),
)
_CUT_SHORT = re.compile(
    r"errors? prevented further checking|^mypy: can't read file|Oops! Something went wrong|error: internal error"
    r"|INTERNAL ERROR|Traceback \(most recent call last\)|FATAL ERROR: .{0,40}heap",
    re.MULTILINE,
)

_THRESHOLD = re.compile(
    r"Required test coverage of .{1,40} not reached"
    r"|[Cc]overage threshold for .{1,80} not met"
    r"|Coverage for \w+ \(.{1,20}\) does not meet"
    r"|Coverage failure: total of .{1,20} is less than"
    r"|overage .{0,40}is below the expected minimum"
    r"|Coverage test failed, threshold not met"
    r"|Coverage checks have not been met"
)


def why_dead(command: str, run: CheckRun, output: str, *, kind: CheckKind) -> str:
    """Why a run is no result, as the end of a sentence; "" where it is one.

    Of a command that was to run tests, none at all is no result even with exit code 0.
    """
    exit_code, counts, named = run.exit_code, run.counts, bool(run.failures)
    tests = kind is CheckKind.TEST
    if kind not in (CheckKind.TEST, CheckKind.REPRODUCTION) and (why := _cut_short(command, exit_code, output, kind)):
        return why
    if tests and counts is not None and not named:
        if counts.total == 0:
            return "it ran no tests"
        if counts.passed == 0 and counts.failed == 0:
            return "every test was skipped"
    if tests and exit_code == 0 and counts is None and _IDLE.search(f"{command}\0{output[-2_000:]}"):
        return "it ended well without a word of any test"
    if exit_code == 0 or named or (counts is not None and counts.total > 0):
        return ""
    lines = output.splitlines()[-400:]
    if tests and (why := _unloaded(lines)):
        return why
    if why := _told(lines):
        return why
    if exit_code in (126, 127):
        return "the command was not found" if exit_code == 127 else "the command cannot be executed"
    return _pytest(exit_code, output) if tests else ""


def _told(lines: Sequence[str]) -> str:
    """What the last line says that is known for ending a command; "" where none is."""
    for line in reversed(lines):
        for pattern, sentence in _DEAD:
            if match := pattern.match(line.strip()[:1_000]):
                return sentence.format(**{k: v.strip("\"'") for k, v in match.groupdict().items()}).strip()
    return ""


def _cut_short(command: str, exit_code: int, output: str, kind: CheckKind) -> str:
    """Why a linter or type checker did not look at everything, whatever it complains of; "" where it did.

    What it has not looked at cannot be new in failing, so that fewer complaints would read as none.
    """
    for name, codes, why in _STOPS:
        if exit_code in codes and re.search(rf"(?<![\w-]){name}(?![\w-])", command):
            return why
    if kind is CheckKind.OTHER or not exit_code or not _CUT_SHORT.search(output):
        return ""
    return _told(output.splitlines()[-400:]) or "an error kept it from looking at everything"


def threshold(output: str) -> str:
    """The line in which a coverage threshold says that it was not reached, or ""."""
    for line in reversed(output.splitlines()[-2_000:]):
        if _THRESHOLD.search(line[:1_000]):
            return line.strip()[:200]
    return ""


def _unloaded(lines: Sequence[str]) -> str:
    """The error behind a conftest that cannot be imported: its last `E` line says more than that it cannot."""
    at = next((n for n, line in enumerate(lines) if line.startswith("ImportError while loading conftest")), None)
    if at is None:
        return ""
    errors = [line[1:].strip() for line in lines[at:] if re.match(r"E +\S", line)]
    file = re.search(r"'([^']{1,200})'", lines[at])
    named = file.group(1).removeprefix("/work/") if file else "conftest"
    return f"{named} cannot be imported: {errors[-1][:200].rstrip('.')}" if errors else ""


def _pytest(exit_code: int, output: str) -> str:
    if exit_code == 5 and re.search(r"no tests (?:ran|collected)|NO TESTS RAN", output):
        return "it ran no tests"
    if exit_code in _PYTEST_EXITS and re.search(r"^(?:ERROR: |INTERNALERROR>|usage: .*pytest)", output, re.MULTILINE):
        return _PYTEST_EXITS[exit_code]
    return ""
