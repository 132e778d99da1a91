"""Apps: who they are, where they are installed, their tokens, and their birth from a manifest."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import apps, auth, events
from tests.fakes.github.render import people, repos
from tests.fakes.github.state import App, Installation, Repository, now
from tests.fakes.github.wire import Answer, Call, Refused, not_found, operation

Json = Any


@operation("GET", "/app", who="app")
async def get_app(call: Call) -> Answer:
    return Answer(people.app(call.world, _app(call)) | {"installations_count": len(_installations(call))})


@operation("GET", "/app/installations", who="app")
async def list_installations(call: Call) -> Answer:
    return call.page(people.installation(call.world, one) for one in _installations(call))


@operation("GET", "/app/installations/{id}", who="app")
async def get_installation(call: Call) -> Answer:
    return Answer(people.installation(call.world, _installation(call)))


@operation("DELETE", "/app/installations/{id}", who="app")
async def delete_installation(call: Call) -> Answer:
    one = _installation(call)
    events.installation(call.world, one, one.account, "deleted")
    del call.world.installations[one.id]
    return Answer(status=204)


@operation("PUT", "/app/installations/{id}/suspended", who="app")
async def suspend(call: Call) -> Answer:
    one = _installation(call)
    one.suspended_at = now()
    events.installation(call.world, one, one.account, "suspend")
    return Answer(status=204)


@operation("DELETE", "/app/installations/{id}/suspended", who="app")
async def unsuspend(call: Call) -> Answer:
    one = _installation(call)
    one.suspended_at = None
    events.installation(call.world, one, one.account, "unsuspend")
    return Answer(status=204)


@operation("POST", "/app/installations/{id}/access_tokens", who="app")
async def create_token(call: Call) -> Answer:
    """A token for what was asked for, which must be no more than what was granted."""
    one = _installation(call)
    if one.suspended_at:
        raise Refused(403, "This installation has been suspended")
    permissions = call.body.get("permissions")
    for name, level in (permissions or {}).items():
        if name != "metadata" and not auth.allows(one.permissions, f"{name}:{level}"):
            raise Refused(422, "The permissions requested are not granted to this installation.")
    chosen = _chosen(call, one)
    token = call.world.issue_token(
        one,
        dict(one.permissions if permissions is None else permissions),
        None if chosen is None else {repo.id for repo in chosen},
    )
    shown = people.token(token)
    if chosen is not None:
        shown["repositories"] = [repos.repository(call.world, repo) for repo in chosen]
        shown["repository_selection"] = "selected"
    return Answer(shown, 201)


@operation("DELETE", "/installation/token")
async def revoke_token(call: Call) -> Answer:
    if call.actor.token is not None:
        del call.world.tokens[call.actor.token.value]
    return Answer(status=204)


@operation("GET", "/installation/repositories")
async def list_repositories(call: Call) -> Answer:
    token = call.actor.token
    if token is None:
        raise Refused(403, "You must authenticate with an installation access token in order to list repositories.")
    covered = [repo for repo in call.world.repositories.values() if token.covers(repo)]
    return call.page((repos.repository(call.world, repo) for repo in covered), wrap="repositories")


@operation("GET", "/repos/{owner}/{repo}/installation", who="app")
async def repository_installation(call: Call) -> Answer:
    found = call.world.app_installation(_app(call), call.repo)
    if found is None:
        raise not_found()
    return Answer(people.installation(call.world, found))


@operation("GET", "/users/{login}/installation", who="app")
@operation("GET", "/orgs/{login}/installation", who="app")
async def account_installation(call: Call) -> Answer:
    for one in _installations(call):
        if one.account.login.lower() == call.arguments["login"].lower():
            return Answer(people.installation(call.world, one))
    raise not_found()


@operation("POST", "/app-manifests/{code}/conversions", who="anyone")
async def convert_manifest(call: Call) -> Answer:
    """Makes the App that a manifest describes; a code works once."""
    manifest = call.world.manifests.pop(call.arguments["code"], None)
    if manifest is None:
        raise not_found()
    made = apps.create(call.world, manifest)
    keys = {"client_id": made.client_id, "client_secret": made.client_secret, "pem": made.private_key}
    secret = {"webhook_secret": made.webhook_secret or None}
    return Answer(people.app(call.world, made) | keys | secret, 201)


def _app(call: Call) -> App:
    assert call.actor.app is not None
    return call.actor.app


def _installations(call: Call) -> list[Installation]:
    return [one for one in call.world.installations.values() if one.app is call.actor.app]


def _installation(call: Call) -> Installation:
    found = call.world.installations.get(call.number("id"))
    if found is None or found.app is not call.actor.app:
        raise not_found()
    return found


def _chosen(call: Call, one: Installation) -> list[Repository] | None:
    names, ids = call.body.get("repositories"), call.body.get("repository_ids")
    if names is None and ids is None:
        return None
    covered = [repo for repo in call.world.repositories.values() if one.covers(repo)]
    wanted = {str(name).lower() for name in names or ()}
    chosen = [repo for repo in covered if repo.name.lower() in wanted or repo.id in (ids or ())]
    if len(chosen) < len(wanted) + len(ids or ()):
        raise Refused(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return chosen


@operation("DELETE", "/applications/{client_id}/token", who="app")
async def forget_user_token(call: Call) -> Answer:
    """https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token"""
    if _app(call).client_id != call.arguments["client_id"]:
        raise not_found()
    if call.world.user_tokens.pop(str(call.body.get("access_token", "")), None) is None:
        raise not_found()
    return Answer(status=204)
