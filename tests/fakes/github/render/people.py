"""Accounts, Apps, installations, labels and reactions as GitHub's JSON."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from tests.fakes.github.state import Account, Act, App, Installation, Label, Reaction, Repository, Token, World

Json = Any

_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def account(world: World, who: Account) -> Json:
    url = f"{world.url}/api/v3/users/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": f"U_{who.id}",
        "avatar_url": f"{world.url}/avatars/u/{who.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/{who.login}",
        **{name: url + tail for name, tail in _USER_LINKS.items()},
        "type": who.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_account(world: World, who: Account) -> Json:
    """What `GET /users/LOGIN` adds to the short form."""
    empty = ("company", "location", "email", "hireable", "bio", "twitter_username")
    return {
        **account(world, who),
        "name": who.name,
        "blog": "",
        **dict.fromkeys(empty),
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
    }


def app(world: World, one: App) -> Json:
    return {
        "id": one.id,
        "slug": one.slug,
        "client_id": one.client_id,
        "node_id": f"A_{one.id}",
        "owner": account(world, one.owner),
        "name": one.name,
        "description": None,
        "external_url": one.external_url,
        "html_url": f"{world.url}/apps/{one.slug}",
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }


def installation(world: World, one: Installation) -> Json:
    api = f"{world.url}/api/v3"
    return {
        "id": one.id,
        "client_id": one.app.client_id,
        "account": account(world, one.account),
        "repository_selection": "all" if one.repositories is None else "selected",
        "access_tokens_url": f"{api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{api}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.kind,
        "permissions": {"metadata": "read", **one.permissions},
        "events": list(one.app.events),
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if one.suspended_at is None else account(world, one.account),
        "suspended_at": one.suspended_at,
    }


def token(one: Token) -> Json:
    return {
        "token": one.value,
        "expires_at": datetime.fromtimestamp(one.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "permissions": {"metadata": "read", **one.permissions},
        "repository_selection": "all" if one.repositories is None else "selected",
    }


def label(world: World, repo: Repository, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": f"LA_{one.id}",
        "url": f"{world.url}/api/v3/repos/{repo.full_name}/labels/{one.name}",
        "name": one.name,
        "color": one.color,
        "default": False,
        "description": one.description,
    }


def reaction(world: World, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": f"REA_{one.id}",
        "user": account(world, one.user),
        "content": one.content,
        "created_at": one.created_at,
    }


def reaction_counts(url: str, reactions: list[Reaction]) -> Json:
    counts = Counter(reaction.content for reaction in reactions)
    return {"url": f"{url}/reactions", "total_count": len(reactions), **{name: counts[name] for name in _REACTIONS}}


def association(repo: Repository, who: Account) -> str:
    """How the author of something belongs to the repository."""
    if who is repo.owner:
        return "OWNER"
    return "COLLABORATOR" if who.login in repo.roles else "NONE"


def act(world: World, repo: Repository, one: Act) -> Json:
    """One line of the list of an issue's events."""
    who = account(world, one.actor)
    shown = {
        "id": one.id,
        "node_id": f"LE_{one.id}",
        "url": f"{world.url}/api/v3/repos/{repo.full_name}/issues/events/{one.id}",
        "actor": who,
        "event": one.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": one.created_at,
        "performed_via_github_app": app(world, one.app) if one.app else None,
    }
    if one.label is not None:
        shown["label"] = {"name": one.label.name, "color": one.label.color}
    if one.type is not None:
        shown["issue_type"] = {"id": len(one.type), "name": one.type, "color": "red"}
    if one.reviewer is not None:
        shown |= {"review_requester": who, "requested_reviewer": account(world, one.reviewer)}
    return shown
