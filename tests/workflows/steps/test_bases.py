"""Where a change's base is now: it moved on, was rewritten, got another name, or is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.git.repository import Repository
from tests.fakes.real_repository import git
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Done, Failed, Result
from workflows.services import StepContext
from workflows.steps.bases import Base, base_now, head_of


@pytest.fixture
def run(tmp_path: Path) -> Iterator[ByHand]:
    with by_hand(tmp_path, {"a.txt": "a\n"}) as made:
        yield made


def mirror(run: ByHand, folder: Path) -> Repository:
    fetched = Repository.mirror(folder / "other.git")
    fetched.fetch(str(run.repository))
    return fetched


def now(run: ByHand, folder: Path) -> Base | Failed:
    found: list[Base | Failed] = []

    async def step(ctx: StepContext) -> Result:
        found.append(await base_now(ctx, mirror(run, folder)))
        return Done({}, "Looked.")

    run.take(step)
    return found[0]


def test_one_that_stands_or_went_on_is_not_rewritten(run: ByHand, tmp_path: Path) -> None:
    assert now(run, tmp_path) == Base("main", run.state["base_commit"])
    moved = run.moves("b.txt", "b\n")
    assert now(run, tmp_path) == Base("main", moved)


def test_one_that_lacks_what_the_change_was_made_on_was_rewritten(run: ByHand, tmp_path: Path) -> None:
    git(run.repository, "commit", "-q", "--amend", "-m", "Said otherwise")
    assert now(run, tmp_path) == Base("main", run.head("main"), rewritten=True)


def test_one_that_is_gone_fails_with_what_to_do_and_its_name(run: ByHand, tmp_path: Path) -> None:
    git(run.repository, "branch", "-m", "main", "trunk")
    found = now(run, tmp_path)
    assert isinstance(found, Failed)
    assert "no branch main" in found.reason
    assert "Bring it back" in found.reason


def test_a_branch_s_head_is_that_of_the_branch_and_of_nothing_else_of_its_name(run: ByHand, tmp_path: Path) -> None:
    git(run.repository, "tag", "only-a-tag")
    run.moves("b.txt", "b\n")
    git(run.repository, "tag", "main", "HEAD~1")
    fetched = mirror(run, tmp_path)
    assert head_of(fetched, "main") == run.head("refs/heads/main")
    for other in ("only-a-tag", "", "none", run.head("refs/heads/main")):
        assert head_of(fetched, other) is None, other
