"""The stand-in GitHub behaves as GitHub does where we depend on it: API, tokens, limits and faults."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import githubkit
import httpx
import pytest

from tests.fakes.github import AppKeys, GitHub, openapi

Json = Any
REPO = "/repos/octo/sample"


@dataclass
class Scene:
    """A repository with an App installed, alice who may write, and bob who may read."""

    github: GitHub
    app: AppKeys
    installation: int
    bot: httpx.Client
    alice: httpx.Client
    bob: httpx.Client

    def issue(self, title: str = "It is broken", **fields: Json) -> int:
        answer = self.alice.post(f"{REPO}/issues", json={"title": title, **fields})
        return int(answer.raise_for_status().json()["number"])

    def branch(self, name: str, *files: str) -> str:
        """A branch off main with one commit per file; returns its head."""
        head = str(self.alice.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"])
        self.alice.post(f"{REPO}/git/refs", json={"ref": f"refs/heads/{name}", "sha": head}).raise_for_status()
        for path in files:
            fields = {"message": f"Add {path}", "content": "b25lCnR3bwp0aHJlZQo=", "branch": name}
            answer = self.alice.put(f"{REPO}/contents/{path}", json=fields).raise_for_status()
            head = str(answer.json()["commit"]["sha"])
        return head

    def pull(self, name: str = "fix/issue-1", **fields: Json) -> Json:
        self.branch(name, "one.txt")
        given = {"title": "Mend it", "head": name, "base": "main", **fields}
        return self.bot.post(f"{REPO}/pulls", json=given).raise_for_status().json()


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write", "bob": "read"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


# --- who is asking


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"lifetime": -10}, "'Expiration time' claim ('exp') must be a numeric value"),
        ({"lifetime": 3600}, "'Expiration time' claim ('exp') is too far in the future"),
        ({"issued": 600}, "'Issued at' claim ('iat') must be an Integer"),
        ({"issuer": "nobody"}, "'Issuer' claim ('iss') must be an Integer"),
    ],
)
def test_a_jwt_outside_of_its_window_or_of_an_unknown_app_is_refused(scene: Scene, claims: Json, sentence: str) -> None:
    with scene.github.client(scene.app.jwt(**claims)) as client:
        answer = client.get("/app")
    assert answer.status_code == 401
    assert sentence in answer.json()["message"]


def test_a_jwt_signed_with_another_key_is_refused(scene: Scene) -> None:
    head, claims, _ = scene.app.jwt().split(".")
    with scene.github.client(f"{head}.{claims}.{'A' * 342}") as client:
        assert client.get("/app").status_code == 401


def test_the_app_may_be_named_by_id_or_client_id(scene: Scene) -> None:
    for issuer in (str(scene.app.id), scene.app.client_id):
        with scene.github.client(scene.app.jwt(issuer=issuer)) as client:
            assert client.get("/app").json()["slug"] == "pullwright"


def test_an_installation_token_is_long_and_ends(scene: Scene) -> None:
    scene.github.set(token_seconds=2)
    token = scene.github.token(scene.app, scene.installation)
    assert token.startswith(f"ghs_{scene.app.id}_")
    assert len(token) > 255
    scene.github.expire_tokens()
    with scene.github.client(token) as client:
        answer = client.get(REPO)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_a_token_can_do_what_it_was_asked_for_and_no_more(scene: Scene) -> None:
    scene.github.repository("octo/other")
    scene.github.repository("octo/hidden", private=True)
    token = scene.github.token(scene.app, scene.installation, repositories=["sample"], permissions={"contents": "read"})
    number = scene.issue()
    with scene.github.client(token) as client:
        assert client.get(f"{REPO}/contents/README.md").status_code == 200
        refused = client.post(f"{REPO}/issues/{number}/comments", json={"body": "hello"})
        assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
        assert client.get("/repos/octo/hidden").status_code == 404
        listed = client.get("/installation/repositories").json()
    assert [repo["name"] for repo in listed["repositories"]] == ["sample"]


def test_a_token_for_more_than_was_granted_is_not_given(scene: Scene) -> None:
    with scene.github.client(scene.app.jwt()) as client:
        path = f"/app/installations/{scene.installation}/access_tokens"
        assert client.post(path, json={"permissions": {"administration": "write"}}).status_code == 422
        assert client.post(path, json={"repositories": ["unknown"]}).status_code == 422


def test_a_suspended_installation_gets_no_token_and_its_tokens_stop(scene: Scene) -> None:
    with scene.github.client(scene.app.jwt()) as client:
        client.put(f"/app/installations/{scene.installation}/suspended").raise_for_status()
        assert client.post(f"/app/installations/{scene.installation}/access_tokens").status_code == 403
        answer = scene.bot.get(REPO)
        assert (answer.status_code, answer.json()["message"]) == (403, "This installation has been suspended")
        client.delete(f"/app/installations/{scene.installation}/suspended").raise_for_status()
    assert scene.bot.get(REPO).status_code == 200


def test_people_may_do_what_their_role_lets_them(scene: Scene) -> None:
    number = scene.issue()
    assert scene.bob.post(f"{REPO}/issues/{number}/comments", json={"body": "/fix"}).status_code == 201
    assert scene.bob.post(f"{REPO}/issues/{number}/labels", json={"labels": ["bug"]}).status_code == 403
    roles = {
        login: scene.bot.get(f"{REPO}/collaborators/{login}/permission").json()["role_name"]
        for login in ("alice", "bob", "octo")
    }
    assert roles == {"alice": "write", "bob": "read", "octo": "admin"}


# --- issues


def test_lists_come_in_pages_that_link_to_each_other(scene: Scene) -> None:
    number = scene.issue()
    for count in range(5):
        scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": f"comment {count}"}).raise_for_status()
    seen, address = [], f"{REPO}/issues/{number}/comments?per_page=2"
    while address:
        answer = scene.bot.get(address)
        seen += [comment["body"] for comment in answer.json()]
        address = answer.links.get("next", {}).get("url", "")
    assert seen == [f"comment {count}" for count in range(5)]


def test_a_body_may_have_65536_characters_and_no_more(scene: Scene) -> None:
    number = scene.issue()
    path = f"{REPO}/issues/{number}/comments"
    assert scene.bot.post(path, json={"body": "ü" * 65_536}).status_code == 201
    answer = scene.bot.post(path, json={"body": "x" * 65_537})
    assert answer.status_code == 422
    assert "too long" in answer.json()["errors"][0]["message"]


def test_a_comment_is_edited_and_knows_who_wrote_it(scene: Scene) -> None:
    number = scene.issue()
    said = scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "one"}).json()
    assert said["user"]["login"] == "pullwright[bot]"
    assert said["performed_via_github_app"]["slug"] == "pullwright"
    scene.bot.patch(f"{REPO}/issues/comments/{said['id']}", json={"body": "two"}).raise_for_status()
    assert scene.bot.get(f"{REPO}/issues/comments/{said['id']}").json()["body"] == "two"
    assert scene.bob.patch(f"{REPO}/issues/comments/{said['id']}", json={"body": "three"}).status_code == 403


def test_what_has_not_changed_is_not_sent_again(scene: Scene) -> None:
    number = scene.issue()
    first = scene.bot.get(f"{REPO}/issues/{number}")
    same = scene.bot.get(f"{REPO}/issues/{number}", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    scene.bot.patch(f"{REPO}/issues/{number}", json={"title": "Another"}).raise_for_status()
    assert scene.bot.get(f"{REPO}/issues/{number}", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_labels_are_made_once_and_put_on_and_off(scene: Scene) -> None:
    number = scene.issue()
    assert scene.bot.post(f"{REPO}/labels", json={"name": "triage", "color": "ff0000"}).status_code == 201
    again = scene.bot.post(f"{REPO}/labels", json={"name": "Triage"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "already_exists")
    scene.bot.post(f"{REPO}/issues/{number}/labels", json={"labels": ["triage", "new"]}).raise_for_status()
    scene.bot.delete(f"{REPO}/issues/{number}/labels/triage").raise_for_status()
    assert [label["name"] for label in scene.bot.get(f"{REPO}/issues/{number}/labels").json()] == ["new"]
    assert scene.bot.delete(f"{REPO}/issues/{number}/labels/triage").status_code == 404


def test_an_app_s_bot_cannot_be_assigned_and_nobody_is_told(scene: Scene) -> None:
    number = scene.issue()
    answer = scene.alice.post(
        f"{REPO}/issues/{number}/assignees", json={"assignees": ["pullwright[bot]", "alice", "bob"]}
    )
    assert [who["login"] for who in answer.json()["assignees"]] == ["alice"]


def test_a_reaction_is_made_once(scene: Scene) -> None:
    number = scene.issue()
    answers = [scene.bot.post(f"{REPO}/issues/{number}/reactions", json={"content": "eyes"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert scene.bot.get(f"{REPO}/issues/{number}").json()["reactions"]["eyes"] == 1


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


# --- repositories that move


def test_a_renamed_or_transferred_repository_is_found_under_its_old_name(scene: Scene) -> None:
    scene.github.account("octo")
    with scene.github.client("ghp_octo") as nobody:
        assert nobody.get("/user").status_code == 401
    scene.github.roles("octo/sample", carol="admin")
    scene.github.as_user("carol").patch(REPO, json={"name": "renamed"}).raise_for_status()
    answer = scene.bot.get(f"{REPO}/issues")
    assert answer.status_code == 301
    assert scene.bot.get(answer.headers["location"]).status_code == 200
    assert scene.bot.post(f"{REPO}/issues", json={"title": "Moved"}).status_code == 307
    scene.github.transfer("octo/renamed", "elsewhere")
    assert scene.alice.get("/repos/octo/renamed", follow_redirects=True).json()["full_name"] == "elsewhere/renamed"


def test_an_archived_repository_is_read_only(scene: Scene) -> None:
    number = scene.issue()
    scene.github.roles("octo/sample", carol="admin")
    scene.github.as_user("carol").patch(REPO, json={"archived": True}).raise_for_status()
    answer = scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "hello"})
    assert (answer.status_code, answer.json()["message"]) == (403, "Repository was archived so is read-only.")
    assert scene.bot.get(f"{REPO}/issues/{number}").status_code == 200


# --- faults


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500, 502])
def test_a_planned_status_is_answered_as_often_as_planned(scene: Scene, status: int) -> None:
    number = scene.issue()
    scene.github.fault(f"{REPO}/issues/.*", status=status, times=2)
    answers = [scene.bot.get(f"{REPO}/issues/{number}").status_code for _ in range(3)]
    assert answers == [status, status, 200]


def test_limits_say_when_to_come_back(scene: Scene) -> None:
    scene.github.fault(REPO, kind="secondary", seconds=7)
    scene.github.fault(REPO, kind="rate", seconds=60)
    secondary, primary = scene.bot.get(REPO), scene.bot.get(REPO)
    assert (secondary.status_code, secondary.headers["retry-after"]) == (403, "7")
    assert "secondary rate limit" in secondary.json()["message"]
    assert (primary.status_code, primary.headers["x-ratelimit-remaining"]) == (403, "0")
    assert 0 < int(primary.headers["x-ratelimit-reset"]) - time.time() <= 61


def test_a_reset_breaks_the_connection(scene: Scene) -> None:
    scene.github.fault(REPO, kind="reset")
    with pytest.raises(httpx.ReadError):
        scene.bot.get(REPO)
    assert scene.bot.get(REPO).status_code == 200


def test_a_hang_lasts_until_the_client_gives_up(scene: Scene) -> None:
    scene.github.fault(REPO, kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        scene.bot.get(REPO, timeout=0.2)
    assert scene.bot.get(REPO).status_code == 200


def test_a_late_reset_loses_the_answer_but_not_the_effect(scene: Scene) -> None:
    number = scene.issue()
    scene.github.fault(f"{REPO}/issues/{number}/comments", method="POST", kind="reset", late=True)
    with pytest.raises(httpx.ReadError):
        scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "was it said?"})
    assert [said["body"] for said in scene.bot.get(f"{REPO}/issues/{number}/comments").json()] == ["was it said?"]


def test_a_fault_can_wait_for_a_later_request_and_be_forgotten(scene: Scene) -> None:
    scene.github.fault(REPO, status=500, after=1)
    assert [scene.bot.get(REPO).status_code for _ in range(2)] == [200, 500]
    scene.github.fault(REPO, status=500)
    assert scene.github.heal() == 1
    assert scene.bot.get(REPO).status_code == 200


# --- held to what GitHub publishes


def test_a_request_that_github_does_not_describe_is_noticed(scene: Scene) -> None:
    if openapi.published() is None:
        pytest.skip(openapi.MISSING)
    number = scene.issue()
    scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "x", "colour": "red"})
    scene.bot.get(f"{REPO}/issues", params={"colour": "red"})
    scene.bot.get(f"{REPO}/no-such-thing")
    scene.bot.get(f"{REPO}/issues", params={"state": "ajar"})
    found = scene.github.forgive()
    assert [("colour" in sentence, "no such operation" in sentence, "ajar" in sentence) for sentence in found] == [
        (True, False, False),
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_every_request_is_remembered(scene: Scene) -> None:
    number = scene.issue()
    scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "hello"})
    last = scene.github.requests()[-1]
    assert (last["method"], last["path"], last["actor"], last["status"]) == (
        "POST",
        f"{REPO}/issues/{number}/comments",
        "pullwright[bot]",
        201,
    )


async def test_githubkit_talks_to_it_as_an_app(scene: Scene) -> None:
    number = scene.issue()
    auth = githubkit.AppAuthStrategy(scene.app.id, scene.app.pem)
    async with githubkit.GitHub(auth, base_url=scene.github.api) as as_app:
        assert (await as_app.arequest("GET", "/app")).json()["id"] == scene.app.id
        installed = as_app.with_auth(auth.as_installation(scene.installation))
        said = await installed.rest.issues.async_create_comment("octo", "sample", number, body="hello")
        assert said.parsed_data.body == "hello"
        pages = installed.rest.paginate(
            installed.rest.issues.async_list_comments, owner="octo", repo="sample", issue_number=number, per_page=1
        )
        assert [comment.body async for comment in pages] == ["hello"]
        made = scene.pull()
        mutation = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { clientMutationId } }"
        await installed.graphql.arequest(mutation, {"id": made["node_id"]})
        assert (await installed.rest.pulls.async_get("octo", "sample", made["number"])).parsed_data.draft is True


# --- set up by a person, and as a process


def test_the_manifest_flow_makes_an_app(scene: Scene) -> None:
    manifest = '{"name": "My Bot", "url": "https://x", "redirect_url": "http://127.0.0.1:1/made"}'
    with httpx.Client(base_url=scene.github.url, trust_env=False) as browser:
        page = browser.post("/settings/apps/new?state=abc", data={"manifest": manifest})
        assert "Create GitHub App My Bot" in page.text
        agreed = browser.post("/settings/apps/new", data={"manifest": manifest, "state": "abc", "agreed": "yes"})
    target = httpx.URL(agreed.headers["location"])
    assert (target.path, target.params["state"]) == ("/made", "abc")
    with httpx.Client(base_url=scene.github.api, headers={"User-Agent": "t"}, trust_env=False) as client:
        made = client.post(f"/app-manifests/{target.params['code']}/conversions")
        assert made.status_code == 201
        assert made.json()["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
        assert client.post(f"/app-manifests/{target.params['code']}/conversions").status_code == 404


def test_the_links_of_an_issue_and_a_pull_request_can_be_opened(scene: Scene) -> None:
    issue = scene.alice.post(f"{REPO}/issues", json={"title": "<b>Bold</b>", "body": "**strong** <script>"}).json()
    pull = scene.pull()
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(issue["html_url"]).text
        assert "&lt;b&gt;Bold&lt;/b&gt;" in page
        assert "<strong>strong</strong>" in page
        assert "<script>" not in page
        assert "+three" in browser.get(pull["html_url"]).text


def test_as_a_process_it_prints_its_address_first(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fakes.github", "--root", str(tmp_path / "hub")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            with GitHub(process.stdout.readline().strip()) as github:
                github.repository("octo/sample")
                assert github.as_user("alice").get(REPO).json()["full_name"] == "octo/sample"
        finally:
            process.terminate()
    assert process.returncode in (0, -15)
