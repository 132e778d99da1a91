"""What happened, told to every App that is installed where it happened and subscribes to it."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import openapi
from tests.fakes.github.auth import allows
from tests.fakes.github.render import checks, issues, people, pulls, repos
from tests.fakes.github.repositories import ZERO
from tests.fakes.github.state import (
    Account,
    App,
    CheckRun,
    Comment,
    Installation,
    Issue,
    Release,
    Repository,
    Review,
    ReviewComment,
    World,
    now,
)

Json = Any

NEEDS = {
    "check_run": "checks",
    "check_suite": "checks",
    "create": "contents",
    "delete": "contents",
    "deployment_status": "deployments",
    "issue_comment": "issues",
    "issues": "issues",
    "member": "members",
    "membership": "members",
    "organization": "members",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "push": "contents",
    "release": "contents",
    "team_add": "members",
}
"""The permission that must be granted for an event to be delivered, whoever subscribes to it.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""


def issue(world: World, repo: Repository, sender: Account, one: Issue, action: str, **extra: Json) -> None:
    """`issues`: opened, edited, closed, reopened, assigned, unassigned, labeled, unlabeled."""
    tell(world, repo, sender, "issues", {"action": action, "issue": issues.issue(world, repo, one), **extra})


def comment(
    world: World, repo: Repository, sender: Account, one: Issue, said: Comment, action: str, **extra: Json
) -> None:
    """`issue_comment`: created, edited, deleted."""
    parts = {"issue": issues.issue(world, repo, one), "comment": issues.comment(world, repo, one, said)}
    tell(world, repo, sender, "issue_comment", {"action": action, **parts, **extra})


async def pull(world: World, repo: Repository, sender: Account, one: Issue, action: str, **extra: Json) -> None:
    """`pull_request`: opened, edited, closed, reopened, synchronize, labeled, converted_to_draft, and so on."""
    assert one.pull is not None
    shown = await pulls.pull(world, repo, one, one.pull)
    tell(world, repo, sender, "pull_request", {"action": action, "number": one.number, "pull_request": shown, **extra})


def review(world: World, repo: Repository, sender: Account, one: Issue, said: Review) -> None:
    assert one.pull is not None
    shown = pulls.review(world, repo, one, said)
    shown |= {"state": said.state.lower(), "submitted_at": said.submitted_at or now(), "updated_at": now()}
    whole = pulls.short_pull(world, repo, one, one.pull)
    tell(world, repo, sender, "pull_request_review", {"action": "submitted", "review": shown, "pull_request": whole})


def review_comment(world: World, repo: Repository, sender: Account, one: Issue, said: ReviewComment) -> None:
    assert one.pull is not None
    shown = {"position": None, "original_position": 1} | pulls.review_comment(world, repo, one, said)
    shown = {"line": said.line, "original_line": said.line} | shown
    whole = pulls.short_pull(world, repo, one, one.pull)
    payload = {"action": "created", "comment": shown, "pull_request": whole}
    tell(world, repo, sender, "pull_request_review_comment", payload)


async def push(world: World, repo: Repository, sender: Account, ref: str, before: str, after: str) -> None:
    """`push`, with the commits that are new on the ref."""
    gone, made = after == ZERO, before == ZERO
    base = repo.default_branch if made and ref != f"refs/heads/{repo.default_branch}" else None
    fresh: list[str] = []
    if not gone:
        fresh = await repo.objects.commits(base if made else before, after)
    listed = [await repos.push_commit(world, repo, sha) for sha in reversed(fresh[:20])]
    forced = not (made or gone) and await repo.objects.merge_base(before, after) != before
    payload = {
        "ref": ref,
        "before": before,
        "after": after,
        "created": made,
        "deleted": gone,
        "forced": forced,
        "base_ref": None,
        "compare": f"{world.url}/{repo.full_name}/compare/{before[:12]}...{after[:12]}",
        "commits": listed,
        "head_commit": None if gone else await repos.push_commit(world, repo, after),
        "pusher": {"name": sender.login, "email": None},
    }
    tell(world, repo, sender, "push", payload)


def create_or_delete(world: World, repo: Repository, sender: Account, ref: str, event: str) -> None:
    """`create` and `delete` of a branch or tag."""
    kind = "tag" if ref.startswith("refs/tags/") else "branch"
    payload: Json = {"ref": ref.split("/", 2)[2], "ref_type": kind, "pusher_type": "user"}
    if event == "create":
        payload |= {"master_branch": repo.default_branch, "description": repo.description}
    tell(world, repo, sender, event, payload)


def check_run(world: World, repo: Repository, sender: Account, one: CheckRun, action: str) -> None:
    shown = checks.check_run(world, repo, one)
    shown["check_suite"] = _suite(world, repo, one)
    tell(world, repo, sender, "check_run", {"action": action, "check_run": shown})


async def check_suite(world: World, repo: Repository, sender: Account, runs: list[CheckRun]) -> None:
    """`check_suite`: completed, with what all checks of one App on a commit came to together."""
    one, conclusions = runs[-1], [run.conclusion for run in runs]
    worst = next((word for word in ("failure", "timed_out", "action_required", "cancelled") if word in conclusions), "")
    suite = _suite(world, repo, one)
    suite |= {
        "conclusion": worst or ("success" if "success" in conclusions else "neutral"),
        "status": "completed",
        "pull_requests": checks.check_run(world, repo, one)["pull_requests"],
        "latest_check_runs_count": len(runs),
        "check_runs_url": f"{suite['url']}/check-runs",
        "head_commit": await _suite_commit(repo, one.head_sha),
    }
    tell(world, repo, sender, "check_suite", {"action": "completed", "check_suite": suite})


def release(world: World, repo: Repository, sender: Account, one: Release, action: str = "published") -> None:
    """`release`: created and deleted (drafts too), published."""
    shown = checks.release(world, repo, one) | {"body": one.body or "", "immutable": False, "updated_at": now()}
    tell(world, repo, sender, "release", {"action": action, "release": shown})


def deployment_status(world: World, repo: Repository, sender: Account, deployment: Json, status: Json) -> None:
    """`deployment_status`: created."""
    told = {"deployment": deployment, "deployment_status": status, "check_run": None, "workflow": None}
    tell(world, repo, sender, "deployment_status", {"action": "created", **told, "workflow_run": None})


def repository(world: World, repo: Repository, sender: Account, action: str, **extra: Json) -> None:
    """`repository`: renamed, transferred, archived, and so on."""
    tell(world, repo, sender, "repository", {"action": action, **extra})


def installation(world: World, one: Installation, sender: Account, action: str) -> None:
    """`installation`: created, deleted, suspend, unsuspend; every App gets these."""
    payload: Json = {"action": action, "installation": people.installation(world, one)}
    payload |= {"repositories": _covered(world, one), "requester": None} if action == "created" else {}
    _send(world, one.app, one.id, None, "installation", payload | {"sender": people.account(world, sender)})


def installation_repositories(
    world: World, one: Installation, sender: Account, added: list[Repository], removed: list[Repository]
) -> None:
    payload = {
        "action": "added" if added else "removed",
        "installation": people.installation(world, one),
        "repository_selection": "all" if one.repositories is None else "selected",
        "repositories_added": [_named(repo) for repo in added],
        "repositories_removed": [_named(repo) for repo in removed],
        "requester": None,
        "sender": people.account(world, sender),
    }
    _send(world, one.app, one.id, None, "installation_repositories", payload)


def ping(world: World, app: App) -> None:
    """What a new webhook gets first."""
    hook = {
        "type": "App",
        "id": app.id,
        "name": "web",
        "active": True,
        "app_id": app.id,
        "events": list(app.events),
        "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": app.webhook_url},
        "created_at": app.created_at,
        "updated_at": app.created_at,
    }
    payload = {"zen": "Keep it logically awesome.", "hook_id": app.id, "hook": hook}
    _send(world, app, None, None, "ping", payload)


def tell(world: World, repo: Repository, sender: Account, event: str, payload: Json) -> None:
    """Deliver to the Apps that are installed on the repository and subscribe to the event."""
    for found in world.installations.values():
        if found.suspended_at or not found.covers(repo) or event not in found.app.events:
            continue
        if event in NEEDS and not allows(found.permissions, f"{NEEDS[event]}:read"):
            continue
        whole = {
            **payload,
            "repository": repos.payload_repository(world, repo, push=event == "push"),
            "sender": people.account(world, sender),
            "installation": {"id": found.id, "node_id": f"I_{found.id}"},
        }
        if repo.owner.kind == "Organization":
            whole["organization"] = organization(world, repo.owner)
        _send(world, found.app, found.id, repo.id, event, whole)


def _send(
    world: World, app: App, installation_id: int | None, repository_id: int | None, event: str, payload: Json
) -> None:
    if (description := openapi.published()) is not None:
        world.own_violations += description.check_webhook(event, payload)
    world.outbox.publish(app, event, payload, installation_id, repository_id)


def _covered(world: World, one: Installation) -> list[Json]:
    return [_named(repo) for repo in world.repositories.values() if one.covers(repo)]


def _named(repo: Repository) -> Json:
    named = {"id": repo.id, "node_id": f"R_{repo.id}", "name": repo.name}
    return named | {"full_name": repo.full_name, "private": repo.private}


def _suite(world: World, repo: Repository, one: CheckRun) -> Json:
    return {
        "id": one.id,
        "node_id": f"CS_{one.id}",
        "head_branch": None,
        "head_sha": one.head_sha,
        "status": one.status,
        "conclusion": one.conclusion,
        "url": f"{world.url}/api/v3/repos/{repo.full_name}/check-suites/{one.id}",
        "before": None,
        "after": None,
        "pull_requests": [],
        "app": people.app(world, one.app),
        "created_at": one.started_at or now(),
        "updated_at": one.completed_at or now(),
    }


async def _suite_commit(repo: Repository, sha: str) -> Json:
    text = await repo.objects.run("show", "-s", "--format=%T%n%cI%n%an%n%ae%n%B", sha)
    tree, at, name, email, message = text.split("\n", 4)
    who = {"name": name, "email": email}
    return {"id": sha, "tree_id": tree, "message": message, "timestamp": at, "author": who, "committer": who}


def organization(world: World, owner: Account) -> Json:
    url = f"{world.url}/api/v3/orgs/{owner.login}"
    tails = ("repos", "events", "hooks", "issues")
    links = {f"{tail}_url": f"{url}/{tail}" for tail in tails}
    links |= {"members_url": f"{url}/members{{/member}}", "public_members_url": f"{url}/public_members{{/member}}"}
    named = {"login": owner.login, "id": owner.id, "node_id": f"O_{owner.id}", "url": url}
    return named | links | {"avatar_url": f"{world.url}/avatars/u/{owner.id}", "description": ""}
