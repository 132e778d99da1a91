"""A page says what a server lacks, as it is on GitHub at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.github.api.credentials import save
from tests.bot.github.connecting import credentials
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import Scene
from tests.fakes.visiting import house

__all__ = ["github"]

HERE = "/admin/server/checklist"


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


async def test_what_lacks_before_there_is_an_app_is_told_with_a_remedy(tmp_path: Path) -> None:
    async with house(tmp_path) as opened, opened.operator() as browser:
        shown = (await browser.get(HERE)).text
    for words in (
        "none is configured",
        "PULLWRIGHT_MODEL",
        "Open /setup by the link",
        "PULLWRIGHT_TELEGRAM_TOKEN_FILE",
    ):
        assert words in shown


async def test_the_app_its_webhook_and_its_permissions_are_looked_at_on_github(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    save(credentials(scene), tmp_path / "data" / "github.json")
    async with house(tmp_path, model="openai/x", api_key="k") as opened, opened.operator() as browser:
        shown = (await browser.get(HERE)).text
        assert "openai/x" in shown
        for words in ("GitHub App", "Permissions", "Webhook", "Git to GitHub"):
            assert f"<td>{words}" in shown, words
        assert (await browser.get("/admin/server")).text.count(HERE) == 1


async def test_who_does_not_run_the_server_does_not_see_it(tmp_path: Path) -> None:
    async with house(tmp_path) as opened, opened.signed_in("alice") as browser:
        assert (await browser.get(HERE)).status_code == 403
