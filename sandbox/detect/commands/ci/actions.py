"""Well-known actions of GitHub workflows that stand for a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def command(name: str, inputs: Mapping[str, str]) -> str:
    """The command that an action (`owner/name`, lower case) runs with these inputs, empty where none is known."""
    make = _ACTIONS.get(name)
    if make:
        return make(inputs).strip()
    if name.startswith(
        (
            "liskin/gh-problem-matcher-wrap",
            "nick-invision/retry",
            "nick-fields/retry",
            "coactions/setup-xvfb",
            "gabrielbb/xvfb-action",
        )
    ):
        return inputs.get("command") or inputs.get("run") or ""
    return ""


_WRAPPERS = (
    "nick-invision/retry",
    "nick-fields/retry",
    "coactions/setup-xvfb",
    "gabrielbb/xvfb-action",
    "liskin/gh-problem-matcher-wrap",
)
_ACTIONS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "golangci/golangci-lint-action": lambda w: "golangci-lint run " + w.get("args", ""),
    "astral-sh/ruff-action": lambda w: "ruff " + (w.get("args") or "check") + " " + w.get("src", "."),
    "chartboost/ruff-action": lambda w: "ruff " + (w.get("args") or "check ."),
    "pre-commit/action": lambda w: "pre-commit run --all-files",
    "j178/prek-action": lambda w: "pre-commit run --all-files",
    "psf/black": lambda w: "black " + (w.get("options") or "--check") + " " + w.get("src", "."),
    "isort/isort-action": lambda w: "isort --check-only " + w.get("sort-paths", w.get("sortPaths", ".")),
    "jakebailey/pyright-action": lambda w: "pyright",
    "py-actions/flake8": lambda w: "flake8 " + w.get("path", "."),
    "biomejs/setup-biome": lambda w: "",
    "prefix-dev/setup-pixi": lambda w: "",
    "ansible/ansible-lint": lambda w: "ansible-lint " + w.get("args", ""),
    "ansible-community/ansible-lint-action": lambda w: "ansible-lint " + w.get("path", ""),
    "ibiqlik/action-yamllint": lambda w: "yamllint " + w.get("file_or_dir", "."),
    "norio-nomura/action-swiftlint": lambda w: "swiftlint lint",
    "r-lib/actions/check-r-package": lambda w: "R CMD check .",
    "julia-actions/julia-runtest": lambda w: "julia --project -e 'using Pkg; Pkg.test()'",
    "haskell-actions/hlint-run": lambda w: "hlint " + w.get("path", "."),
    "johnnymorganz/stylua-action": lambda w: "stylua " + w.get("args", "--check ."),
    "lunarmodules/luacheck": lambda w: "luacheck " + w.get("args", "."),
    "actions-rs/clippy-check": lambda w: "cargo clippy " + w.get("args", ""),
    "actions-rs/cargo": lambda w: f"cargo {w.get('command', '')} {w.get('args', '')}",
    "dominikh/staticcheck-action": lambda w: "staticcheck ./...",
    "standardrb/standard-ruby-action": lambda w: "standardrb",
    "gradle/gradle-build-action": lambda w: "./gradlew " + w["arguments"] if w.get("arguments") else "",
    "docker://oskarstark/php-cs-fixer-ga": lambda w: "php-cs-fixer fix --dry-run",
    "docker://oskarstark/phpstan-ga": lambda w: "phpstan analyse",
    "paambaati/codeclimate-action": lambda w: w.get("coverageCommand", ""),
}  # fmt: skip
