"""Setting a Python project up in a virtual environment outside of its tree, with all that its checks need.

Order of preference: the project's lock file with the tool that wrote it (uv, poetry), else pip
with extras, dependency groups, requirement files, and what the tox, nox or hatch environment
of the tests installs. Linters that none of these bring come last, in the version that the
hooks pin.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace

from sandbox.detect.commands.project import Project
from sandbox.detect.commands.tasks import hooks, pytasks, toxnox
from sandbox.detect.languages.python import package_lists, poetry
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Confidence, Evidence, Found

_PIP = '"$HOME/venv/bin/python" -m pip install'


def setup(project: Project, checks: Iterable[Found], tests: Iterable[Found]) -> list[Found]:
    source = project.source
    tools = list(dict.fromkeys(w for f in checks if (w := _tool(f.command)) != "python"))
    pytest = any(f.command.startswith("pytest") for f in tests)
    if any(f.command.startswith("pixi run ") for f in (*checks, *tests)):
        steps = [_step("pixi install", [source.evidence(pytasks.pixi_table(source)[1], "[")])]
        if missing := _missing(source, [t for t in tools if t != "pixi"], ""):
            steps += [_step('python3 -m venv "$HOME/venv"', (), network=False)]
            steps.append(_step(f"{_PIP} {shlex.join(missing)}", (), note="what the hooks run", optional=True))
        return steps
    steps = [_step('python3 -m venv "$HOME/venv"', (), network=False)]
    if source.has("uv.lock"):
        steps += _uv(project)
    elif source.has("poetry.lock") or table(source.toml("pyproject.toml"), "tool", "poetry", "group"):
        steps += _poetry(project)
    else:
        steps += _pip(project)
    commands = "\n".join(s.command for s in steps)
    if pytest and (runner := _missing(source, ["pytest"], commands)):
        steps.append(_step(f"{_PIP} {shlex.join(runner)}", (), note="what the tests need and no manifest brings"))
    for tool in tools:
        if tool != "pytest" and (missing := _missing(source, [tool], commands)):
            note = "what a check needs and no manifest brings"
            steps.append(_step(f"{_PIP} {shlex.join(missing)}", (), note=note, optional=True))
    return steps


def _tool(command: str) -> str:
    words = command.split()
    return words[2] if words[:2] == ["python", "-m"] and len(words) > 2 else words[0]


def _step(
    command: str, evidence: Iterable[Evidence], *, network: bool = True, note: str = "", optional: bool = False
) -> Found:
    kept = tuple(evidence)
    sure: Confidence = "manifest" if kept else "default"
    return Found("setup", command, kept, network=network, confidence=sure, note=note, optional=optional)


def _uv(project: Project) -> list[Found]:
    source = project.source
    groups = package_lists.wanted(package_lists.groups(source.toml("pyproject.toml")), _groups_of_ci(project))
    options = [
        *(f"--group {shlex.quote(g)}" for g in groups if g != "dev"),
        *(f"--extra {shlex.quote(e)}" for e in _extras(project)),
    ]
    if re.search(r"uv sync\b[^\n]{0,300}--all-extras", project.ci):  # those of the workspace's packages among them
        without = dict.fromkeys(re.findall(r"--no-extra[ =]([\w-]+)", project.ci))
        options = [o for o in options if not o.startswith("--extra")]
        options += ["--all-extras", *(f"--no-extra {e}" for e in without)]
    packages = " --all-packages" if table(source.toml("pyproject.toml"), "tool", "uv", "workspace") else ""
    command = (
        'UV_PROJECT_ENVIRONMENT="$HOME/venv" UV_PYTHON="$HOME/venv/bin/python" UV_PYTHON_DOWNLOADS=never '
        f'"$HOME/venv/bin/uv" sync --frozen --inexact{packages} {" ".join(options)}'.rstrip()
    )
    return [
        _step(f"{_PIP} uv", (), note="uv itself"),
        _step(command, [Evidence("uv.lock", 1, ""), *_lines(source, groups)]),
    ]


def _poetry(project: Project) -> list[Found]:
    source = project.source
    groups = table(source.toml("pyproject.toml"), "tool", "poetry", "group")
    optional = {
        g: list(table(v, "dependencies")) for g, v in groups.items() if isinstance(v, dict) and v.get("optional")
    }
    wanted = package_lists.wanted(optional, _groups_of_ci(project))
    unwanted = [g for g in groups if re.match(r"docs?$|documentation$|release$", g)]
    options = (f" --with {','.join(wanted)}" if wanted else "") + (
        f" --without {','.join(unwanted)}" if unwanted else ""
    )
    options += "".join(f" --extras {shlex.quote(e)}" for e in _extras(project))
    own = 'python3 -m venv "$HOME/poetry" && "$HOME/poetry/bin/python" -m pip install poetry'
    command = f'VIRTUAL_ENV="$HOME/venv" "$HOME/poetry/bin/poetry" install --no-interaction{options}'
    optional_ones = [g for g in optional if g not in wanted]
    instead = poetry.by_pip(source, {*unwanted, *optional_ones}, _extras(project), installable=_is_package(source))
    step = _step(command, [source.evidence("pyproject.toml", "[tool.poetry")])
    # Where poetry cannot be had, pip is tried with what it would have installed.
    brought = _step(own, (), note="poetry, apart from the project's packages", optional=bool(instead))
    return [brought, replace(step, instead=instead)]


def _is_package(source: Source) -> bool:
    return table(source.toml("pyproject.toml"), "tool", "poetry").get("package-mode", True) is not False


def _pip(project: Project) -> list[Found]:
    source = project.source
    data = source.toml("pyproject.toml")
    groups = package_lists.wanted(package_lists.groups(data), _groups_of_ci(project))
    steps = [_step(f"{_PIP} --upgrade 'pip>=25.1' setuptools wheel", ())]
    extras, files, needs = _extras(project), _requirements(project), _environment_needs(source)
    if installable(source):
        target = f".[{','.join(extras)}]" if extras else "."
        path = next(p for p in ("pyproject.toml", "setup.py", "setup.cfg") if source.has(p))
        words = f"-e {shlex.quote(target)}" + "".join(f" --group {g}" for g in groups)
        steps.append(
            _step(f"{_PIP} {words}", [source.evidence(path, "[project]"), *_lines(source, [*extras, *groups])])
        )
    elif groups:
        steps.append(_step(f"{_PIP} " + " ".join(f"--group {g}" for g in groups), _lines(source, groups)))
    if files:
        steps.append(_step(f"{_PIP} " + " ".join(f"-r {f}" for f in files), [Evidence(f, 1, "") for f in files]))
    for file in files:
        needs = [w for i, w in enumerate(needs) if w != file and needs[i + 1 : i + 2] != [file]]
    if more := needs:
        steps.append(_step(f"{_PIP} {shlex.join(more)}", [], note="from the environment that the project tests in"))
    return steps


def installable(source: Source) -> bool:
    if source.has("setup.py"):
        return True
    data = source.toml("pyproject.toml")
    if "build-system" in data or (source.has("setup.cfg") and "[metadata]" in source.text("setup.cfg")):
        return True
    return "project" in data and not source.has("requirements.txt")


def _extras(project: Project) -> list[str]:
    """Extras for tests and checks, and those that CI installs."""
    source = project.source
    lists = package_lists.extras(source.toml("pyproject.toml"), source)
    asked = set(re.findall(r"--extra[ =]([\w-]+)", project.ci))
    asked |= {n.strip() for group in re.findall(r"\.\[([\w, -]+)\]", project.ci) for n in group.split(",")}
    if "--all-extras" in project.ci:
        asked |= set(lists)
    return package_lists.wanted(lists, frozenset(asked))


def _groups_of_ci(project: Project) -> frozenset[str]:
    found = re.findall(r"--(?:only-)?group[ =]([\w-]+)|--with[ =]([\w,-]+)", project.ci)
    return frozenset(n for pair in found for one in pair for n in one.split(",") if n)


def _requirements(project: Project) -> list[str]:
    """Requirement files for tests and checks: by their names, by the tools they bring, or as CI installs them."""
    source = project.source
    wanted = re.compile(r"(^|[-_./])(tests?|testing|dev|develop|development|lint(ing|ers?)?|typing|ci)([-_.]|$)")
    conda = package_lists.by_conda(project)
    every = [f for f in package_lists.requirement_files(source) if f not in conda]
    files = [
        f for f in every if wanted.search(f) and not re.search(r"docs?|constraint|min|old|conda|readthedocs|release", f)
    ]
    texts = {f.rsplit(".", 1)[0] for f in files if f.endswith(".txt")}
    files = [f for f in files if not (f.endswith(".in") and f.rsplit(".", 1)[0] in texts)]
    runtime = [f for f in ("requirements.txt", "requirements/base.txt") if f in every and not installable(source)]
    tools = [f for f in ("requirements.txt", "requirements.in") if f in every and package_lists.brings(source, f)][:1]
    asked = [f for f in package_lists.asked(project) if f not in conda]
    return list(dict.fromkeys([*runtime, *tools, *files[:6], *asked[:6]]))[:9]


def _environment_needs(source: Source) -> list[str]:
    """pip arguments that the tests' tox, nox or hatch environment installs and no manifest does."""
    candidates = [env for name in (*toxnox.tox_names(source), "py") if (env := toxnox.tox(source, name))]
    candidates += list(toxnox.nox(source).values())
    for environment in sorted(candidates, key=lambda e: bool(re.search(r"bench|codspeed|doc|min|lint|cov", e.name))):
        if any("pytest" in body.script or "unittest" in body.script for body in environment.bodies):
            words = [w for dep in environment.deps for w in _requirement(dep)]
            return [w for w in words if _sound(source, w)] if words else []
    hatch = source.toml("hatch.toml") or table(source.toml("pyproject.toml"), "tool", "hatch")
    envs = table(hatch, "envs")
    return [
        w
        for name in ("default", "test", "tests", "hatch-test")
        for key in ("dependencies", "extra-dependencies")
        for w in strings(table(envs, name).get(key))
        if not re.search(r"[{@]", w)
    ]


def _requirement(dep: str) -> list[str]:
    dep = dep.split(" #")[0].strip()
    if dep.startswith("-r"):
        return ["-r", dep[2:].strip()]
    return [] if dep.startswith(("-", ".", "git+")) or "$" in dep else [dep]


def _sound(source: Source, word: str) -> bool:
    return word == "-r" or not word.endswith((".txt", ".in")) or source.has(word)


def _lines(source: Source, names: Iterable[str]) -> list[Evidence]:
    found = [
        e
        for n in names
        for path in ("pyproject.toml", "setup.cfg", "setup.py")
        if (e := source.evidence(path, f"{n} =")).line or (e := source.evidence(path, f'"{n}"')).line
    ]
    return list(dict.fromkeys(found))[:4]


_PACKAGES = {"flake8p": "Flake8-pyproject", "pflake8": "pyproject-flake8", "trial": "twisted", "unittest2": "unittest2"}


def _missing(source: Source, tools: list[str], commands: str) -> list[str]:
    """Requirements for tools that no installed manifest mentions, pinned as the hooks pin them."""
    files = (*package_lists.requirement_files(source), "setup.cfg", "setup.py")
    texts = "\n".join([*map(source.text, files), commands, *_declared(source.toml("pyproject.toml"))])
    pins = {h.pin.split("=")[0]: h for h in hooks.hooks(source) if h.pin}
    found: list[str] = []
    for tool in tools:
        if re.search(rf"(^|[\s\"'\[,]){re.escape(tool)}($|[\s\"'<>=~!;,\[\]])", texts, re.M):
            continue
        hook = pins.get(tool)
        found.append(hook.pin if hook else _PACKAGES.get(tool, tool))
        found += [n for n in (hook.needs if hook else ()) if re.fullmatch(r"[\w.\[\]-]+([=<>~!]=?[\w.,<>=*]+)?", n)]
    return list(dict.fromkeys(found))


def _declared(data: dict[str, object]) -> list[str]:
    """The requirements of the extras and groups that set-up installs."""
    lists = {**table(data, "project", "optional-dependencies"), **table(data, "dependency-groups")}
    known = {name: strings(values) for name, values in lists.items()}
    found = [r for name in package_lists.wanted(known) for r in known[name]]
    for group in table(data, "tool", "poetry", "group").values():
        found += list(table(group, "dependencies"))
    found += [*table(data, "tool", "poetry", "dev-dependencies"), *table(data, "tool", "poetry", "dependencies")]
    included = {
        str(i.get("include-group")) for v in lists.values() if isinstance(v, list) for i in v if isinstance(i, dict)
    }
    return found + [r for name in included for r in strings(lists.get(name))]
