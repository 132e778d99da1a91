"""The stand-in GitHub answers as GitHub does: tokens, issues, repositories that move, links and set-up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import githubkit
import httpx
import pytest

from tests.fakes.github import GitHub, openapi
from tests.fakes.github.scene import REPO, Scene

Json = Any


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


def test_a_person_signs_in_with_a_code_that_works_once(scene: Scene) -> None:
    asked = {"client_id": scene.app.client_id, "redirect_uri": "http://127.0.0.1:1/back", "state": "abc"}
    with httpx.Client(base_url=scene.github.url, trust_env=False) as browser:
        assert ">alice</button>" in browser.get("/login/oauth/authorize", params=asked).text
        agreed = browser.post("/login/oauth/authorize", data={**asked, "login": "alice"})
        target = httpx.URL(agreed.headers["location"])
        assert (target.path, target.params["state"]) == ("/back", "abc")
        given = {"client_id": scene.app.client_id, "client_secret": "wrong", "code": target.params["code"]}
        wrong = browser.post("/login/oauth/access_token", data=given)
        given["client_secret"] = scene.app.client_secret
        first, second = (browser.post("/login/oauth/access_token", data=given).json() for _ in range(2))
    assert wrong.json() == {"error": "incorrect_client_credentials"}
    assert second == {"error": "bad_verification_code"}
    with scene.github.client(first["access_token"]) as client:
        assert client.get("/user").json()["login"] == "alice"


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
