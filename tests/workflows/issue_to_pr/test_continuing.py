"""Work for an issue whose pull request is open: it goes on there, or stands beside it where somebody asks for that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.hand_on_github import REPO, OnGitHub, hand_on_github
from workflows.definition import Done, Exit, Failed, Result
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.publishing import open_pull
from workflows.steps.source import create_branch, open_workspace
from workflows.store.tables import workflow_runs
from workflows.values import Issue

FIRST = "261120-aaaaa"


@pytest.fixture
def there(tmp_path: Path, github: GitHub) -> Iterator[OnGitHub]:
    """A first pull request, with the change of a run in it, and a second run that begins."""
    issue = Issue(1, "add() subtracts", "It does.", labels=("bug",))
    with hand_on_github(tmp_path, github, {"a.txt": "a\n", "b.txt": "b\n"}, issue=issue) as made:
        made.hand.change(a__txt="changed\n")
        published(made)
        yield made


def published(there: OnGitHub) -> Any:
    assert isinstance(there.hand.commit(), Done)
    assert isinstance(there.hand.take(update), Done)
    result = there.hand.take(open_pull, "pull")
    assert isinstance(result, Done)
    return result.state["pull"]


def begins(there: OnGitHub, **relation: object) -> Result:
    """A second run on the same issue, which stands where a new one does."""
    hand, earlier = there.hand, {"run": FIRST, "pull": 2, "branch": "fix/issue-1", "base": "main"}
    inputs = {**hand.run.inputs, **dict.fromkeys(relation, earlier)}
    keys = ("requirements", "commands", "summary")
    state = {key: hand.state[key] for key in keys}
    hand.services.workspaces._open.clear()
    hand.store.write_now(lambda db: _new_run(db, inputs, state))
    hand.id = "261120-ccccc"
    opened = hand.take(open_workspace, "workspace")
    if isinstance(opened, Failed):
        return opened
    return hand.take(create_branch, "branch")


def _new_run(db: sa.Connection, inputs: Any, state: Any) -> None:
    row = dict(db.execute(sa.select(workflow_runs)).mappings().one())
    row |= {"id": "261120-ccccc", "inputs": inputs, "state": state, "active_key": None}
    db.execute(workflow_runs.insert().values({key: value for key, value in row.items() if not key.startswith("_")}))


def test_the_work_goes_on_in_the_branch_and_the_pull_request_that_are_open(there: OnGitHub) -> None:
    head = there.head("fix/issue-1")
    assert isinstance(begins(there, continues=True), Done)
    hand = there.hand
    assert (hand.tree / "a.txt").read_text() == "changed\n", "what was done is in the tree"
    hand.change(b__txt="changed too\n")
    assert published(there)["number"] == 2
    (pull,) = there.alice.get(f"{REPO}/pulls").json()
    assert "Goes on with what run `261120-aaaaa` began" in pull["body"]
    commit = there.alice.get(f"{REPO}/commits/{pull['head']['sha']}").json()
    assert [one["sha"] for one in commit["parents"]] == [head]
    files = {one["filename"] for one in there.alice.get(f"{REPO}/pulls/2/files").json()}
    assert files == {"a.txt", "b.txt"}


def test_a_base_that_moved_since_is_taken_in(there: OnGitHub) -> None:
    _person_commits(there, "c.txt", "main")
    assert isinstance(begins(there, continues=True), Done)
    there.hand.change(b__txt="changed too\n")
    assert isinstance(there.hand.commit(), Done)
    assert isinstance(there.hand.take(update), Exit)
    published(there)
    assert (there.hand.tree / "c.txt").exists()


def test_what_a_person_pushed_there_is_built_upon(there: OnGitHub) -> None:
    _person_commits(there, "theirs.txt", "fix/issue-1")
    assert isinstance(begins(there, continues=True), Done)
    assert (there.hand.tree / "theirs.txt").exists()


def test_where_nothing_is_added_the_run_says_so(there: OnGitHub) -> None:
    assert isinstance(begins(there, continues=True), Done)
    result = there.hand.commit()
    assert isinstance(result, Failed)
    assert "Nothing was changed beside what #2 holds" in result.reason


def test_a_branch_that_is_gone_is_said_with_the_way_to_start_afresh(there: OnGitHub) -> None:
    there.alice.delete(f"{REPO}/git/refs/heads/fix/issue-1").raise_for_status()
    result = begins(there, continues=True)
    assert isinstance(result, Failed)
    assert "/fix new" in result.reason


def test_one_that_starts_afresh_names_the_other_and_is_named_there(there: OnGitHub) -> None:
    assert isinstance(begins(there, beside=True), Done)
    there.hand.change(b__txt="otherwise\n")
    pull = published(there)
    new = there.alice.get(f"{REPO}/pulls/{pull['number']}").json()
    assert new["head"]["ref"] == "fix/issue-1-2"
    assert "Another pull request for this issue is open: #2, of run `261120-aaaaa`." in new["body"]
    told = there.alice.get(f"{REPO}/issues/2/comments").json()
    assert [f"#{pull['number']}" in one["body"] for one in told] == [True]


def test_neither_branch_nor_pull_request_is_the_second_runs_own_to_take_away(there: OnGitHub) -> None:
    assert isinstance(begins(there, continues=True), Done)
    there.hand.change(b__txt="changed too\n")
    published(there)
    kinds = {kind for kind, _ in there.hand.effects()}
    assert kinds == {"push", "update_pull"}


def _person_commits(there: OnGitHub, path: str, branch: str) -> None:
    fields = {"message": f"Add {path}", "content": "b25lCg==", "branch": branch}
    there.alice.put(f"{REPO}/contents/{path}", json=fields).raise_for_status()
