"""Everything that a repository says about its checks, gathered once for all ecosystems."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sandbox.detect.commands import bodies, ci, hooks, toxnox
from sandbox.detect.commands.expand import Expander, Seen
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence, Found, Note

GUIDES = (
    "CONTRIBUTING.md",
    "CONTRIBUTING.rst",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
    "CONTRIBUTING.txt",
    "DEVELOPMENT.md",
    "HACKING.md",
    "README.md",
    "AGENTS.md",
)
_TASK_NAME = re.compile(r"test|check|lint|typ|style|format|fmt|spec|qa|verify|mypy|ruff|flake|pylint|black|pyright|clippy|vet|stan|psalm|cs|ci|all|eslint|unit|tsc|static|py\d*|pre-?commit|quality", re.I)  # fmt: skip  # noqa: E501


@dataclass(frozen=True, slots=True)
class Part:
    """What one ecosystem contributes to the detection."""

    name: str
    setup: tuple[Found, ...] = ()
    test: tuple[Found, ...] = ()
    lint: tuple[Found, ...] = ()
    types: tuple[Found, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A repository as read: its files, and the checks seen in CI, hooks and tasks, in that order of trust."""

    source: Source
    seen: tuple[Seen, ...]
    guides: tuple[str, ...] = field(default=())
    ci: str = ""
    """The text of all scripts that CI runs to check a change."""

    def of(self, ecosystem: str) -> list[Seen]:
        return [s for s in self.seen if s.call.ecosystem == ecosystem]

    def guide_line(self, command: str) -> Evidence | None:
        """The line of the contributors' guide or readme that shows the command."""
        for path in self.guides:
            for number, line in enumerate(self.source.text(path).splitlines(), 1):
                if re.search(rf"(^|[\s`$>]){re.escape(command)}($|[\s`.,;])", line):
                    return Evidence(path, number, line.strip()[:200])
        return None


def read(source: Source) -> Project:
    expander = Expander(source)
    main: list[Seen] = []
    aside: list[Seen] = []
    scripts = ci.scripts(source)
    for script in scripts:
        checks = expander.checks(script.text, script.evidence, "ci", script.job, script.cwd, script.env)
        (aside if script.aside else main).extend(checks)
    hooked = [
        seen
        for hook in hooks.hooks(source)
        if hook.script
        for seen in expander.checks(hook.script, hook.evidence, "hook", hook.evidence.file)
    ]
    tasks = [seen for name, script, where in _tasks(source) for seen in expander.checks(script, where, "task", name)]
    guides = tuple(path for path in GUIDES if source.has(path))
    return Project(source, (*main, *hooked, *tasks, *aside), guides, "\n".join(s.text for s in scripts if not s.aside))


def _tasks(source: Source) -> list[tuple[str, str, Evidence]]:
    """(name, script, where) of each named task that may be a check."""
    found: list[tuple[str, str, Evidence]] = []

    def add(names: list[str], runner: str, path: str) -> None:
        lines = [f"{runner} {n}" for n in names[:60] if _TASK_NAME.search(n) and re.fullmatch(r"[\w:.@/+-]+", n)]
        found.extend((line, line, Evidence(path, 0, line)) for line in lines)

    add(list(table(source.json("package.json"), "scripts")), "npm run", "package.json")
    add(toxnox.tox_names(source), "tox -e", "tox.ini")
    add(list(toxnox.nox(source)), "nox -s", "noxfile.py")
    data = source.toml("pyproject.toml")
    add(list(table(data, "tool", "poe", "tasks")), "poe", "pyproject.toml")
    add(list(table(data, "tool", "pdm", "scripts")), "pdm run", "pyproject.toml")
    hatch = source.toml("hatch.toml") or table(data, "tool", "hatch")
    for env, values in table(hatch, "envs").items():
        add([f"{env}:{name}" for name in table(values, "scripts")], "hatch run", "pyproject.toml")
    add(bodies.make_targets(source), "make", "Makefile")
    add(bodies.just_recipes(source), "just", "justfile")
    add(list(table(source.json("composer.json"), "scripts")), "composer run", "composer.json")
    for directory in ("scripts", "script", "bin", "ci", "tools", ".ci"):
        names = [
            n
            for n in source.files(directory)
            if re.fullmatch(r"(run[-_]?)?(tests?|lint|check|format|types?|mypy|cibuild)([-_.]\w+)*", n)
        ]
        add([f"./{directory}/{n}" for n in names], "sh", directory)
    return found
