"""What the pages for operators name is there: settings, commands, files and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.main import app
from bot.settings import Settings
from workflows.policy.config.repo_config import RepoConfig

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("operations", "github", "admin", "api"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    named = {name.lower() for name in re.findall(r"PULLWRIGHT_([A-Z_]+)", text)} - {"config"}
    assert named <= set(Settings.model_fields)
    commands = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    commands |= {str(one.name) for one in app.registered_groups}
    assert set(re.findall(r"(?:^|`|/bin/)pullwright ([a-z]+)", text, re.MULTILINE)) <= commands
    for link in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link


def test_each_row_about_models_and_files_is_a_test() -> None:
    named = set(re.findall(r"`(test_\w+)` \|", (ROOT / "docs" / "models.md").read_text()))
    written = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert named
    assert named <= written


def test_each_row_about_github_is_a_test() -> None:
    page = (ROOT / "docs" / "github.md").read_text()
    rows = re.findall(r"^\| .* \|$", page[page.index("## What can come in the way") :], re.MULTILINE)[1:]
    named = [re.fullmatch(r"\| .+ \| .+ \| `(test_\w+)` \|", row) for row in rows if not row.startswith("|---")]
    assert len(named) > 30
    written = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert all(named), "each row ends with the test that holds it"
    assert {found[1] for found in named if found} <= written


def test_each_setting_is_in_the_readme_and_each_key_of_a_repository_on_its_page() -> None:
    readme = (ROOT / "README.md").read_text()
    assert not [name for name in Settings.model_fields if f"`PULLWRIGHT_{name.upper()}`" not in readme]
    page = (ROOT / "docs" / "repository-configuration.md").read_text()
    assert not [key for key in RepoConfig.model_fields if not re.search(rf"^\|.*`{key}`.* \|", page, re.MULTILINE)]


def test_operators_find_the_defaults_that_are() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    for name in ("drain_seconds", "silent_seconds", "frozen_seconds"):
        default = Settings.model_fields[name].default
        assert re.search(rf"PULLWRIGHT_{name.upper()}`?,? \({default:g}\)", text), name
