"""Logs of failed jobs: fetched from another server without credentials, cut to what leads to the failure."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from bot.github.api import download
from bot.github.api.auth import WRITE
from bot.github.api.errors import Refused
from bot.github.resources.logs import leading_to_failure
from tests.bot.github.connecting import Hurried, connected
from tests.fakes.github.scene import REPO, Scene

LOG = """\
\ufeff2026-11-29T19:00:00.1234567Z ##[group]Run pytest -q
2026-11-29T19:00:01.0000000Z \x1b[31mFAILED\x1b[0m tests/test_a.py::test_b - assert 1 == 2
2026-11-29T19:00:02.0000000Z ##[error]Process completed with exit code 1.
2026-11-29T19:00:03.0000000Z Post job cleanup.
2026-11-29T19:00:03.0000000Z [command]/usr/bin/git version
2026-11-29T19:00:03.0000000Z git version 2.51
2026-11-29T19:00:03.0000000Z Cleaning up orphan processes
"""
SHORT = """\
##[group]Run pytest -q
FAILED tests/test_a.py::test_b - assert 1 == 2
##[error]Process completed with exit code 1.
Post job cleanup.
[command]/usr/bin/git version
git version 2.51"""


@pytest.fixture
def actions(scene: Scene) -> Iterator[httpx.Client]:
    """GitHub Actions, which reports checks."""
    app = scene.github.app("http://127.0.0.1:9/none", name="GitHub Actions", permissions={"checks": "write"})
    with scene.github.client(scene.github.token(app, scene.github.install(app, "octo"))) as client:
        yield client


def failed(scene: Scene, by: httpx.Client, job: str = "/actions/runs/3/job/77") -> int:
    head = scene.branch("work", "one.txt")
    given = {"name": "test", "head_sha": head, "status": "completed", "conclusion": "failure"}
    details = f"https://github.com/octo/sample{job}"
    answer = by.post(f"{REPO}/check-runs", json={**given, "details_url": details})
    return int(answer.raise_for_status().json()["id"])


async def test_the_log_of_a_failed_job_comes_from_another_server_without_our_token(
    scene: Scene, actions: httpx.Client
) -> None:
    check = failed(scene, actions)
    scene.github.job_log("octo/sample", 77, LOG)
    scene.github.grant(scene.installation, permissions={**WRITE, "actions": "read"})
    async with connected(scene) as repo:
        found = await repo.failed_check(check)
    assert (found.log, found.unlogged) == (SHORT, "")


async def test_where_it_was_not_granted_or_is_gone_all_else_is_told(scene: Scene, actions: httpx.Client) -> None:
    check = failed(scene, actions)
    async with connected(scene) as repo:
        found = await repo.failed_check(check)
        assert (found.name, found.log) == ("test", "")
        assert "actions: read" in found.unlogged
        scene.github.grant(scene.installation, permissions={**WRITE, "actions": "read"})
        gone = await repo.failed_check(check)
        assert gone.log == ""
        assert gone.unlogged


async def test_where_logs_alone_are_out_all_else_is_told(scene: Scene, actions: httpx.Client) -> None:
    check = failed(scene, actions)
    scene.github.fault(f"{REPO}/actions/jobs/77/logs", times=100, status=500)
    scene.github.grant(scene.installation, permissions={**WRITE, "actions": "read"})
    async with connected(scene, hurried=Hurried()) as repo:
        found = await repo.failed_check(check)
    assert (found.name, found.log) == ("test", "")
    assert "trouble" in found.unlogged


async def test_where_rules_alone_are_out_there_are_none_and_the_push_will_tell(scene: Scene) -> None:
    scene.github.fault(f"{REPO}/rules/branches/.*", times=100, status=502)
    scene.github.fault("/graphql", method="POST", times=100, status=502)
    async with connected(scene, hurried=Hurried()) as repo:
        assert await repo.rules("main") == ()


@pytest.mark.parametrize("job", ["/actions/runs/3", "/actions/runs/3/job/", "/job/77", "/actions/runs/x/job/77"])
async def test_a_check_without_a_job_has_no_log(scene: Scene, actions: httpx.Client, job: str) -> None:
    async with connected(scene) as repo:
        found = await repo.failed_check(failed(scene, actions, job))
    assert found.unlogged == "its job is not one of GitHub Actions"


async def test_of_a_long_one_the_end_is_kept_and_of_an_endless_one_nothing(
    scene: Scene, actions: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = failed(scene, actions)
    scene.github.job_log("octo/sample", 77, "x" * 300_000 + "\nthe end")
    scene.github.grant(scene.installation, permissions={**WRITE, "actions": "read"})
    async with connected(scene) as repo:
        found = await repo.failed_check(check)
        assert len(found.log) <= download.MOST_KEPT
        assert found.log.endswith("\nthe end")
        monkeypatch.setattr(download, "MOST_READ", 100_000)
        found = await repo.failed_check(check)
    assert (found.log, found.unlogged[:15]) == ("", "It is larger th")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1/", "ftp://a.example/", "", "https://"])
async def test_nothing_is_fetched_from_where_no_log_can_be(address: str) -> None:
    with pytest.raises(Refused):
        await download.end_of(address)


@pytest.mark.parametrize(
    ("log", "kept"),
    [
        ("", ""),
        ("a\nb", "a\nb"),
        ("##[error]a\n##[error]b\nc", "##[error]a\n##[error]b\nc"),
        ("says ##[error] in a line\nb", "says ##[error] in a line\nb"),
        ("2026-11-29T19:00:00Z a 2026-11-29T19:00:00Z b\r\n", "a 2026-11-29T19:00:00Z b"),
    ],
)
def test_what_leads_to_the_failure_is_kept_without_clocks_and_colours(log: str, kept: str) -> None:
    assert leading_to_failure(log) == kept
