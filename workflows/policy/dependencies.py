"""Which packages a change adds to what a project depends on, read from its manifests before and after."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

MANIFEST = re.compile(
    r"(^|/)(pyproject\.toml|(?:[\w.-]*requirements[\w.-]*|constraints)\.(?:txt|in)|requirements/[^/]+\.(?:txt|in)"
    r"|setup\.(?:py|cfg)|Pipfile|package\.json|Cargo\.toml|go\.mod|pom\.xml|build\.gradle(?:\.kts)?|Gemfile"
    r"|[^/]+\.gemspec|composer\.json|mix\.exs|[^/]+\.(?:cs|fs|vb)proj|Directory\.Packages\.props|libs\.versions\.toml"
    r"|environment\.ya?ml|pubspec\.yaml|Package\.swift|build\.sbt|deno\.jsonc?|vcpkg\.json|conanfile\.(?:py|txt)"
    r"|pnpm-workspace\.yaml|\.npmrc|\.yarnrc(?:\.yml)?|pip\.conf|\.cargo/config(?:\.toml)?|nuget\.config)$",
    re.IGNORECASE,
)
"""Files that name packages, or say where packages come from."""
LOCK_FILE = re.compile(
    r"(^|/)(poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock"
    r"|pnpm-lock\.yaml|bun\.lockb?|Cargo\.lock|go\.sum|Gemfile\.lock|composer\.lock|mix\.lock|gradle\.lockfile)$"
)

_REQUIREMENT = re.compile(r"^\s*((?:[\w.-]+\+)?(?:git|https?|file|svn|hg|ssh)[:+]\S*|[A-Za-z0-9][\w.-]*)", re.ASCII)


def new_packages(path: str, before: str, after: str) -> tuple[str, ...]:
    """The names that the manifest at `path` has gained, sorted; () where it cannot be read as its kind.

    A package that is taken from another place (a URL, a path, git) than before counts as new.
    """
    read = _reader(path)
    if read is None:
        return ()
    try:
        now = set(read(after))
    except (ValueError, RecursionError):
        return ()
    try:
        then = set(read(before)) if before else set()
    except (ValueError, RecursionError):
        then = set()
    return tuple(sorted(now - then))


def _reader(path: str) -> Callable[[str], Iterator[str]] | None:
    name = path.rpartition("/")[2]
    if name.endswith((".txt", ".in")):
        return _requirements
    if name.endswith(".gemspec") or name == "Gemfile":
        return _matching(r"""^\s*(?:gem|\w+\.add_(?:\w+_)?dependency)[ (]+["']([^"']+)""")
    if name.endswith("proj"):
        return _matching(r"""<PackageReference\s[^>]*?\bInclude=["']([^"']+)["']""")
    if name.startswith("build.gradle"):
        return _matching(r"""["']([\w.-]+:[\w.-]+)(?::[^"']*)?["']""")
    return {
        "pyproject.toml": _pyproject,
        "Pipfile": _pipfile,
        "package.json": _package_json,
        "composer.json": _composer,
        "Cargo.toml": _cargo,
        "go.mod": _matching(r"^(?:require\s+|replace\s+|\s+)([\w.-]+\.[\w.-]+/\S+|[\w.-]+\.[a-z]+/\S+)"),
        "libs.versions.toml": _matching(r"""["']([\w.-]+:[\w.-]+)(?::[^"']*)?["']"""),
        "pom.xml": _matching(r"<artifactId>\s*([^<\s]+)\s*</artifactId>"),
        "mix.exs": _matching(r"\{:(\w+),"),
        "setup.py": _matching(r"""["']([A-Za-z][\w.-]*)(?:\[[\w,]*\])?\s*(?:[<>=!~]=?[^"']*)["']"""),
        "setup.cfg": _matching(r"^\s+([A-Za-z][\w.-]*)(?:\[[\w,]*\])?\s*(?:[<>=!~]=?.*)?$"),
    }.get(name)


def _matching(pattern: str) -> Callable[[str], Iterator[str]]:
    found = re.compile(pattern, re.MULTILINE)
    return lambda text: (match[1] for match in found.finditer(text))


def _requirements(text: str) -> Iterator[str]:
    for line in text.splitlines():
        bare = re.sub(r"^(?:-e|--editable)[ =]+", "", line.strip())
        if bare.startswith(("-r", "-c", "--", "#")):
            if re.match(r"--(?:extra-)?index-url|--find-links", bare):
                yield bare
            continue
        yield from _requirement(bare)


def _requirement(text: str) -> Iterator[str]:
    """The name of one PEP 508 requirement, with its address where it has one."""
    match = _REQUIREMENT.match(text)
    if match:
        name = match[1] if "/" in match[1] else re.sub(r"[-_.]+", "-", match[1]).lower()
        address = re.search(r"@\s*(\S+)", text[match.end() :])
        yield f"{name} @ {address[1]}" if address else name


def _pyproject(text: str) -> Iterator[str]:
    data = tomllib.loads(text)
    project, tool = _table(data, "project"), _table(data, "tool")
    lists = [project.get("dependencies"), _table(data, "build-system").get("requires")]
    lists += [*_table(project, "optional-dependencies").values(), *_table(data, "dependency-groups").values()]
    lists += [_table(tool, "uv").get("dev-dependencies"), *_table(tool, "pdm", "dev-dependencies").values()]
    lists += [_table(env).get("dependencies") for env in _table(tool, "hatch", "envs").values()]
    for requirement in (item for items in lists if isinstance(items, list) for item in items):
        if isinstance(requirement, str):
            yield from _requirement(requirement)
    poetry = _table(tool, "poetry")
    tables = [_table(poetry, "dependencies"), _table(poetry, "dev-dependencies"), _table(tool, "uv", "sources")]
    tables += [_table(poetry, "group", group, "dependencies") for group in _table(poetry, "group")]
    for table in tables:
        yield from _entries(table)


def _pipfile(text: str) -> Iterator[str]:
    data = tomllib.loads(text)
    for key in data.keys() - {"source", "requires", "scripts", "pipenv"}:
        yield from _entries(_table(data, key))


def _package_json(text: str) -> Iterator[str]:
    data = json.loads(text)
    tables = [_table(data, key) for key in _OF_PACKAGE_JSON]
    for table in (*tables, _table(data, "pnpm", "overrides")):
        yield from _entries(table)


_OF_PACKAGE_JSON = (
    *("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"),
    *("overrides", "resolutions"),
)


def _composer(text: str) -> Iterator[str]:
    data = json.loads(text)
    for key in ("require", "require-dev"):
        yield from _entries(_table(data, key))


def _cargo(text: str) -> Iterator[str]:
    data = tomllib.loads(text)
    places = [data, _table(data, "workspace"), *(_table(data, "target", name) for name in _table(data, "target"))]
    tables = [
        _table(place, key) for place in places for key in ("dependencies", "dev-dependencies", "build-dependencies")
    ]
    for table in (*tables, *(_table(data, "patch", source) for source in _table(data, "patch"))):
        yield from _entries(table)


def _entries(table: dict[str, Any]) -> Iterator[str]:
    """Names of a table of packages, with the address of those that come from elsewhere than the registry."""
    for name, value in table.items():
        places = [value] if isinstance(value, str) else list(value.values()) if isinstance(value, dict) else []
        renamed = value.get("package") if isinstance(value, dict) else None
        address = next((place for place in places if isinstance(place, str) and re.search(r"[:/]", place)), renamed)
        yield f"{name} @ {address}" if address else str(name)


def _table(data: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
