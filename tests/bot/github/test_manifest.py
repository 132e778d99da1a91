"""app.yml asks for what the code uses: no permission and no event more, and none less."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.github import features, manifest
from bot.github.api.auth import PERMISSIONS
from bot.github.features import FEATURES, GIVEN_ANYWAY, HEARD
from bot.github.manifest import read_manifest
from bot.webhook.events.reading import KNOWN
from sandbox.errors import UserError
from tests.bot.conftest import github as github
from tests.bot.conftest import scene as scene
from tests.bot.github.connecting import connected
from tests.fakes.github import auth, events, wire
from tests.fakes.github.scene import Scene

ROOT = Path(__file__).parents[3]


def test_the_file_is_the_one_that_is_made_from_the_features() -> None:
    assert (ROOT / "app.yml").read_text() == manifest.made(), "run: make manifest"
    read = read_manifest()
    assert (read.permissions, read.events) == (features.permissions(), features.events())
    assert read.form("https://bot.example.org/")["callback_urls"] == ["https://bot.example.org/signin/callback"]


def test_the_documentation_has_the_same_table() -> None:
    assert features.table() in (ROOT / "docs" / "github.md").read_text(), f"it should be:\n{features.table()}"


def test_the_permissions_are_those_that_tokens_are_made_with() -> None:
    made: dict[str, str] = {}
    for wanted in PERMISSIONS.values():
        made |= {name: level for name, level in wanted.items() if made.get(name) != "write"}
    assert read_manifest().permissions == made


def test_the_events_are_those_that_are_understood() -> None:
    kept = features.events(one for one in FEATURES if one.kept)
    assert {*kept, *GIVEN_ANYWAY} == KNOWN
    assert HEARD <= KNOWN


def test_what_an_owner_may_leave_out_is_asked_for_by_itself() -> None:
    """So that a token for the ordinary work is never refused for it."""
    optional = {name for one in FEATURES if one.optional for name in one.permissions}
    for purpose in ("read", "talk", "write"):
        assert not optional & set(PERMISSIONS[purpose])
    assert not any(one.optional and set(one.events) & HEARD for one in FEATURES if one.ahead)


async def test_each_permission_is_needed_by_something_that_the_client_does(scene: Scene) -> None:
    head = scene.branch("fix/issue-1", "one.txt")
    number = scene.issue()
    scene.github.job_log("octo/sample", 7, "FAILED")
    scene.github.grant(scene.installation, permissions={**PERMISSIONS["write"], "actions": "read"})
    async with connected(scene) as repo:
        await repo._job_log(7)
        await repo.permission("alice")
        await repo.comment(number, "At work")
        await repo.create_pull("Mend it", "", head="fix/issue-1", base="main")
        await repo.create_check("pullwright", head, external_id="r1")
        await repo.delete_ref("fix/issue-1")
    used = set()
    for request in scene.github.requests():
        found = wire.find(request["method"], request["path"].removeprefix("/api/v3"))
        if request["status"] < 400 and found is not None and str(request["actor"]).startswith("pullwright"):
            used |= set(found[0].needs[:1])
    now = features.permissions(one for one in FEATURES if one.kept and not one.ahead)
    wanted = {f"{name}:{level}" for name, level in now.items()}
    assert wanted <= used, f"nothing needs {wanted - used}; it used {used}"


def test_what_was_not_granted_is_named_with_what_does_not_work() -> None:
    granted = features.permissions()
    assert features.missing(granted) == {}
    short = {**granted, "issues": "read", "contents": "read"}
    del short["checks"], short["actions"]
    assert {name: [one.does for one in found] for name, found in features.missing(short).items()} == {
        "contents: write": [features.CODE.does],
        "issues: write": [features.ISSUES.does, features.MARKS.does],
        "checks: write": [features.CHECKS.does, features.CHECKS_HEARD.does],
        "actions: read": [features.LOGS.does],
    }
    assert features.missing({**granted, "contents": "admin"}) == {}
    assert list(features.missing({**granted, "issues": "owner"})) == ["issues: write"]


@pytest.mark.parametrize("event", sorted(set(features.events()) - {"repository"}))
def test_each_event_is_covered_by_the_permission_that_github_wants_for_it(event: str) -> None:
    (feature,) = (one for one in FEATURES if event in one.events)
    assert auth.allows(dict(feature.permissions), f"{events.NEEDS[event]}:read")


def test_asking_for_the_file_prints_it_and_nothing_else_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert manifest.main([]) == 0
    assert capsys.readouterr().out == manifest.made()
    assert manifest.main(["--what"]) == 2


def test_a_manifest_that_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "app.yml").write_text("name: x\nname: y\n")
    with pytest.raises(UserError, match="twice"):
        read_manifest(tmp_path / "app.yml")
