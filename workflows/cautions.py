"""What a reviewer should look at twice, read from the list of changed files."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sandbox.journal import Action, FileChange

_TEST = re.compile(r"(^|/)(tests?|testing|spec|__tests__)/|(^|/)(test_[^/]*|[^/]*_test|[^/]*\.(test|spec))\.[a-z]+$")
_DEPENDENCIES = re.compile(
    r"(^|/)(pyproject\.toml|requirements[^/]*\.txt|setup\.(py|cfg)|poetry\.lock|uv\.lock|Pipfile(\.lock)?"
    r"|package(-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.(toml|lock)|go\.(mod|sum)|pom\.xml|build\.gradle(\.kts)?"
    r"|Gemfile(\.lock)?|composer\.(json|lock)|mix\.(exs|lock))$"
)
_PROTECTED = re.compile(r"^\.github/|(^|/)(CODEOWNERS|\.gitmodules|\.pre-commit-config\.yaml|\.gitlab-ci\.yml)$")


def cautions_about(changes: Iterable[FileChange]) -> list[str]:
    """Sentences about changed or deleted tests, dependencies, and files that steer the repository itself."""
    found = list(changes)
    groups = (
        ("Tests that existed before were changed or deleted", _TEST, {Action.MODIFIED, Action.DELETED, Action.RENAMED}),
        ("Files that name dependencies were changed", _DEPENDENCIES, set(Action)),
        ("Files that steer the repository itself were changed", _PROTECTED, set(Action)),
    )
    sentences = []
    for sentence, pattern, actions in groups:
        paths = [
            c.path for c in found if c.action in actions and (pattern.search(c.path) or pattern.search(c.old_path))
        ]
        if paths:
            more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
            sentences.append(f"{sentence}: {', '.join(paths[:5])}{more}.")
    return sentences
