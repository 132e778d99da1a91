"""Tokens are made for one repository and one purpose, kept while they live, and missed with a clear sentence."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.github.api.auth import PERMISSIONS, READ, TALK, WRITE, Purpose
from bot.github.api.errors import Gone, Refused, Unauthorized, refusal
from bot.github.client import GitHub
from tests.bot.github.connecting import Hurried, app_client, connected, credentials
from tests.fakes.github.scene import REPO, Scene

Json = Any


def minted(scene: Scene, since: int = 0) -> list[Json]:
    """The bodies with which tokens were asked for, by our client."""
    asked = [one for one in scene.github.requests()[since:] if one["path"].endswith("/access_tokens")]
    return [body for one in asked if "permissions" in (body := json.loads(one["body"] or "{}"))]


async def test_reading_talking_and_writing_take_a_token_each_for_this_repository_alone(scene: Scene) -> None:
    number = scene.issue()
    async with connected(scene) as repo:
        await repo.issue(number)
        await repo.issue(number)
        assert minted(scene) == [{"permissions": READ, "repositories": ["sample"]}]
        await repo.comment(number, "Hello")
        await repo.comment(number, "again")
        assert minted(scene)[1:] == [{"permissions": TALK, "repositories": ["sample"]}]
        await repo.remote(write=True)
        await repo.remote(write=True)
    assert minted(scene)[2:] == [{"permissions": WRITE, "repositories": ["sample"]}]


async def test_many_who_need_a_token_at_once_get_the_same(scene: Scene) -> None:
    number = scene.issue()
    async with connected(scene) as repo:
        await asyncio.gather(*(repo.issue(number) for _ in range(5)))
    assert len(minted(scene)) == 1


async def test_a_token_is_renewed_before_its_last_five_minutes(scene: Scene) -> None:
    number = scene.issue()
    hurried = Hurried()
    async with connected(scene, hurried=hurried) as repo:
        await repo.issue(number)
        hurried.at += 3600 - 310
        await repo.issue(number)
        assert len(minted(scene)) == 1
        hurried.at += 20
        await repo.issue(number)
    assert len(minted(scene)) == 2


async def test_a_token_that_ends_early_is_renewed_once_and_the_work_goes_on(scene: Scene) -> None:
    number = scene.issue()
    async with connected(scene) as repo:
        await repo.comment(number, "One")
        scene.github.expire_tokens()
        await repo.comment(number, "Two")
        assert [one.body for one in await repo.comments(number)] == ["One", "Two"]


async def test_git_gets_no_token_that_github_has_ended(scene: Scene) -> None:
    async with connected(scene) as repo:
        ended = await repo.remote(write=True)
        scene.github.expire_tokens()
        fresh = await repo.remote(write=True)
        assert fresh.env != ended.env
        assert (await repo.remote(write=True)).env == fresh.env


async def test_a_token_that_is_refused_twice_is_not_asked_for_a_third_time(scene: Scene) -> None:
    number = scene.issue()
    scene.github.fault(f"{REPO}/issues/{number}", status=401, times=10)
    async with connected(scene) as repo:
        with pytest.raises(Refused, match="does not accept our credentials"):
            await repo.issue(number)
    assert len(minted(scene)) == 2


async def test_every_secret_is_announced_and_none_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number = scene.issue()
    secrets: list[str] = []
    async with app_client(scene, secrets=secrets) as github:
        assert {scene.app.webhook_secret, credentials(scene).private_key.get_secret_value()} <= set(secrets)
        repo = github.repository(scene.installation, "octo/sample")
        await repo.comment(number, "Hello")
        remote = await repo.remote(write=True)
        shown = f"{github!r} {repo!r} {remote!r} {vars(github)!r} {caplog.text}"
    basic = remote.env["GIT_CONFIG_VALUE_0"].removeprefix("Authorization: Basic ")
    token = base64.b64decode(basic).decode().removeprefix("x-access-token:")
    assert token.startswith("ghs_")
    assert {token, basic} <= set(secrets)
    assert any(secret.count(".") == 2 and not secret.startswith("ghs_") for secret in secrets), "the App's signature"
    assert not [secret for secret in secrets if secret in shown]


# --- what is gone


async def test_a_suspended_installation_is_said(scene: Scene) -> None:
    with scene.github.client(scene.app.jwt()) as app:
        app.put(f"/app/installations/{scene.installation}/suspended").raise_for_status()
    async with connected(scene) as repo:
        with pytest.raises(Gone, match=r"suspended.*An owner of the account can unsuspend it"):
            await repo.info()


@pytest.mark.parametrize("purpose", ["logs", "deployments", "members"])
async def test_what_was_not_granted_keeps_nothing_else_from_working(scene: Scene, purpose: Purpose) -> None:
    """The App of the scene asks for none of the permissions that an owner may leave out."""
    number = scene.issue()
    async with connected(scene) as repo:
        special = replace(repo._reader, purpose=purpose)
        (name,) = set(PERMISSIONS[purpose]) - {"metadata"}
        with pytest.raises(Gone, match=f"lacks the permission {name}: read") as refused:
            await special.header()
        assert f"/settings/installations/{scene.installation}" in refused.value.remedy
        await repo.comment(number, "I can still talk.")
        assert (await repo.remote(write=True)).url
        scene.github.grant(scene.installation, permissions={**WRITE, name: "read"})
        assert await special.header()


async def test_a_token_without_the_permission_is_refused_by_its_name(scene: Scene) -> None:
    """As GitHub does it, for whatever the stand-in knows: 403, and the header that says what would do."""
    head = scene.branch("work", "one.txt")
    ways = {
        "/actions/jobs/1/logs": "actions=read",
        "/deployments": "deployments=read",
        f"/commits/{head}/check-runs": "checks=read",
        "/issues/1/comments": "issues=read; pull_requests=read",
        "/contents/README.md": "contents=read",
        "/pulls": "pull_requests=read",
    }
    with scene.github.client(
        scene.github.token(scene.app, scene.installation, permissions={"metadata": "read"})
    ) as bot:
        for path, wanted in ways.items():
            answer = bot.get(f"{REPO}{path}")
            assert (answer.status_code, answer.headers.get("x-accepted-github-permissions")) == (403, wanted)
            told = refusal(403, answer.json(), answer.headers, f"GET {path}")
            assert "lacks the permission" in str(told)
        assert bot.get(REPO).status_code == 200


@pytest.mark.parametrize("known", [False, True], ids=["before the first token", "in mid-run"])
async def test_a_removed_installation_is_said(scene: Scene, known: bool) -> None:
    async with connected(scene) as repo:
        if known:
            await repo.info()
        with scene.github.client(scene.app.jwt()) as app:
            app.delete(f"/app/installations/{scene.installation}").raise_for_status()
        with pytest.raises(Gone, match="not installed there any more"):
            await repo.info()


async def test_a_repository_that_was_taken_from_the_installation_is_said(scene: Scene) -> None:
    scene.github.repository("octo/private", private=True)
    scene.github.grant(scene.installation, repositories=["octo/sample"])
    async with connected(scene, "octo/private") as repo:
        with pytest.raises(Gone, match="octo/private is not there for this App any more"):
            await repo.info()


async def test_a_permission_that_was_not_granted_is_named_and_can_be_told(scene: Scene) -> None:
    number = scene.issue()
    granted = {"contents": "read", "issues": "write", "metadata": "read", "checks": "read", "pull_requests": "write"}
    scene.github.grant(scene.installation, permissions=granted)
    async with connected(scene) as repo:
        assert (await repo.issue(number)).number == number
        with pytest.raises(Gone, match="lacks the permission checks: write, contents: write"):
            await repo.create_pull("Mend it", "", head="fix", base="main")
        await repo.comment(number, "I lack a permission.")


@pytest.mark.parametrize("known", [False, True], ids=["before the first token", "in mid-run"])
async def test_a_renamed_repository_is_found_under_its_new_name(scene: Scene, known: bool) -> None:
    number = scene.issue()
    scene.github.roles("octo/sample", alice="admin")
    async with connected(scene) as repo:
        if known:
            await repo.comment(number, "Before")
        scene.alice.patch(REPO, json={"name": "renamed"}).raise_for_status()
        await repo.comment(number, "After")
        assert [one.body for one in await repo.comments(number)] == ["Before", "After"][not known :]
        assert (await repo.info()).full_name == "octo/renamed"
        scene.github.expire_tokens()
        assert await repo.branch("main") is not None
        assert (await repo.remote()).url == f"{scene.github.url}/octo/renamed.git"


async def test_a_transferred_repository_is_said_with_its_new_name(scene: Scene) -> None:
    scene.github.transfer("octo/sample", "elsewhere")
    async with connected(scene) as repo:
        with pytest.raises(Gone, match="octo/sample is elsewhere/sample now, and this App is not installed there"):
            await repo.info()


# --- the App's own signature


async def test_where_the_app_is_installed_anew_the_new_installation_is_used(scene: Scene) -> None:
    number = scene.issue()
    async with connected(scene) as repo:
        await repo.comment(number, "Before")
        with scene.github.client(scene.app.jwt()) as app:
            app.delete(f"/app/installations/{scene.installation}").raise_for_status()
        anew = scene.github.install(scene.app, "octo")
        for said in ("After", "And once more"):
            await repo.comment(number, said)
        scene.github.expire_tokens()
        assert [one.body for one in await repo.comments(number)] == ["Before", "After", "And once more"]
    asked = [one["path"] for one in scene.github.requests() if one["path"].endswith("/access_tokens")]
    assert asked[-1] == f"/app/installations/{anew}/access_tokens"


async def test_a_repository_that_is_transferred_to_where_the_app_is_too_is_worked_on_there(scene: Scene) -> None:
    scene.github.install(scene.app, "elsewhere")
    async with connected(scene) as repo:
        assert (await repo.info()).full_name == "octo/sample"
        scene.github.transfer("octo/sample", "elsewhere")
        scene.github.expire_tokens()
        assert (await repo.info()).full_name == "elsewhere/sample"
        assert (await repo.remote(write=True)).url == f"{scene.github.url}/elsewhere/sample.git"


async def test_a_key_of_another_app_is_said(scene: Scene) -> None:
    made = credentials(scene).model_copy(update={"app_id": 1})
    github = GitHub(made, clock=Hurried().clock)
    with pytest.raises(Refused, match=r"does not know this App or its key.*Check the App's id and private key"):
        await github.app()
    await github.close()


async def test_a_key_that_is_none_is_said(scene: Scene) -> None:
    broken = SecretStr("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")
    github = GitHub(credentials(scene).model_copy(update={"private_key": broken}), clock=Hurried().clock)
    with pytest.raises(Refused, match="private key of the App cannot be used"):
        await github.app()
    await github.close()


async def test_a_clock_that_is_wrong_is_said(scene: Scene) -> None:
    words = "'Expiration time' claim ('exp') is too far in the future"
    scene.github.fault("/app", status=401, message=words, times=2)
    async with app_client(scene) as github:
        with pytest.raises(Unauthorized, match="Set this server's clock"):
            await github.app()


async def test_a_signature_that_is_over_for_githubs_clock_is_made_anew(scene: Scene) -> None:
    async with app_client(scene) as github:
        await github.app()
        scene.github.fault("/app", status=401, message="'Expiration time' claim ('exp') must be in the future")
        assert (await github.app()).slug == scene.app.slug
