"""Reviews of pull requests that stand on each other, and of heads that are forced back and forth."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.real_repository import git
from tests.stories.conftest import Desk, desk, folder
from tests.stories.github_desk import REPO, github_desk
from tests.stories.test_review_github import AFTER, BEFORE, FINDING, MENDED, STANDS, Pulls, reads, threads

__all__ = ["desk", "folder"]

pytestmark = pytest.mark.timeout(240)

TRIPLE = "def triple(total):\n    return share(total, 1) * 4\n"
QUARTER = "def quarter(total):\n    return share(total, 5)\n"


def found(path: str, quote: str, title: str) -> dict[str, Any]:
    return {**FINDING, "path": path, "quote": quote, "title": title, "replacement": None}


class Stack:
    """`one` leads to main, `two` to the branch of `one`, `three` to that of `two`; each has a finding of its own."""

    def __init__(self, pulls: Pulls) -> None:
        self.pulls, self.hub = pulls, pulls.hub
        two = found("triple.py", "    return share(total, 1) * 4", "A triple is four times as much")
        three = found("quarter.py", "    return share(total, 5)", "A quarter is a fifth")
        self.hub.desk.model.conversations = [
            STANDS,
            reads(r"share\(total, 3\).*share\(total, 1\)", FINDING, two),
            reads(r"share\(total, 3\)", FINDING),
            reads(r"share\(total, 1\)", two),
            reads(r"share\(total, 5\)", three),
            reads(""),
        ]

    def propose(self) -> list[int]:
        numbers = []
        for branch, base, path, text in (
            ("one", "main", "shares.py", AFTER),
            ("two", "one", "triple.py", TRIPLE),
            ("three", "two", "quarter.py", QUARTER),
        ):
            tip = self.hub.alice.get(f"{REPO}/git/ref/heads/{base}").json()["object"]["sha"]
            given = {"ref": f"refs/heads/{branch}", "sha": tip}
            self.hub.alice.post(f"{REPO}/git/refs", json=given).raise_for_status()
            self.hub.push(path, text, branch=branch)
            fields = {"title": f"Part {branch}", "head": branch, "base": base}
            numbers.append(int(self.hub.alice.post(f"{REPO}/pulls", json=fields).raise_for_status().json()["number"]))
            self.pulls.settled(numbers[-1])
        return numbers

    def lead(self, number: int, base: str) -> None:
        self.hub.alice.patch(f"{REPO}/pulls/{number}", json={"base": base}).raise_for_status()

    def over(self) -> None:
        self.hub.github.settle()
        self.hub.wait("all are over", lambda: all(one["status"] == "completed" for one in self.hub.runs()))


@pytest.fixture
def pulls(github: GitHub, desk: Desk) -> Pulls:
    desk.env["PULLWRIGHT_PUSH_QUIET_SECONDS"] = "0"
    return Pulls(github_desk(github, desk, {"shares.py": BEFORE, "README.md": "Shares.\n"}))


@pytest.mark.parametrize("method", ["squash", pytest.param("merge", marks=pytest.mark.at_length)])
def test_a_pull_request_whose_base_is_merged_and_that_is_led_to_that_one_s_base_is_not_read_again(
    pulls: Pulls, method: str
) -> None:
    hub, stack = pulls.hub, Stack(pulls)
    with hub.serving():
        one, two, three = stack.propose()
        stack.over()
        assert [len(pulls.lines(number)) for number in (one, two, three)] == [1, 1, 1]
        asked, runs = pulls.asked(), len(hub.runs())
        hub.alice.put(f"{REPO}/pulls/{one}/merge", json={"merge_method": method}).raise_for_status()
        stack.lead(two, "main")
        hub.wait("it is looked at", lambda: len(hub.runs()) > runs)
        stack.over()
        assert pulls.asked() == asked, "what it has beside is read already"
        assert [len(pulls.lines(number)) for number in (one, two, three)] == [1, 1, 1]
        assert [each["isResolved"] for each in threads(hub, two)] == [False]
        clone = hub.desk.folder / "clone"
        url = hub.github.url.replace("http://", "http://alice:ghp_alice@")
        git(hub.desk.folder, "clone", "-q", f"{url}/octo/adder.git", str(clone))
        for branch, onto, behind in (("two", "origin/main", "origin/one"), ("three", "two", "origin/two")):
            git(clone, "switch", "-q", branch)
            git(clone, "rebase", "-q", "--onto", onto, behind)
        git(clone, "push", "-q", "--force", "origin", "two", "three")
        for number in (two, three):
            pulls.settled(number)
        stack.over()
        assert pulls.asked() == asked
        assert [len(pulls.lines(number)) for number in (one, two, three)] == [1, 1, 1]
        hub.push("triple.py", TRIPLE.replace("* 4", "* 3"), branch="two")
        pulls.settled(two)
        stack.over()
        assert [each["isResolved"] for each in threads(hub, two)] == [True]
        assert [each["isResolved"] for each in threads(hub, three)] == [False]
        assert len(pulls.lines(two)) == 1


@pytest.mark.at_length
def test_what_is_mended_and_comes_back_with_an_older_head_is_open_again_and_said_once(pulls: Pulls) -> None:
    hub = pulls.hub
    hub.desk.model.conversations = [STANDS, reads(r"share\(total, 3\)", FINDING), reads("")]
    with hub.serving():
        number = pulls.propose()
        pulls.settled(number)
        bad = pulls.head(number)
        hub.push("shares.py", MENDED, branch="change")
        pulls.settled(number)
        good = pulls.head(number)
        assert [one["isResolved"] for one in threads(hub, number)] == [True]
        asked = pulls.asked()
        for head, resolved in ((bad, False), (good, True), (bad, False)):
            move = {"sha": head, "force": True}
            runs = len(hub.runs())
            hub.alice.patch(f"{REPO}/git/refs/heads/change", json=move).raise_for_status()
            hub.github.settle()
            hub.wait("it is looked at", lambda runs=runs: len(hub.runs()) > runs)
            hub.wait("all are over", lambda: all(one["status"] == "completed" for one in hub.runs()))
            assert [one["isResolved"] for one in threads(hub, number)] == [resolved]
        assert len(pulls.lines(number)) == 1
        assert pulls.asked() == asked, "both heads were read before"
