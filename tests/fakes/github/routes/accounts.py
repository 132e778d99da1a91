"""Accounts, repositories as such, collaborators, and the API's own figures."""

from __future__ import annotations

import time

from tests.fakes.github import events
from tests.fakes.github.render import people, repos
from tests.fakes.github.wire import Answer, Call, Refused, not_found, operation


@operation("GET", "/user")
async def get_self(call: Call) -> Answer:
    if call.actor.kind != "user":
        raise Refused(403, "Resource not accessible by integration")
    return Answer(people.public_account(call.world, call.sender))


@operation("GET", "/users/{login}", who="anyone")
async def get_user(call: Call) -> Answer:
    found = call.world.accounts.get(call.arguments["login"].lower())
    if found is None:
        raise not_found()
    return Answer(people.public_account(call.world, found))


@operation("GET", "/user/{account_id}", who="anyone")
async def get_user_by_id(call: Call) -> Answer:
    number = call.arguments["account_id"]
    found = next((one for one in call.world.accounts.values() if str(one.id) == number), None)
    if found is None:
        raise not_found()
    return Answer(people.public_account(call.world, found))


@operation("GET", "/rate_limit", who="anyone")
async def rate_limit(call: Call) -> Answer:
    core = {"limit": 5000, "used": 1, "remaining": 4999, "reset": int(time.time()) + 3600}
    return Answer({"resources": {"core": core, "search": core}, "rate": core})


@operation("GET", "/meta", who="anyone")
async def meta(call: Call) -> Answer:
    return Answer({"verifiable_password_authentication": False, "installed_version": "3.17.0"})


@operation("GET", "/repos/{owner}/{repo}", "metadata:read")
async def get_repository(call: Call) -> Answer:
    return Answer(repos.full_repository(call.world, call.repo))


@operation("PATCH", "/repos/{owner}/{repo}", "administration:write", role="admin")
async def update_repository(call: Call) -> Answer:
    """Renames, archives, or changes the default branch; the old name leads to the new one."""
    repo, body = call.repo, call.body
    if (name := body.get("name")) and name != repo.name:
        changes = {"repository": {"name": {"from": repo.name}}}
        call.world.former_names[repo.full_name.lower()] = repo.id
        repo.name = name
        events.repository(call.world, repo, call.sender, "renamed", changes=changes)
    if "archived" in body and body["archived"] != repo.archived:
        repo.archived = bool(body["archived"])
        events.repository(call.world, repo, call.sender, "archived" if repo.archived else "unarchived")
    if branch := body.get("default_branch"):
        if await repo.objects.resolve(branch) is None:
            raise Refused(422, "Validation Failed")
        repo.default_branch = branch
        await repo.objects.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    return await get_repository(call)


@operation("GET", "/repos/{owner}/{repo}/collaborators/{login}/permission", "metadata:read")
async def get_permission(call: Call) -> Answer:
    """The legacy `permission` knows admin, write, read and none only; `role_name` is exact."""
    login = call.arguments["login"]
    found = call.world.accounts.get(login.lower())
    if found is None:
        raise Refused(404, f"{login} is not a user")
    role = call.repo.role(found.login)
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    rights = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    order = ("none", "read", "triage", "write", "maintain", "admin")
    held = {right: order.index(role) >= order.index(needed) for right, needed in rights.items()}
    user = people.account(call.world, found) | {"permissions": held, "role_name": role}
    return Answer({"permission": permission, "role_name": role, "user": user})


@operation("GET", "/repos/{owner}/{repo}/assignees/{login}", "metadata:read")
async def can_be_assigned(call: Call) -> Answer:
    """204 for those who can be assigned; an App's bot user cannot."""
    found = call.world.accounts.get(call.arguments["login"].lower())
    if found is None or found.kind != "User" or call.repo.role(found.login) in ("none", "read"):
        raise not_found()
    return Answer(status=204)
