"""Which files have to do with how a change is checked, by their paths: tests, settings, tasks, what is installed."""

from __future__ import annotations

import re
from collections.abc import Callable

Contents = Callable[[str], bytes]
"""Gives a blob's bytes by its id."""

_SETTINGS = re.compile(
    r"(^|/)(conftest\.py|\.?pytest\.(ini|toml)|tox\.ini|noxfile\.py|\.coveragerc|runtests\.\w+|test_settings\.py"
    r"|\.?mypy\.ini|pyrightconfig\.json|\.?ruff\.toml|\.flake8|\.pylintrc|pylintrc|\.bandit"
    r"|(jest|vitest|vite|karma|playwright|cypress|eslint|ava|wdio|nightwatch|babel)\.conf(ig)?\.\w+|\.mocharc[^/]*"
    r"|\.(eslint|babel|nyc|c8)rc[^/]*|biome\.jsonc?|tsconfig[^/]*\.json|(jest|vitest|test)[.-]?setup\.\w+|setupTests\.\w+"
    r"|(global-?setup|globalSetup|global-?teardown)\.\w+|\.npmrc|\.yarnrc(\.yml)?|\.noderc"
    r"|phpunit\.xml[^/]*|phpstan\.neon[^/]*|phpunit\.dist\.xml|tests?/(bootstrap|Pest)\.php|\.rspec|(spec|rails|test)_helper\.(rb|exs)|\.rubocop\.yml"
    r"|\.golangci\.ya?ml|clippy\.toml|\.cargo/config(\.toml)?|nextest\.toml|surefire[^/]*\.xml|junit-platform\.properties"
    r"|(GNU)?[mM]akefile|[^/]+\.mk|[jJ]ustfile|Rakefile|Taskfile\.ya?ml|\.env(\.test)?|hatch\.toml|bunfig\.toml"
    r"|deno\.jsonc|tasks\.py|run[-_]?tests?\.\w+|(scripts?|bin|tools|ci|hack|dev)/[^/]*(test|check|lint|ci)[^/]*)$"
)
_BESIDE = re.compile(
    r"(^|/)(node_modules|\.bin|vendor/bin|\.?venv|\.tox|\.nox|site-packages|__pypackages__)/"
    r"|(^|/)(sitecustomize|usercustomize)(\.|/)|\.(pyc|pyo|so|pyd|dll|dylib|node|jar|class|wasm|a|o|exe)$|\.(pth|egg-link)$|\.(dist|egg)-info/"
)
_CODE = r"(py|[jt]sx?|[mc][jt]s|rb|php|go|rs|exs?|lua|pl|t|vue|coffee|kt|scala|swift|dart|jl|r|c|cc|cpp)"
_IS_CODE = re.compile(rf"\.{_CODE}$|\.(java|cs|fs|hs|erl|clj|html?|j2|jinja2?|tmpl|svelte|sh|bash)$")
_TEST = re.compile(
    r"(^|/)(tests?|testing|unit-?tests?|specs?|e2e|cypress|t|__tests__|__snapshots__|testdata)/"
    rf"|(^|/)(test_[^/]*|conftest\.py|(tests?|runtests)\.{_CODE}|[^/]*(_tests?|_spec|[.-](test|spec|cy|e2e))\.[a-z]+|[^/]+\.t)$"
    r"|(?-i:[a-z0-9](Tests?|Spec)\.[a-z]+$)",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"(^|/)[^/.]+$|\.(sh|bash|zsh|fish|bat|cmd|ps1|pl)$|(^|/)[^/]*(test|check|lint|verify|(^|[-_./])ci)[^/]*$"
)
_TASK_FILE = re.compile(
    r"(^|/)((GNU)?[mM]akefile|[^/]+\.mk|[jJ]ustfile|Taskfile\.ya?ml|Rakefile|package\.json|composer\.json|deno\.jsonc?"
    r"|tox\.ini|noxfile\.py|tasks\.py|pyproject\.toml|setup\.cfg|hatch\.toml)$"
)
_DOCUMENT = re.compile(
    r"^([^/]+|docs?/.+)\.(md|markdown|rst|adoc|txt)$|^docs?/.+\.(png|jpe?g|gif|svg|webp|pdf)$"
    r"|(^|/)(change(log|s|sets?)?(\.d)?|newsfragments|news|release-?notes)/[^/]+\.(md|rst|adoc|txt)$"
    r"|(^|/)(LICEN[CS]E|COPYING|AUTHORS|CONTRIBUTORS|NOTICE|CHANGES|CHANGELOG|README)[^/.]*(\.(md|rst|txt|adoc))?$",
    re.IGNORECASE,
)
_READ_BY_TOOLS = re.compile(
    r"(^|/)(requirements|constraints|CMakeLists|robots|runtime)[^/]*\.txt$|(^|/)requirements/", re.IGNORECASE
)
_DEEPEST = 3


def says_how_checks_run(path: str) -> bool:
    """Whether a file is a runner's or a linter's settings, or a program that runs checks."""
    return bool(_SETTINGS.search(path))


def stands_for_what_is_installed(path: str) -> bool:
    """Whether a file lies where a set-up installs, or is found before what it has installed."""
    return bool(_BESIDE.search(path))


def is_test(path: str) -> bool:
    return bool(_TEST.search(path))


def is_code(path: str) -> bool:
    """Whether a file is a program's, by its name."""
    return bool(_IS_CODE.search(path))


def is_document(path: str) -> bool:
    """Whether a file is for people to read, so that changing it changes nothing that runs.

    Texts among the code may be templates or prompts: of those nobody can tell by the path.
    """
    return bool(_DOCUMENT.search(path)) and not _READ_BY_TOOLS.search(path) and not is_test(path)


def is_script(path: str) -> bool:
    """Whether a file is a program by its name, or one that is called for checks."""
    return bool(_SCRIPT.search(path))


def is_task_file(path: str) -> bool:
    """Whether a file says what the names of tasks stand for."""
    return path.count("/") < _DEEPEST and bool(_TASK_FILE.search(path))
