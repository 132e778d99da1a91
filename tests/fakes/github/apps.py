"""How an App comes into being, and onto an account."""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.github import events
from tests.fakes.github.state import Account, App, Installation, Repository, World

Json = Any


def create(world: World, manifest: Json, *, owner: Account | None = None) -> App:
    """The App of a manifest (GitHub's fields: name, url, hook_attributes, default_permissions, default_events)."""
    name = manifest.get("name") or "app"
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    private, public = key_pair()
    hook = manifest.get("hook_attributes", {})
    app = App(
        id=world.next_id(),
        slug=slug,
        name=name,
        owner=owner or world.account("octo", "Organization"),
        bot=world.account(f"{slug}[bot]", "Bot"),
        public_key=public,
        private_key=private,
        client_id=f"Iv23li{secrets.token_hex(7)}",
        client_secret=secrets.token_hex(20),
        webhook_secret=manifest.get("webhook_secret") or secrets.token_hex(20),
        webhook_url=hook.get("url", ""),
        permissions=dict(manifest.get("default_permissions", {})),
        events=list(manifest.get("default_events", [])),
        external_url=manifest.get("url") or "https://example.com",
    )
    world.apps[app.id] = app
    return app


def install(world: World, app: App, account: Account, repositories: list[Repository] | None) -> Installation:
    """Put an App on an account, with all its repositories where `repositories` is None."""
    ids = None if repositories is None else {repo.id for repo in repositories}
    one = Installation(world.next_id(), app, account, dict(app.permissions), ids)
    world.installations[one.id] = one
    events.installation(world, one, account, "created")
    return one


@cache
def key_pair() -> tuple[str, str]:
    """A private and a public key as PEM; one pair for all Apps of a process, since making one takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
