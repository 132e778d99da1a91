"""Languages whose one tool does all: each is a row of a table, and CI's own call of the tool comes first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.manifests import manifest
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence


@dataclass(frozen=True, slots=True)
class Habit:
    """How a language's projects are set up and tested, as far as nothing else is said.

    `tests` is a pattern for the paths of directories and files (two levels down) that show that there are tests;
    `when` one for the manifest's name or text, the first row that fits is taken.
    """

    setup: str
    test: str
    tests: str
    when: str = ""


_HABITS: dict[str, tuple[Habit, ...]] = {
    "dart": (
        Habit("flutter pub get", "flutter test", r"test/.*_test\.dart", r"^\s*flutter:\s*$|sdk:\s*flutter"),
        Habit("dart pub get", "dart test", r"test/.*_test\.dart"),
    ),
    "haskell": (
        Habit("stack build --only-dependencies --test", "stack test", r"([\w.-]+/)?(tests?|spec)/", r"^stack\.yaml"),
        Habit(
            "cabal update && cabal build --only-dependencies --enable-tests all",
            "cabal test all",
            r"([\w.-]+/)?(tests?|spec)/",
        ),
    ),
    "ocaml": (Habit("opam install . --deps-only --with-test -y", "dune runtest", r"tests?/"),),
    "scala": (Habit("sbt update", "sbt test", r"[\w.-]+/test/?|([\w.-]+/){0,2}src/(test/)?"),),
    "clojure": (
        Habit("lein deps", "lein test", r"test/", r"defproject"),
        Habit("clojure -P -M:test", "clojure -M:test", r"test/", r":test\s*\{"),
    ),
    "erlang": (
        Habit("make deps", "make tests", r"tests?/.*|src/.*_tests\.erl", r"^erlang\.mk$"),
        Habit("rebar3 get-deps", "rebar3 eunit", r"tests?/.*|src/.*_tests\.erl"),
    ),
    "zig": (Habit("zig build --fetch", "zig build test", r".*\.zig"),),
    "lua": (Habit("", "busted", r"spec/.*_spec\.(lua|moon)"),),
    "perl": (
        Habit("cpanm --installdeps --notest .", "dzil test", r"x?t/.*\.t", r"^dist\.ini"),
        Habit("cpanm --installdeps --notest .", "prove -lr t", r"t/.*\.t"),
    ),
    "shell": (Habit("", "bats {}", r"(tests?|spec)/[^/]*\.bats"),),
    "r": (
        Habit(
            """Rscript -e 'install.packages("devtools"); devtools::install_dev_deps()'""",
            "Rscript -e 'devtools::test()'",
            r"tests/",
        ),
    ),
    "julia": (
        Habit(
            "julia --project -e 'using Pkg; Pkg.instantiate()'",
            "julia --project -e 'using Pkg; Pkg.test()'",
            r"test/runtests\.jl",
        ),
    ),
    "nim": (Habit("nimble install -y --depsOnly", "nimble test", r"tests/"),),
    "crystal": (Habit("shards install", "crystal spec", r"spec/"),),
    "gleam": (Habit("gleam deps download", "gleam test", r"test/"),),
    "elm": (Habit("", "elm-test", r"tests/.*\.elm"),),
    "solidity": (Habit("forge install", "forge test", r"test/.*\.t\.sol"),),
    "helm": (Habit("", "helm unittest .", r"tests/.*_test\.yaml"),),
    "pants": (Habit("", "pants test ::", r".*/BUILD(\.pants)?"),),
    "buck2": (Habit("", "buck2 test //...", r".*/(BUCK|TARGETS)"),),
    "powershell": (Habit("", "pwsh -NoProfile -Command 'Invoke-Pester -CI'", r".*\.Tests\.ps1"),),
}


def finder(name: str) -> Callable[[Project], EcosystemPart | None]:
    """What finds the part of one of these languages."""
    return lambda project: _find(project, name)


NAMES = tuple(_HABITS)


def _find(project: Project, name: str) -> EcosystemPart | None:
    source = project.source
    path = manifest(source, name)
    seen = [s for s in project.of(name) if not s.aside and s.origin != "task"]
    if not path and not seen and name not in ("shell", "powershell"):
        return None
    habit = _habit(project, name, path)
    witness = Evidence(path, 1, "") if path else seen[0].evidence if seen else Evidence("", 0, "")
    tests = _tests(source, habit.tests)
    called = [s for s in choose.called_by_ci(project, name) if s.cwd == "." or source.is_dir(s.cwd)]
    if name == "dart" and path and not tests:
        called = []  # one job for all packages looks for tests first
    program = habit.test.split()[0]
    if any(s.call.words[0] == program for s in called):
        # One job for all packages calls both `dart test` and `flutter test`.
        project = replace(project, seen=tuple(s for s in project.seen if s not in called or s.call.words[0] == program))
    shown = (path or called or name in ("shell", "powershell")) and tests and _known(project, habit, path)
    line = habit.test.format(tests.rpartition("/")[0]) if "{}" in habit.test else habit.test
    if not witness.file and tests:
        witness = Evidence(tests, 0, "")
    test = (choose.as_ci_calls(project, name, line, witness),) if called or shown else ()
    lint = tuple(choose.checks(project, "lint", name))
    types = tuple(choose.checks(project, "types", name))
    if not (test or lint or types):
        return None
    setup = (choose.install(habit.setup, witness),) if habit.setup else ()
    return EcosystemPart(name, setup, test, lint, types, tuple(choose.left_out(project, name)))


def _habit(project: Project, name: str, path: str) -> Habit:
    """The row that CI's own call speaks for, else the files."""
    programs = {s.call.words[0] for s in choose.called_by_ci(project, name)}
    own = [habit for habit in _HABITS[name] if habit.test.split()[0] in programs]
    if len(own) == 1:
        return own[0]
    texts = _texts(project, path)
    for habit in _HABITS[name]:
        if not habit.when or any(re.search(habit.when, text, re.M) for text in texts):
            return habit
    return _HABITS[name][-1]


def _known(project: Project, habit: Habit, path: str) -> bool:
    """Whether the files speak for a row, which the last of a language's rows need not be spoken for."""
    if not habit.when or not path:
        return True
    return any(re.search(habit.when, text, re.M) for text in _texts(project, path))


def _texts(project: Project, path: str) -> tuple[str, str]:
    """A manifest with its name, and the names beside it."""
    source = project.source
    return f"{path}\n{source.text(path) if path else ''}", "\n".join(source.files())


def _tests(source: Source, pattern: str) -> str:
    """The first path that shows tests, empty without any."""
    fits = re.compile(pattern)
    for directory in source.walk(depth=3, limit=150):
        prefix = "" if directory == "." else f"{directory}/"
        if prefix and fits.fullmatch(prefix):
            return prefix
        for name in source.files(directory):
            if fits.fullmatch(prefix + name):
                return prefix + name
    return ""
