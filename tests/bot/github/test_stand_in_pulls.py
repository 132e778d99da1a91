"""The stand-in's pull requests, reviews, files, checks and releases behave as GitHub's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.fakes.github.scene import REPO, Scene

Json = Any


# --- pull requests


def test_a_second_pull_request_for_the_same_branch_is_refused(scene: Scene) -> None:
    scene.pull()
    given = {"title": "Again", "head": "fix/issue-1", "base": "main"}
    answer = scene.bot.post(f"{REPO}/pulls", json=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "A pull request already exists for octo:fix/issue-1."
    listed = scene.bot.get(f"{REPO}/pulls", params={"head": "octo:fix/issue-1", "state": "all"}).json()
    assert [pull["number"] for pull in listed] == [1]


@pytest.mark.parametrize(
    ("head", "base", "problem"),
    [
        ("empty", "main", "No commits between main and empty"),
        ("missing", "main", "head"),
        ("empty", "missing", "base"),
    ],
)
def test_a_pull_request_needs_commits_between_branches_that_exist(
    scene: Scene, head: str, base: str, problem: str
) -> None:
    scene.branch("empty")
    answer = scene.bot.post(f"{REPO}/pulls", json={"title": "Nothing", "head": head, "base": base})
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert problem in (error.get("message"), error.get("field"))


def test_a_pull_request_knows_whether_it_merges(scene: Scene) -> None:
    number = scene.pull()["number"]
    assert scene.bot.get(f"{REPO}/pulls/{number}").json()["mergeable"] is True
    fields = {"message": "Another one", "content": "Zm91cgo=", "branch": "main"}
    scene.alice.put(f"{REPO}/contents/one.txt", json=fields).raise_for_status()
    shown = scene.bot.get(f"{REPO}/pulls/{number}").json()
    assert (shown["mergeable"], shown["mergeable_state"]) == (False, "dirty")
    assert scene.alice.put(f"{REPO}/pulls/{number}/merge", json={}).status_code == 405


def test_a_merged_pull_request_is_closed_and_its_commit_knows_it(scene: Scene) -> None:
    number = scene.pull()["number"]
    merged = scene.alice.put(f"{REPO}/pulls/{number}/merge", json={}).raise_for_status().json()
    shown = scene.bot.get(f"{REPO}/pulls/{number}").json()
    assert (shown["merged"], shown["state"], shown["merge_commit_sha"]) == (True, "closed", merged["sha"])
    found = scene.bot.get(f"{REPO}/commits/{merged['sha']}/pulls").json()
    assert [pull["number"] for pull in found] == [number]


def test_a_pull_request_whose_branch_goes_away_is_closed(scene: Scene) -> None:
    number = scene.pull()["number"]
    assert scene.bot.delete(f"{REPO}/git/refs/heads/fix/issue-1").status_code == 204
    assert scene.bot.get(f"{REPO}/pulls/{number}").json()["state"] == "closed"
    assert scene.bot.delete(f"{REPO}/git/refs/heads/fix/issue-1").status_code == 422


def test_only_graphql_makes_a_draft_of_a_pull_request(scene: Scene) -> None:
    made = scene.pull()
    mutation = """mutation($id: ID!) {
        convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } }
    }"""
    answer = scene.bot.post(
        f"{scene.github.url}/api/graphql", json={"query": mutation, "variables": {"id": made["node_id"]}}
    )
    assert answer.json()["data"]["convertPullRequestToDraft"]["pullRequest"]["isDraft"] is True
    assert scene.bot.get(f"{REPO}/pulls/{made['number']}").json()["draft"] is True
    missing = scene.bot.post(f"{scene.github.url}/api/graphql", json={"query": mutation, "variables": {"id": "PR_0"}})
    assert missing.json()["errors"][0]["type"] == "NOT_FOUND"


def test_reviewers_are_collaborators_and_not_the_author(scene: Scene) -> None:
    number = scene.pull()["number"]
    path = f"{REPO}/pulls/{number}/requested_reviewers"
    asked = scene.bot.post(path, json={"reviewers": ["alice"]}).raise_for_status().json()
    assert [who["login"] for who in asked["requested_reviewers"]] == ["alice"]
    scene.github.account("stranger")
    assert scene.bot.post(path, json={"reviewers": ["stranger"]}).status_code == 422


def test_a_review_comments_on_lines_of_the_diff_or_not_at_all(scene: Scene) -> None:
    number = scene.pull()["number"]
    path = f"{REPO}/pulls/{number}/reviews"
    good = {"path": "one.txt", "line": 2, "body": "Why two?"}
    refused = scene.alice.post(path, json={"event": "COMMENT", "comments": [good, {**good, "line": 9}]})
    assert refused.status_code == 422
    assert scene.alice.get(f"{REPO}/pulls/{number}/comments").json() == []
    scene.alice.post(
        path, json={"event": "REQUEST_CHANGES", "body": "See below", "comments": [good]}
    ).raise_for_status()
    assert [said["line"] for said in scene.bot.get(f"{REPO}/pulls/{number}/comments").json()] == [2]
    assert [said["state"] for said in scene.bot.get(path).json()] == ["CHANGES_REQUESTED"]
    assert scene.bot.post(path, json={"event": "APPROVE"}).status_code == 422


def test_files_commits_and_comparison_come_from_git(scene: Scene) -> None:
    head = scene.branch("feature/two", "one.txt", "docs/two.txt")
    scene.bot.post(f"{REPO}/pulls", json={"title": "Two", "head": "feature/two", "base": "main"}).raise_for_status()
    files = scene.bot.get(f"{REPO}/pulls/1/files").json()
    assert {(file["filename"], file["status"], file["additions"]) for file in files} == {
        ("docs/two.txt", "added", 3),
        ("one.txt", "added", 3),
    }
    commits = scene.bot.get(f"{REPO}/pulls/1/commits").json()
    assert [commit["commit"]["message"] for commit in commits] == ["Add one.txt", "Add docs/two.txt"]
    compared = scene.bot.get(f"{REPO}/compare/main...feature/two").json()
    assert (compared["status"], compared["ahead_by"]) == ("ahead", 2)
    assert scene.bot.get(f"{REPO}/branches/feature/two").json()["commit"]["sha"] == head


# --- files, checks, releases


def test_a_file_is_read_raw_at_a_ref(scene: Scene) -> None:
    scene.branch("config", ".github/pullwright.yml")
    raw = {"Accept": "application/vnd.github.raw+json"}
    path = f"{REPO}/contents/.github/pullwright.yml"
    assert scene.bot.get(path, params={"ref": "config"}, headers=raw).text == "one\ntwo\nthree\n"
    assert scene.bot.get(path, headers=raw).status_code == 404
    assert scene.bot.get(path, params={"ref": "config"}).json()["encoding"] == "base64"


def test_a_check_run_is_made_by_an_app_and_completed_with_a_conclusion(scene: Scene) -> None:
    head = scene.branch("checked", "one.txt")
    given = {"name": "Pullwright", "head_sha": head, "status": "in_progress"}
    assert scene.alice.post(f"{REPO}/check-runs", json=given).status_code == 403
    one = scene.bot.post(f"{REPO}/check-runs", json=given).raise_for_status().json()
    path = f"{REPO}/check-runs/{one['id']}"
    assert scene.bot.patch(path, json={"status": "completed"}).status_code == 422
    scene.github.forgive()
    output = {"title": "42 passed", "summary": "All of them."}
    scene.bot.patch(path, json={"conclusion": "success", "output": output}).raise_for_status()
    listed = scene.bot.get(f"{REPO}/commits/{head}/check-runs").json()
    assert [(run["status"], run["conclusion"]) for run in listed["check_runs"]] == [("completed", "success")]


def test_a_release_makes_its_tag_and_there_is_one_for_each(scene: Scene) -> None:
    given = {"tag_name": "v1.0.0", "name": "One", "body": "Everything."}
    assert scene.alice.post(f"{REPO}/releases", json=given).status_code == 201
    assert scene.alice.post(f"{REPO}/releases", json=given).status_code == 422
    assert [tag["name"] for tag in scene.bot.get(f"{REPO}/tags").json()] == ["v1.0.0"]
    assert scene.bot.get(f"{REPO}/releases/latest").json()["body"] == "Everything."


def test_of_two_pull_requests_opened_at_once_one_is_refused(scene: Scene) -> None:
    scene.branch("fix/issue-1", "one.txt")
    given = {"title": "Mend it", "head": "fix/issue-1", "base": "main"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: scene.bot.post(f"{REPO}/pulls", json=given).status_code, range(4)))
    assert sorted(answers) == [201, 422, 422, 422]
    assert scene.issue() == 2
