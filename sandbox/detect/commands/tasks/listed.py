"""Hooks whose tools read the files that they are handed and nothing else: the listing that hands them the same."""

from __future__ import annotations

import shlex

from sandbox.detect.commands.scope import paths

_FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "codespell": ("codespell", ()),
    "shellcheck": ("shellcheck", ("*.sh", "*.bash")),
    "shfmt": ("shfmt -d", ("*.sh", "*.bash")),
    **dict.fromkeys(
        ("hadolint", "hadolint-docker"), ("hadolint", ("Dockerfile", "*/Dockerfile", "*.Dockerfile", "*.dockerfile"))
    ),
    "clang-format": ("clang-format --dry-run -Werror", ("*.c", "*.cc", "*.cpp", "*.cxx", "*.h", "*.hh", "*.hpp")),
    "buildifier-lint": ("buildifier -mode=check -lint=warn", ("*.bzl", "*BUILD", "*BUILD.bazel", "*WORKSPACE")),
    "rstcheck": ("rstcheck", ("*.rst",)),
}
"""By the hook's name: the tool in its checking form, and the files that it is handed (all where none are named)."""
_TYPES = {"pofile": "*.po", "json": "*.json", "svg": "*.svg", "yaml": "*.yaml", "markdown": "*.md", "csv": "*.csv"}
_REWRITING = {
    "codespell": ("-w", "--write-changes", "-i", "--interactive"),
    "shfmt": ("-w", "--write", "-l", "--list", "-d", "--diff"),
    "clang-format": ("-i", "--dry-run", "-n", "-Werror", "--Werror"),
}


def tool_of(name: str) -> str:
    """The tool behind a hook's name, empty where it is none of these."""
    return _FILES[name][0].split()[0] if name in _FILES else ""


def script(name: str, args: list[str], files: str, excludes: list[str], left_out: list[str]) -> str:
    """The call on a listing; empty where the hook's own choice of files (`files`, `exclude`: regular expressions;
    `left_out`: types) cannot be said in git's words."""
    command, patterns = _FILES[name]
    only, out = paths(files) if files else [], [paths(e) for e in excludes if e]
    if only is None or any(o is None for o in out):
        return ""
    given = [w for w in args if w.partition("=")[0] not in _REWRITING.get(command.split()[0], ())]
    away = [*(p for o in out if o for p in o), *(_TYPES[t] for t in left_out if t in _TYPES)]
    wanted = only or list(patterns) or (["."] if away else [])
    listing = ["git", "ls-files", "-z", *wanted, *(f":!{p}" for p in away)]
    return f"{shlex.join(listing)} | xargs -0 {command} {shlex.join(given)}".strip()
