"""Check runs and releases as GitHub's JSON."""

from __future__ import annotations

from typing import Any

from tests.fakes.github.render import people
from tests.fakes.github.state import CheckRun, Release, Repository, World

Json = Any


def check_run(world: World, repo: Repository, one: CheckRun) -> Json:
    url = f"{world.url}/api/v3/repos/{repo.full_name}/check-runs/{one.id}"
    page = f"{world.url}/{repo.full_name}/runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": f"CR_{one.id}",
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": page,
        "details_url": one.details_url or page,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": one.started_at,
        "completed_at": one.completed_at,
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": one.id},
        "app": people.app(world, one.app),
        "pull_requests": _pulls(world, repo, one.head_sha),
    }


def release(world: World, repo: Repository, one: Release) -> Json:
    api = f"{world.url}/api/v3/repos/{repo.full_name}"
    return {
        "url": f"{api}/releases/{one.id}",
        "assets_url": f"{api}/releases/{one.id}/assets",
        "upload_url": f"{api}/releases/{one.id}/assets{{?name,label}}",
        "html_url": f"{world.url}/{repo.full_name}/releases/tag/{one.tag}",
        "id": one.id,
        "author": people.account(world, one.author),
        "node_id": f"RE_{one.id}",
        "tag_name": one.tag,
        "target_commitish": one.target,
        "name": one.name,
        "draft": one.draft,
        "prerelease": one.prerelease,
        "created_at": one.created_at,
        "published_at": one.published_at,
        "assets": [],
        "tarball_url": f"{api}/tarball/{one.tag}",
        "zipball_url": f"{api}/zipball/{one.tag}",
        "body": one.body,
    }


def _pulls(world: World, repo: Repository, sha: str) -> list[Json]:
    """The open pull requests whose head a check run is on, in their shortest form."""
    short = {"id": repo.id, "url": f"{world.url}/api/v3/repos/{repo.full_name}", "name": repo.name}
    return [
        {
            "id": issue.pull.id,
            "number": issue.number,
            "url": f"{short['url']}/pulls/{issue.number}",
            "head": {"ref": issue.pull.head_ref, "sha": sha, "repo": short},
            "base": {"ref": issue.pull.base_ref, "sha": issue.pull.base_sha, "repo": short},
        }
        for issue in repo.issues.values()
        if issue.pull is not None and issue.state == "open" and issue.pull.head_sha == sha
    ]
