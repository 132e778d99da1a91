"""The client does on GitHub what its methods say, and says what became of things that are gone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from bot.github.api.errors import Gone, NoDrafts, NotFound, Refused
from bot.github.client import GitHub
from bot.github.repository import RepositoryClient
from bot.github.resources.pulls import graphql_url
from tests.bot.github.connecting import Hurried, app_client, connected, credentials
from tests.fakes.github.scene import REPO, Scene

Json = Any


async def test_what_is_not_there_is_not_found(scene: Scene) -> None:
    async with connected(scene) as repo:
        with pytest.raises(NotFound):
            await repo.issue(404)
        assert await repo.file("no/such/file") is None
        assert await repo.branch("no/such") is None
        assert await repo.find_pull("no/such") is None
        assert await repo.permission("nobody") == "none"
        with pytest.raises(NotFound):
            await repo.compare("main", "no/such")


@pytest.mark.parametrize("role", ["read", "triage", "write", "maintain", "admin"])
async def test_the_permission_is_the_exact_role(scene: Scene, role: str) -> None:
    scene.github.roles("octo/sample", carol=role)
    async with connected(scene) as repo:
        assert await repo.permission("carol") == role


async def test_files_are_read_at_a_ref_and_by_any_name(scene: Scene) -> None:
    scene.branch("side", "docs/a%20b%23c%3F.txt")
    async with connected(scene) as repo:
        assert await repo.file("docs/a b#c?.txt", ref="side") == "one\ntwo\nthree\n"
        assert await repo.file("docs/a b#c?.txt") is None
        assert await repo.file("docs", ref="side") is None
        assert await repo.file("../../../user") is None
        with pytest.raises(NotFound):
            await repo.compare("../../pulls", "main")


async def test_a_branch_is_found_compared_and_deleted(scene: Scene) -> None:
    head = scene.branch("fix/issue-1", "one.txt", "two.txt")
    async with connected(scene) as repo:
        assert await repo.branch("fix/issue-1") == head
        assert await repo.branch("fix/issue") is None
        both = await repo.compare("main", "fix/issue-1")
        assert (both.status, both.ahead_by, both.behind_by) == ("ahead", 2, 0)
        assert (both.files, both.commits[-1].sha) == (("one.txt", "two.txt"), head)
        assert both.merge_base == await repo.branch("main")
        await repo.delete_ref("fix/issue-1")
        await repo.delete_ref("fix/issue-1")
        assert await repo.branch("fix/issue-1") is None


async def test_a_pull_request_is_opened_once_and_changed(scene: Scene) -> None:
    head = scene.branch("fix/issue-1", "one.txt")
    async with connected(scene) as repo:
        pull = await repo.create_pull("Mend it", "Fixes #1", head="fix/issue-1", base="main", draft=True)
        again = await repo.create_pull("Mend it", "Fixes #1", head="fix/issue-1", base="main", draft=True)
        assert again.number == pull.number
        assert (pull.head, pull.head_commit, pull.base, pull.draft, pull.state) == (
            "fix/issue-1",
            head,
            "main",
            True,
            "open",
        )
        await repo.set_draft(pull, False)
        changed = await repo.update_pull(pull.number, title="Mend all of it")
        assert (changed.title, changed.body, changed.draft) == ("Mend all of it", "Fixes #1", False)
        assert await repo.request_reviewers(pull.number, "alice") is True
        assert await repo.request_reviewers(pull.number, "stranger") is False
        assert (await repo.pull(pull.number)).reviewers == ("alice",)
        closed = await repo.update_pull(pull.number, state="closed")
        assert closed.state == "closed"
        assert await repo.find_pull("fix/issue-1") is None
        found = await repo.find_pull("fix/issue-1", state="all")
        assert found is not None
        assert found.number == pull.number


async def test_where_drafts_are_not_to_be_had_github_s_refusal_is_known_for_what_it_is(scene: Scene) -> None:
    scene.branch("fix/issue-1", "one.txt")
    scene.github.drafts("octo/sample", False)
    async with connected(scene) as repo:
        with pytest.raises(NoDrafts):
            await repo.create_pull("Mend it", "", head="fix/issue-1", base="main", draft=True)
        pull = await repo.create_pull("Mend it", "", head="fix/issue-1", base="main")
        with pytest.raises(Refused, match="does not have permission to convert"):
            await repo.set_draft(pull, True)
    assert pull.draft is False


async def test_the_draft_state_of_a_pull_request_that_is_not_there_is_not_found(scene: Scene) -> None:
    from dataclasses import replace

    scene.branch("fix/issue-1", "one.txt")
    async with connected(scene) as repo:
        pull = await repo.create_pull("Mend it", "", head="fix/issue-1", base="main")
        with pytest.raises(NotFound):
            await repo.set_draft(replace(pull, node="PR_0"), True)


async def test_a_branch_with_nothing_new_is_refused_with_githubs_words(scene: Scene) -> None:
    scene.branch("fix/issue-1")
    async with connected(scene) as repo:
        with pytest.raises(Refused, match="No commits between main and fix/issue-1"):
            await repo.create_pull("Mend it", "", head="fix/issue-1", base="main")


async def test_a_check_is_made_found_and_completed(scene: Scene) -> None:
    head = scene.branch("fix/issue-1", "one.txt")
    async with connected(scene) as repo:
        made = await repo.create_check("pullwright", head, external_id="run-1", title="At work", summary="Step 2")
        found = await repo.find_check("pullwright", head, "run-1")
        assert found is not None
        assert found.id == made.id
        assert await repo.find_check("pullwright", head, "run-2") is None
        done = await repo.update_check(made.id, conclusion="success", title="Verified", summary="42 passed")
        assert (done.status, done.conclusion) == ("completed", "success")


async def test_git_finds_the_repository_with_a_token_that_only_the_environment_holds(
    scene: Scene, tmp_path: Path
) -> None:
    scene.github.repository("octo/hidden", private=True)
    async with connected(scene, "octo/hidden") as repo:
        reading, writing = await repo.remote(), await repo.remote(write=True)
        clone = tmp_path / "clone"

        def git(*args: str, env: Json) -> subprocess.CompletedProcess[str]:
            known = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0", **env}
            who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
            return subprocess.run(["git", *who, *args], env=known, capture_output=True, text=True, timeout=60)

        def work() -> list[int]:
            codes = [git("clone", "-q", reading.url, str(clone), env={}).returncode]
            codes.append(git("clone", "-q", reading.url, str(clone), env=reading.env).returncode)
            git("-C", str(clone), "commit", "-q", "--allow-empty", "-m", "One more", env={})
            push = ("-C", str(clone), "push", "-q", reading.url, "HEAD:refs/heads/fix/issue-1")
            return [*codes, git(*push, env=reading.env).returncode, git(*push, env=writing.env).returncode]

        assert await asyncio.to_thread(work) == [128, 0, 128, 0]
        assert await repo.branch("fix/issue-1") is not None
    token = writing.env["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]
    assert token not in repr(writing)
    assert token not in (clone / ".git" / "config").read_text()


async def test_the_app_knows_itself_and_where_it_is_installed(scene: Scene) -> None:
    async with app_client(scene) as github:
        app = await github.app()
        assert (app.id, app.slug, app.permissions["contents"]) == (scene.app.id, "pullwright", "write")
        (one,) = await github.installations()
        assert (one.id, one.account, one.suspended) == (scene.installation, "octo", False)
        assert await github.installation_of("octo/sample") == scene.installation
        with pytest.raises(NotFound):
            await github.installation_of("octo/other")


async def test_one_client_serves_several_event_loops(scene: Scene) -> None:
    number = scene.issue()
    other = asyncio.new_event_loop()
    thread = threading.Thread(target=other.run_forever)
    thread.start()
    async with connected(scene) as repo:
        for _ in range(2):
            assert (await repo.issue(number)).number == number
            there = asyncio.run_coroutine_threadsafe(repo.comment(number, "From another loop"), other)
            await asyncio.wrap_future(there)
    other.call_soon_threadsafe(other.stop)
    await asyncio.to_thread(thread.join)
    other.close()


def test_nothing_heavy_is_loaded_before_github_is_asked() -> None:
    heavy = "githubkit", "githubkit_schemas", "jwt", "cryptography", "litellm", "dbos"
    code = f"import sys, bot.github.client; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


async def test_asking_github_does_not_load_its_typed_models(scene: Scene) -> None:
    """They take 240 MB and refuse answers that real servers give."""
    code = """
import asyncio, json, sys
from bot.github.client import GitHub
from bot.github.api.credentials import AppCredentials

async def main():
    given = json.load(sys.stdin)
    github = GitHub(AppCredentials.model_validate(given["credentials"]))
    await github.repository(given["installation"], "octo/sample").info()
    await github.close()
    print(sum(name.startswith("githubkit_schemas") for name in sys.modules))

asyncio.run(main())
"""
    made = credentials(scene)
    given = {"credentials": made.model_dump(mode="json"), "installation": scene.installation}
    command = [sys.executable, "-c", code]
    done = await asyncio.to_thread(
        subprocess.run, command, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) < 10


# --- what the stand-in does not answer


@asynccontextmanager
async def played(router: respx.MockRouter, scene: Scene) -> AsyncIterator[RepositoryClient]:
    """The client of octo/sample at a GitHub that respx plays."""
    token = {"token": "ghs_1_played", "expires_at": "2099-01-01T00:00:00Z"}
    router.post("https://api.test/app/installations/1/access_tokens").respond(201, json=token)
    made = credentials(scene).model_copy(update={"api_url": "https://api.test"})
    github = GitHub(made, clock=Hurried().clock)
    yield github.repository(1, "octo/sample")
    await github.close()


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        (
            {"permission": "write", "role_name": "Deployer", "user": {"permissions": {"pull": True, "push": True}}},
            "write",
        ),
        (
            {"permission": "read", "role_name": "Sorter", "user": {"permissions": {"pull": True, "triage": True}}},
            "triage",
        ),
        ({"permission": "admin"}, "admin"),
        ({"permission": "read", "role_name": "Sorter"}, "read"),
        ({"permission": "everything", "role_name": "Emperor"}, "none"),
    ],
)
async def test_a_role_of_an_organizations_own_counts_as_what_it_may(scene: Scene, answer: Json, role: str) -> None:
    with respx.mock(assert_all_called=False) as router:
        router.route(host="127.0.0.1").pass_through()
        router.get("https://api.test/repos/octo/sample/collaborators/carol/permission").respond(json=answer)
        async with played(router, scene) as repo:
            assert await repo.permission("carol") == role


async def test_the_branch_of_a_fork_is_not_taken_for_ours(scene: Scene) -> None:
    """Forks can belong to the same account, and anybody may name a branch as we do."""
    base = {"ref": "main", "sha": "b", "repo": {"id": 1, "full_name": "octo/sample"}}
    heads = [{"ref": "fix/issue-1", "sha": "h", "repo": repo} for repo in (None, {"id": 2, "full_name": "octo/fork"})]
    pulls = [{"head": head, "base": base} for head in heads]
    with respx.mock(assert_all_called=False) as router:
        router.route(host="127.0.0.1").pass_through()
        router.get("https://api.test/repos/octo/sample/pulls").respond(json=pulls)
        async with played(router, scene) as repo:
            assert await repo.find_pull("fix/issue-1") is None


async def test_a_long_log_of_deliveries_is_read_to_its_end_or_as_far_as_was_asked_for(scene: Scene) -> None:
    newest, number = 2**60, 10_500

    def page(request: httpx.Request) -> httpx.Response:
        first = int(request.url.params.get("cursor", 0))
        rows = [
            {"id": newest - at, "guid": str(at), "event": "issues", "delivered_at": "2030-01-01T00:00:00Z"}
            for at in range(first, min(first + 100, number))
        ]
        following = f'<https://api.test/app/hook/deliveries?per_page=100&cursor={first + 100}>; rel="next"'
        return httpx.Response(200, json=rows, headers={"link": following} if first + 100 < number else {})

    with respx.mock(assert_all_called=False) as router:
        router.get("https://api.test/app/hook/deliveries").mock(side_effect=page)
        github = GitHub(credentials(scene).model_copy(update={"api_url": "https://api.test"}))
        since = datetime(2029, 12, 31, tzinfo=UTC)
        found = await github.deliveries(since)
        assert [found[0].id, found[-1].id, len(found)] == [newest, newest - number + 1, number]
        assert len(await github.deliveries(since, 250)) == 250
        await github.close()


@pytest.mark.parametrize("name", ["octo", "octo/a/b", "octo/..", "../user", "/sample", "octo/"])
async def test_what_is_no_repositorys_name_asks_nothing(scene: Scene, name: str) -> None:
    before = len(scene.github.requests())
    async with connected(scene, name) as repo:
        with pytest.raises(NotFound, match="name"):
            await repo.info()
    assert not [one for one in scene.github.requests()[before:] if not one["path"].endswith("/access_tokens")]


@pytest.mark.parametrize(
    ("api", "address"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.octo.ghe.com", "https://api.octo.ghe.com/graphql"),
        ("https://git.test/api/v3", "https://git.test/api/graphql"),
    ],
)
def test_graphql_lies_where_each_kind_of_github_has_it(api: str, address: str) -> None:
    assert graphql_url(api) == address


async def test_git_is_not_led_to_another_repository_that_took_over_the_name(scene: Scene) -> None:
    async with app_client(scene) as github:
        number = (await github.repository(scene.installation, "octo/sample").info()).id
        before = github.repository(scene.installation, "octo/sample", number)
        await before.remote(write=True)
        renamed = scene.github.as_user("octo-owner")
        scene.github.roles("octo/sample", **{"octo-owner": "admin"})
        assert renamed.patch(REPO, json={"name": "other"}).status_code == 200
        await before.remote(write=True)
        scene.github.repository("octo/sample")
        for write in (False, True):
            with pytest.raises(Gone, match="is another repository by now"):
                await before.remote(write=write)
        issue = renamed.post(f"{REPO}/issues", json={"title": "another's"}).json()["number"]
        with pytest.raises((Gone, Refused)):
            await before.comment(issue, "of a run there was")
        assert renamed.get(f"{REPO}/issues/{issue}/comments").json() == []
