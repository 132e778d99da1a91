"""JavaScript and TypeScript: the package manager, and package.json's scripts judged by what they run."""

from __future__ import annotations

import re
import shlex
from functools import partial

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import Expander, Seen
from sandbox.detect.commands.project import Part, Project
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Confidence, Evidence, Found, Note

NAME = "javascript"
_MANIFEST = "package.json"
_PLACEHOLDER = re.compile(r"no test specified|^\s*(exit 0|true|:)?\s*$|^echo [^&|;]*$")
_NARROW = re.compile(
    r"(tests?[:_-])?(unit([:_-]?tests?)?|node|js|spec|run|only|jest|mocha|vitest|ava|tap|jasmine|tape|src|core|tests-only|default)$"
)
_EMITS = re.compile(r"build|compile|prepare|prepublish|pack|dist|watch|dev|release|docs?$|bench")
_INSTALL = {
    "npm": ("npm ci", "npm install"),
    "pnpm": ("pnpm install --frozen-lockfile", "pnpm install"),
    "yarn": ("yarn install --frozen-lockfile", "yarn install"),
    "berry": ("yarn install --immutable", "yarn install"),
    "bun": ("bun install --frozen-lockfile", "bun install"),
}
_LOCKS = {
    "pnpm": ("pnpm-lock.yaml",),
    "yarn": ("yarn.lock",),
    "bun": ("bun.lock", "bun.lockb"),
    "npm": ("package-lock.json", "npm-shrinkwrap.json"),
}


def find(project: Project) -> Part | None:
    source = project.source
    if not source.has(_MANIFEST):
        return None
    reader = _Scripts(source)
    manager = _manager(source)
    spell = partial(_spell, reader, manager)
    local = Project(source, tuple(s for s in project.seen if s.cwd == "." and _is_check(s)), project.guides)
    lint = _apart(choose.checks(local, "lint", NAME, spell))
    types = _apart(choose.checks(local, "types", NAME, spell))
    tests, notes = _tests(project, reader, manager)
    notes += choose.left_out(project, NAME)
    return Part(NAME, (_install(source, manager),), tuple(tests), tuple(lint), tuple(types), tuple(notes))


class _Scripts:
    """package.json's scripts and the checks that each comes to."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.bodies = {k: v for k, v in table(source.json(_MANIFEST), "scripts").items() if isinstance(v, str)}
        self._expander = Expander(source)
        self._known: dict[str, list[Seen]] = {}

    def checks(self, name: str) -> list[Seen]:
        if name not in self._known:
            found = self._expander.checks(f"npm run {shlex.quote(name)}", self.evidence(name), "task", name)
            self._known[name] = list(found) if name in self.bodies else []
        return self._known[name]

    def only(self, name: str, kind: str) -> bool:
        """Whether a script does nothing but run checks of one kind, and rewrites nothing."""
        calls = [s.call for s in self.checks(name)]
        return bool(calls) and all(c.kind == kind and not c.mended and not c.skip for c in calls)

    def lifecycle(self, name: str) -> bool:
        """Whether npm runs the script by itself before or after another: `pretest`, `postbuild`."""
        return name.removeprefix("pre").removeprefix("post") in self.bodies and name.startswith(("pre", "post"))

    def evidence(self, name: str) -> Evidence:
        return self.source.evidence(_MANIFEST, f'"{name}":', after='"scripts"')


def _manager(source: Source) -> str:
    data = source.json(_MANIFEST)
    named = str(data.get("packageManager") or "").split("@")
    only = re.search(r"only-allow\s+(\w+)", str(table(data, "scripts").get("preinstall", "")))
    name = named[0] or (only.group(1) if only else "")
    if name not in _LOCKS:
        name = next((m for m, locks in _LOCKS.items() if source.has(*locks)), "npm")
    if name == "yarn" and (source.has(".yarnrc.yml") or (len(named) > 1 and not named[1].startswith("1"))):
        return "berry"
    return name


def _install(source: Source, manager: str) -> Found:
    locks = _LOCKS["yarn" if manager == "berry" else manager]
    lock = next((name for name in locks if source.has(name)), "")
    frozen, loose = _INSTALL[manager]
    witness = Evidence(lock, 1, "") if lock else source.evidence(_MANIFEST, '"devDependencies"')
    return choose.install(frozen if lock else loose, witness)


def _call(manager: str, script: str) -> str:
    if manager in ("yarn", "berry"):
        return f"yarn {script}"
    if script == "test" and manager != "bun":
        return f"{manager} test"
    return f"{manager} run {script}"


def _direct(manager: str, seen: Seen) -> str:
    line = seen.call.line
    if line.split()[0] in ("node", "bun", "npm", "pnpm", "yarn"):
        return line
    return {"npm": "npx ", "pnpm": "pnpm exec ", "yarn": "yarn run ", "berry": "yarn run ", "bun": "bunx "}[
        manager
    ] + line


def _scripts_of(seen: Seen) -> list[str]:
    return [name.removeprefix("npm ") for name in seen.via if name.startswith("npm ")]


def _spell(reader: _Scripts, manager: str, seen: Seen) -> str:
    """The outermost script that does only this kind of check, else the tool itself."""
    if not seen.call.mended:
        for name in _scripts_of(seen):
            if not reader.lifecycle(name) and reader.only(name, seen.call.kind):
                return _call(manager, name)
    return _direct(manager, seen)


def _is_check(seen: Seen) -> bool:
    """tsc is a compiler too: within a build it is no check unless it is told to emit nothing."""
    if seen.call.key not in ("tsc", "vue-tsc", "tsgo") or "--noEmit" in seen.call.words:
        return True
    if seen.origin == "task" and not re.search(r"typ|check|lint|test|tsc:", seen.group):
        return False
    return not any(_EMITS.search(name) for name in (*seen.via, seen.group.rpartition(":")[2]))


def _apart(found: list[Found]) -> list[Found]:
    return list({(f.command, f.cwd): f for f in found}.values())


def _tests(project: Project, reader: _Scripts, manager: str) -> tuple[list[Found], list[Note]]:
    names, notes = _candidates(reader)
    seen = [s for s in project.of(NAME) if s.call.kind == "test" and s.origin == "ci" and not s.call.skip]
    called = {name for s in seen for name in _scripts_of(s)}
    extra = dict.fromkeys(n for s in seen for n in _scripts_of(s)[:1] if n not in names and reader.only(n, "test"))

    def found(item: str | Seen) -> Found:
        if isinstance(item, Seen):
            line, evidence, env, sure = (
                _direct(manager, item),
                [item.evidence, *item.trail[-1:]],
                item.env,
                bool(called),
            )
        else:
            callers = [e for s in seen if item in _scripts_of(s) for e in s.trail[:1]]
            line, evidence, env, sure = _call(manager, item), [reader.evidence(item), *callers], {}, item in called
        confidence: Confidence = "confirmed" if sure else "manifest"
        return Found("test", line, choose.merge(evidence, 3), env={**choose.ENV, **env}, confidence=confidence)

    tests = [found(item) for item in (*names, *list(extra)[:2])]
    return tests or _without_script(project, manager, seen), notes


def _candidates(reader: _Scripts) -> tuple[list[str | Seen], list[Note]]:
    """`test` where it only tests; else the narrow script or runner inside of it first."""
    if _PLACEHOLDER.search(reader.bodies.get("test", "")):
        narrow = [n for n, body in reader.bodies.items() if _NARROW.fullmatch(n) and not body.startswith("echo")]
        return [*narrow[:3]], []
    checks = reader.checks("test")
    tests = [s for s in checks if s.call.kind == "test" and not s.call.skip]
    if len(tests) == len(checks) or _EMITS.search(reader.bodies.get("pretest", "")):
        return ["test"], []
    others = sorted({s.call.key for s in checks if s not in tests})
    notes = [
        Note(
            "npm test",
            f"as a whole it also runs {', '.join(others)}; the tests in it are run alone",
            (reader.evidence("test"),),
        )
    ]
    inner = [name for s in tests for name in _scripts_of(s)[1:] if reader.only(name, "test")]
    for name in dict.fromkeys(inner):
        if _NARROW.fullmatch(name) or len({s.via[1:2] for s in tests}) == 1:
            return [name, "test"], notes
    if len(tests) == 1 and tests[0].cwd == ".":
        return [tests[0], "test"], notes
    return ["test"], []


def _without_script(project: Project, manager: str, seen: list[Seen]) -> list[Found]:
    source = project.source
    direct = [s for s in seen if s.cwd == "."]
    if direct:
        return [
            Found(
                "test",
                _direct(manager, direct[0]),
                (direct[0].evidence,),
                env={**choose.ENV, **direct[0].env},
                confidence="confirmed",
            )
        ]
    if source.json(_MANIFEST).get("workspaces") or source.has("pnpm-workspace.yaml"):
        line = {
            "npm": "npm test --workspaces --if-present",
            "pnpm": "pnpm -r test",
            "yarn": "yarn workspaces run test",
            "berry": "yarn workspaces foreach -A run test",
            "bun": "bun run --filter '*' test",
        }[manager]
        return [
            Found(
                "test", line, (source.evidence(_MANIFEST, '"workspaces"'),), env=dict(choose.ENV), confidence="default"
            )
        ]
    needs = {**table(source.json(_MANIFEST), "devDependencies"), **table(source.json(_MANIFEST), "dependencies")}
    for tool, line in (("vitest", "vitest run"), ("jest", "jest"), ("mocha", "mocha"), ("ava", "ava")):
        if tool in needs:
            prefix = {"npm": "npx", "pnpm": "pnpm exec", "yarn": "yarn run", "berry": "yarn run", "bun": "bunx"}[
                manager
            ]
            return [
                Found(
                    "test",
                    f"{prefix} {line}",
                    (source.evidence(_MANIFEST, f'"{tool}"'),),
                    env=dict(choose.ENV),
                    confidence="default",
                )
            ]
    return []
