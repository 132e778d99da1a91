"""What holds in a repository: each value with the line, the setting or the default that it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.cli.checking import holding
from bot.effective import EffectiveConfig, Elsewhere, effective
from bot.settings import Settings
from bot.view.messages import configuration
from bot.webhook.triggers import by_default
from tests.fakes.real_repository import make_repository
from workflows.policy.config.repo_config import Triggers

FILE = """\
test: [pytest -q, "echo a|b"]
max_cost: 3
triggers:
  pull: false
workflows:
  review_pr:
    checks: own
"""


def holds(text: str | None, **settings: object) -> EffectiveConfig:
    return effective(text, Elsewhere(Settings(data=Path("data"), **settings), by_default()))  # type: ignore[arg-type]


def told(text: str | None, key: str, **settings: object) -> tuple[str, str]:
    return next((one.value, one.place) for one in holds(text, **settings).values if one.key == key)


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("test", '["pytest -q", "echo a|b"]', ".github/pullwright.yml:1"),
        ("max_cost", "3.0", ".github/pullwright.yml:2"),
        ("triggers.pull", "false", ".github/pullwright.yml:4"),
        ("triggers.opened", "false", "by default"),
        ("triggers.label", "true", "by default"),
        ("workflows.review_pr.checks", "own", ".github/pullwright.yml:7"),
        ("workflows.review_pr.pause_after", "10", "by default"),
        ("model", "openai/x", "PULLWRIGHT_MODEL of this server"),
        ("max_minutes", "60.0", "by default, or PULLWRIGHT_MAX_MINUTES of this server"),
        ("lint", "", "found in the repository, when a run begins"),
        ("verify_rounds", "2", "by default"),
        ("approval.role", "write", "by default"),
    ],
)
def test_each_value_says_where_it_comes_from(key: str, value: str, place: str) -> None:
    assert told(FILE, key, model="openai/x") == (value, place)


def test_every_trigger_that_can_be_switched_has_a_default() -> None:
    assert set(by_default()) == set(Triggers.model_fields)


def test_a_file_that_is_wrong_is_said_and_what_holds_without_it() -> None:
    found = holds("tests: pytest\n")
    assert "There is no key 'tests'" in found.problem
    assert "is not used: " in configuration(found, "test")
    assert next(one for one in found.values if one.key == "test").place.startswith("found")


def test_what_somebody_decided_stands_first_and_a_key_can_be_named() -> None:
    text = configuration(holds(FILE, model="openai/x"))
    assert text.split("<details>")[0] == snapshot("""\
| Key | Value | From |
|---|---|---|
| `test` | `["pytest -q", "echo a\\|b"]` | .github/pullwright.yml:1 |
| `max_cost` | `3.0` | .github/pullwright.yml:2 |
| `model` | `openai/x` | PULLWRIGHT_MODEL of this server |
| `triggers.pull` | `false` | .github/pullwright.yml:4 |
| `workflows.review_pr.checks` | `own` | .github/pullwright.yml:7 |

""")
    assert configuration(holds(FILE), "workflows.review_pr") == snapshot("""\
| Key | Value | From |
|---|---|---|
| `workflows.review_pr.checks` | `own` | .github/pullwright.yml:7 |
| `workflows.review_pr.pause_after` | `10` | by default |\
""")
    assert configuration(holds(FILE), "@nobody") == "There is no key `@nobody`. `/config` shows all of them."
    assert configuration(holds(None), "max_cost").startswith("There is no `.github/pullwright.yml`")


def test_at_home_the_commands_that_are_found_are_told_with_their_evidence(tmp_path: Path) -> None:
    make_repository(tmp_path / "r", {"Makefile": "test:\n\tpytest -q\n", "tests/test_a.py": "def test_a(): pass\n"})
    found = {one.key: one for one in holding(Settings(data=tmp_path / "data"), tmp_path / "r").values}
    assert "pytest" in found["test"].value
    assert found["test"].place.startswith("found: ")
