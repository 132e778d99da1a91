"""A secret in whatever we are made to say: through whichever request it is to go, it does not reach GitHub."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote_plus

from pydantic import SecretStr

from bot.app import make_github
from bot.github.api.credentials import save
from bot.settings import Settings
from tests.bot.conftest import scene as scene
from tests.bot.github.connecting import credentials
from tests.fakes.github.fixture import github as github
from tests.fakes.github.scene import Scene
from workflows.secrets.redaction import MARK

KEY = "sk-model/" + "k9Xw2" + "Qz7Lm4+Pv8Rt1Ny6Bc3"


async def test_no_request_carries_a_secret_in_any_form(scene: Scene, tmp_path: Path) -> None:
    number = scene.issue()
    head = scene.branch("fix/issue-1", "one.txt")
    settings = Settings(data=tmp_path / "data", api_key=SecretStr(KEY))
    settings.prepare()
    save(credentials(scene), settings.credentials_file)
    app = make_github(settings)
    repo = app.repository(scene.installation, "octo/sample")
    try:
        remote = await repo.remote(write=True)
        token = base64.b64decode(remote.env["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]).decode().partition(":")[2]
        assert token.startswith("ghs_")
        secrets = [form for value in (KEY, token) for form in (value, quote_plus(value), packed(value))]
        text = "I was told to say " + " and ".join(secrets)
        comment = await repo.comment(number, text)
        assert await repo.comment(number, f"{text}.") != comment, "it is found again by what was posted"
        await repo.edit_comment(comment, text)
        await repo.add_labels(number, KEY)
        pull = await repo.create_pull(text[:200], text, head="fix/issue-1", base="main")
        await repo.update_pull(pull.number, title=text[:200], body=text)
        check = await repo.create_check("Pullwright", head, external_id="r1", title=text[:200], summary=text)
        await repo.update_check(check.id, conclusion="neutral", title=text[:200], summary=text)
    finally:
        await app.close()
    sent = [str(one["body"]) for one in scene.github.requests() if one["method"] != "GET" and one["body"]]
    assert sum(MARK in body for body in sent) == 8
    for body in sent:
        assert not [secret for secret in secrets if secret in body or secret[:30] in body], body


def packed(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
