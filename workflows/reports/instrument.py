"""Asks a test command for a report that a machine can read, where that cannot break it.

Flags are added only to a line that calls a known runner directly and is one plain command.
Everything else (`make test`, `tox`, scripts) is asked through the environment, or not at all:
then the printed summary has to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.backend import HOME
from workflows.reports import collected
from workflows.reports.formats import documents, junit, node_tap, summaries
from workflows.reports.package_scripts import body_of
from workflows.reports.pipe import DIRECTORY
from workflows.reports.values import Report

REPORTS = "reports"
"""Where reports are written: below the box's home, outside of the tree."""

Parse = Callable[[bytes], Report | None]


@dataclass(frozen=True, slots=True)
class Instrumented:
    """A command line with what makes it leave a report."""

    line: str
    env: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    """The report's path below the box's home, "" where there is none."""
    parse: Parse | None = None
    in_tree: bool = False
    """The runner writes JUnit XML into the tree by itself (Surefire, Gradle)."""
    piped: str = ""
    """The name of the pipe that the report is written to, where it is no file; see `reports.pipe`."""
    shared: bool = False
    """Several runners of one command may have written to `file`, and only the last of them is in it."""

    @property
    def changed(self) -> bool:
        return bool(self.file or self.piped or self.in_tree)


@dataclass(frozen=True, slots=True)
class _Runner:
    """How a runner is called, what is added behind its name, and how its report reads."""

    call: str
    flags: str
    parse: Parse | None = None
    tail: str = ""
    in_tree: bool = False
    piped: bool = False
    script: bool = False
    """An npm script that is this call may be given the flags as further arguments."""
    alone: bool = False
    """Flags count only before what the call names, so that such a script must name nothing."""


_PYTEST = (
    '--junitxml="{report}" -o junit_family=xunit1 -o cache_dir="{cache}" --continue-on-collection-errors --maxfail=0'
)
_NODE = (
    '--test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="{report}"'
)
_NPX = r"(?:npx (?:--no-install )?|bunx |yarn (?:run )?|pnpm (?:exec )?|(?:\./)?node_modules/\.bin/)?"


def _tap(data: bytes) -> Report | None:
    if found := node_tap.parse(data):
        return found
    if node_tap.written_into(data):
        return None
    report = summaries.parse(data.decode("utf-8", "replace"))
    return None if report.empty else report


_RUNNERS = (
    _Runner(r"(?:\S*python[\d.]*(?: -[A-Z]\w*)* -m pytest|\S*\bpy\.?test)", _PYTEST, junit.parse, piped=True),
    _Runner(_NPX + "jest", '--json --outputFile="{report}"', documents.jest, piped=True, script=True),
    _Runner(
        _NPX + r"vitest(?: run)?",
        '--reporter=default --reporter=json --outputFile.json="{report}"',
        documents.jest,
        piped=True,
        script=True,
    ),
    _Runner(
        _NPX + "mocha", '--reporter json --reporter-option output="{report}"', documents.mocha, piped=True, script=True
    ),
    _Runner(r"node(?: --[\w=-]+)* --test", _NODE, _tap, piped=True, script=True, alone=True),
    _Runner("go test", "-json", documents.go, tail=' >"{report}"', piped=True),
    _Runner("cargo test", "--no-fail-fast"),
    _Runner(_NPX + r"turbo(?: run)?", "--continue", script=True),
    _Runner(_NPX + "lerna run", "--no-bail", script=True),
    _Runner(r"(?:mvn|\./mvnw)", "-fae", junit.parse, in_tree=True),
    _Runner(r"(?:gradle|\./gradlew)", "--continue", junit.parse, in_tree=True),
    _Runner(
        r"(?:bundle exec |bin/)?rspec", '--format progress --format json --out "{report}"', documents.rspec, piped=True
    ),
    _Runner(r"(?:php )?(?:\S*/)?(?:phpunit|pest)", '--log-junit "{report}"', junit.parse, piped=True),
)

_PREFIX = (
    r"(?:[A-Za-z_]\w*=[^\s'\"]* +)*"
    r"(?:(?:uv run(?: --[\w=-]+)*|poetry run|pdm run|pipenv run|hatch run|rye run|xvfb-run(?: -a)?"
    r"|coverage run(?: -[\w=.,/-]+)*? -m|time) +)?"
)
_COMPILED = tuple((re.compile(f"({_PREFIX})({runner.call})(?= |$)"), runner) for runner in _RUNNERS)
_STOPS = re.compile(
    r" (?:-x|--exitfirst|--stop-on-[a-z]+|--?failfast|--(?:maxfail|bail|fail-fast)(?:[= ]\d{1,6})?)(?= |$)"
)
"""What ends a run at its first failure: a test that fails with and without the change would hide all behind it."""
_NOT_PLAIN = re.compile(r"[;&|<>`\n\\#]|\$\(")
_OWN_REPORT = re.compile(r"--(?:json|reporter|test-reporter|outputFile|out|log-junit|format)\b")
_EACH_PACKAGE = re.compile(r"pnpm (?:-[^ ]* |\S+ ){0,9}?(?:-r|-F|--recursive|--filter\S*|recursive|multi|m) ")
"""A call that runs a script of each package of a workspace."""
_SCRIPT = re.compile(
    r"(?:npm (?:run )?(?P<npm>[\w:.-]+)(?P<handed> --(?: [^-].*)?)?"
    r"|(?:yarn|pnpm)(?: run)? (?P<other>[\w:.-]+)(?P<files>(?: [^-].*)?))$"
)
"""A script of package.json, and the files that are handed to it."""


def instrument(
    line: str, name: str, env: Mapping[str, str] | None = None, package_json: bytes = b"", *, pipe: bool = False
) -> Instrumented:
    """The line, made to leave a report in `$HOME/reports/NAME` if that is safe, or in a pipe where there can be one.

    `env` is what the command is run with already; `package_json` the manifest beside it.
    """
    env = dict(env or {})
    line = line.strip()
    if not _NOT_PLAIN.search(line):
        for pattern, runner in _COMPILED:
            if match := pattern.match(line):
                return _direct(line, match.end(), runner, name, env, pipe=pipe)
        if found := _npm_script(line, name, env, package_json, pipe=pipe):
            return found
        line = _all_packages(line, package_json)
    flags = _fill(_PYTEST, name, pipe=pipe).replace('"', "")
    env["PYTEST_ADDOPTS"] = f"{env.get('PYTEST_ADDOPTS', '')} {flags}".strip()
    file, piped = ("", name) if pipe else (f"{REPORTS}/{name}", "")
    return Instrumented(line, env, file, junit.parse, reports_in_tree(line), piped, shared=True)


def collecting(line: str) -> str:
    """The line, made to collect tests and run none; "" where it is not one plain call of a runner that can do so."""
    line = line.strip()
    known = not _NOT_PLAIN.search(line) and next((one for by, one in _COMPILED if by.match(line)), None)
    return f"{line} {collected.FLAGS}" if known and known.flags == _PYTEST else ""


def _direct(line: str, at: int, runner: _Runner, name: str, env: dict[str, str], *, pipe: bool) -> Instrumented:
    if runner.parse not in (None, junit.parse) and _OWN_REPORT.search(line):
        return Instrumented(line, env)
    pipe = pipe and runner.piped
    file = "" if runner.in_tree or runner.parse is None or pipe else f"{REPORTS}/{name}"
    rest = _STOPS.sub("", line[at:]) if runner.piped else line[at:]
    flagged = f"{line[:at]} {_fill(runner.flags, name, pipe=pipe)}{rest}{_fill(runner.tail, name, pipe=pipe)}"
    return Instrumented(flagged, env, file, runner.parse, runner.in_tree, name if pipe else "")


def _npm_script(line: str, name: str, env: dict[str, str], package_json: bytes, *, pipe: bool) -> Instrumented | None:
    match = _SCRIPT.match(line)
    body = body_of(match["npm"] or match["other"], package_json) if match else None
    if not match or body is None or _NOT_PLAIN.search(body) or _OWN_REPORT.search(body):
        return None
    for pattern, runner in _COMPILED:
        found = pattern.match(body) if runner.script else None
        more = f"{body[found.end() :] if found else ''} {match['handed'] or match['files'] or ''}"
        if found and (not runner.alone or all(word.startswith("-") for word in more.split())):
            pipe = pipe and runner.piped
            separator = " -- " if match["npm"] and not match["handed"] else " "
            asked = f"{line}{separator}{_fill(runner.flags, name, pipe=pipe)}"
            if runner.parse is None:
                return None if " -- " in f"{body} " else Instrumented(asked, env)
            file, piped = ("", name) if pipe else (f"{REPORTS}/{name}", "")
            return Instrumented(asked, env, file, runner.parse, piped=piped)
    return None


def _all_packages(line: str, package_json: bytes) -> str:
    """The line with pnpm going on behind a package that fails. A script that is one such call is called as such: with
    the setting in the environment, scripts of single packages would end well whatever they come to."""
    match = _SCRIPT.match(line)
    script = (match["npm"] or match["other"]) if match else ""
    body = body_of(script, package_json) if match and not (match["handed"] or match["files"]) else None
    around = [body_of(f"{when}{script}", package_json) for when in ("pre", "post")] if body else []
    if body and not any(around) and not _NOT_PLAIN.search(body) and _EACH_PACKAGE.match(body.strip()):
        line = body.strip()
    return f"pnpm --no-bail{line[4:]}" if _EACH_PACKAGE.match(line) and "bail" not in line else line


def reports_in_tree(line: str) -> bool:
    """Whether a command calls what leaves its reports in the tree, where the tests can write, too: Maven, Gradle."""
    return bool(re.search(r"\b(?:mvnw?|gradlew?)\b", line))


def _fill(flags: str, name: str, *, pipe: bool = False) -> str:
    place = f"/tmp/{DIRECTORY}/{name}" if pipe else _inside(name)
    return flags.format(report=place, cache=_inside(name) + ".cache")


def _inside(name: str) -> str:
    return f"{HOME}/{REPORTS}/{name}"
