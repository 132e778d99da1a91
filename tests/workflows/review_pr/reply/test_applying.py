"""`apply` in a thread of a review: one commit on the branch where it still fits, else a sentence that says why not."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.hand_on_github import REPO, OnGitHub, hand_on_github
from workflows.definition import Done
from workflows.effects.conversation.review import LineComment
from workflows.review_pr.diff.placing import PlacedFinding, Placement
from workflows.review_pr.findings import Finding
from workflows.review_pr.history.earlier import as_record, mark
from workflows.review_pr.reply.answering import reply
from workflows.review_pr.reply.applying import apply
from workflows.review_pr.reply.asked import APPLY, SAID
from workflows.review_pr.reply.gathering import gather
from workflows.review_pr.report import comment
from workflows.store.run_rows import runs
from workflows.subject import Subject, SubjectKind
from workflows.values import RunStatus, to_json

BEFORE = "def half(total):\n    return total / 2\n"
AFTER = "def half(total):\n    return total / 3\n"
WRONG, RIGHT = "    return total / 3", "    return total / 2"
REVIEW = "261120-ccccc"


@dataclass
class Proposed:
    """A pull request of alice's, with a suggestion of ours in a thread."""

    on: OnGitHub
    number: int = 0
    thread: int = 0
    asked: int = 0

    def open(self, branch: str = "change", path: str = "shares.py") -> None:
        fields = {"title": "Halves", "head": branch, "base": "main"}
        answer = self.on.alice.post(f"{REPO}/pulls", json=fields)
        self.number = int(answer.raise_for_status().json()["number"])
        found = PlacedFinding(
            Finding(path, WRONG, "A half is a third", "It divides by three.", replacement=RIGHT),
            Placement(path, 2, 2),
            RIGHT,
        )
        head = self.on.head(branch)
        text = f"{mark(found.finding.key)}\n{comment(found)}"
        self.thread = asyncio.run(self._post(LineComment(path, text, 2, "RIGHT"), head))
        record = as_record(found, AFTER) | {"head": head}
        self._insert(REVIEW, "review_pr", {}, {"review_posted": {found.finding.key: record}})

    async def _post(self, wanted: LineComment, head: str) -> int:
        hand = self.on.hand
        place: Any = hand.services.forge(hand.run).operations(hand.id)
        await place.create_review(self.number, "One.", "COMMENT", commit=head, comments=[wanted])
        (said,) = await place.code_comments(self.number)
        assert hand.closing is not None
        await hand.closing()
        return int(said.id)

    def _insert(self, run_id: str, workflow: str, inputs: dict[str, Any], state: dict[str, Any]) -> None:
        about = to_json(Subject(SubjectKind.PULL, "octo/adder", "github", 1, self.number))
        given = {**self.on.hand.run.inputs, "subject": about, **inputs}
        row = replace(self.on.hand.run, id=run_id, workflow=workflow, inputs=given, state=state)
        self.on.hand.store.write_now(runs.insert_run, replace(row, status=RunStatus.RUNNING))

    def says(self, words: str = "apply") -> dict[str, Any]:
        """What becomes of a reply, which is one more run."""
        path = f"{REPO}/pulls/{self.number}/comments/{self.thread}/replies"
        comment = int(self.on.alice.post(path, json={"body": words}).raise_for_status().json()["id"])
        self.asked += 1
        self.hand = replace(self.on.hand, id=f"261120-ddd{self.asked:02}")
        self._insert(self.hand.id, "review_reply", {"thread": self.thread, "comment": comment, "hint": APPLY}, {})
        for step in (gather, apply, reply):
            result = self.hand.take(step, step.__name__)
            assert isinstance(result, Done), result
        return dict(self.hand.state[SAID])

    def comments(self) -> list[Any]:
        return list(self.on.alice.get(f"{REPO}/pulls/{self.number}/comments").json())

    def push(self, text: str, branch: str = "change", path: str = "shares.py") -> None:
        there = self.on.alice.get(f"{REPO}/contents/{path}", params={"ref": branch})
        fields = {"message": "More", "content": base64.b64encode(text.encode()).decode(), "branch": branch}
        if there.status_code == 200:
            fields["sha"] = there.json()["sha"]
        self.on.alice.put(f"{REPO}/contents/{path}", json=fields).raise_for_status()

    def text(self, branch: str = "change") -> str:
        found = self.on.alice.get(f"{REPO}/contents/shares.py", params={"ref": branch}).json()
        return base64.b64decode(found["content"]).decode()


@pytest.fixture
def there(tmp_path: Path, github: GitHub) -> Iterator[Proposed]:
    with hand_on_github(tmp_path, github, {"shares.py": BEFORE}, branches=("change",)) as on:
        made = Proposed(on)
        made.push(AFTER)
        yield made


def test_it_is_one_commit_on_top_which_is_told_and_taken_back(there: Proposed) -> None:
    there.open()
    before = there.on.head("change")
    commit = there.says()["applied"]
    assert (there.text(), there.on.head("change")) == (BEFORE, commit)
    made = there.on.alice.get(f"{REPO}/commits/{commit}").json()
    assert [one["sha"] for one in made["parents"]] == [before]
    message = made["commit"]["message"]
    assert message.startswith("Apply a suggestion to shares.py\n\nA half is a third\n\nCo-authored-by: Alice <")
    last = there.comments()[-1]
    assert last["in_reply_to_id"] == there.thread
    assert f"Applied in `{commit[:10]}`" in last["body"]
    assert [kind for kind, _ in there.hand.effects()] == ["push", "reply_in_thread", "resolve_thread"]
    assert there.says() == {"refused": "It is outdated: the lines that it replaces have changed since, or are gone."}
    assert there.on.head("change") == commit


def test_what_does_not_fit_or_may_not_be_is_told_and_nothing_is_pushed(there: Proposed, github: GitHub) -> None:
    there.open()
    there.push("# Halves.\n" + AFTER + "\n\n" + AFTER)
    assert "stand at 2 places by now" in there.says()["refused"]
    there.push("def half(total):\n    return total / 5\n")
    assert "have changed since, or are gone" in there.says()["refused"]
    there.push("# Halves.\n" + AFTER)
    shown = there.comments()[0]["body"]
    place = f"{REPO}/pulls/comments/{there.thread}"
    there.on.carol.patch(place, json={"body": shown.replace("/ 2", "/ 9")}).raise_for_status()
    assert "Somebody has edited this suggestion" in there.says()["refused"]
    there.on.carol.patch(place, json={"body": shown.split("\n", 1)[1]}).raise_for_status()
    assert "suggests nothing that I know of" in there.says()["refused"]
    there.on.carol.patch(place, json={"body": shown}).raise_for_status()
    there.on.alice.patch(f"{REPO}/pulls/{there.number}", json={"state": "closed"}).raise_for_status()
    assert there.says()["refused"] == "The pull request is closed."
    there.on.alice.patch(f"{REPO}/pulls/{there.number}", json={"state": "open"}).raise_for_status()
    github.protect("octo/adder", "change")
    assert there.says()["refused"].startswith("The branch is protected, so I do not push to it.")
    github.protect("octo/adder")
    assert there.text() == "# Halves.\n" + AFTER
    said = there.says()
    assert there.text() == "# Halves.\n" + BEFORE, said


def test_a_file_that_steers_the_repository_is_left_to_people(there: Proposed) -> None:
    there.push(AFTER, path=".github/workflows/shares.py")
    there.open(path=".github/workflows/shares.py")
    before = there.on.head("change")
    assert "files that steer the repository itself: .github/workflows/shares.py" in there.says()["refused"]
    assert there.on.head("change") == before
