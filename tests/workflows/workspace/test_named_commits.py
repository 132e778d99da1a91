"""Which commits a run's state names."""

from __future__ import annotations

from typing import Any

from workflows.store.records import Run
from workflows.values import Options, RunStatus
from workflows.workspace.named_commits import READS, built_on, foundation, guided_by, read_by


def run_with(state: dict[str, Any]) -> Run:
    return Run("r1", "explain", 1, RunStatus.RUNNING, "github.com/o/r", "t", {}, Options(), state, "a", 0, 0)


def test_a_change_that_moved_to_a_newer_base_still_begins_where_it_was_laid_out() -> None:
    run = run_with({"base_commit": "new", "laid_out_from": "old"})
    assert foundation(run) == "old"
    assert built_on(run) == ["old", "new"]


def test_each_commit_is_named_once_and_what_is_empty_is_none() -> None:
    run = run_with({"base_commit": "a", "tip": "a", READS: ["b", "a", ""]})
    assert built_on(run) == ["a", "b"]


def test_a_run_that_only_reads_has_no_foundation_but_its_commits() -> None:
    run = run_with({READS: ["b", "refs/tags/v1"]})
    assert (built_on(run), read_by(run)) == (["b", "refs/tags/v1"], ["b", "refs/tags/v1"])


def test_a_guide_without_files_is_none() -> None:
    assert guided_by(run_with({"guide": {"commit": "g", "paths": []}})) == []
    assert guided_by(run_with({"guide": {"commit": "g", "paths": ["AGENTS.md"]}})) == ["g"]
    assert guided_by(run_with({})) == []
