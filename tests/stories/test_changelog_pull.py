"""The pull request for the CHANGELOG: kept fresh while it is ours and open, closed with a word where it is no use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, desk, edit, folder
from tests.stories.github_desk import REPO, GitHubDesk, github_desk
from tests.stories.test_follow_up import ASKED, done
from tests.stories.test_release_notes_github import CHANGES, drafts, merged, over, tag

__all__ = ["desk", "folder"]

pytestmark = pytest.mark.timeout(240)

QUIET = "1"
RULES = "triggers: {pull: false}\nworkflows:\n  release_notes:\n    changelog: true\n"
BRANCH = "release-notes/1-1-0"


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.env["PULLWRIGHT_PUSH_QUIET_SECONDS"] = QUIET
    hub = github_desk(github, desk, {"a": "0", "CHANGES.md": CHANGES, ".github/pullwright.yml": RULES})
    desk.model.conversations = [Conversation("Say for each change of a release", (Turn("{}"),), repeat_last=True)]
    tag(hub, "v1.0.0")
    merged(hub, "Faster slugs", "performance")
    hub.github.settle()
    return hub


def proposed(hub: GitHubDesk, version: str = "1.1.0") -> list[Any]:
    return [one for one in hub.pulls() if version in one["title"]]


def entry(hub: GitHubDesk, branch: str = BRANCH) -> str:
    return hub.file("CHANGES.md", branch)


def idle(hub: GitHubDesk) -> None:
    """Wait until no run is at work."""
    hub.github.settle()
    hub.wait("all are over", lambda: all(one["status"] in ("completed", "rolled_back") for one in hub.runs()))


def mergeable(hub: GitHubDesk, branch: str = BRANCH) -> bool:
    """Whether merging it into the default branch conflicts, as git says."""
    (pull,) = [one for one in hub.pulls() if one["head"]["ref"] == branch]
    return bool(hub.alice.get(f"{REPO}/pulls/{pull['number']}").json()["mergeable"])


@pytest.mark.at_length
def test_one_of_a_tag_that_is_moved_has_the_notes_of_where_it_is_and_never_conflicts(hub: GitHubDesk) -> None:
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        (pull,) = proposed(hub)
        merged(hub, "Better slugs", "bug")
        hub.push("CHANGES.md", CHANGES.replace("# Changes\n", "# Changes\n\n## Unreleased\n\n- Soon.\n"))
        hub.wait("what has come to the file is merged in", lambda: "- Soon." in entry(hub))
        idle(hub)
        assert mergeable(hub)
        tag(hub, "v1.1.0", move=True)
        hub.wait("it is there", lambda: "Better slugs" in entry(hub))
        idle(hub)
        assert entry(hub).count("## 1.1.0") == 1
        assert [one["number"] for one in proposed(hub)] == [pull["number"]]
        before = hub.alice.get(f"{REPO}/branches/{BRANCH}").json()["commit"]["sha"]
        number = hub.issue("Once more")
        hub.say(number, "/release-notes v1.1.0")
        hub.wait("it answers", lambda: [one for one in hub.progress(number) if "### Faster" in one["body"]])
        idle(hub)
        assert hub.alice.get(f"{REPO}/branches/{BRANCH}").json()["commit"]["sha"] == before, "nothing has changed"


@pytest.mark.at_length
def test_one_of_what_is_to_be_released_next_is_kept_fresh_and_closed_when_it_becomes_another_version(
    hub: GitHubDesk,
) -> None:
    with hub.serving():
        number = hub.issue("What is next?")
        hub.say(number, "/release-notes")
        hub.wait("it is proposed", lambda: proposed(hub, "1.0.1"))
        idle(hub)
        (pull,) = proposed(hub, "1.0.1")
        merged(hub, "Better slugs", "bug")
        hub.wait("it is told there", lambda: "Better slugs" in entry(hub, "release-notes/1-0-1"))
        merged(hub, "New slugs", "enhancement")
        (other,) = hub.wait("there is another one", lambda: proposed(hub, "1.1.0"))
        hub.wait("it is closed", lambda: not proposed(hub, "1.0.1"))
        said = [one["body"] for one in hub.ours(pull["number"])]
        assert any(f"#{other['number']} has 1.1.0" in one for one in said), said
        idle(hub)
        assert len([one for one in said if "has 1.1.0" in one]) == 1


@pytest.mark.at_length
def test_one_that_somebody_works_on_or_has_closed_is_left(hub: GitHubDesk) -> None:
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        theirs = hub.push("CHANGES.md", entry(hub).replace("Faster", "Much faster"), branch=BRANCH)
        merged(hub, "Better slugs", "bug")
        tag(hub, "v1.1.0", move=True)
        over(hub, 2)
        assert "Better slugs" in next(one["body"] for one in drafts(hub) if one["tag_name"] == "v1.1.0")
        assert hub.alice.get(f"{REPO}/branches/{BRANCH}").json()["commit"]["sha"] == theirs
        tag(hub, "v1.2.0")
        (pull,) = hub.wait("it is proposed", lambda: proposed(hub, "1.2.0"))
        hub.alice.patch(f"{REPO}/pulls/{pull['number']}", json={"state": "closed"}).raise_for_status()
        merged(hub, "Best slugs", "bug")
        tag(hub, "v1.2.0", move=True)
        idle(hub)
        assert proposed(hub, "1.2.0") == []
        assert "Best slugs" not in entry(hub, "release-notes/1-2-0")


@pytest.mark.at_length
def test_one_whose_entry_somebody_has_written_by_hand_is_closed_with_a_word(hub: GitHubDesk) -> None:
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        (pull,) = proposed(hub)
        hub.push("CHANGES.md", CHANGES.replace("## 1.0.0", "## 1.1.0 (2026-02-03)\n\n- By hand.\n\n## 1.0.0"))
        hub.wait("it is closed", lambda: not proposed(hub))
        assert "has an entry for `1.1.0` by now" in str([one["body"] for one in hub.ours(pull["number"])])


@pytest.mark.at_length
def test_what_a_run_has_refreshed_or_closed_is_taken_back_with_it(hub: GitHubDesk) -> None:
    with hub.serving():
        hub.say(hub.issue("What is next?"), "/release-notes")
        hub.wait("it is proposed", lambda: proposed(hub, "1.0.1"))
        idle(hub)
        before = entry(hub, "release-notes/1-0-1")
        merged(hub, "Better slugs", "bug")
        hub.wait("it is told there", lambda: "Better slugs" in entry(hub, "release-notes/1-0-1"))
        idle(hub)
        refreshed = hub.runs()[0]["run"]
        merged(hub, "New slugs", "enhancement")
        hub.wait("it is closed", lambda: not proposed(hub, "1.0.1"))
        idle(hub)
        closing = hub.runs()[0]["run"]
    done = hub.desk.run("rollback", closing, "--hard")
    assert done.code == 0, done.err
    assert proposed(hub, "1.1.0") == []
    assert len(proposed(hub, "1.0.1")) == 1
    assert not [one for one in hub.ours(proposed(hub, "1.0.1")[0]["number"]) if "has 1.1.0" in one["body"]]
    done = hub.desk.run("rollback", refreshed, "--hard")
    assert done.code == 0, done.err
    assert entry(hub, "release-notes/1-0-1") == before


def held(hub: GitHubDesk, name: str = "v1.1.0") -> list[Any]:
    return [one for one in drafts(hub) if one["tag_name"] == name]


def gone(hub: GitHubDesk, name: str = "v1.1.0") -> None:
    hub.alice.delete(f"{REPO}/git/refs/tags/{name}").raise_for_status()


@pytest.mark.at_length
def test_a_tag_that_is_deleted_for_good_leaves_no_draft_and_no_open_pull_request(hub: GitHubDesk) -> None:
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        (pull,) = proposed(hub)
        gone(hub)
        hub.wait("it is closed", lambda: not proposed(hub))
        idle(hub)
        assert held(hub) == []
        (said,) = [one["body"] for one in hub.ours(pull["number"])]
        assert "The tag `v1.1.0` was deleted. The draft of release `v1.1.0` is deleted. So this is closed." in said
        withdrawal = hub.runs()[0]
        tag(hub, "v1.1.0")
        hub.wait("it is made anew", lambda: proposed(hub))
        idle(hub)
        assert len(held(hub)) == 1
        gone(hub)
        hub.wait("it is closed", lambda: not proposed(hub))
        idle(hub)
    done = hub.desk.run("rollback", hub.runs()[0]["run"], "--hard")
    assert done.code == 0, done.err
    assert ["### Faster" in one["body"] for one in held(hub)] == [True]
    (again,) = proposed(hub)
    assert hub.ours(again["number"]) == []
    told = hub.desk.run("rollback", withdrawal["run"], "--hard")
    assert told.code == 0, told.err
    assert len(held(hub)) == 1, "there is one of that tag already"


@pytest.mark.at_length
def test_what_somebody_has_worked_on_stays_when_the_tag_goes_and_that_is_said(hub: GitHubDesk) -> None:
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        (pull,) = proposed(hub)
        hub.push("CHANGES.md", entry(hub).replace("Faster", "Much faster"), branch=BRANCH)
        (there,) = held(hub)
        edited = {"body": there["body"].replace("Faster", "Much faster")}
        hub.alice.patch(f"{REPO}/releases/{there['id']}", json=edited).raise_for_status()
        gone(hub)
        hub.wait("it is told", lambda: hub.ours(pull["number"]))
        idle(hub)
        (said,) = [one["body"] for one in hub.ours(pull["number"])]
        assert "stays as it is: somebody has worked on it. This stays open" in said
        assert len(proposed(hub)) == len(held(hub)) == 1


@pytest.mark.at_length
def test_what_was_published_stays_when_its_tag_goes(hub: GitHubDesk) -> None:
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        (there,) = held(hub)
        hub.alice.patch(f"{REPO}/releases/{there['id']}", json={"draft": False}).raise_for_status()
        gone(hub)
        hub.wait("its pull request is closed", lambda: not proposed(hub))
        idle(hub)
        assert len(held(hub)) == 1, "GitHub has made it a draft again"


@pytest.mark.at_length
def test_the_draft_of_a_tag_that_was_never_made_is_deleted_and_so_its_pull_request_closed(hub: GitHubDesk) -> None:
    with hub.serving():
        given = {"tag_name": "v1.1.0", "draft": True, "body": "", "target_commitish": "main"}
        there = hub.alice.post(f"{REPO}/releases", json=given).raise_for_status().json()
        hub.wait("it is proposed", lambda: proposed(hub))
        idle(hub)
        hub.alice.delete(f"{REPO}/releases/{there['id']}").raise_for_status()
        hub.wait("it is closed", lambda: not proposed(hub))


@pytest.mark.at_length
def test_a_push_has_all_proposals_brought_up_to_date_that_are_open(hub: GitHubDesk) -> None:
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        merged(hub, "Better slugs", "bug")
        tag(hub, "v1.2.0")
        hub.wait("both are there", lambda: proposed(hub) and proposed(hub, "1.2.0"))
        idle(hub)
        hub.push("CHANGES.md", CHANGES.replace("# Changes\n", "# Changes\n\n## Unreleased\n\n- Soon.\n"))
        for branch in (BRANCH, "release-notes/1-2-0"):
            hub.wait(f"{branch} has it", lambda branch=branch: "- Soon." in entry(hub, branch))
        idle(hub)
        assert mergeable(hub)
        assert mergeable(hub, "release-notes/1-2-0")


@pytest.mark.at_length
def test_what_people_ask_of_one_is_done_and_answered_and_not_written_over_by_a_later_push(hub: GitHubDesk) -> None:
    label = "CHANGES.md:7: alice: Say how much"
    hub.desk.model.conversations = [
        Conversation(
            f"{ASKED}.*Puts the notes of `1.1.0` into `CHANGES.md`.*{label}",
            (edit("CHANGES.md", "Faster slugs", "Slugs twice as fast"), done(label, note="Twice.")),
        ),
        *hub.desk.model.conversations,
    ]
    with hub.serving():
        tag(hub, "v1.1.0")
        over(hub, 1)
        (pull,) = proposed(hub)
        given = {"body": "Say how much", "commit_id": pull["head"]["sha"], "path": "CHANGES.md", "line": 7}
        comments = f"{REPO}/pulls/{pull['number']}/comments"
        hub.alice.post(comments, json=given).raise_for_status()
        hub.wait("it is answered", lambda: len(hub.alice.get(comments).json()) == 2)
        assert "Twice." in hub.alice.get(comments).json()[1]["body"]
        idle(hub)
        assert "Slugs twice as fast" in entry(hub)
        hub.push("CHANGES.md", f"{CHANGES}\nThe end.\n")
        hub.wait("it is looked at", lambda: hub.runs()[0]["workflow"] == "release_notes")
        idle(hub)
        assert "Slugs twice as fast" in entry(hub)
        hub.say(pull["number"], "/rebase")
        hub.wait("the base is merged in", lambda: "The end." in entry(hub))
        idle(hub)
        assert mergeable(hub)
        assert "Slugs twice as fast" in entry(hub)
