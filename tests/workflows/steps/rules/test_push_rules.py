"""What rules say about paths, sizes and messages of what is pushed, told from the rules alone."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.ports import BranchRule
from workflows.steps.rules.push_rules import Pushed, broken_rules, fits, fitting, for_model, message_rules


def _pushed(*paths: str, message: str = "Mend it\n", merges: bool = False, size: int = 10) -> Pushed:
    return Pushed([(path, size) for path in paths], paths, message, "bot@example.org", merges)


@pytest.mark.parametrize(
    ("pattern", "path", "named"),
    [
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/*", "src/deep/a.py", True),
        ("src/**/*", "src/a.py", True),
        ("src/**", "src/deep/a.py", True),
        ("src/**", "src", False),
        ("**/secrets.yml", "secrets.yml", True),
        ("**/secrets.yml", "a/b/secrets.yml", True),
        ("a/**/b/*.c", "a/x/y/b/m.c", True),
        ("a/**/b/*.c", "a/x/y/m.c", False),
        ("/docs/*", "docs/a.md", True),
        ("data/[a-c]?.csv", "data/b1.csv", True),
        ("data/[^a-c]?.csv", "data/b1.csv", False),
        ("[", "a", False),
        ("**/" * 60 + "x", "a/" * 60 + "y", False),
        ("*a" * 150, "a" * 3000 + "b", False),
        ("x" * 5000, "x" * 5000, False),
    ],
)
def test_a_path_is_named_as_github_names_paths(pattern: str, path: str, named: bool) -> None:
    assert fits(pattern, path) is named


@pytest.mark.parametrize("end", ["exe", ".exe", "*.exe", "**/*.exe", "*.e?e"])
def test_an_extension_is_read_however_it_is_written(end: str) -> None:
    rule = BranchRule("file_extension_restriction", {"restricted_file_extensions": [end]})
    assert broken_rules([rule], _pushed("bin/a.exe")) is not None
    assert broken_rules([rule], _pushed("bin/exe", "a.exe.txt", "b.exec")) is None


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"restricted_file_paths": None},
        {"restricted_file_paths": "a.txt"},
        {"restricted_file_paths": [None, 7, "", {}]},
        {"max_file_size": "1"},
        {"max_file_size": None},
        {"max_file_size": True},
        {"max_file_size": -1},
        {"max_file_path_length": [1]},
        {"operator": None, "pattern": None},
        {"operator": "regex", "pattern": "("},
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        "file_path_restriction",
        "file_extension_restriction",
        "max_file_size",
        "max_file_path_length",
        "commit_message_pattern",
        "something_new",
    ],
)
def test_a_rule_that_cannot_be_read_forbids_nothing(kind: str, given: dict[str, Any]) -> None:
    rule = BranchRule(kind, given)
    assert broken_rules([rule], _pushed("a.txt", size=9_000_000)) is None
    assert for_model([rule]) == []


def test_what_is_removed_counts_for_paths_and_not_for_sizes_and_names() -> None:
    gone = Pushed([], ["big.exe"], "Mend it", "bot@example.org")
    for kind, given in (
        ("file_extension_restriction", {"restricted_file_extensions": ["exe"]}),
        ("max_file_path_length", {"max_file_path_length": 2}),
    ):
        assert broken_rules([BranchRule(kind, given)], gone) is None
    restricted = BranchRule("file_path_restriction", {"restricted_file_paths": ["*.exe"]})
    assert broken_rules([restricted], gone) is not None


def test_a_merge_is_told_where_history_must_be_linear() -> None:
    rule = BranchRule("required_linear_history")
    assert broken_rules([rule], _pushed("a")) is None
    told = broken_rules([rule], _pushed("a", merges=True))
    assert told is not None
    assert "linear" in told.reason


def test_a_message_gets_the_first_type_that_has_it_fit_and_else_stays() -> None:
    rule = BranchRule("commit_message_pattern", {"operator": "regex", "pattern": "^(docs|chore): "})
    assert fitting([rule], "Add notes", "docs", "chore") == "docs: add notes"
    assert fitting([], "Add notes", "docs") == "Add notes"
    ticket = BranchRule("commit_message_pattern", {"operator": "starts_with", "pattern": "JIRA-"})
    assert fitting([rule, ticket], "Add notes", "docs") == "Add notes"
    assert message_rules([rule, ticket, rule]) == ["match ^(docs|chore):", "start with JIRA-"]


def test_the_words_of_rules_are_one_line_each_for_the_model() -> None:
    rule = BranchRule("file_path_restriction", {"restricted_file_paths": ["a\n\n# Orders\nb", *"cdefgh"]})
    (said,) = for_model([rule])
    assert "\n" not in said
    assert "and 2 more" in said
