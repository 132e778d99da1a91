"""The App's signature is the same wherever it is made, and where it is made apart this process stays small."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from bot.github.api import app_signature
from bot.github.api.app_signature import sign_apart, sign_here
from bot.github.api.auth import AppBadge
from bot.github.api.credentials import AppCredentials
from bot.github.api.errors import Unauthorized
from sandbox.errors import TransientError
from tests.bot.github.connecting import credentials
from tests.fakes.github.scene import Scene

_APART = """
import asyncio, json, sys
from bot.github.api.app_signature import sign_apart
from bot.github.api.credentials import AppCredentials
from bot.github.api.errors import Unauthorized

try:
    signed = asyncio.run(sign_apart(AppCredentials.model_validate(json.load(sys.stdin))))
except Unauthorized as error:
    signed = error.sentence
print(json.dumps([signed, [name for name in ("githubkit", "cryptography", "jwt") if name in sys.modules]]))
"""


async def apart(of: AppCredentials) -> tuple[str, list[str]]:
    """What a process that has loaded nothing for it gets, and what it has loaded then."""
    given = json.dumps(of.model_dump(mode="json"))
    command = [sys.executable, "-c", _APART]
    done = await asyncio.to_thread(
        subprocess.run, command, input=given, capture_output=True, text=True, timeout=60, check=True
    )
    signed, loaded = json.loads(done.stdout)
    return signed, loaded


def claims(signed: str, of: AppCredentials) -> dict[str, object]:
    key = load_pem_private_key(of.private_key.get_secret_value().encode(), None).public_key()
    found: dict[str, object] = jwt.decode(signed, key, algorithms=["RS256"])  # type: ignore[arg-type]
    return found


async def test_it_is_good_for_the_app_wherever_it_was_made(scene: Scene) -> None:
    made = credentials(scene)
    elsewhere, loaded = await apart(made)
    for signed in (await sign_here(made), elsewhere):
        assert str(claims(signed, made)["iss"]) == str(made.app_id)
    assert loaded == []


async def test_a_key_that_is_none_is_told_as_one_wherever_it_is_tried(scene: Scene) -> None:
    broken = credentials(scene).model_copy(
        update={"private_key": SecretStr("-----BEGIN RSA PRIVATE KEY-----\nnone\n-----END RSA PRIVATE KEY-----\n")}
    )
    with pytest.raises(Unauthorized, match="private key of the App cannot be used"):
        await sign_here(broken)
    said, _ = await apart(broken)
    assert said == "The private key of the App cannot be used."


async def test_a_process_that_cannot_be_had_may_pass(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_signature, "_LIBRARY", "not loaded")
    monkeypatch.setattr(sys, "executable", "/nothing/here")
    with pytest.raises(TransientError, match="could not be made just now"):
        await sign_apart(credentials(scene))


async def test_many_who_ask_at_once_have_it_signed_once_until_github_does_not_take_it(scene: Scene) -> None:
    asked: list[int] = []

    async def sign(of: AppCredentials) -> str:
        asked.append(of.app_id)
        await asyncio.sleep(0)
        return await sign_here(of)

    told: list[str] = []
    badge = AppBadge(credentials(scene), told.append, sign)
    headers = set(await asyncio.gather(*(badge.header() for _ in range(8))))
    assert (len(headers), len(asked)) == (1, 1)
    assert headers == {f"Bearer {told[0]}"}
    assert badge.renew(headers.pop())
    await badge.header()
    assert len(asked) == 2
