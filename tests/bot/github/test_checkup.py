"""What doctor finds at GitHub, and what it says to do about it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from bot.cli.machine.doctor import findings
from bot.github import features
from bot.github.api.credentials import save
from bot.github.checkup import check_app
from bot.github.features import FEATURES
from bot.github.manifest import read_manifest
from bot.settings import Settings
from sandbox.backend import HostFinding
from tests.bot.github.connecting import app_client, credentials
from tests.fakes.github import GitHub
from tests.fakes.github.scene import Scene

NOWHERE = "http://127.0.0.1:9"
"""The port of the discard service: nothing answers there."""


@pytest.fixture
def scene(github: GitHub) -> Scene:
    """An App as app.yml has it, whose webhook nobody answers."""
    manifest = read_manifest()
    github.repository("octo/sample", roles={"alice": "write"})
    app = github.app(f"{NOWHERE}/webhook", secret="s", permissions=manifest.permissions, events=manifest.events)
    installation = github.install(app, "octo")
    alice = github.as_user("alice")
    return Scene(github, app, installation, alice, alice, alice)


async def found_in(scene: Scene, public_url: str = NOWHERE) -> dict[str, HostFinding]:
    async with app_client(scene) as github:
        found = [one async for one in check_app(github, public_url)]
    return {one.subject: one for one in found}


async def test_an_app_as_it_should_be_is_called_so(scene: Scene) -> None:
    found = await found_in(scene)
    good = ("GitHub App", "permissions", "webhook", "installation on octo")
    assert all(found[subject].ok for subject in good), found
    assert (found["this server"].ok, found["this server"].fatal) == (False, False)


async def test_git_itself_is_tried_since_it_has_a_way_of_its_own(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (await found_in(scene))["git to GitHub"]
    assert (found.ok, found.detail) == (True, "octo/sample has 1 branch")
    scene.github.fault(".*/info/refs", status=403, message="Blocked", times=9)
    found = (await found_in(scene))["git to GitHub"]
    assert not found.ok
    assert "SSL_CERT_FILE" in found.remedy


async def test_an_installation_without_repositories_has_nothing_that_git_could_try(scene: Scene) -> None:
    scene.github.grant(scene.installation, repositories=[])
    assert "gave it no repository" in (await found_in(scene))["git to GitHub"].detail


async def test_what_was_not_granted_is_named_with_what_does_not_work_therefore(scene: Scene) -> None:
    granted = {**read_manifest().permissions, "contents": "read"}
    del granted["actions"]
    scene.github.grant(scene.installation, permissions=granted)
    finding = (await found_in(scene))["installation on octo"]
    assert (finding.ok, finding.fatal) == (False, False)
    assert finding.detail == (
        "it does not grant contents: write (no reading the code, and pushing its own branches); "
        "actions: read (no reading the logs of failed jobs)"
    )
    assert f"/settings/installations/{scene.installation}" in finding.remedy


async def test_each_installation_is_told_of_by_itself(scene: Scene) -> None:
    scene.github.repository("other/one")
    other = scene.github.install(scene.app, "other")
    granted = dict(read_manifest().permissions)
    del granted["deployments"]
    scene.github.grant(other, permissions=granted)
    found = await found_in(scene)
    assert found["installation on octo"].ok
    assert found["installation on other"].detail == (
        "it does not grant deployments: read (later no hearing of deployments)"
    )


async def test_an_app_that_asks_for_less_than_the_code_uses_is_told(github: GitHub, scene: Scene) -> None:
    scene.app = github.app(f"{NOWHERE}/webhook", name="Small", permissions={"issues": "write"}, events=["issues"])
    found = await found_in(scene)
    assert (found["permissions"].ok, found["permissions"].fatal) == (False, True)
    assert "checks: write (no showing a run as a check" in found["permissions"].detail
    assert "event issue_comment" in found["permissions"].detail
    assert f"{github.url}/apps/small/installations/new" in found["installations"].remedy


async def test_an_app_that_was_made_by_an_earlier_version_goes_on_and_is_told_what_comes(
    github: GitHub, scene: Scene
) -> None:
    now = [one for one in FEATURES if one.kept and not one.ahead]
    scene.app = github.app(
        f"{NOWHERE}/webhook", name="Older", permissions=features.permissions(now), events=features.events(now)
    )
    finding = (await found_in(scene))["permissions"]
    assert (finding.ok, finding.fatal) == (False, False)
    assert "members: read (no hearing at once that somebody's role has changed; later no knowing who" in finding.detail
    assert "event deployment_status" in finding.detail


async def test_a_webhook_that_leads_elsewhere_is_told(scene: Scene) -> None:
    wrong = (await found_in(scene, "https://bot.example.org/"))["webhook"]
    assert (wrong.ok, "https://bot.example.org/webhook" in wrong.remedy) == (False, True)
    unknown = (await found_in(scene, ""))["webhook"]
    assert (unknown.ok, unknown.fatal) == (False, False)


async def test_deliveries_that_did_not_arrive_are_counted(scene: Scene) -> None:
    scene.issue()
    await asyncio.to_thread(scene.github.settle)
    finding = (await found_in(scene))["deliveries"]
    assert not finding.ok
    assert "did not arrive" in finding.detail


async def test_a_suspended_installation_is_told(scene: Scene) -> None:
    with scene.github.client(scene.app.jwt()) as app:
        app.put(f"/app/installations/{scene.installation}/suspended").raise_for_status()
    finding = (await found_in(scene))["installation on octo"]
    assert (finding.ok, finding.detail) == (False, "it is suspended")


def test_doctor_as_a_whole_says_what_is_missing_and_what_is_wrong(scene: Scene, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, sandbox="unsafe_local", public_url=NOWHERE)
    none = next(one for one in findings(settings) if one.subject == "GitHub App")
    assert (none.ok, none.fatal, "PULLWRIGHT_PUBLIC_URL" in none.remedy) == (False, False, True)
    save(credentials(scene), settings.credentials_file)
    assert {one.subject: one for one in findings(settings)}["permissions"].ok
    settings.credentials_file.chmod(0o644)
    open_to_others = Settings(data=tmp_path, sandbox="unsafe_local")
    assert "chmod 600" in {one.subject: one for one in findings(open_to_others)}["GitHub"].remedy
    save(credentials(scene).model_copy(update={"api_url": scene.github.url}), settings.credentials_file)
    elsewhere = Settings(data=tmp_path, sandbox="unsafe_local", model="ollama/y")
    assert "/api/v3" in {one.subject: one for one in findings(elsewhere)}["GitHub"].remedy
    other = strangers_key()
    wrong = credentials(scene).model_copy(update={"private_key": SecretStr(other)})
    save(wrong, settings.credentials_file)
    unknown = {one.subject: one for one in findings(Settings(data=tmp_path, sandbox="unsafe_local", model="ollama/x"))}
    assert not unknown["GitHub"].ok
    assert "key" in unknown["GitHub"].remedy


def strangers_key() -> str:
    """A private key that GitHub has never seen."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
