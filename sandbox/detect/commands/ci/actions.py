"""Well-known actions of GitHub workflows that stand for a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def command(name: str, inputs: Mapping[str, str]) -> str:
    """The command that an action (`owner/name`, lower case) runs with these inputs, empty where none is known.

    An action that nobody knows is taken to run the script that it is handed as `command`, `run` or the like.
    """
    make = _ACTIONS.get(name)
    if make:
        return make(inputs).strip()
    if task := _MIX.search(name):
        return _mix(task.group(1), inputs)
    if name.startswith("docker://"):
        return _image(name, inputs)
    if "gradle" in name and inputs.get("arguments"):
        return _of_a_tool("gradle", inputs)  # what it caches besides is no matter
    if _ELSEWHERE.search(name):
        return ""
    if handed := next((text for key in _HANDED if " " in (text := inputs.get(key, "").strip())), ""):
        return handed
    return _of_a_tool(name, inputs)


_TOOLS = re.compile(
    r"(?:^|[-_/])(cargo|npm|yarn|pnpm|bun|deno|gradlew?|mvn|maven|composer|make|dotnet|mix|poetry|uv|tox|nox|cabal|stack|sbt"
    r"|swift|bazel|rake|just|task|mise|pixi|hatch|phpunit|phpstan|psalm|eslint|ruff|flake8|pylint)(?=$|[-_/])"
)
_PROGRAM = {"gradle": "./gradlew", "gradlew": "./gradlew", "maven": "mvn"}
_MODES = ("command", "cmd", "task", "tasks", "subcommand", "goal", "goals", "arguments", "run", "script", "args")


def _of_a_tool(name: str, inputs: Mapping[str, str]) -> str:
    """An action that is named after a tool (`someone/cargo-action`), with what it is told to do."""
    tool = _TOOLS.search(name)
    mode = next((key for key in _MODES if inputs.get(key, "").strip()), "")
    if not tool or not mode:
        return ""
    given = [inputs[mode], inputs.get("args", "") if mode != "args" else ""]
    program = _PROGRAM.get(tool.group(1), tool.group(1))
    words = [w for text in given for w in text.split()]
    return " ".join(words if words[:1] == [program] else [program, *words])


_MIX = re.compile(r"/mix-([a-z]{2,20})$")
"""Actions that are a task of Elixir's mix each, and are named after it."""


def _mix(task: str, inputs: Mapping[str, str]) -> str:
    given = inputs.get("args", "")
    if task == "task":
        return f"mix {inputs.get('task', '')} {given}"
    return f"mix format --check-formatted {given}" if task == "format" else f"mix {task} {given}"


_HANDED = ("command", "cmd", "run", "script", "commands", "test-command", "test_command", "lint-command")
_ELSEWHERE = re.compile(
    r"ssh|github-script|deploy|publish|release|slack|docker|buildx|kubectl|comment|vmactions|cross-platform|run-on-arch"
    r"|qemu|cypress|playwright|commit|pull-request|terraform-|aws-|azure/|google-|cache|setup-|changesets"
)
"""Actions whose script runs on another machine, is no shell script, or is none that checks."""


def _image(name: str, inputs: Mapping[str, str]) -> str:
    """What an image is run with: one of a tool is called like it, unless the step names what it begins with."""
    tool = inputs.get("entrypoint", "").rpartition("/")[2] or name.rpartition("/")[2].partition(":")[0]
    given = " ".join(inputs.get("args", "").split())
    return given if given.split()[:1] == [tool] else f"{tool} {given}".strip()


def _paths(inputs: Mapping[str, str], *keys: str, default: str = "") -> str:
    """The first of the inputs that is given, its lines as words."""
    return next((" ".join(text.split()) for key in keys if (text := inputs.get(key, "").strip())), default)


def _mypy(inputs: Mapping[str, str]) -> str:
    return f"mypy {inputs.get('options', '')} {_paths(inputs, 'paths', 'path', default='.')}"


def _buf(inputs: Mapping[str, str]) -> str:
    where = inputs.get("input", "")
    modes = [m for m, line in (("lint", "lint"), ("format", "format -d --exit-code")) if inputs.get(m) != "false"]
    lines = {"lint": f"buf lint {where}", "format": f"buf format -d --exit-code {where}"}
    return "\n".join(lines[m].strip() for m in modes)


def _clang_format(inputs: Mapping[str, str]) -> str:
    where = _paths(inputs, "check-path", "source", default=".")
    pattern = "-regex '.*\\.\\(c\\|cc\\|cpp\\|cxx\\|h\\|hh\\|hpp\\)'"
    out = inputs.get("exclude-regex", "").replace("'", "")
    names = [w.strip("./") for w in inputs.get("exclude", "").replace(",", " ").split()]
    pattern += f" -not -regex '.*\\({_basic(out)}\\).*'" if out and "(?" not in out else ""
    pattern += "".join(f" -not -path './{n}/*'" for n in names)
    return f"find {where} {pattern} -print0 | xargs -0 clang-format --dry-run --Werror"


def _basic(pattern: str) -> str:
    """An extended expression in find's own words, in which groups and choices are what a backslash stands before."""
    return re.sub(r"(?<!\\)([(|)])", r"\\\1", pattern.replace("\\\\", "\\").replace("$", ""))


def _hadolint(inputs: Mapping[str, str]) -> str:
    where = _paths(inputs, "dockerfile", default="Dockerfile")
    words = [f"--{k} {inputs[k]}" for k in ("failure-threshold", "config") if inputs.get(k)]
    words += [f"--ignore {rule}" for rule in inputs.get("ignore", "").replace(",", " ").split()]
    call = " ".join(["hadolint", *words])
    return f"git ls-files -z '*{where}*' | xargs -0 {call}" if inputs.get("recursive") == "true" else f"{call} {where}"


def _shellcheck(inputs: Mapping[str, str]) -> str:
    where = inputs.get("scandir", "./")
    given = f"-S {inputs['severity']} " if inputs.get("severity") else ""
    return f"find {where} -name '*.sh' -print0 | xargs -0 shellcheck {given}".strip()


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
    "ansible/ansible-lint": lambda w: "ansible-lint " + w.get("args", ""),
    "ansible-community/ansible-lint-action": lambda w: "ansible-lint " + w.get("path", ""),
    "ibiqlik/action-yamllint": lambda w: "yamllint " + w.get("file_or_dir", "."),
    "norio-nomura/action-swiftlint": lambda w: "swiftlint lint",
    "r-lib/actions/check-r-package": lambda w: "R CMD check .",
    "julia-actions/julia-runtest": lambda w: "julia --project -e 'using Pkg; Pkg.test()'",
    "ndmitchell/neil": lambda w: "cabal test\nhlint " + (w.get("hlint-arguments") or "."),
    "embarkstudios/cargo-deny-action": lambda w: "cargo deny " + (w.get("command") or "check"),
    "rvben/rumdl": lambda w: "rumdl check " + _paths(w, "path", default="."),
    "securego/gosec": lambda w: "gosec " + (w.get("args") or "./..."),
    "golang/govulncheck-action": lambda w: "govulncheck ./...",
    "mgechev/revive-action": lambda w: "revive " + (w.get("path") or "./..."),
    "haskell-actions/hlint-scan": lambda w: "hlint " + _paths(w, "path", default="."),
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
    **dict.fromkeys(("python/mypy", "jpetrucciani/mypy-check", "tsuyoshicho/action-mypy"), _mypy),
    "codespell-project/actions-codespell": lambda w: "codespell " + _paths(w, "path"),
    "crate-ci/typos": lambda w: "typos " + _paths(w, "files"),
    **dict.fromkeys(
        ("karancode/yamllint-github-action", "frenck/action-yamllint", "reviewdog/action-yamllint"),
        lambda w: "yamllint " + _paths(w, "yamllint_file_or_dir", "path", default="."),
    ),
    **dict.fromkeys(
        ("rhysd/actionlint", "raven-actions/actionlint", "reviewdog/action-actionlint", "devops-actions/actionlint"),
        lambda w: "actionlint",
    ),
    "docker://rhysd/actionlint:latest": lambda w: "actionlint",
    "zizmorcore/zizmor-action": lambda w: "zizmor " + _paths(w, "inputs", default="."),
    "woodruffw/zizmor-action": lambda w: "zizmor .",
    "hadolint/hadolint-action": _hadolint,
    **dict.fromkeys(
        ("davidanson/markdownlint-cli2-action", "nosborn/github-action-markdown-cli"),
        lambda w: "markdownlint-cli2 " + _paths(w, "globs", "files", default="'**/*.md'"),
    ),
    "avto-dev/markdown-lint": lambda w: "markdownlint " + _paths(w, "args", default="."),
    **dict.fromkeys(("bufbuild/buf-action", "bufbuild/buf-lint-action"), _buf),
    "ludeeus/action-shellcheck": _shellcheck,
    "creyd/prettier_action": lambda w: "prettier " + w.get("prettier_options", "--check ."),
    "fsfe/reuse-action": lambda w: "reuse lint",
    "errata-ai/vale-action": lambda w: "vale " + _paths(w, "files", default="."),
    "streetsidesoftware/cspell-action": lambda w: "cspell " + _paths(w, "files", default="."),
    "apache/skywalking-eyes": lambda w: "license-eye header check",
    "apache/skywalking-eyes/header": lambda w: "license-eye header check",
    "lycheeverse/lychee-action": lambda w: "lychee " + _paths(w, "args", default="."),
    "stoplightio/spectral-action": lambda w: "spectral lint " + _paths(w, "file_glob"),
    "ls-lint/action": lambda w: "ls-lint",
    "dotenv-linter/action-dotenv-linter": lambda w: "dotenv-linter",
    "yokawasa/action-sqlfluff": lambda w: "sqlfluff lint " + _paths(w, "sqlfluff-args", default="."),
    "jidicula/clang-format-action": _clang_format,
    "doozyx/clang-format-lint-action": _clang_format,
    "luizm/action-sh-checker": lambda w: _shellcheck({}),
    "reviewdog/action-golangci-lint": lambda w: "golangci-lint run " + w.get("golangci_lint_flags", ""),
    "reviewdog/action-eslint": lambda w: "eslint " + w.get("eslint_flags", "."),
    "reviewdog/action-rubocop": lambda w: "rubocop",
    "reviewdog/action-staticcheck": lambda w: "staticcheck ./...",
    "reviewdog/action-shellcheck": _shellcheck,
    "reviewdog/action-hadolint": lambda w: "hadolint Dockerfile",
    "reviewdog/action-tflint": lambda w: "tflint",
    "rubocop/rubocop-action": lambda w: "rubocop",
    "giraffate/clippy-action": lambda w: "cargo clippy " + w.get("clippy_flags", ""),
    "clechasseur/rs-clippy-check": lambda w: "cargo clippy " + w.get("args", ""),
    "clechasseur/rs-cargo": lambda w: f"cargo {w.get('command', '')} {w.get('args', '')}",
    "actions-rust-lang/rustfmt": lambda w: "cargo fmt --all --check",
    "cirruslabs/swiftlint-action": lambda w: "swiftlint lint " + w.get("args", ""),
    "stanfordbdhg/action-swiftlint": lambda w: "swiftlint lint",
    "paambaati/codeclimate-action": lambda w: w.get("coverageCommand", ""),
}  # fmt: skip
