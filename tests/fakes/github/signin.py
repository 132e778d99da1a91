"""Signing in with GitHub: the page where a person agrees, and the exchange of its code for a user's token."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
from typing import Any
from urllib.parse import urlencode

from tests.fakes.github.state import World
from tests.fakes.github.wire import Answer

Json = Any


def authorize(world: World, method: str, fields: dict[str, str]) -> tuple[str, str] | Answer:
    """The title and body of a page with a button for each person; choosing leads back with a code."""
    if not any(app.client_id == fields.get("client_id") for app in world.apps.values()):
        return "Not Found", "<p>There is no App of that client id.</p>"
    if method == "POST":
        code = secrets.token_hex(10)
        challenge = fields.get("code_challenge", "")
        world.codes[code] = (fields["client_id"], world.account(fields["login"]), challenge)
        given = {"code": code} | ({"state": fields["state"]} if "state" in fields else {})
        return Answer(b"", 302, {"Location": f"{fields['redirect_uri']}?{urlencode(given)}"})
    people = sorted(who.login for who in world.accounts.values() if who.kind == "User")
    kept = {name: fields[name] for name in _KEPT if name in fields}
    inputs = "".join(f'<input type="hidden" name="{name}" value="{html.escape(text)}">' for name, text in kept.items())
    buttons = "".join(f'<button name="login" value="{html.escape(who)}">{html.escape(who)}</button> ' for who in people)
    return "Sign in as", f'<form method="post">{inputs}{buttons}</form>'


def exchange(world: World, fields: dict[str, str]) -> Answer:
    """A user's token for a code, which works once and for the App it was given to; errors come with status 200."""
    app = next((app for app in world.apps.values() if app.client_id == fields.get("client_id")), None)
    if app is None or fields.get("client_secret") != app.client_secret:
        return _answer({"error": "incorrect_client_credentials"})
    given = world.codes.pop(fields.get("code", ""), None)
    if given is None or given[0] != app.client_id or not _proven(given[2], fields.get("code_verifier", "")):
        return _answer({"error": "bad_verification_code"})
    token = f"ghu_{secrets.token_hex(18)}"
    world.user_tokens[token] = given[1]
    return _answer({"access_token": token, "token_type": "bearer", "scope": ""})


_KEPT = ("client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method")


def _proven(challenge: str, verifier: str) -> bool:
    """Whether a code that was asked for with a challenge comes with what it was made from (S256)."""
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return not challenge or challenge == made


def _answer(body: Json) -> Answer:
    return Answer(json.dumps(body).encode(), headers={"Content-Type": "application/json; charset=utf-8"})
