"""Setting a Python project up in a virtual environment outside of its tree, with all that its checks need.

Order of preference: the project's lock file with the tool that wrote it (uv, poetry), else pip
with extras, dependency groups, requirement files, and what the tox, nox or hatch environment
of the tests installs. Linters that none of these bring come last, in the version that the
hooks pin.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable

from sandbox.detect.commands import hooks, toxnox
from sandbox.detect.commands.project import Project
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence, Found

TEST_DIRS = ("tests", "test", "testing", "t")

_PIP = '"$HOME/venv/bin/python" -m pip install'
_GROUPS = re.compile(
    r"^(unit[-_]?)?(tests?|testing|dev|develop|development|test[-_]?(deps|suite|dev|all|base|ci|core)|dev[-_]?(test|dependencies)|pytest|ci)$"
)
_CHECKS = re.compile(
    r"^(lint(ing|ers?)?|typ(es?|ing|echeck(ing)?|e[-_]check(ing)?)|mypy|pyright|ruff|style|checks?|static|quality|qa|code[-_]?quality|pre[-_]commit)$"
)


def setup(project: Project, checks: Iterable[Found], tests: Iterable[Found]) -> list[Found]:
    source = project.source
    tools = list(dict.fromkeys(w for f in checks if (w := f.command.split()[0]) != "python"))
    pytest = any(f.command.startswith("pytest") for f in tests)
    steps = [_step('python3 -m venv "$HOME/venv"', (), network=False)]
    if source.has("uv.lock"):
        steps += _uv(project)
    elif source.has("poetry.lock") or table(source.toml("pyproject.toml"), "tool", "poetry", "group"):
        steps += _poetry(project)
    else:
        steps += _pip(project)
    missing = _missing(source, [*(["pytest"] if pytest else []), *tools], "\n".join(s.command for s in steps))
    if missing:
        steps.append(_step(f"{_PIP} {shlex.join(missing)}", (), note="what the checks need and no manifest brings"))
    return steps


def requirement_files(source: Source) -> list[str]:
    """Requirement files of the root and of a requirements directory, runtime ones first."""
    found = [n for n in source.files() if re.fullmatch(r"([\w-]*[-_.])?requirements?([-_.][\w.-]+)?\.(txt|in|pip)", n)]
    for directory in ("requirements", "reqs"):
        found += [f"{directory}/{n}" for n in source.files(directory) if n.endswith((".txt", ".in", ".pip"))]
    for directory in TEST_DIRS:
        found += [
            f"{directory}/{n}" for n in source.files(directory) if re.fullmatch(r"[\w-]*requirements[\w.-]*\.txt", n)
        ]
    return found


def _step(command: str, evidence: Iterable[Evidence], *, network: bool = True, note: str = "") -> Found:
    kept = tuple(evidence)
    return Found("setup", command, kept, network=network, confidence="manifest" if kept else "default", note=note)


def _uv(project: Project) -> list[Found]:
    source = project.source
    groups = [
        g for g in table(source.toml("pyproject.toml"), "dependency-groups") if _GROUPS.match(g) or _CHECKS.match(g)
    ]
    options = [
        *(f"--group {shlex.quote(g)}" for g in groups if g != "dev"),
        *(f"--extra {shlex.quote(e)}" for e in _extras(project)),
    ]
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
    wanted = [
        g
        for g, v in groups.items()
        if isinstance(v, dict) and v.get("optional") and (_GROUPS.match(g) or _CHECKS.match(g))
    ]
    unwanted = [g for g in groups if re.match(r"docs?$|documentation$|release$", g)]
    options = (f" --with {','.join(wanted)}" if wanted else "") + (
        f" --without {','.join(unwanted)}" if unwanted else ""
    )
    options += "".join(f" --extras {shlex.quote(e)}" for e in _extras(project))
    own = 'python3 -m venv "$HOME/poetry" && "$HOME/poetry/bin/python" -m pip install poetry'
    command = f'VIRTUAL_ENV="$HOME/venv" "$HOME/poetry/bin/poetry" install --no-interaction{options}'
    return [
        _step(own, (), note="poetry, apart from the project's packages"),
        _step(command, [source.evidence("pyproject.toml", "[tool.poetry")]),
    ]


def _pip(project: Project) -> list[Found]:
    source = project.source
    data = source.toml("pyproject.toml")
    groups = [g for g in table(data, "dependency-groups") if _GROUPS.match(g) or _CHECKS.match(g)]
    steps = [_step(f"{_PIP} --upgrade 'pip>=25.1' setuptools wheel", ())]
    extras, files, needs = _extras(project), _requirements(source), _environment_needs(source)
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
    """Extras for tests and checks by their name, and those that CI installs."""
    source = project.source
    data = source.toml("pyproject.toml")
    names = list(table(data, "project", "optional-dependencies")) + list(table(data, "tool", "poetry", "extras"))
    section = re.search(r"^\[options\.extras_require\]\n((?:(?!\[).*\n?)*)", source.text("setup.cfg"), re.M)
    names += re.findall(r"^([\w-]+)\s*=", section.group(1), re.M) if section else []
    names += _setup_py_extras(source.text("setup.py"))
    asked = set(re.findall(r"--extra[ =]([\w-]+)", project.ci))
    asked |= {n.strip() for group in re.findall(r"\.\[([\w, -]+)\]", project.ci) for n in group.split(",")}
    if "--all-extras" in project.ci:
        asked |= set(names)
    ours = [n for n in dict.fromkeys(names) if _GROUPS.match(n) or _CHECKS.match(n) or n in asked]
    return [n for n in ours if not re.match(r"docs?([-_]|$)|documentation|release", n)]


def _setup_py_extras(text: str) -> list[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    tables = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "extras_require":
            value = tables.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
            keys = value.keys if isinstance(value, ast.Dict) else []
            return [k.value for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str)]
    return []


def _requirements(source: Source) -> list[str]:
    wanted = re.compile(r"(^|[-_./])(tests?|testing|dev|develop|development|lint|typing|ci)([-_.]|$)")
    files = [
        f
        for f in requirement_files(source)
        if wanted.search(f) and not re.search(r"docs?|constraint|min|old|conda|readthedocs|release", f)
    ]
    texts = {f.rsplit(".", 1)[0] for f in files if f.endswith(".txt")}
    files = [f for f in files if not (f.endswith(".in") and f.rsplit(".", 1)[0] in texts)]
    runtime = [f for f in ("requirements.txt", "requirements/base.txt") if source.has(f) and not installable(source)]
    return [*runtime, *files][:6]


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


def _missing(source: Source, tools: list[str], commands: str) -> list[str]:
    """Requirements for tools that no installed manifest mentions, pinned as the hooks pin them."""
    files = (*requirement_files(source), "setup.cfg", "setup.py")
    texts = "\n".join([*map(source.text, files), commands, *_declared(source.toml("pyproject.toml"))])
    pins = {h.pin.split("=")[0]: h for h in hooks.hooks(source) if h.pin}
    found: list[str] = []
    for tool in tools:
        if re.search(rf"(^|[\s\"'\[,]){re.escape(tool)}($|[\s\"'<>=~!;,\[\]])", texts, re.M):
            continue
        hook = pins.get(tool)
        found.append(hook.pin if hook else tool)
        found += [n for n in (hook.needs if hook else ()) if re.fullmatch(r"[\w.\[\]-]+([=<>~!]=?[\w.,<>=*]+)?", n)]
    return list(dict.fromkeys(found))


def _declared(data: dict[str, object]) -> list[str]:
    """The requirements of the extras and groups that set-up installs."""
    lists = {**table(data, "project", "optional-dependencies"), **table(data, "dependency-groups")}
    found = [r for name, values in lists.items() if _GROUPS.match(name) or _CHECKS.match(name) for r in strings(values)]
    for group in table(data, "tool", "poetry", "group").values():
        found += list(table(group, "dependencies"))
    included = {
        str(i.get("include-group")) for v in lists.values() if isinstance(v, list) for i in v if isinstance(i, dict)
    }
    return found + [r for name in included for r in strings(lists.get(name))]
