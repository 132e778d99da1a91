"""Deployments and how they go, and the logs of jobs: for what an owner may not have granted."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import events
from tests.fakes.github.render import people
from tests.fakes.github.state import now
from tests.fakes.github.wire import Answer, Call, Refused, not_found, operation

Json = Any

_STATES = {"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}


@operation("POST", "/repos/{owner}/{repo}/deployments", "deployments:write")
async def create_deployment(call: Call) -> Answer:
    """Of a branch, a tag or a commit; nothing is merged, and no checks are waited for."""
    ref = str(call.text("ref", "Deployment", required=True))
    sha = await call.repo.objects.resolve(ref)
    if sha is None:
        raise Refused(422, f"No ref found for: {ref}")
    api = f"{call.api}/repos/{call.repo.full_name}"
    number = call.world.next_id()
    environment = str(call.body.get("environment") or "production")
    made = {
        "url": f"{api}/deployments/{number}",
        "id": number,
        "node_id": f"DE_{number}",
        "sha": sha,
        "ref": ref,
        "task": "deploy",
        "payload": {},
        "original_environment": environment,
        "environment": environment,
        "description": call.body.get("description"),
        "creator": people.account(call.world, call.sender),
        "created_at": now(),
        "updated_at": now(),
        "statuses_url": f"{api}/deployments/{number}/statuses",
        "repository_url": api,
    }
    call.repo.deployments[number] = made
    return Answer(made, 201)


@operation("GET", "/repos/{owner}/{repo}/deployments", "deployments:read")
async def list_deployments(call: Call) -> Answer:
    return call.page(reversed(call.repo.deployments.values()))


@operation("POST", "/repos/{owner}/{repo}/deployments/{id}/statuses", "deployments:write")
async def create_status(call: Call) -> Answer:
    deployment = call.repo.deployments.get(call.number("id"))
    if deployment is None:
        raise not_found()
    state = call.body.get("state")
    if state not in _STATES:
        raise Refused(422, "Validation Failed")
    number = call.world.next_id()
    status = {
        "url": f"{deployment['url']}/statuses/{number}",
        "id": number,
        "node_id": f"DES_{number}",
        "state": state,
        "creator": people.account(call.world, call.sender),
        "description": str(call.body.get("description") or ""),
        "environment": deployment["environment"],
        "target_url": "",
        "log_url": str(call.body.get("log_url") or ""),
        "environment_url": "",
        "created_at": now(),
        "updated_at": now(),
        "deployment_url": deployment["url"],
        "repository_url": deployment["repository_url"],
    }
    events.deployment_status(call.world, call.repo, call.sender, deployment, status)
    return Answer(status, 201)


@operation("GET", "/repos/{owner}/{repo}/actions/jobs/{id}/logs", "actions:read")
async def job_logs(call: Call) -> Answer:
    """Nothing runs jobs here; a log that a test has left is kept at another server, as at GitHub."""
    number = call.number("id")
    if number not in call.repo.job_logs:
        raise not_found()
    return Answer(None, 302, {"Location": f"{call.world.elsewhere}/_logs/{call.repo.id}/{number}"})
