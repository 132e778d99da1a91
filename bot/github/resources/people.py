"""Who somebody is on GitHub, and what they are in a repository: by login, and by the number that stays theirs.

A login that somebody gave up can be anybody's from then on. So whoever is known by a number counts by that.
"""

from __future__ import annotations

from bot.github.api.errors import NotFound
from bot.github.api.models import UserInfo
from bot.github.api.paths import part
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node
from bot.github.api.transport import HttpRequest
from bot.github.resources.issues import user_info

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""What somebody may do in a repository, each with all that is left of it."""


class People(RepositoryResource):
    """The part of a repository that says who is who. `account` is GitHub's number of them, 0 where it is not known."""

    async def permission(self, login: str, account: int = 0) -> str:
        """One of ROLES; a role that an organization made counts as the one that it builds on.

        Where the account has another login by now it is asked what that one is; "none" where it is gone.
        """
        found = await self._permission(login)
        if not account or _account(found) == account:
            return _role(found)
        now = await self._login_of(account)
        if now.lower() != login.lower():
            found = await self._permission(now) if now else None
        return _role(found) if _account(found) in (0, account) else "none"

    async def user(self, login: str, account: int = 0) -> UserInfo:
        """The public face of any account; by its number where the login is another one's. Gone where there is none."""
        try:
            found = await self._user(f"/users/{part(login)}")
        except NotFound:
            if not account:
                raise
            found = None
        return found if found and account in (0, found.id) else await self._user(f"/user/{account}")

    async def _user(self, path: str) -> UserInfo:
        return user_info(Node.of((await self._door.send(HttpRequest("GET", path), self._reader)).body).itself_object())

    async def _permission(self, login: str) -> Node | None:
        """What GitHub says of whoever has a login; None where nobody has it."""
        asked = HttpRequest("GET", self._path(f"/collaborators/{part(login)}/permission"))
        try:  # who asks is known also where little is granted
            return Node.of((await self._door.send(asked, self._talker)).body)
        except NotFound:
            return None

    async def _login_of(self, account: int) -> str:
        """The login that an account has now; "" where it is gone."""
        try:
            answer = await self._door.send(HttpRequest("GET", f"/user/{account}"), self._talker)
        except NotFound:
            return ""
        return Node.of(answer.body).words("login")


def _account(found: Node | None) -> int:
    """Whom an answer is about; 0 where it does not say."""
    who = Node({}) if found is None else found.maybe("user")
    return who.number("id") if who.filled("id") else 0


def _role(found: Node | None) -> str:
    if found is None:
        return "none"
    role = found.words("role_name")
    if role in ROLES:
        return role
    rights = found.maybe("user").maybe("permissions")
    names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    held = [names[name] for name in names if rights.flag(name)]
    legacy = found.words("permission", "none")
    return held[-1] if held else legacy if legacy in ROLES else "none"
