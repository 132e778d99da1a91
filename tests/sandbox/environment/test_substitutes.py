"""Quicker ways, and tools that are brought."""

import json
from pathlib import Path

import pytest

from sandbox.environment import substitutes, switches

VENV = '"$HOME/venv/bin/python" -m pip install '


def test_uv_does_what_pip_would_in_the_same_environment() -> None:
    line = substitutes.quicker(f"{VENV}-e '.[test]' --group dev")
    assert line.endswith('"$UV" pip install --python "$HOME/venv/bin/python" -e \'.[test]\' --group dev')
    both = substitutes.quicker(f'python3 -m venv "$HOME/poetry" && {VENV.replace("venv/", "poetry/")}poetry')
    assert '--python "$HOME/poetry/bin/python" poetry' in both


@pytest.mark.parametrize(
    "line", ["npm ci", "pip install x", "python -m pip install x", "make deps", '"$HOME/../x/y" -m pip']
)
def test_what_is_not_our_own_spelling_is_left_alone(line: str) -> None:
    assert substitutes.quicker(line) == ""


@pytest.mark.parametrize(
    ("line", "without"),
    [
        ("npm ci", "npm ci --ignore-scripts"),
        ("pnpm install --frozen-lockfile", "pnpm install --frozen-lockfile --ignore-scripts"),
        ("yarn install", "yarn install --ignore-scripts"),
        ("npm ci && npm run build", ""),
        ("npm run build", ""),
        ("pip install x", ""),
    ],
)
def test_only_an_installation_is_repeated_without_scripts(line: str, without: str) -> None:
    assert substitutes.without_scripts(line) == without


@pytest.mark.parametrize(
    ("named", "name", "package"),
    [
        ("pnpm@9.12.0", "pnpm", "pnpm@9.12.0"),
        ("pnpm@9.12.0+sha512.abc", "pnpm", "pnpm@9.12.0"),
        ("yarn@4.5.0", "yarn", "@yarnpkg/cli-dist@4.5.0"),
        ("yarn@1.22.22", "yarn", "yarn@1.22.22"),
        ("pnpm@9", "yarn", "yarn"),
        ("", "pnpm", "pnpm"),
        ("pnpm@9; rm -rf ~", "pnpm", "pnpm"),
        ("pnpm@$(id)", "pnpm", "pnpm"),
        ("pnpm@https://evil.example/x.tgz", "pnpm", "pnpm"),
        (3, "pnpm", "pnpm"),
    ],
)
def test_a_manager_has_the_version_that_package_json_names(
    tmp_path: Path, named: object, name: str, package: str
) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"packageManager": named}))
    line = substitutes.get_manager(name, tmp_path)
    assert line.endswith(f'npm install --global --force --prefix "$HOME/.local" {package}')


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "null"])
def test_a_manifest_that_cannot_be_read_names_no_version(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_text(text)
    assert substitutes.get_manager("pnpm", tmp_path).endswith(" pnpm")


def test_a_manifest_that_is_a_link_or_behind_one_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "package.json").write_text('{"packageManager": "pnpm@1.0.0"}')
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "package.json").symlink_to("../other/package.json")
    (tmp_path / "tree" / "web").symlink_to("../other")
    for place in (".", "web", "../other"):
        assert substitutes.get_manager("pnpm", tmp_path / "tree", place).endswith(" pnpm")
    assert substitutes.get_manager("pnpm", tmp_path, "other").endswith(" pnpm@1.0.0")


def test_managers_are_known_by_the_commands_that_call_them() -> None:
    assert list(substitutes.managers(["pnpm install", "cd a && yarn build", "npm ci", "echo my-pnpm"])) == [
        "pnpm",
        "yarn",
    ]


def test_the_tool_that_a_language_needs_is_known_with_the_command_that_installs_it() -> None:
    called = substitutes.called(["cpanm --installdeps --notest .", "cabal update && cabal build all", "./configure"])
    assert [(one, substitutes.ELSEWHERE[one]) for one in called] == [
        ("cpanm", "apt-get install cpanminus"),
        ("cabal", "apt-get install cabal-install"),
    ]


def test_browsers_and_hooks_that_are_left_out_are_told_where_the_project_has_them() -> None:
    manifest = '{"devDependencies": {"@playwright/test": "1", "husky": "9", "cypress": "13"}}'
    assert list(switches.told(manifest)) == [
        "the browser that `playwright` downloads is left out (PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1)",
        "the browser that `cypress` downloads is left out (CYPRESS_INSTALL_BINARY=0)",
        "the git hooks of `husky` are left out (HUSKY=0)",
    ]
    assert list(switches.told("{}")) == []
    assert switches.LEFT_OUT["PUPPETEER_SKIP_DOWNLOAD"] == "1"
