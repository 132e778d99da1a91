"""Which commands test a Python project: what CI runs, else what files speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import Project
from sandbox.detect.commands.scripts.shell import within
from sandbox.detect.commands.tasks import pytasks
from sandbox.detect.languages.python.package_lists import TEST_DIRS, requires
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence, Found, Note

NAME = "python"
_HEAVY = re.compile(
    r"(^|[/_.-])(e2e|end[-_]?to[-_]?end|integrations?|browsers?|selenium|playwright|perf(ormance)?|bench(marks?)?|load|smoke"
    r"|stress|gpu|cuda|live|network|acceptance|system)([/_.-]|$)"
)
_VALUED = ("-m", "-k", "-p", "-c", "--ignore", "--ignore-glob", "--deselect", "--rootdir", "--confcutdir", "-o")
_MOST = 4
_UNIT = re.compile(r"-[mk][= ]?['\"(]*(unit|fast|quick|small|core|ci|default)")


def tests(project: Project) -> tuple[list[Found], list[Note]]:
    """Test commands, ranked within each suite, and what is not run of them."""
    seen = [s for s in project.of(NAME) if s.call.kind == "test" and not s.call.skip and _there(project.source, s)]
    ci = [s for s in seen if s.origin == "ci" and not s.aside]
    by_hand = _unconfirmed(project, seen, ci)
    if not ci:
        return by_hand, []
    runs, notes = _runs(project.source, ci)
    found = [_found(project, run, number) for number, run in enumerate(runs)]
    known = {(f.command, f.cwd) for f in found}
    pixi = found[0].command.startswith("pixi ")
    by_hand = [f for f in by_hand if not any(_HEAVY.search(w) for w in f.command.split()[1:])]
    fallback = [f for f in by_hand if (f.command, f.cwd) not in known and (not pixi or f.command.startswith("pixi "))]
    return [found[0], *fallback[:2], *found[1:]], notes


def _there(source: Source, seen: SeenCheck) -> bool:
    """Whether the script that a call runs is in the tree, and not written by CI a line before."""
    script = next((w for w in seen.call.words if w.endswith(".py")), "") if seen.call.key == "runner" else ""
    return not script or source.below(seen.cwd).has(script)


@dataclass(frozen=True, slots=True)
class _Run:
    """One way in which CI calls a runner, with all its sightings."""

    line: str
    cwd: str
    group: tuple[SeenCheck, ...]
    paths: tuple[str, ...] = ()
    narrow: bool = False
    """Single files or tests are named."""
    positive: int = 0
    """How many selections (`-k`, `-m`) take a part only."""


def _runs(source: Source, ci: list[SeenCheck]) -> tuple[list[_Run], list[Note]]:
    """What CI runs, the widest first; what another takes in is left out, what needs more than a checkout is named."""
    groups: dict[tuple[str, str], list[SeenCheck]] = {}
    for s in ci:
        groups.setdefault((_line(source, s), s.cwd), []).append(s)
    runs = [_run(source, line, cwd, group) for (line, cwd), group in groups.items()]
    most = max(len(r.group) for r in runs)
    runs.sort(key=lambda r: (_heavy(r), r.positive, r.narrow, r.cwd != ".", _depth(r), len(r.group) < most))
    chosen: list[_Run] = []
    notes: list[Note] = []
    for run in runs:
        if any(_takes_in(other, run) for other in chosen):
            continue
        if chosen and (_heavy(run) or run.positive or run.narrow or len(chosen) >= _MOST):
            reason = "CI runs it beside the main suite; it takes a part, or needs more than a checkout"
            notes.append(Note(run.line, reason, choose.merge(s.evidence for s in run.group)[:1]))
            continue
        chosen.append(run)
    if chosen[0].positive and not _UNIT.search(chosen[0].line):
        reason = "CI runs it beside the main suite; it takes a part, or needs more than a checkout"
        notes = [Note(r.line, reason, choose.merge(s.evidence for s in r.group)[:1]) for r in runs[:4]]
        return [_Run("pytest", chosen[0].cwd, tuple(s for r in runs for s in r.group))], notes
    splits = [r for r in runs if r.narrow and r.line.startswith("pytest")]
    if chosen[0].narrow and len(splits) > 1 and chosen[0].cwd == ".":
        chosen = [_Run("pytest", ".", tuple(s for r in splits for s in r.group))]
        notes = []
    return chosen, notes


def _line(source: Source, seen: SeenCheck) -> str:
    """The call without paths that are not in the tree."""
    words = seen.call.words
    if seen.call.key != "pytest" or "--pyargs" in words:
        return seen.call.line
    view = source.below(seen.cwd)
    there = {p: view.is_dir(p) or view.has(p.split("::")[0]) or bool(re.search(r"[*{]", p)) for p in _paths(words)}
    if there and not any(there.values()):
        return "pytest"
    kept = [w for w in words if there.get(w, True)]
    lines = " ".join(kept)
    return seen.call.line if lines == " ".join(words) else lines


def _paths(words: tuple[str, ...]) -> list[str]:
    found, skip = [], False
    for word in words[1:]:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _VALUED
        else:
            found.append(word)
    return found


def _run(source: Source, line: str, cwd: str, group: list[SeenCheck]) -> _Run:
    if group[0].call.key != "pytest":
        return _Run(line, cwd, tuple(group))
    words = group[0].call.words if line == group[0].call.line else tuple(line.split())
    paths = tuple(p.rstrip("/") or "." for p in _paths(words))
    narrow = "--pyargs" not in words and any("::" in p or p.endswith(".py") for p in paths)
    narrow = narrow and not all(p.endswith((".py",)) and "/" not in p for p in paths)
    chosen = re.findall(r"\s-[mk][= ]?('[^']*'|\"[^\"]*\"|\S+)", line)
    positive = sum(not c.strip("'\"").lstrip("( ").startswith("not ") for c in chosen)
    clean = " ".join(("pytest", *(w.rstrip("/") if w.rstrip("/") in paths and w != "/" else w for w in words[1:])))
    return _Run(clean if "'" not in line and '"' not in line else line, cwd, tuple(group), paths, narrow, positive)


def _heavy(run: _Run) -> bool:
    words = [*run.paths, *re.findall(r"-m[= ]'?\"?([\w ]+)", run.line)]
    if any(_HEAVY.search(w) and not w.startswith("not ") for w in words) or _HEAVY.search(run.cwd):
        return True
    # A part of the tests for which CI starts a database or a queue.
    return bool(run.paths) and all("/" in p for p in run.paths) and all(s.served for s in run.group)


def _depth(run: _Run) -> int:
    return max((p.count("/") + p.count(".") + 1 for p in run.paths if p != "."), default=0)


def _takes_in(wide: _Run, other: _Run) -> bool:
    """Whether one command runs all that another does."""
    if wide.group[0].call.key != other.group[0].call.key:
        return False
    if wide.group[0].call.key != "pytest":
        return wide.line.split()[:2] == other.line.split()[:2] and wide.cwd == other.cwd
    if wide.cwd != other.cwd or _leaves_out(wide, other):
        return False
    whole = not wide.paths or "." in wide.paths
    return whole or all(any(_inside(p, w) for w in wide.paths) for p in other.paths or ("",))


def _leaves_out(wide: _Run, other: _Run) -> bool:
    """Whether one is told to leave out by its mark what the other one is: `-m 'not slow'` and `-m slow`."""
    out, only = (re.findall(r"\s-m[= ]?(?:'([^']*)'|\"([^\"]*)\"|(\S+))", run.line) for run in (wide, other))
    left = {name for groups in out for name in re.findall(r"\bnot\s+(\w+)", "".join(groups))}
    return any("".join(groups).strip("( )") in left for groups in only)


def _inside(path: str, wide: str) -> bool:
    return path == wide or path.startswith((f"{wide}/", f"{wide}.", f"{wide}::"))


def _found(project: Project, run: _Run, number: int) -> Found:
    witnesses = [e for s in run.group[:2] for e in (s.evidence, *s.trail[-1:])]
    if number == 0 and run.line.startswith("pytest"):
        witnesses += pytest_evidence(project.source)
    suite = "" if number == 0 else (run.paths[0] if run.paths else " ".join(run.line.split()[:3]))
    line = pixi_line(run.group[0], run.line)
    env = {**choose.ENV, **run.group[0].env}
    return Found("test", line, choose.merge(witnesses), run.cwd, env=env, confidence="confirmed", suite=suite)


def pixi_line(seen: SeenCheck, line: str) -> str:
    """The line as pixi runs it, where that is how the repository does."""
    task = next((v.removeprefix("pixi ") for v in seen.via if v.startswith("pixi ")), "")
    if task.endswith("--"):  # a program, not a task
        return f"pixi run {task.removesuffix('--')}{line}"
    return f"pixi run {task}" if task else line


def _unconfirmed(project: Project, seen: list[SeenCheck], ci: list[SeenCheck]) -> list[Found]:
    """Commands that files speak for, pytest first where they speak of it."""
    source = project.source
    config = pytest_evidence(source)
    tasks = [s for s in seen if s.origin != "ci" or s.aside]
    pytests = [s for s in tasks if s.call.key == "pytest"]
    others: dict[tuple[str, str], list[SeenCheck]] = {}
    for s in tasks:
        if s.call.key != "pytest":
            others.setdefault((s.call.line, s.cwd), []).append(s)
    own = [
        Found(
            "test",
            pixi_line(group[0], line),
            choose.merge(e for s in group for e in (s.evidence, *s.trail[-1:])),
            cwd,
            env={**choose.ENV, **group[0].env},
        )
        for (line, cwd), group in sorted(others.items(), key=lambda item: len(item[0][0]))
    ][:3]
    managed = _managed(project)
    if (
        not ci
        and not config
        and not pytests
        and managed
        and not any("manage.py" in f.command for f in own)
        and has_tests(project)
    ):
        place = source.evidence(managed, "execute_from_command_line")
        where = managed.rpartition("/")[0] or "."
        own.append(Found("test", "python manage.py test", (place,), where, env=dict(choose.ENV)))
    if config or pytests:
        return [*_pytest(project, pytests, config), *own]
    if own:
        return own
    if ci or not has_tests(project):
        return []
    return _pytest(project, [], ())


def _managed(project: Project) -> str:
    """Django's manage.py, at the root or in a directory that is no project of its own; empty without."""
    source = project.source
    places = [d for d in source.walk(depth=2, limit=120) if not any(within(d, p) for p in project.apart)]
    return next((p for d in places if source.has(p := f"{d}/manage.py".removeprefix("./"))), "")


def _pytest(project: Project, seen: list[SeenCheck], config: tuple[Evidence, ...]) -> list[Found]:
    source = project.source
    runs = [_run(source, _line(source, s), s.cwd, [s]) for s in seen]
    runs.sort(key=lambda r: (_heavy(r), r.positive, r.narrow, r.cwd != ".", _depth(r)))
    line, cwd, group = "pytest", ".", tuple(seen)
    if runs and not runs[0].narrow and not runs[0].positive and not _testpaths(source):
        line, cwd, group = runs[0].line, runs[0].cwd, runs[0].group
    guide = project.guide_line(line) or project.guide_line("pytest")
    witnesses = choose.merge([*(e for s in group[:2] for e in (s.evidence, *s.trail[-1:])), *config])
    confidence = choose.confidence(seen) if seen else "manifest" if config else "default"
    if guide:
        witnesses, confidence = choose.merge([*witnesses, guide]), "confirmed"
    env = {**choose.ENV, **(group[0].env if group else {})}
    spelled = pixi_line(group[0], line) if group else line
    found = [Found("test", spelled, witnesses, cwd, env=env, confidence=confidence)]
    if line != "pytest" and spelled == line:
        found.append(Found("test", "pytest", config, env=env, confidence="default"))
    return found


def _testpaths(source: Source) -> bool:
    ini = table(source.toml("pyproject.toml"), "tool", "pytest", "ini_options")
    native = table(source.toml("pyproject.toml"), "tool", "pytest")
    if ini.get("testpaths") or native.get("testpaths"):
        return True
    texts = (source.text("pytest.ini"), source.text(".pytest.ini"), source.text("tox.ini"), source.text("setup.cfg"))
    return any(re.search(r"^testpaths\s*=", t, re.M) for t in texts)


def pytest_evidence(source: Source) -> tuple[Evidence, ...]:
    """Lines that say the project tests with pytest: its configuration, else a requirement.

    That some file merely has the word (`.pytest_cache` in a list of what to exclude) says nothing.
    """
    tool = table(source.toml("pyproject.toml"), "tool")
    places = [
        ("pyproject.toml", "[tool.pytest") if "pytest" in tool else ("", ""),
        ("pytest.toml", "[pytest]"),
        ("pytest.ini", "[pytest]"),
        (".pytest.ini", "[pytest]"),
        ("setup.cfg", "[tool:pytest]"),
        ("tox.ini", "[pytest]"),
    ]
    found = [e for path, needle in places if path and (e := source.evidence(path, needle)).line]
    found += requires(source, "pytest")
    pixi = pytasks.pixi_table(source)
    if not found and re.search(r"^pytest\s*=", source.text(pixi[1]) if pixi[0] else "", re.M):
        found.append(source.evidence(pixi[1], "pytest"))
    if not found:
        conftests = ("conftest.py", "tests/conftest.py", "test/conftest.py")
        found += [Evidence(p, 1, "conftest.py") for p in conftests if source.has(p)]
    return choose.merge(found, 2)


def has_tests(project: Project) -> bool:
    """Whether there are files that pytest or unittest would collect, but for those of projects below."""
    source = project.source
    for directory in source.walk(depth=4, limit=200):
        if any(within(directory, place) for place in project.apart):
            continue
        last = directory.rpartition("/")[2]
        for name in source.files(directory):
            if re.fullmatch(r"(test_.*|.*_test|tests)\.py", name):
                return True
            if last in TEST_DIRS and name.endswith(".py") and name not in ("__init__.py", "conftest.py"):
                return True
    return False
