"""Which files have to do with how a change is checked, by their paths: tests, settings, tasks, what is installed."""

from __future__ import annotations

import re
from collections.abc import Callable

Contents = Callable[[str], bytes]
"""Gives a blob's bytes by its id."""

_SETTINGS = re.compile(
    # Python
    r"(^|/)(conftest\.py|\.?pytest\.(ini|toml)|tox\.(ini|toml)|noxfile\.py|\.coveragerc(\.toml)?|runtests\.\w+|test_settings\.py"
    r"|\.?mypy\.ini|(based)?pyrightconfig\.json|basedpyright\.json|\.?ruff\.toml|ty\.toml|\.flake8|\.?pylintrc(\.toml)?|\.bandit"
    r"|\.isort\.cfg|behave\.ini|features/environment\.py|\.s?testr\.conf|(nose2|unittest|trial)\.cfg|\.pre-commit-config\.ya?ml"
    r"|(uv|pdm|pixi|hatch)\.toml|invoke\.ya?ml|fabfile\.py|dodo\.py|pavement\.py|\.flaskenv"
    # JavaScript
    r"|(jest|vitest|vite|karma|playwright|cypress|eslint|ava|wdio|nightwatch|babel|wtr|web-test-runner|testcafe|codecept|protractor"
    r"|prettier|stylelint|xo|hardhat)\.conf(ig)?\.\w+|\.mocharc[^/]*|mocha\.opts|jest[.-]preset\.\w+|\.testcaferc[^/]*|\.taprc|cypress\.json"
    r"|vitest\.(workspace|projects)\.\w+|\.(eslint|babel|nyc|c8|jest|swc|prettier|stylelint|oxlint|jshint)(rc[^/]*|ignore)|oxlint\.json"
    r"|dprint\.json|tslint\.json|biome\.jsonc?|tsconfig[^/]*\.json|(nx|turbo|project|lerna|rush|wireit)\.json|moon\.ya?ml"
    r"|(jest|vitest|test)[.-]?setup\.\w+|setup[.-]?[tT]ests?\.\w+|(global-?setup|globalSetup|global-?teardown)\.\w+"
    r"|\.npmrc|\.yarnrc(\.yml)?|\.noderc|node\.config\.json|\.?pnpmfile\.[cm]?js|deno\.jsonc|bunfig\.toml|import_map\.json"
    # PHP and Ruby
    r"|phpunit\.xml[^/]*|phpunit\.dist\.xml|phpstan[^/]*\.neon[^/]*|psalm[^/]*\.xml[^/]*|\.?phpcs\.xml[^/]*|\.php[-_]cs[^/]*|phpmd\.xml"
    r"|(ecs|rector|kahlan-config)\.php|pint\.json|infection\.json5?|(codeception|behat|phpspec)\.ya?ml|(php|\.user)\.ini|tests?/(bootstrap|Pest)\.php"
    r"|\.rspec(-local)?|(spec|rails|test)_helper\.(rb|exs)|\.(rubocop|reek|standard)[^/]*\.ya?ml|\.simplecov|(config/)?cucumber\.ya?ml"
    r"|features/support/[^/]+|[^/]*(test|spec|lint|check|ci)[^/]*\.rake|Rakefile|Appraisals|gemfiles/[^/]+|config/environments/test\.rb|config/test\.exs"
    # Go, Rust, the JVM, .NET
    r"|\.golangci\.\w+|[mM]agefile\.go|\.?clippy\.toml|\.?rustfmt\.toml|rust-toolchain(\.toml)?|deny\.toml|\.cargo/config(\.toml)?|nextest\.toml"
    r"|surefire[^/]*\.xml|junit-platform\.properties|META-INF/services/(org\.(junit|testng|mockito|spock)|javax\.annotation|io\.kotest)[^/]*"
    r"|test/resources/META-INF/services/[^/]+|mockito-extensions/[^/]+|testng[^/]*\.xml|kotest\.properties"
    r"|checkstyle[^/]*\.xml|detekt[^/]*\.ya?ml|pmd[^/]*\.xml|spotbugs[^/]*\.xml|\.scala(fmt|fix)\.conf|\.mvn/[^/]+|init\.gradle(\.kts)?"
    r"|[^/]*\.(runsettings|testsettings|ruleset|xctestplan)|xunit\.runner\.json|[dD]irectory\.[bB]uild\.\w+|\.globalconfig|stylecop\.json"
    # other languages
    r"|dart_test\.yaml|analysis_options\.yaml|flutter_test_config\.dart|\.swift(lint\.yml|format)|\.(formatter|credo)\.exs|\.hlint\.yaml"
    r"|\.busted|\.luacheckrc|tests/testthat\.R|testthat/(setup|helper)[^/]*\.R|\.lintr|\.Rprofile|\.(prove|perlcritic|shellcheck)rc|\.shellspec"
    r"|test_helper\.(bash|sh)|molecule\.ya?ml|\.(ansible-lint|yamllint|hadolint)[^/]*|foundry\.toml|tests\.edn|bb\.edn|config\.nims|nim\.cfg"
    # tasks and builds
    r"|(GNU)?[mM]akefile(\.(am|in|inc|include|test|ci|common|local))?|[^/]+\.mk|\.?[jJ]ustfile|[tT]askfile(\.dist)?\.ya?ml|\.?mise\.toml|\.?mise[-/]tasks/[^/]+|Earthfile"
    r"|CTest\w+\.cmake|DartConfiguration\.tcl|[^/]+\.bzl|configure(\.ac)?|(docker-)?compose[.-]test\.ya?ml|Dockerfile\.test"
    r"|\.env(\.test)?|test\.env|run[-_]?tests?\.\w+"
    r"|(scripts?|bin|tools|ci|hack|dev)/[^/]*(test|check|lint|ci|spec)[^/]*)$|^([^/]*tests?\.(sh|bash)|tasks(\.py|/__init__\.py))$"
)
_BESIDE = re.compile(
    r"(^|/)(node_modules|\.bin|vendor/(bin|bundle|composer|[\w-]+\.[a-z]{2,4}/[^/]+)|\.yarn|\.?venv|\.tox|\.nox|site-packages|__pypackages__)/"
    r"|^((packages|apps|libs)/[^/]+/)?__mocks__/|(^|/)vendor/(modules\.txt|autoload\.php)$|(^|/)(patches|\.patches)/[^/]+\.patch$"
    r"|(^|/)(sitecustomize|usercustomize)(\.|/)|\.(pyc|pyo|so|pyd|dll|dylib|node|jar|class|wasm|a|o|exe)$|\.(pth|egg-link)$|\.(dist|egg)-info/"
)
_CODE = r"(py|[jt]sx?|[mc][jt]s|rb|php|go|rs|exs?|lua|pl|t|vue|coffee|kt|scala|swift|dart|jl|r|c|cc|cpp)"
_IS_CODE = re.compile(rf"\.{_CODE}$|\.(java|cs|fs|hs|erl|clj|html?|j2|jinja2?|tmpl|svelte|sh|bash)$")
_TEST = re.compile(
    r"(^|/)(tests?|testing|unit-?tests?|specs?|e2e|cypress|x?t|a?test|__(tests|snapshots|mocks|fixtures)__|testdata)/"
    r"|(^|/)(features/(steps|step_definitions)|src/(it|integrationTest|testFixtures))/"
    rf"|(^|/)(test_[^/]*|conftest\.py|(tests?|runtests)\.{_CODE}|[^/]*(_tests?|_unittest|_spec|[.-](tests?|test-d|spec|cy|e2e))\.[a-z0-9]+|[^/]+\.t)$"
    r"|\.(feature|robot|bats|hurl|tavern\.ya?ml)$|_SUITE\.erl$"
    r"|(?-i:[a-z0-9](Tests?|Spec|Suite|IT)\.[a-z]+$|(^|/)[^/]*([a-z0-9]Tests|\.(Tests?|Specs?))/)",
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
