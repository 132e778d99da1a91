"""Whether work is still wanted, found before a step where no webhook told of it; and what an edited text means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.hand_on_github import REPO, OnGitHub, hand_on_github
from workflows.definition import Done, Failed, Result, WaitFor
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.publishing import open_pull
from workflows.issue_to_pr.standing import while_wanted
from workflows.runs.withdrawal import IssueEdit, note_edit
from workflows.services import StepContext
from workflows.store.run_rows import runs
from workflows.values import Issue

ISSUE = f"{REPO}/issues/1"


@pytest.fixture
def there(tmp_path: Path, github: GitHub) -> Iterator[OnGitHub]:
    with hand_on_github(tmp_path, github, {"a.txt": "a\n"}, issue=Issue(1, "add() subtracts", "It does.")) as made:
        made.hand.change(a__txt="b\n")
        assert isinstance(made.hand.commit(), Done)
        assert isinstance(made.hand.take(update), Done)
        yield made


def _taken(there: OnGitHub) -> Result:
    return there.hand.take(while_wanted(open_pull), "pull")


def _transfer(there: OnGitHub) -> None:
    there.github.repository("octo/other")
    there.github.remove_issue("octo/adder", 1, to="octo/other")


@pytest.mark.parametrize(
    ("take_back", "why"),
    [
        (
            lambda there: there.alice.patch(ISSUE, json={"state": "closed", "state_reason": "not_planned"}),
            "not planned",
        ),
        (lambda there: there.alice.put(f"{ISSUE}/lock", json={"lock_reason": "spam"}), "locked as spam"),
        (lambda there: there.github.remove_issue("octo/adder", 1), "deleted"),
        (_transfer, "transferred"),
    ],
)
def test_nothing_is_published_for_an_issue_that_was_taken_back(
    there: OnGitHub, take_back: Callable[[OnGitHub], object], why: str
) -> None:
    take_back(there)
    result = _taken(there)
    assert isinstance(result, Failed)
    assert why in result.reason
    assert result.lasting, "no rule for failed steps tries it again"
    assert there.alice.get(f"{REPO}/pulls").json() == []


def test_a_label_that_is_only_called_otherwise_is_still_there(there: OnGitHub) -> None:
    there.alice.post(f"{ISSUE}/labels", json={"labels": ["pullwright"]}).raise_for_status()
    number = there.alice.get(f"{REPO}/labels/pullwright").json()["id"]
    inputs = {**there.hand.run.inputs, "asked_by": {"label": "pullwright", "label_id": str(number)}}
    there.hand.store.write_now(lambda db: runs.update_run(db, there.hand.run.id, inputs=inputs))
    there.alice.patch(f"{REPO}/labels/pullwright", json={"new_name": "for-the-bot"}).raise_for_status()
    assert isinstance(there.hand.take(while_wanted(_step), "implement"), Done)
    there.alice.delete(f"{ISSUE}/labels/for-the-bot").raise_for_status()
    result = _taken(there)
    assert isinstance(result, Failed)
    assert "the label pullwright was taken off" in result.reason


def test_where_github_cannot_say_it_the_step_is_made(there: OnGitHub) -> None:
    there.github.fault(ISSUE, status=403, message="Something new", times=9)
    assert isinstance(_taken(there), Done)


def test_an_edit_is_told_in_the_pull_request_where_nobody_is_to_be_asked(there: OnGitHub) -> None:
    there.alice.patch(ISSUE, json={"body": "Something else."}).raise_for_status()
    assert isinstance(_taken(there), Done)
    body = there.alice.get(f"{REPO}/pulls").json()[0]["body"]
    assert "somebody edited the issue after the work on it began" in body


async def _step(ctx: StepContext) -> Result:
    return Done({"seen": ctx.state.get("answer", "")}, "made")


def _asked(there: OnGitHub, by: str = "alice", *, may_write: bool = True, **state: object) -> Result:
    """A step for an issue that somebody edited, with that in the run's state."""
    there.alice.patch(ISSUE, json={"body": "Something else."}).raise_for_status()
    digest = Issue(1, "add() subtracts", "Something else.").digest
    there.hand.store.write_now(note_edit, there.hand.run.id, IssueEdit(by, digest, may_write))
    there.hand.store.write_now(runs.merge_state, there.hand.run.id, state)
    return there.hand.take(while_wanted(_step), "implement")


def _answered(there: OnGitHub, words: str) -> Result:
    there.hand.store.write_now(runs.merge_state, there.hand.run.id, {"answer": words})
    return there.hand.take(while_wanted(_step), "implement")


def test_who_may_write_is_asked_and_says_go_on_once(there: OnGitHub) -> None:
    asked = _asked(there)
    assert isinstance(asked, WaitFor)
    assert "alice edited the issue" in asked.question
    assert isinstance(_answered(there, "what?"), WaitFor)
    went_on = _answered(there, "Go on.")
    assert isinstance(went_on, Done)
    assert went_on.state["seen"] == "", "the agent does not take it for an answer of its own"
    assert isinstance(there.hand.take(while_wanted(_step), "verify"), Done)
    there.alice.patch(ISSUE, json={"body": "And once more."}).raise_for_status()
    digest = Issue(1, "add() subtracts", "And once more.").digest
    there.hand.store.write_now(note_edit, there.hand.run.id, IssueEdit("alice", digest, True))
    assert isinstance(there.hand.take(while_wanted(_step), "verify"), WaitFor), "another text is another question"


def test_who_says_stop_has_it_stopped(there: OnGitHub) -> None:
    assert isinstance(_asked(there), WaitFor)
    assert isinstance(_answered(there, "stop"), Failed)


def test_nobody_is_asked_where_the_editor_may_not_write_or_a_plan_was_approved(there: OnGitHub) -> None:
    assert isinstance(_asked(there, "bob", may_write=False), Done)
    assert isinstance(_asked(there, approval_needed=True), Done)


def test_an_answer_to_a_question_of_the_step_itself_is_left_to_it(there: OnGitHub) -> None:
    done = _asked(there, answer="Take the second one")
    assert isinstance(done, Done)
    assert done.state["seen"] == "Take the second one"


def test_a_text_that_is_as_it_was_again_asks_nobody(there: OnGitHub) -> None:
    assert isinstance(_asked(there), WaitFor)
    there.alice.patch(ISSUE, json={"body": "It does."}).raise_for_status()
    assert isinstance(there.hand.take(while_wanted(_step), "implement"), Done)
    assert not there.hand.run.state["edited"]


def test_a_repository_may_have_the_work_go_on_all_the_same(tmp_path: Path, github: GitHub) -> None:
    files = {"a.txt": "a\n", ".github/pullwright.yml": "triggers: {withdrawn: false, edited: false}\n"}
    with hand_on_github(tmp_path, github, files, issue=Issue(1, "add() subtracts", "It does.")) as there:
        there.alice.patch(ISSUE, json={"state": "closed", "body": "Something else."}).raise_for_status()
        done = there.hand.take(while_wanted(_step), "implement")
        assert isinstance(done, Done)
