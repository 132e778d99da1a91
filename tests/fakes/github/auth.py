"""Who is asking, and whether they may: App JWTs, installation tokens, users' tokens, permissions."""

from __future__ import annotations

import base64
import binascii
import time
from dataclasses import dataclass

import jwt

from tests.fakes.github.state import Account, App, Repository, Token, World

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""A repository's roles, each with all that is left of it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. `kind` is app (by JWT), installation, user, or anyone."""

    kind: str
    account: Account | None = None
    app: App | None = None
    token: Token | None = None


class Unauthorized(Exception):
    """401, with GitHub's sentence."""


class Forbidden(Exception):
    """403, with GitHub's sentence; `needs` are the permissions of which one would do."""

    def __init__(self, sentence: str, needs: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.needs = needs


def authenticate(world: World, header: str) -> Actor:
    """The actor of an Authorization header (Bearer, token, or Basic with the token as password)."""
    scheme, _, credentials = header.partition(" ")
    match scheme.lower():
        case "":
            return Actor("anyone")
        case "basic":
            return _by_secret(world, credentials) or _by_token(world, _password(credentials))
        case "bearer" | "token" if credentials.count(".") == 2 and not credentials.startswith("gh"):
            return _by_jwt(world, credentials)
        case "bearer" | "token":
            return _by_token(world, credentials)
        case _:
            raise Unauthorized("Bad credentials")


def check(world: World, actor: Actor, repository: Repository, needs: tuple[str, ...], role: str) -> bool:
    """Whether the actor may; False where the repository must look as if it were not there."""
    if actor.kind == "installation" and actor.token is not None:
        return _check_installation(actor.token, repository, needs)
    held = "read" if actor.account is None and not repository.private else "none"
    if actor.account is not None:
        held = repository.role(actor.account.login)
    if held == "none":
        return False
    if ROLES.index(held) < ROLES.index(role):
        raise Forbidden("Must have admin rights to Repository.")
    return True


def allows(permissions: dict[str, str], need: str) -> bool:
    """Whether permissions hold a need as "contents:write"; "metadata:read" always holds."""
    name, _, level = need.partition(":")
    held = permissions.get(name, "read" if name == "metadata" else "")
    return held in (("read", "write", "admin") if level == "read" else ("write", "admin"))


def _check_installation(token: Token, repository: Repository, needs: tuple[str, ...]) -> bool:
    if token.installation.suspended_at:
        raise Forbidden("This installation has been suspended")
    if not token.covers(repository):
        if repository.private:
            return False
        if any(need.endswith(":write") for need in needs):
            raise Forbidden("Resource not accessible by integration", needs)
        return True
    if needs and not any(allows(token.permissions, need) for need in needs):
        raise Forbidden("Resource not accessible by integration", needs)
    return True


def _by_secret(world: World, credentials: str) -> Actor | None:
    """An App by its client id and secret; None where it is not one."""
    try:
        name, _, secret = base64.b64decode(credentials).decode().partition(":")
    except ValueError:
        return None
    app = next((one for one in world.apps.values() if (one.client_id, one.client_secret) == (name, secret)), None)
    return None if app is None else Actor("app", app.bot, app)


def _by_token(world: World, value: str) -> Actor:
    if token := world.tokens.get(value):
        if token.expires <= time.time():
            raise Unauthorized("Bad credentials")
        if token.installation.id not in world.installations:
            raise Unauthorized("Bad credentials")
        return Actor("installation", token.installation.app.bot, token.installation.app, token)
    if user := world.user_tokens.get(value):
        return Actor("user", user)
    raise Unauthorized("Bad credentials")


def _by_jwt(world: World, value: str) -> Actor:
    """As GitHub checks it: RS256, issued by an App's id or client id, at most ten minutes to live."""
    try:
        claims = jwt.decode(value, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise Unauthorized("A JSON web token could not be decoded") from None
    issuer = str(claims.get("iss", ""))
    app = next((a for a in world.apps.values() if issuer in (str(a.id), a.client_id)), None)
    if app is None:
        raise Unauthorized("'Issuer' claim ('iss') must be an Integer")
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or expires > time.time() + 600:
        raise Unauthorized("'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(issued, int | float) or issued > time.time() + 1:
        raise Unauthorized(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    try:
        jwt.decode(value, app.public_key, algorithms=["RS256"])
    except jwt.ExpiredSignatureError:
        raise Unauthorized("'Expiration time' claim ('exp') must be a numeric value representing the future") from None
    except jwt.InvalidTokenError:
        raise Unauthorized("A JSON web token could not be decoded") from None
    return Actor("app", app.bot, app)


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthorized("Bad credentials") from None
