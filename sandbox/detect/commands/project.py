"""Everything that a repository says about its checks, gathered once for all ecosystems."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sandbox.detect.commands import bodies
from sandbox.detect.commands.ci import github_workflows
from sandbox.detect.commands.expand import Expander, SeenCheck, sighting
from sandbox.detect.commands.scripts.shell import within
from sandbox.detect.commands.tasks import earthfiles, hooks, justfiles, lefthook, melos, pytasks, taskfiles, toxnox
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence, Found, Note
from sandbox.detect.tools import rewriters
from sandbox.detect.tools.files import FILES

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
_TASK_NAME = re.compile(r"test|check|lint|typ|style|format|fmt|spec|qa|verify|mypy|ruff|flake|pep8|pycodestyle|pylint|black|pyright|clippy|vet|stan|psalm|cs|ci|all|eslint|unit|tsc|static|py\d*|pre-?commit|quality", re.I)  # fmt: skip  # noqa: E501


_STARTS = re.compile(r"(^|[:_-])(start|dev|serve|watch|preview)([:_-]|$)")
"""Tasks that start something, whatever they are named after it."""


@dataclass(frozen=True, slots=True)
class EcosystemPart:
    """What one ecosystem contributes to the detection."""

    name: str
    setup: tuple[Found, ...] = ()
    test: tuple[Found, ...] = ()
    lint: tuple[Found, ...] = ()
    types: tuple[Found, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A directory as read: its files, and the checks seen in CI, hooks and tasks, in that order of trust."""

    source: Source
    seen: tuple[SeenCheck, ...]
    guides: tuple[str, ...] = field(default=())
    ci: str = ""
    """The text of all scripts that CI runs to check a change."""
    installs: tuple[Install, ...] = ()
    used: tuple[str, ...] = ()
    """The directories in which CI runs anything to check a change."""
    apart: tuple[str, ...] = ()
    """The directories below that are projects of their own."""

    def of(self, ecosystem: str) -> list[SeenCheck]:
        return [s for s in self.seen if s.call.ecosystem == ecosystem]

    def guide_line(self, command: str) -> Evidence | None:
        """The line of the contributors' guide or readme that shows the command."""
        for path in self.guides:
            for number, line in enumerate(self.source.text(path).splitlines(), 1):
                if re.search(rf"(^|[\s`$>]){re.escape(command)}($|[\s`.,;])", line):
                    return Evidence(path, number, line.strip()[:200])
        return None

    def below(self, directory: str) -> Project:
        """A directory as a project of its own: what CI runs there, and the hooks and tasks that it has itself."""
        source = self.source.below(directory)
        here = [s for s in self.seen if within(s.cwd, directory) and not self._by_the_root(s)]
        ci = [s.seen_from(directory) for s in here if s.origin != "task"]
        tasks = [s.seen_from(directory) for s in here if s.origin == "task"]
        own = _own(source, Expander(source, _STEPS_BELOW))
        guides = tuple(path for path in GUIDES if source.has(path))
        installs = tuple(
            replace(i, cwd=posixpath.relpath(i.cwd, directory)) for i in self.installs if within(i.cwd, directory)
        )
        text = "\n".join(shlex.join(i.words) for i in installs)
        return Project(source, (*ci, *own, *tasks), guides, text, installs)

    def _by_the_root(self, seen: SeenCheck) -> bool:
        """Whether a package's tests are run by the root's own script `test`, which runs those of all packages."""
        if seen.call.ecosystem != "javascript" or seen.call.kind != "test" or seen.via[:1] != ("npm test",):
            return False
        if any(s.call.skip for s in self.seen if s.via[:1] == ("npm test",)):
            return False  # as a whole it takes a browser, which not each package does
        body = table(self.source.json("package.json"), "scripts").get("test")
        return seen.cwd != "." and isinstance(body, str) and bool(_EVERYWHERE.search(body))

    def without(self, places: Iterable[tuple[str, str]]) -> Project:
        """The rest of the project: without the checks of those ecosystems in those directories."""
        known = [(e, d) for e, d in places if d != "."]
        kept = [
            s
            for s in self.seen
            if self._by_the_root(s) or not any(s.call.ecosystem == e and within(s.cwd, d) for e, d in known)
        ]
        return replace(self, seen=tuple(kept), apart=tuple(dict.fromkeys(d for _, d in known)))


_EVERYWHERE = re.compile(
    r"(^|\s)(-r|--recursive|--workspaces|-ws|workspaces|turbo|nx|lerna|--filter[= ]['\"]?\*)(?=\s|$)"
)
"""A call that runs a script in all packages of a workspace."""


@dataclass(frozen=True, slots=True)
class Install:
    """A command with which CI installs something, taken out of its wrappers."""

    words: tuple[str, ...]
    cwd: str = "."


_INSTALLERS = frozenset({"pip", "pip3", "uv", "conda", "mamba", "micromamba", "poetry", "pdm", "pipenv"})
_STEPS_BELOW = 600


def read(source: Source) -> Project:
    expander = Expander(source)
    main: list[SeenCheck] = []
    aside: list[SeenCheck] = []
    installs: dict[Install, None] = {}
    used: dict[str, None] = {}
    scripts = github_workflows.scripts(source)
    last = {s.job: n for n, s in enumerate(scripts) if rewriters.LOOKED_AT.search(s.text)}
    for number, script in enumerate(scripts):
        if not script.aside:
            used.setdefault(script.cwd)
        looked_at = number < last.get(script.job, -1)
        for leaf in expander.leaves(script.text, script.evidence, script.cwd, script.env, looked_at=looked_at):
            if script.tolerated:
                leaf = replace(leaf, tolerated=True)
            if seen := sighting(leaf, "ci", script.job, aside=script.aside, served=script.served):
                if not _configured_by(script.text, seen) and not _unwritten(source, seen):
                    (aside if script.aside else main).append(seen)
            elif not script.aside and leaf.words[0] in _INSTALLERS:
                installs.setdefault(Install(leaf.words, leaf.place.cwd))
            if not script.aside:
                used.setdefault(leaf.place.cwd)
    plain = {(s.call.line, s.cwd) for s in main if not s.served}
    main.sort(key=lambda s: s.served and (s.call.line, s.cwd) in plain)  # the same call without services comes first
    if not main:
        main, aside = [replace(s, aside=False) for s in aside], []
    guides = tuple(path for path in GUIDES if source.has(path))
    text = "\n".join(s.text for s in scripts if not s.aside)
    every = (*main, *_own(source, expander), *aside)
    return Project(source, every, guides, text, tuple(installs)[:200], tuple(used))


def _configured_by(script: str, seen: SeenCheck) -> bool:
    """Whether CI's script itself writes the linter's configuration: it tries the tool, not the code."""
    if seen.call.kind != "lint" or ">" not in script:
        return False
    written = [w.rpartition("/")[2] for w in re.findall(r">\s*[\"']?([\w./-]+)", script)]
    tools = tuple(f".{w.rpartition('/')[2]}" for w in seen.call.words[:3] if len(w) > 3)
    return any(name.startswith(tools) for name in written)


_SETTINGS = re.compile(r"[\w./-]{1,150}\.(?:jsonc?|[cm]?[jt]s|toml|ini|cfg|conf|xml|ya?ml|neon|dist)")


def _unwritten(source: Source, seen: SeenCheck) -> bool:
    """Whether a check is given settings or files that the tree does not hold: CI's job writes them first."""
    if seen.call.ecosystem == FILES and not seen.call.raw and _only_missing(source, seen):
        return True
    for flag, after in pairwise((*seen.call.words, "")):
        name, equals, value = flag.partition("=")
        if name not in ("--config", "--config-file", "--configuration", "--rcfile", "-c"):
            continue
        path = value if equals else after
        if path[:1] == "/" and _SETTINGS.fullmatch(path):
            return True  # of CI's machine
        if _SETTINGS.fullmatch(path) and "node_modules" not in path and "vendor/" not in path:
            places = (posixpath.normpath(posixpath.join(seen.cwd, path)), posixpath.normpath(path))
            return not any(source.has(p) for p in places)
    return False


def _only_missing(source: Source, seen: SeenCheck) -> bool:
    """Whether a linter of files is given some, and none of them is there."""
    given = [w for w in seen.call.words[1:] if re.fullmatch(r"(?!.*config)[\w./-]+\.[a-z]{2,5}", w)]
    return bool(given) and not any(source.has(posixpath.normpath(posixpath.join(seen.cwd, w))) for w in given)


def _own(source: Source, expander: Expander) -> list[SeenCheck]:
    """The checks of a directory's own hooks and named tasks."""
    hooked = [
        seen
        for hook in hooks.hooks(source)
        if hook.script
        for seen in expander.checks(hook.script, hook.evidence, "hook", hook.evidence.file)
    ]
    for hook, directory in lefthook.lefthook(source):
        hooked += expander.checks(hook.script, hook.evidence, "hook", hook.evidence.file, directory)
    tasks = [seen for name, script, where in _tasks(source) for seen in expander.checks(script, where, "task", name)]
    return [*hooked, *tasks]


def _tasks(source: Source) -> list[tuple[str, str, Evidence]]:
    """(name, script, where) of each named task that may be a check."""
    found: list[tuple[str, str, Evidence]] = []

    def add(names: list[str], runner: str, path: str) -> None:
        wanted = [n for n in names[:60] if _TASK_NAME.search(n) and not _STARTS.search(n)]
        lines = [f"{runner} {n}" for n in wanted if re.fullmatch(r"[\w:.@/+-]+", n)]
        found.extend((line, line, Evidence(path, 0, line)) for line in lines)

    add(list(table(source.json("package.json"), "scripts")), "npm run", "package.json")
    add(toxnox.tox_names(source), "tox -e", "tox.ini")
    add(list(toxnox.nox(source)), "nox -s", "noxfile.py")
    data = source.toml("pyproject.toml")
    add(list(table(data, "tool", "poe", "tasks")), "poe", "pyproject.toml")
    add(list(table(data, "tool", "pdm", "scripts")), "pdm run", "pyproject.toml")
    add(list(pytasks.pixi_tasks(source)), "pixi run", pytasks.pixi_table(source)[1])
    add(pytasks.script_names(source, "pipenv"), "pipenv run", "Pipfile")
    add(pytasks.script_names(source, "rye"), "rye run", "pyproject.toml")
    add(pytasks.script_names(source, "task"), "task", "pyproject.toml")
    for env, values in table(pytasks.hatch_table(source)[0], "envs").items():
        add([f"{env}:{name}" for name in table(values, "scripts")], "hatch run", "pyproject.toml")
    add(bodies.make_targets(source), "make", "Makefile")
    add(justfiles.recipes(source), "just", "justfile")
    add(taskfiles.task_names(source), "task", "Taskfile.yml")
    add(taskfiles.mise_names(source), "mise run", "mise.toml")
    add(list(table(taskfiles.deno_table(source), "tasks")), "deno task", "deno.json")
    add(melos.names(source), "melos run", "melos.yaml")
    add(earthfiles.targets(source), "earthly", "Earthfile")
    add(list(pytasks.invoke_tasks(source)), "invoke", "tasks.py")
    add(list(table(source.json("composer.json"), "scripts")), "composer run", "composer.json")
    for directory in ("scripts", "script", "bin", "ci", "tools", ".ci"):
        names = [
            n
            for n in source.files(directory)
            if re.fullmatch(r"(run[-_]?)?(tests?|lint|check|format|types?|mypy|cibuild)([-_.]+[^\W_]+)*", n)
        ]
        add([f"./{directory}/{n}" for n in names], "sh", directory)
    return found
