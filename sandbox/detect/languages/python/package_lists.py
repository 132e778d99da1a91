"""Which lists of packages a Python project has, and what they bring."""

from __future__ import annotations

import ast
import re
from typing import Any

from sandbox.detect.commands.project import Project
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

TEST_DIRS = ("tests", "test", "testing", "t")
GROUPS = re.compile(
    r"^(unit[-_]?)?(tests?|testing|dev|develop|development|test[-_]?(deps|suite|dev|all|base|ci|core)|dev[-_]?(test|dependencies)|pytest|ci)$"
)
CHECKS = re.compile(
    r"^(lint(ing|ers?)?|typ(es?|ing|echeck(ing)?|e[-_]check(ing)?)|mypy|pyright|ruff|style|checks?|static|quality|qa|code[-_]?quality|pre[-_]commit)$"
)
TOOLS = frozenset(
    {
        *("pytest", "ruff", "mypy", "flake8", "pylint", "black", "isort", "pyright", "basedpyright", "nose2", "ty"),
        *("pyrefly", "unittest2", "bandit", "pycodestyle", "pydocstyle", "stestr", "twisted", "ansible-lint"),
    }
)
_DOCS = re.compile(r"docs?([-_/.]|$)|documentation|release|publish|deploy|bench|sphinx|website")
_CONDA = re.compile(
    r"^(python|git|perl|make|cmake|nodejs|compilers?|[cf](xx)?-compiler|gcc\w*|gxx\w*|gfortran\w*|pip|m2-\w+|curl|openssl"
    r"|libstdcxx\S*|r-base|openjdk|conda\S*|mamba|blas|libblas|mkl|cudatoolkit|ninja-build)\s*([=<>!~].*)?$"
)


def requirement_files(source: Source) -> list[str]:
    """Requirement files of the root and of a requirements directory, runtime ones first; no lists of conda."""
    found = [n for n in source.files() if re.fullmatch(r"([\w-]*[-_.])?requirements?([-_.][\w.-]+)?\.(txt|in|pip)", n)]
    for directory in ("requirements", "reqs", "requirement"):
        found += [f"{directory}/{n}" for n in source.files(directory) if n.endswith((".txt", ".in", ".pip"))]
    for directory in TEST_DIRS:
        found += [
            f"{directory}/{n}" for n in source.files(directory) if re.fullmatch(r"[\w-]*requirements[\w.-]*\.txt", n)
        ]
    return [f for f in found if not of_conda(source, f)]


def of_conda(source: Source, path: str) -> bool:
    """Whether a list is conda's: by its name, or by what no package index has a package for."""
    if re.search(r"conda|mamba|environment", path):
        return True
    for line in source.text(path).splitlines():
        text = line.partition("#")[0].strip()
        if _CONDA.match(text) or "::" in text or re.match(r"[\w.-]+\s*=\s*[\w.*]+(\s*=.*)?$", text):
            return True
    return False


def asked(project: Project) -> list[str]:
    """The requirement files that CI hands to pip."""
    source = project.source
    found: list[str] = []
    conda: set[str] = set()
    for install in project.installs:
        words = install.words
        for number, word in enumerate(words):
            value = next(iter(words[number + 1 : number + 2]), "")
            if word in ("-r", "--requirement", "--requirements"):
                found.append(_below(install.cwd, value))
            elif word.startswith(("-r", "--requirement=")) and words[0] in ("pip", "pip3", "uv"):
                found.append(_below(install.cwd, re.sub(r"^(-r|--requirement=)", "", word)))
            elif word in ("--file", "-f") and words[0] in ("conda", "mamba", "micromamba"):
                conda.add(_below(install.cwd, value))
    wanted = dict.fromkeys(f for f in found if source.has(f) and f not in conda and not of_conda(source, f))
    return [f for f in wanted if not _DOCS.search(f)]


def by_conda(project: Project) -> set[str]:
    """The files that CI hands to conda."""
    return {
        _below(i.cwd, after)
        for i in project.installs
        if i.words[0] in ("conda", "mamba", "micromamba")
        for word, after in zip(i.words, i.words[1:], strict=False)
        if word in ("--file", "-f")
    }


def _below(cwd: str, path: str) -> str:
    path = path.removeprefix("./")
    return path if cwd == "." else f"{cwd}/{path}"


def names_of(requirements: list[str]) -> set[str]:
    """The package names of requirement lines, in lower case with dashes."""
    found = (re.match(r"\s*([A-Za-z0-9][\w.-]*)", r.partition("#")[0]) for r in requirements)
    return {re.sub(r"[-_.]+", "-", m.group(1)).lower() for m in found if m}


def brings(source: Source, path: str) -> bool:
    """Whether a requirement file brings tools for tests or checks, or the project itself."""
    lines = source.text(path).splitlines()
    return bool(names_of(lines) & TOOLS) or any(re.match(r"(-e|--editable)\s*\.", line.strip()) for line in lines)


def extras(data: dict[str, Any], source: Source) -> dict[str, list[str]]:
    """The project's extras with their requirements (empty where they are computed)."""
    found = {k: strings(v) for k, v in table(data, "project", "optional-dependencies").items()}
    found |= {k: strings(v) for k, v in table(data, "tool", "poetry", "extras").items() if k not in found}
    section = re.search(r"^\[options\.extras_require\]\n((?:(?!\[).*\n?)*)", source.text("setup.cfg"), re.M)
    for matched in re.finditer(r"^([\w-]+)\s*=\s*(.*(?:\n[ \t]+.*)*)", section.group(1) if section else "", re.M):
        found.setdefault(matched.group(1), matched.group(2).split("\n"))
    for name, needs in _setup_py_extras(source.text("setup.py")).items():
        found.setdefault(name, needs)
    return found


def groups(data: dict[str, Any]) -> dict[str, list[str]]:
    """The dependency groups with their requirements, those of the groups they include among them."""
    tables = table(data, "dependency-groups")

    def of(name: str, seen: frozenset[str]) -> list[str]:
        value = tables.get(name)
        items = value if isinstance(value, list) and name not in seen and len(seen) < 20 else []
        inner = [str(i["include-group"]) for i in items if isinstance(i, dict) and "include-group" in i]
        return [*strings(items), *(r for other in inner[:20] for r in of(other, seen | {name}))]

    return {name: of(name, frozenset()) for name in list(tables)[:60]}


def wanted(lists: dict[str, list[str]], also: frozenset[str] = frozenset()) -> list[str]:
    """The extras or groups for tests and checks: by their names, by the tools they bring, or asked for."""
    return [
        name
        for name, needs in lists.items()
        if not _DOCS.match(name)
        and (GROUPS.match(name) or CHECKS.match(name) or name in also or names_of(needs) & TOOLS)
    ]


def _setup_py_extras(text: str) -> dict[str, list[str]]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    tables = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict | ast.List)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def plain(node: ast.expr | None) -> list[str]:
        node = tables.get(node.id) if isinstance(node, ast.Name) else node
        items = node.elts if isinstance(node, ast.List | ast.Tuple) else []
        return [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]

    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "extras_require":
            value = tables.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
            if isinstance(value, ast.Dict):
                pairs = zip(value.keys, value.values, strict=True)
                return {str(k.value): plain(v) for k, v in pairs if isinstance(k, ast.Constant)}
    return {}


def requires(source: Source, tool: str) -> list[Evidence]:
    """Where the project's manifests require a tool."""
    data = source.toml("pyproject.toml")
    found: list[Evidence] = []
    lists = [*extras(data, source).values(), *groups(data).values()]
    lists += [
        strings(table(data, "project").get("dependencies")),
        strings(table(data, "tool", "uv").get("dev-dependencies")),
    ]
    lists += [strings(v) for v in table(data, "tool", "pdm", "dev-dependencies").values()]
    poetry = table(data, "tool", "poetry")
    named = [table(poetry, "dependencies"), table(poetry, "dev-dependencies")]
    named += [table(g, "dependencies") for g in table(poetry, "group").values()]
    if any(tool in names_of(one) for one in lists) or any(tool in one for one in named):
        found += [
            e for p in ("pyproject.toml", "setup.cfg", "setup.py") if (e := _requirement_line(source, p, tool)).line
        ][:1]
    paths = ["setup.py", "Pipfile", "hatch.toml", *requirement_files(source)]
    found += [e for p in paths if (e := _requirement_line(source, p, tool)).line]
    return found


def _requirement_line(source: Source, path: str, tool: str) -> Evidence:
    pattern = re.compile(rf"(^|[\"'\s])({re.escape(tool)})(\[[\w,]+\])?\s*(\"|'|$|[<>=~!;,@]|\s)", re.I)
    for number, line in enumerate(source.text(path).splitlines(), 1):
        text = line.partition("#")[0]
        if pattern.search(text) and not re.match(r"\s*(import|from|keywords|\[)|.*::", text):
            return Evidence(path, number, line.strip()[:200])
    return Evidence(path, 0, "")
