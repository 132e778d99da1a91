"""What runs without being asked for, once somebody has a change: scripts of installers, files that tools load.

It is too ordinary to be protected, and a reviewer is told of it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workflows.policy.protected import is_hidden_below

_LOADED = re.compile(
    r"(^|/)((flake|shell|default)\.nix|pixi\.toml|procfile|(gradle|init)\.properties|(settings|init)\.gradle(\.kts)?"
    r"|workspace(\.bazel|\.bzlmod)?|module\.bazel|global\.json|build\.rs|binding\.gyp|rust-toolchain(\.toml)?|ansible\.cfg"
    r"|vagrantfile|brewfile|tiltfile|guardfile|(docker-)?compose\.override\.ya?ml|commitlint\.config\.\w+|skill\.md"
    r"|cmakeuserpresets\.json|cabal\.project\.local|bunfig\.toml|\.?taskrc\.ya?ml)$"
    r"|\.(pth|egg-link)$|(^|/)buildsrc/|(^|/)project/[^/]+\.sbt$",
    re.IGNORECASE,
)
_FIXTURES = re.compile(r"(^|/)(tests?|t|spec|testdata|fixtures?|__tests__|docs?|examples?)/", re.IGNORECASE)

_NODE = re.compile(r"(pre|post)?(install|prepare|pack|uninstall)|dependencies|prepublish")
_NODE_HOOKS = ("husky", "gitHooks", "simple-git-hooks", "pre-commit", "pre-push", "ghooks", "lint-staged", "commitlint")
_COMPOSER = re.compile(r"(pre|post)-.*")


def loaded_unasked(path: str) -> bool:
    """Whether some tool loads or runs the file because it is there, without being told to."""
    return bool(_LOADED.search(path)) or (is_hidden_below(path) and not _FIXTURES.search(path))


def installers_run(path: str, before: str, after: str) -> tuple[str, ...]:
    """The names under which a manifest has an installer, or git, run something, where that is new or another."""
    read = _READERS.get(path.rpartition("/")[2])
    if read is None:
        return ()
    was, now = (dict(_found(read, text)) for text in (before, after))
    return tuple(sorted(name for name, value in now.items() if was.get(name) != value))


def _found(read: Callable[[Mapping[str, Any]], Iterator[tuple[str, Any]]], text: str) -> Iterator[tuple[str, Any]]:
    try:
        data = tomllib.loads(text) if read is _in_pyproject or read is _in_cargo else json.loads(text or "{}")
    except (ValueError, RecursionError):
        return
    yield from read(_table(data))


def _in_package_json(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in _table(data.get("scripts")).items():
        if _NODE.fullmatch(name):
            yield name, value
    for name in _NODE_HOOKS:
        if name in data:
            yield name, data[name]
    pnpm = _table(data.get("pnpm"))
    for key, value in (
        ("trustedDependencies", data.get("trustedDependencies")),
        ("pnpm.onlyBuiltDependencies", pnpm.get("onlyBuiltDependencies")),
        ("packageManager", data.get("packageManager")),
    ):
        if value:
            yield key, value


def _in_composer(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in _table(data.get("scripts")).items():
        if _COMPOSER.fullmatch(name):
            yield name, value
    if plugins := _table(data.get("config")).get("allow-plugins"):
        yield "allow-plugins", plugins
    if files := _table(data.get("autoload")).get("files"):
        yield "autoload.files", files


def _in_pyproject(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    build = _table(data.get("build-system"))
    for key in ("build-backend", "backend-path"):
        if key in build:
            yield key, build[key]
    tools = _table(data.get("tool"))
    hatch = _table(tools.get("hatch"))
    targets = _table(_table(hatch.get("build")).get("targets"))
    for place in (_table(hatch.get("build")), *map(_table, targets.values())):
        if hooks := place.get("hooks"):
            yield "hatch.build.hooks", hooks
    for tool, key in (("poetry", "build"), ("pdm", "build"), ("setuptools", "cmdclass")):
        if value := _table(tools.get(tool)).get(key):
            yield f"{tool}.{key}", value
    if scripts := _table(_table(tools.get("pixi")).get("activation")).get("scripts"):
        yield "pixi.activation.scripts", scripts


def _in_cargo(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if build := _table(data.get("package")).get("build"):
        yield "build", build


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, Any]]]] = {
    "package.json": _in_package_json,
    "composer.json": _in_composer,
    "pyproject.toml": _in_pyproject,
    "Cargo.toml": _in_cargo,
}
