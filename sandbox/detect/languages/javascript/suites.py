"""Which commands test a JavaScript project: the scripts that CI calls, else those whose bodies test something."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sandbox.detect.commands import choose, workspaces
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import Project
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.languages.javascript.scripts import (
    MANIFEST,
    NAME,
    Scripts,
    direct,
    exec_prefix,
    scripts_of,
    spelled_call,
)
from sandbox.detect.languages.javascript.together import named_apart, together
from sandbox.detect.read.source import table
from sandbox.detect.read.values import Confidence, Found, Note

_PLACEHOLDER = re.compile(r"no test specified|^\s*+(exit 0|true|:)?\s*$|^echo [^&|;]*$")
_NARROW = re.compile(
    r"(tests?[:_-])?(unit([:_-]?tests?)?|node|js|spec|run|only|jest|mocha|vitest|ava|tap|jasmine|tape|src|core|tests-only|default|ci"
    r"|coverage)$"
)
_HEAVY = re.compile(
    r"(^|[:/_.=-])(e2e|end-?to-?end|browsers?|playwright|puppeteer|cypress|selenium|webdriver|chrom\w+|firefox|safari|webkit|visual"
    r"|bench(mark)?s?|perf|smoke|containers?|integration|acceptance|storybook|screenshots?|ssr-bench|serve|karma|saucelabs|interop)([:/_.=-]|$)",
    re.I,
)
_BUILDS = re.compile(r"build|compile|prepare|prepublish|pack|dist|watch|dev|release|docs?$|bench")
_TESTLIKE = re.compile(r"(^|[-_./:])(tests?|specs?|testing|unit|qunit|e2e)([-_./:]|$)")
_REPORT = re.compile(
    r"\d+$|--(check-coverage|lines|branches|functions|statements|coverage|reporters?|watch=false|run|silent|verbose|ci|passWithNoTests|colou?r|no-color)\b"
)
_OPAQUE = frozenset({"gulp", "grunt", "jake", "nps", "moon", "ember", "ng", "zx", "wireit", "just", "make", "task"})
_BUILDERS = re.compile(
    r"webpack|vite|rollup|esbuild|parcel|babel|swc|tsup|tsc|tsx|ts-node|typedoc|hugo|lint|prettier|husky|rimraf|copy|cpx|env"
    r"|size|pack|build|serve|http|start|docs?|sass|less|postcss"
)
_MOST = 4


@dataclass(frozen=True, slots=True)
class _Suite:
    """Commands that stand in for each other: scripts by their names, or calls as they are."""

    items: tuple[str | SeenCheck, ...]
    inner: frozenset[str] = frozenset()
    heavy: bool = False
    does: frozenset[str] = frozenset()
    """The calls that it comes to, without what only changes the report."""


def tests(project: Project, reader: Scripts, manager: str) -> tuple[list[Found], list[Note]]:
    seen = [s for s in project.of(NAME) if s.call.kind == "test" and s.origin == "ci" and not s.aside]
    seen = [s for s in seen if s.cwd == "." or s.cwd in workspaces.members(project.source)]
    finder = _Finder(project, reader, manager, [s for s in seen if not s.call.skip])
    suites, notes = finder.of_ci()
    if not suites:
        items, more = finder.of_script("test")
        suites, notes = ([_Suite(tuple(items))] if items else []), notes + more
    found = named_apart([[finder.found(item, n) for item in suite.items] for n, suite in enumerate(suites)])
    if not found:
        found = finder.without_script()
    return found, notes


@dataclass(slots=True)
class _Finder:
    project: Project
    reader: Scripts
    manager: str
    seen: list[SeenCheck]

    def of_ci(self) -> tuple[list[_Suite], list[Note]]:
        """A suite for each script or call of CI's that no other takes in, units first."""
        notes: list[Note] = []
        suites: list[_Suite] = []
        calls: dict[str, SeenCheck] = {}
        for s in together(self.seen, _MOST):
            named = scripts_of(s)
            calls.setdefault(f"npm {named[0]}" if named else f"{s.cwd} {s.call.line}", s)
        for key, s in calls.items():
            named = scripts_of(s)
            if named and s.via[0] == f"npm {named[0]}":
                items, more = self.of_script(named[0])
                notes += [n for n in more if n not in notes]
                inner = frozenset(v for c in self.reader.checks(named[0]) for v in scripts_of(c)) | {named[0]}
            elif named and self._made(s):
                items, inner = [named[-1]], frozenset({*named})
            else:
                items, inner = [s], frozenset({key})
            heavy = self._heavy(named[0] if named else "", s)
            if items:
                suites.append(_Suite(tuple(items), inner, heavy, self._does(items)))
        suites.sort(key=lambda s: (s.heavy, self._measures(s), not self._unit(s), -len(s.inner)))
        chosen: list[_Suite] = []
        for suite in suites:
            if any(_same(suite, other) for other in chosen):
                continue
            if chosen and (suite.heavy or len(chosen) >= _MOST):
                notes.append(self._left(suite))
                continue
            chosen.append(suite)
        if chosen and "test" in self.reader.bodies and not any("test" in s.inner for s in chosen):
            rest, _ = self.of_script("test")
            first = chosen[0]
            beside = [r for r in rest if r not in first.items][:1]
            chosen[0] = replace(first, items=(*first.items, *beside))
        return chosen, notes

    def _made(self, s: SeenCheck) -> bool:
        """Whether a call runs a file that the script around it makes first."""
        scripts = [w for w in s.call.words[1:] if re.search(r"[\w)]/.*\.[cm]?js$", w) and "*" not in w]
        return s.call.words[0] == "node" and bool(scripts) and not self.project.source.has(join(s.cwd, scripts[0]))

    def _heavy(self, name: str, s: SeenCheck) -> bool:
        words = [name, *s.call.words[1:], s.cwd]
        return any(_HEAVY.search(w) for w in words if w)

    def _does(self, items: list[str | SeenCheck]) -> frozenset[str]:
        item = items[0]
        calls = [item] if isinstance(item, SeenCheck) else self.reader.checks(item)
        return frozenset(
            " ".join([s.cwd, *(w for w in s.call.words if w != "run" and not _REPORT.match(w))])
            for s in calls
            if s.call.kind == "test"
        )

    def _measures(self, suite: _Suite) -> bool:
        item = suite.items[0]
        return "coverage" in (item if isinstance(item, str) else item.call.line)

    def _unit(self, suite: _Suite) -> bool:
        names = [i for i in suite.items if isinstance(i, str)]
        return any(n == "test" or _NARROW.fullmatch(n) for n in names)

    def _left(self, suite: _Suite) -> Note:
        item = suite.items[0]
        line = spelled_call(self.manager, item) if isinstance(item, str) else item.call.line
        reason = f"CI runs it as well; more than {_MOST} suites of one project are not run"
        if suite.heavy:
            reason = "CI runs it beside the main suite; it needs a browser, services, or more than a checkout"
        return Note(line, reason, (self.reader.evidence(item) if isinstance(item, str) else item.evidence,))

    def found(self, item: str | SeenCheck, number: int) -> Found:
        called = {name for s in self.seen for name in scripts_of(s)}
        cwd = "."
        if isinstance(item, SeenCheck):
            line, cwd, env = direct(self.manager, item), item.cwd, item.env
            evidence, sure = [item.evidence, *item.trail[-1:]], item.origin == "ci" or bool(called)
        else:
            callers = [s for s in self.seen if item in scripts_of(s)]
            line, env = spelled_call(self.manager, item), _shared(callers)
            inner = {k for c in self.reader.checks(item) for k in c.env}
            env = {k: v for k, v in env.items() if k not in inner}
            evidence = [self.reader.evidence(item), *(e for s in callers for e in s.trail[:1])]
            sure = item in called
        confidence: Confidence = "confirmed" if sure else "manifest"
        suite = "" if number == 0 else (item if isinstance(item, str) else " ".join(item.call.words[:3]))
        env = {**choose.ENV, **env}
        return Found("test", line, choose.merge(evidence, 3), cwd, env=env, confidence=confidence, suite=suite)

    def of_script(self, name: str) -> tuple[list[str | SeenCheck], list[Note]]:
        """The script where it only tests; else the narrow script or runner inside of it first."""
        reader = self.reader
        if name not in reader.bodies or _PLACEHOLDER.search(reader.bodies[name]):
            return (self._narrow() if name == "test" else []), []
        checks = reader.checks(name)
        if any(s.call.kind == "test" and s.call.ecosystem != NAME for s in checks):
            checks = [s for s in checks if s.call.ecosystem == NAME]  # the others are suites of their own languages
            if not any(s.call.kind == "test" for s in checks):
                return [], []
        tests = [s for s in checks if s.call.kind == "test" and not s.call.skip]
        if not tests:
            return self._untested(name, checks)
        if any(s.call.mended for s in tests):
            # It writes its snapshots anew, or passes whatever fails.
            return [*tests[:2]], []
        behind = self._behind(name)
        if (len(tests) == len(checks) and not behind) or _BUILDS.search(reader.bodies.get(f"pre{name}", "")):
            return [name], []
        others = sorted({s.call.key for s in checks if s not in tests} | behind)
        reason = f"as a whole it also runs {', '.join(others)}; the tests in it are run alone"
        notes = [Note(spelled_call("npm", name), reason, (reader.evidence(name),))]
        inner = [n for s in tests for n in scripts_of(s)[1:] if reader.only(n, "test")]
        inner = [n for n in inner if not _HEAVY.search(n)] or inner
        for one in dict.fromkeys(inner):
            if _NARROW.fullmatch(one) or len({s.via[1:2] for s in tests}) == 1:
                return [one, name], notes
        here = [s for s in tests if s.cwd == "." and not scripts_of(s)[1:]]
        if len(tests) == 1 and tests[0].cwd == ".":
            return [tests[0], name], notes
        if len(here) == 1 and here[0].call.key == "workspaces test":
            return [here[0], name], notes
        units = [n for n in dict.fromkeys(inner) if not _HEAVY.search(n)]
        return ([units[0], name], notes) if units else ([name], [])

    def _behind(self, name: str) -> frozenset[str]:
        """What npm runs by itself behind a script and is no test; it would decide the script's exit code."""
        after = f"post{name}"
        if self.manager != "npm" or after not in self.reader.bodies:
            return frozenset()
        checks = self.reader.checks(after)
        if any(s.call.kind == "test" for s in checks):
            return frozenset()
        return frozenset(s.call.key for s in checks) or frozenset({after})

    def _untested(self, name: str, checks: list[SeenCheck]) -> tuple[list[str | SeenCheck], list[Note]]:
        """A script in which no test tool is known: kept where it may be one's own, else no test."""
        skipped = [s for s in checks if s.call.kind == "test"]
        unknown = [words for words, call in self.reader.leaves(name) if call is None and words]
        own = [w for w in unknown if w[0] in _OPAQUE or any(_TESTLIKE.search(x) for x in w if not x.startswith("-"))]
        own = own or [w for w in unknown if self._installed(name, w[0])]
        if own and not skipped:
            return [name], []
        narrow = self._narrow() if name == "test" else []
        if skipped:
            return narrow, []
        reason = "its body calls nothing that tests"
        return narrow, [Note(spelled_call("npm", name), reason, (self.reader.evidence(name),))]

    def _installed(self, name: str, program: str) -> bool:
        """Whether CI runs the script as the tests, and it starts a program of a package that is there for that."""
        needs = table(self.project.source.json(MANIFEST), "devDependencies")
        called = re.search(r"\b(npm|yarn|pnpm|bun)( run)? test\b", self.project.ci)
        return name == "test" and bool(called) and program in needs and not _BUILDERS.search(program)

    def _narrow(self) -> list[str | SeenCheck]:
        found = [
            n
            for n in self.reader.bodies
            if _NARROW.fullmatch(n) and any(c.call.kind == "test" and not c.call.skip for c in self.reader.checks(n))
        ]
        return [*found[:3]]

    def without_script(self) -> list[Found]:
        source = self.project.source
        env = dict(choose.ENV)
        scripts = self.reader.bodies
        if not scripts.get("test") and workspaces.patterns_of(source):
            packages = workspaces.members(source)
            if packages and not any(self._tested(d) for d in packages):
                return []
            line = {
                "npm": "npm test --workspaces --if-present",
                "pnpm": "pnpm -r test",
                "yarn": "yarn workspaces run test",
                "berry": "yarn workspaces foreach -A run test",
                "bun": "bun run --filter '*' test",
            }[self.manager]
            return [Found("test", line, (source.evidence(MANIFEST, '"workspaces"'),), env=env, confidence="default")]
        needs = {**table(source.json(MANIFEST), "devDependencies"), **table(source.json(MANIFEST), "dependencies")}
        for tool, line in (("vitest", "vitest run"), ("jest", "jest"), ("mocha", "mocha"), ("ava", "ava")):
            if tool in needs and not self._browsers_only():
                place = (source.evidence(MANIFEST, f'"{tool}"'),)
                command = f"{exec_prefix(self.manager)}{line}"
                return [Found("test", command, place, env=env, confidence="default")]
        return []

    def _browsers_only(self) -> bool:
        return any(s.call.skip for s in self.reader.checks("test"))

    def _tested(self, directory: str) -> bool:
        inner = _Finder(self.project, Scripts(self.project.source.below(directory)), self.manager, [])
        items, _ = inner.of_script("test")
        return bool(items)


def _shared(callers: list[SeenCheck]) -> dict[str, str]:
    """The variables that all of the calls of a script are given: what one leg has besides is another suite's."""
    first = callers[0].env if callers else {}
    return {k: v for k, v in first.items() if all(s.env.get(k) == v for s in callers)}


def _same(suite: _Suite, other: _Suite) -> bool:
    """Whether one suite is run by another already."""
    if suite.does and suite.does == other.does:
        return True
    names = {i for i in suite.items if isinstance(i, str)}
    if names and names <= other.inner | {i for i in other.items if isinstance(i, str)}:
        return True
    lines = {i.call.line for i in suite.items if isinstance(i, SeenCheck)}
    known = {i.call.line for i in other.items if isinstance(i, SeenCheck)}
    return bool(lines) and lines <= known
