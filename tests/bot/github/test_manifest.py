"""app.yml asks for what the code uses: no permission and no event more, and none less."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.github.api.auth import WRITE
from bot.github.manifest import GIVEN_ANYWAY, read_manifest
from bot.webhook.reading import KNOWN
from sandbox.errors import UserError
from tests.bot.conftest import github as github
from tests.bot.conftest import scene as scene
from tests.bot.github.connecting import connected
from tests.fakes.github import wire
from tests.fakes.github.scene import Scene


def test_the_permissions_are_those_that_tokens_are_made_with() -> None:
    assert read_manifest().permissions == WRITE


def test_the_events_are_those_that_are_understood() -> None:
    assert set(read_manifest().events) == KNOWN - GIVEN_ANYWAY
    assert GIVEN_ANYWAY <= KNOWN


async def test_each_permission_is_needed_by_something_that_the_client_does(scene: Scene) -> None:
    head = scene.branch("fix/issue-1", "one.txt")
    number = scene.issue()
    async with connected(scene) as repo:
        await repo.permission("alice")
        await repo.comment(number, "At work")
        await repo.create_pull("Mend it", "", head="fix/issue-1", base="main")
        await repo.create_check("pullwright", head, external_id="r1")
        await repo.delete_ref("fix/issue-1")
    used = set()
    for request in scene.github.requests():
        found = wire.find(request["method"], request["path"].removeprefix("/api/v3"))
        if request["status"] < 300 and found is not None and str(request["actor"]).startswith("pullwright"):
            used |= set(found[0].needs[:1])
    wanted = {f"{name}:{level}" for name, level in read_manifest().permissions.items()}
    assert wanted <= used, f"nothing needs {wanted - used}; it used {used}"


def test_what_was_not_granted_is_named() -> None:
    manifest = read_manifest()
    assert manifest.lacking(manifest.permissions, manifest.events) == []
    short = {**manifest.permissions, "issues": "read"}
    del short["checks"]
    assert manifest.lacking(short, ("issues", "issue_comment", "pull_request")) == [
        "issues: write",
        "checks: write",
        "event repository",
    ]
    assert manifest.lacking({**manifest.permissions, "contents": "admin"}) == []


def test_a_manifest_that_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "app.yml").write_text("name: x\nname: y\n")
    with pytest.raises(UserError, match="twice"):
        read_manifest(tmp_path / "app.yml")
