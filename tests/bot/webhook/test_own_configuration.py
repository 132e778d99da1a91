"""What a repository's own configuration is worth is told where it is edited: a check, and one issue."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from bot.webhook.events.code import BranchPushed
from bot.webhook.events.reading import parse
from bot.webhook.own_configuration import CHECK, MARK, TITLE, told
from tests.bot.dispatching import Desk, desk, scene
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO

__all__ = ["desk", "github", "scene"]

FILE = f"{REPO}/contents/.github/pullwright.yml"
WRONG = "test: pytest\nlables: bot\n"
SAID = ".github/pullwright.yml:2: There is no key 'lables'"


def issues(desk: Desk, state: str = "open") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = desk.scene.alice.get(f"{REPO}/issues", params={"state": state}).json()
    return [one for one in listed if one["title"] == TITLE]


def edited(desk: Desk, text: str | None, branch: str = "edit", **fields: str) -> str:
    """A commit on a branch that writes the configuration, or something else; its id."""
    desk.scene.branch(branch)
    path = FILE if text is not None else f"{REPO}/contents/other.txt"
    given = {
        "message": "Edit",
        "branch": branch,
        "content": base64.b64encode((text or "x").encode()).decode(),
        **fields,
    }
    return str(desk.scene.alice.put(path, json=given).raise_for_status().json()["commit"]["sha"])


def off_release(desk: Desk) -> str:
    """A commit that edits something else, off a branch on which the configuration is wrong; its id."""
    sha = edited(desk, WRONG, "release")
    desk.scene.alice.post(f"{REPO}/git/refs", json={"ref": "refs/heads/edit", "sha": sha}).raise_for_status()
    given = {"message": "Edit", "branch": "edit", "content": base64.b64encode(b"x").decode()}
    done = desk.scene.alice.put(f"{REPO}/contents/other.txt", json=given).raise_for_status()
    return str(done.json()["commit"]["sha"])


def pull(desk: Desk, branch: str = "edit") -> int:
    given = {"title": "Edit it", "head": branch, "base": "main"}
    return int(desk.scene.alice.post(f"{REPO}/pulls", json=given).raise_for_status().json()["number"])


def checks(desk: Desk, commit: str) -> list[dict[str, Any]]:
    found = desk.scene.alice.get(f"{REPO}/commits/{commit}/check-runs").raise_for_status().json()["check_runs"]
    return [one for one in found if one["name"] == CHECK]


async def test_a_wrong_one_on_the_default_branch_is_one_issue_until_it_is_mended(desk: Desk) -> None:
    desk.configure(WRONG)
    await desk.settle()
    (issue,) = issues(desk)
    assert MARK in issue["body"]
    assert SAID in issue["body"]
    assert issue["user"]["type"] == "Bot"
    desk.configure(WRONG.replace("lables", "labelz"))
    await desk.settle()
    (again,) = issues(desk)
    assert again["number"] == issue["number"]
    assert "'labelz'" in again["body"]
    desk.configure("test: pytest\nlabel: bot\n")
    await desk.settle()
    assert issues(desk) == []
    (closed,) = issues(desk, "closed")
    assert (closed["number"], closed["state_reason"]) == (issue["number"], "completed")
    assert closed["body"].count("The configuration can be used again.") == 1
    assert "'labelz'" in closed["body"]
    assert desk.runs() == []


async def test_one_that_was_always_right_is_not_spoken_of(desk: Desk) -> None:
    desk.configure("test: pytest\n")
    desk.scene.alice.put(f"{REPO}/contents/a.txt", json={"message": "Add", "content": "YQ=="}).raise_for_status()
    await desk.settle()
    assert issues(desk, "all") == []


async def test_an_issue_that_a_person_closed_comes_back_with_the_next_wrong_edit_only(desk: Desk) -> None:
    desk.configure(WRONG)
    await desk.settle()
    (issue,) = issues(desk)
    desk.scene.alice.patch(f"{REPO}/issues/{issue['number']}", json={"state": "closed"}).raise_for_status()
    desk.scene.alice.put(f"{REPO}/contents/a.txt", json={"message": "Add", "content": "YQ=="}).raise_for_status()
    await desk.settle()
    assert issues(desk) == []
    desk.configure(f"{WRONG}\n")
    await desk.settle()
    assert len(issues(desk)) == 1


async def test_what_others_wrote_with_our_mark_is_not_taken_for_ours(desk: Desk) -> None:
    number = desk.scene.issue(TITLE, body=f"{MARK} mine")
    desk.configure(WRONG)
    await desk.settle()
    assert [one["number"] != number for one in issues(desk)].count(True) == 1
    desk.configure("test: pytest\n")
    await desk.settle()
    assert [one["number"] for one in issues(desk)] == [number]


@pytest.mark.parametrize(
    ("text", "conclusion", "said"),
    [
        (WRONG, "failure", SAID),
        ("test: pytest\n", "success", "can be used as it is here"),
        ("a: &a [*a]\n", "failure", "Anchors and aliases are not read here"),
        ("- \n" * 40_000, "failure", "longer than 64 KB"),
        ("# x\n" * 300_000, "failure", "larger than one megabyte"),
        ("\0\1\2", "failure", "This is not YAML"),
    ],
)
async def test_a_pull_request_that_edits_it_gets_a_check(desk: Desk, text: str, conclusion: str, said: str) -> None:
    commit = edited(desk, text)
    pull(desk)
    await desk.settle()
    (check,) = checks(desk, commit)
    assert (check["status"], check["conclusion"]) == ("completed", conclusion)
    assert said in check["output"]["summary"]
    assert issues(desk, "all") == []


async def test_each_push_to_it_gets_its_own_and_a_delivery_twice_gets_one(desk: Desk) -> None:
    first = edited(desk, WRONG)
    number = pull(desk)
    await desk.settle()
    fields = {"message": "Mend", "branch": "edit", "content": base64.b64encode(b"test: pytest\n").decode()}
    fields["sha"] = desk.scene.alice.get(FILE, params={"ref": "edit"}).json()["sha"]
    second = str(desk.scene.alice.put(FILE, json=fields).raise_for_status().json()["commit"]["sha"])
    await desk.settle()
    desk.scene.alice.patch(f"{REPO}/pulls/{number}", json={"state": "closed"}).raise_for_status()
    desk.scene.alice.patch(f"{REPO}/pulls/{number}", json={"state": "open"}).raise_for_status()
    await desk.settle()
    assert [[one["conclusion"] for one in checks(desk, commit)] for commit in (first, second)] == [
        ["failure"],
        ["success"],
    ]


async def test_one_that_does_not_edit_it_gets_none_though_the_base_has_another_by_now(desk: Desk) -> None:
    commit = edited(desk, None)
    desk.configure("test: pytest\n")
    pull(desk)
    await desk.settle()
    assert checks(desk, commit) == []


async def test_one_that_is_led_to_another_branch_gets_a_check_anew(desk: Desk) -> None:
    """The release branch has the same wrong file already, so that nothing of it is this pull request's there."""
    commit = off_release(desk)
    number = pull(desk)
    await desk.settle()
    found = [[one["conclusion"] for one in checks(desk, commit)]]
    for base in ("release", "release", "main", "release"):
        desk.scene.alice.patch(f"{REPO}/pulls/{number}", json={"base": base}).raise_for_status()
        await desk.settle()
        newest = max(checks(desk, commit), key=lambda one: int(one["id"]))
        found.append([newest["conclusion"], newest["output"]["title"]])
    assert found == [
        ["failure"],
        ["success", "It is not edited"],
        ["success", "It is not edited"],
        ["failure", "It cannot be used"],
        ["success", "It is not edited"],
    ]
    assert len(checks(desk, commit)) == 4


async def test_one_that_edits_it_only_where_it_leads_now_gets_its_first_check(desk: Desk) -> None:
    commit = off_release(desk)
    given = {"title": "Edit it", "head": "edit", "base": "release"}
    number = int(desk.scene.alice.post(f"{REPO}/pulls", json=given).raise_for_status().json()["number"])
    await desk.settle()
    assert checks(desk, commit) == []
    desk.scene.alice.patch(f"{REPO}/pulls/{number}", json={"title": "Another title"}).raise_for_status()
    await desk.settle()
    assert checks(desk, commit) == []
    desk.scene.alice.patch(f"{REPO}/pulls/{number}", json={"base": "main"}).raise_for_status()
    await desk.settle()
    (check,) = checks(desk, commit)
    assert check["conclusion"] == "failure"


async def test_without_the_permission_the_rest_goes_on(desk: Desk) -> None:
    desk.scene.github.fault(f"{REPO}/check-runs", status=403, message="Resource not accessible by integration", times=9)
    commit = edited(desk, WRONG)
    pull(desk)
    await desk.settle()
    assert checks(desk, commit) == []
    assert {status for status, _ in desk.outcomes()} <= {"handled", "ignored"}, desk.outcomes()


async def test_away_for_a_moment_it_is_told_when_github_is_back(desk: Desk) -> None:
    desk.scene.github.fault(f"{REPO}/issues", method="POST", status=502, times=2)
    desk.configure(WRONG)
    await desk.settle()
    assert len(issues(desk)) == 1


async def test_one_that_a_pull_request_deletes_is_said_to_be_none(desk: Desk) -> None:
    desk.configure("test: pytest\n")
    desk.scene.branch("edit")
    sha = desk.scene.alice.get(FILE).json()["sha"]
    fields = {"message": "Delete", "branch": "edit", "sha": sha}
    desk.scene.alice.request("DELETE", FILE, json=fields).raise_for_status()
    number = pull(desk)
    await desk.settle()
    head = desk.scene.alice.get(f"{REPO}/pulls/{number}").json()["head"]["sha"]
    (check,) = checks(desk, head)
    assert (check["conclusion"], check["output"]["title"]) == ("success", "There is none")


async def test_one_too_large_to_be_read_is_an_issue_and_holds_up_nothing_else(desk: Desk) -> None:
    desk.configure("# x\n" * 300_000)
    await desk.settle()
    (issue,) = issues(desk)
    assert "larger than one megabyte" in issue["body"]
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    assert any("larger than one megabyte" in one for one in desk.comments(number))
    assert {status for status, _ in desk.outcomes()} <= {"handled", "ignored"}, desk.outcomes()


async def test_an_end_that_github_did_not_take_at_once_is_said_once(desk: Desk) -> None:
    desk.configure(WRONG)
    await desk.settle()
    (issue,) = issues(desk)
    for late in (False, True):
        desk.scene.github.fault(f"{REPO}/issues/{issue['number']}", method="PATCH", status=502, times=6, late=late)
    desk.configure("test: pytest\n")
    await desk.settle()
    assert issues(desk) == []
    (closed,) = issues(desk, "closed")
    assert closed["body"].count("can be used again") == 1
    assert desk.comments(issue["number"]) == []


async def test_of_two_that_two_workers_opened_the_older_one_stays(desk: Desk) -> None:
    desk.configure(WRONG)
    await desk.settle()
    (issue,) = issues(desk)
    given = {"title": TITLE, "body": issue["body"]}
    other = desk.scene.bot.post(f"{REPO}/issues", json=given).raise_for_status().json()["number"]
    desk.configure(f"{WRONG}# again\n")
    await desk.settle()
    assert [one["number"] for one in issues(desk)] == [issue["number"]]
    desk.scene.bot.patch(f"{REPO}/issues/{other}", json={"state": "open", "body": issue["body"]}).raise_for_status()
    desk.configure("test: pytest\n")
    await desk.settle()
    assert issues(desk) == []


async def test_one_that_is_mended_while_the_issue_is_opened_leaves_none_open(desk: Desk) -> None:
    desk.configure(WRONG)
    pushed = desk.scene.github.deliveries("push")[-1]
    event = parse("push", pushed["payload"])
    assert isinstance(event, BranchPushed)
    place = desk.dispatch.handler.starting.place(event)
    opens = place.open_issue

    async def opened_late(*words: str) -> int:
        await asyncio.to_thread(desk.configure, "test: pytest\n")  # whose delivery another worker is through with
        return await opens(*words)

    place.open_issue = opened_late  # type: ignore[method-assign]
    assert await told(place, event)
    assert issues(desk) == []
    assert len(issues(desk, "closed")) == 1


async def test_credentials_that_are_not_taken_for_a_while_leave_nothing_untold(desk: Desk) -> None:
    desk.scene.github.fault("/app/installations/.*", method="POST", status=401, times=4)
    desk.configure(WRONG)
    await desk.settle()
    assert len(issues(desk)) == 1


async def test_a_check_that_cannot_be_made_holds_up_no_review(desk: Desk) -> None:
    desk.configure("triggers: {pull: true}\n")
    await desk.settle()
    desk.scene.github.fault(f"{REPO}/check-runs", method="POST", status=502, times=900)
    edited(desk, "triggers: {pull: true}\ntest: pytest\n", sha=desk.scene.alice.get(FILE).json()["sha"])
    pull(desk)
    await desk.settle()
    assert [run.workflow for run in desk.runs()] == ["review_pr"]
    assert desk.outcomes()[-1][0] == "failed"


STEPS = "workflows: {issue_to_pr: {steps: {nosuch: retry}}}\n"


async def test_steps_that_there_are_not_are_told_before_a_run_is_refused_for_them(desk: Desk) -> None:
    commit = edited(desk, STEPS)
    pull(desk)
    await desk.settle()
    (check,) = checks(desk, commit)
    assert check["conclusion"] == "failure"
    assert "There is no step 'nosuch' in workflows.issue_to_pr.steps" in check["output"]["summary"]
