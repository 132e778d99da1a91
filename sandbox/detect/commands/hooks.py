"""Hooks of .pre-commit-config.yaml as the checks they stand for, with the versions they pin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

CONFIG = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")


@dataclass(frozen=True, slots=True)
class Hook:
    """`script` is empty where the hook is no check of the code that we know. `pin` is a pip requirement or empty."""

    id: str
    script: str
    evidence: Evidence
    pin: str = ""
    needs: tuple[str, ...] = ()


def hooks(source: Source) -> list[Hook]:
    """All hooks that run by themselves; those of the stage `manual` do not."""
    return source.once("hooks", lambda: _hooks(source))


def _hooks(source: Source) -> list[Hook]:
    path = next((p for p in CONFIG if source.has(p)), "")
    if not path:
        return []
    data = source.toml(path) if path.endswith(".toml") else yamltree.load(source.text(path))
    return [
        _hook(path, repo, hook)
        for repo in _dicts(data.get("repos"))
        for hook in _dicts(repo.get("hooks"))
        if hook.get("id") and "manual" not in _texts(hook.get("stages"))
    ]


def _hook(path: str, repo: dict[str, Any], hook: dict[str, Any]) -> Hook:
    name = hook["id"]
    evidence = Evidence(path, getattr(name, "line", 0), f"id: {name}")
    entry = str(hook.get("entry") or "")
    args = _texts(hook.get("args"))
    if str(repo.get("repo")) == "local":
        files = "" if str(hook.get("pass_filenames", "true")).lower() == "false" else "."
        script = " ".join([entry, *args, files]).strip()
        return Hook(
            str(name),
            script if _checks(script) else "",
            evidence,
            needs=tuple(_texts(hook.get("additional_dependencies"))),
        )
    tool, flags = _KNOWN.get(str(name), ("", ""))
    if not tool:
        return Hook(str(name), "", evidence)
    if entry.split():
        flags = " ".join(entry.split()[1:])
    words = [
        tool,
        flags,
        *[a for a in args if not a.startswith(("--fix", "--exit-non-zero", "--show-fixes", "--filter-files"))],
    ]
    # Hooks are handed file names; a whole-tree check needs a place to start from.
    default = "" if tool in _PLACELESS else "."
    script = " ".join(
        w if re.fullmatch(r"[\w=./:,@+-]+", w) or (" " in w and w == flags) else f"'{w}'"
        for w in [*words, default]
        if w
    )
    version = re.sub(r"^v", "", str(repo.get("rev") or ""))
    package = tool.split()[0]
    pin = f"{package}=={version}" if re.fullmatch(r"\d+(\.\d+)+([a-z]+\d+)?", version) else package
    return Hook(
        str(name), script, evidence, pin if package in _PIP else "", tuple(_texts(hook.get("additional_dependencies")))
    )


_KNOWN = {
    "ruff": ("ruff", "check"), "ruff-check": ("ruff", "check"), "ruff-format": ("ruff", "format --check"),
    "black": ("black", "--check"), "black-jupyter": ("black", "--check"), "isort": ("isort", "--check-only"),
    "flake8": ("flake8", ""), "mypy": ("mypy", ""), "pyright": ("pyright", ""), "basedpyright": ("basedpyright", ""),
    "pylint": ("pylint", ""), "bandit": ("bandit", ""), "pydocstyle": ("pydocstyle", ""),
    "golangci-lint": ("golangci-lint", "run"), "cargo-fmt": ("cargo", "fmt --check"), "fmt": ("cargo", "fmt --check"),
    "clippy": ("cargo", "clippy"), "rubocop": ("rubocop", ""), "eslint": ("eslint", ""),
    "prettier": ("prettier", "--check"),
    "biome-check": ("biome", "check"), "biome-ci": ("biome", "ci"),
}  # fmt: skip
_PLACELESS = frozenset({"mypy", "pyright", "basedpyright", "cargo", "golangci-lint", "rubocop"})
_PIP = frozenset(
    {"ruff", "black", "isort", "flake8", "mypy", "pyright", "basedpyright", "pylint", "bandit", "pydocstyle"}
)


def _checks(script: str) -> bool:
    return bool(
        re.search(
            r"\b(ruff|black|isort|flake8|pylint|mypy|pyright|basedpyright|ty|pyrefly|eslint|prettier|biome|tsc|cargo|go|golangci-lint|rubocop|phpstan|mix|make|npm|pnpm|yarn|tox|nox|poe|just)\b",
            script,
        )
    )


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [str(value)]
    return [str(item) for item in value if isinstance(item, str)] if isinstance(value, list) else []
