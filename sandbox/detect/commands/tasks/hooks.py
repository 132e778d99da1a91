"""Hooks of .pre-commit-config.yaml as the checks they stand for, with the versions they pin."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

from sandbox.detect.commands.scope import Scope
from sandbox.detect.commands.tasks import listed
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


def hooks(source: Source, named: str = "") -> list[Hook]:
    """All hooks that run by themselves, also of another file (`named`); those of the stage `manual` do not."""
    return source.once(f"hooks {named}", lambda: _hooks(source, named))


def _hooks(source: Source, named: str) -> list[Hook]:
    path = next((p for p in ((named,) if named else CONFIG) if source.has(p)), "")
    if not path:
        return []
    data = source.toml(path) if path.endswith(".toml") else yamltree.load(source.text(path))
    everywhere = _Where(str(data.get("files") or ""), str(data.get("exclude") or ""))
    lines = source.text(path).splitlines()
    return [
        _hook(path, repo, hook, _version(repo.get("rev"), lines), everywhere)
        for repo in _dicts(data.get("repos"))
        for hook in _dicts(repo.get("hooks"))
        if hook.get("id") and not _by_hand(hook.get("stages"))
    ]


@dataclass(frozen=True, slots=True)
class _Where:
    """The patterns of a configuration's `files` and `exclude`, which hold for all of its hooks."""

    files: str
    exclude: str


def _by_hand(stages: object) -> bool:
    names = _texts(stages)
    return bool(names) and set(names) <= {"manual", "commit-msg", "prepare-commit-msg", "post-commit", "post-merge"}


def _version(rev: object, lines: list[str]) -> str:
    """The version that a `rev` names, itself or in the comment that `--freeze` writes behind a hash."""
    text = str(rev or "")
    number = getattr(rev, "line", 0)
    comment = lines[number - 1].partition("#")[2] if 0 < number <= len(lines) else ""
    frozen = re.search(r"frozen:\s*(\S+)|^\s*(v?\d[\w.]*)\s*$", comment)
    if re.fullmatch(r"[0-9a-f]{7,40}", text) and frozen:
        text = frozen.group(1) or frozen.group(2)
    return re.sub(r"^(\w+[-_])?v?(?=\d)", "", text)


def _hook(path: str, repo: dict[str, Any], hook: dict[str, Any], version: str, everywhere: _Where) -> Hook:
    name = hook["id"]
    evidence = Evidence(path, getattr(name, "line", 0), f"id: {name}")
    entry = str(hook.get("entry") or "")
    args = _texts(hook.get("args"))
    needs = tuple(_texts(hook.get("additional_dependencies")))
    whole = str(hook.get("pass_filenames", "true")).lower() == "false"
    scope = Scope.of(hook.get("files") or everywhere.files, [hook.get("exclude"), everywhere.exclude])
    if str(repo.get("repo")) in ("local", "builtin"):
        script = " ".join([entry, *map(_quoted, args)]).strip()
        script = script if whole or not _checks(script) else scope.applied(script)
        return Hook(str(name), script if _checks(script) else "", evidence, needs=needs)
    if listed.tool_of(str(name)):
        excludes = [str(e) for e in (hook.get("exclude"), everywhere.exclude) if e]
        chosen = str(hook.get("files") or everywhere.files)
        script = listed.script(str(name), args, chosen, excludes, _texts(hook.get("exclude_types")))
        return Hook(str(name), script, evidence, _pin(repo, listed.tool_of(str(name)), version), needs)
    tool, flags = _KNOWN.get(str(name), ("", ""))
    if not tool:
        return Hook(str(name), "", evidence)
    command = f"{tool} {flags}".strip()
    if entry.split():
        command = entry
    dropped = ("--fix", "--exit-non-zero", "--show-fixes", "--filter-files")
    if str(name).startswith(("terraform_", "tofu_", "terragrunt_")):
        # These hooks are scripts: what their tool is given stands behind a flag of theirs.
        args = [a.removeprefix("--args=") for a in args if a.startswith("--args=") and "__GIT" not in a]
    words = [command, *[_quoted(a) for a in args if not a.startswith(dropped)]]
    # Hooks are handed file names; a whole-tree check needs a place to start from.
    line = " ".join(words)
    script = line if whole or tool in _PLACELESS_ALWAYS else scope.applied(line, placeless=tool in _PLACELESS)
    return Hook(str(name), script, evidence, _pin(repo, tool.split()[0], version), needs)


def _pin(repo: dict[str, Any], package: str, version: str) -> str:
    """The requirement that brings a tool, empty where pip does not."""
    # A collection of hooks has a version of its own, which is none of the tool's.
    own = package in str(repo.get("repo")).rstrip("/").rpartition("/")[2].lower()
    known = own and re.fullmatch(r"\d+(\.\d+)+([a-z]+\d+)?", version)
    return (f"{package}=={version}" if known else package) if package in _PIP else ""


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w=./:,@+-]+", word) else shlex.quote(word)


_KNOWN = {
    "ruff": ("ruff", "check"), "ruff-check": ("ruff", "check"), "ruff-format": ("ruff", "format --check"),
    "black": ("black", "--check"), "black-jupyter": ("black", "--check"), "isort": ("isort", "--check-only"),
    "flake8": ("flake8", ""), "mypy": ("mypy", ""), "pyright": ("pyright", ""), "basedpyright": ("basedpyright", ""),
    "pylint": ("pylint", ""), "bandit": ("bandit", ""), "pydocstyle": ("pydocstyle", ""),
    "golangci-lint": ("golangci-lint", "run"), "cargo-fmt": ("cargo", "fmt --check"), "fmt": ("cargo", "fmt --check"),
    "clippy": ("cargo", "clippy"), "rubocop": ("rubocop", ""), "eslint": ("eslint", ""),
    "prettier": ("prettier", "--check"),
    "biome-check": ("biome", "check"), "biome-ci": ("biome", "ci"), "biome-lint": ("biome", "lint"),
    "terraform_fmt": ("terraform", "fmt -check -recursive"), "terraform_validate": ("terraform", "validate"),
    "terraform_tflint": ("tflint", ""), "tofu_fmt": ("tofu", "fmt -check -recursive"),
    "ansible-lint": ("ansible-lint", ""), "yamllint": ("yamllint", ""), "swiftlint": ("swiftlint", "lint"),
    "swiftformat": ("swiftformat", "--lint"), "go-vet": ("go", "vet ./..."),
    "typos": ("typos", ""), "actionlint": ("actionlint", ""), "zizmor": ("zizmor", ""), "doc8": ("doc8", ""),
    "reuse": ("reuse", "lint"), "reuse-lint-file": ("reuse", "lint"), "sqlfluff-lint": ("sqlfluff", "lint"),
    "taplo-lint": ("taplo", "lint"), "editorconfig-checker": ("editorconfig-checker", ""),
    "pyrefly-check": ("pyrefly", "check"),
    "ty": ("ty", "check"), "ty-check": ("ty", "check"), "mdformat-check": ("mdformat", "--check"),
    "djlint": ("djlint", ""), "djlint-django": ("djlint", ""), "djlint-jinja": ("djlint", ""),
    "sphinx-lint": ("sphinx-lint", ""), "markdownlint": ("markdownlint", ""),
    "markdownlint-cli2": ("markdownlint-cli2", ""),
    "stylelint": ("stylelint", ""),
    "helmlint": ("helm", "lint"), "luacheck": ("luacheck", ""), "stylua-check": ("stylua", "--check"),
    "mix-format": ("mix", "format --check-formatted"), "mix-credo": ("mix", "credo"),
}  # fmt: skip
_PLACELESS = frozenset({"mypy", "pyright", "basedpyright", "rubocop"})
_PLACELESS_ALWAYS = frozenset(
    {
        *("cargo", "golangci-lint", "terraform", "tflint", "tofu", "ansible-lint", "swiftlint", "go", "actionlint"),
        *("typos", "reuse", "taplo", "editorconfig-checker", "pyrefly", "ty", "mix"),
    }
)
_PIP = frozenset(
    {
        *("ruff", "black", "isort", "flake8", "mypy", "pyright", "basedpyright", "pylint", "bandit", "pydocstyle"),
        *(
            "ansible-lint",
            "yamllint",
            "codespell",
            "typos",
            "zizmor",
            "doc8",
            "reuse",
            "sqlfluff",
            "sphinx-lint",
            "rstcheck",
            "djlint",
        ),
    }
)


def _checks(script: str) -> bool:
    return bool(
        re.search(
            r"\b(ruff|black|isort|flake8|pylint|mypy|pyright|basedpyright|ty|pyrefly|eslint|prettier|biome|bun|tsc|cargo|go|flake8p|pflake8|golangci-lint|ansible-lint|yamllint|deno|dotnet|task|mise|pixi|invoke|inv|bundle|composer|gradlew|mvn|swiftlint|terraform|rubocop|phpstan|mix|make|npm|pnpm|yarn|tox|nox|poe|just)\b",
            script,
        )
    )


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [str(value)]
    return [str(item) for item in value if isinstance(item, str)] if isinstance(value, list) else []
