"""Issues and their comments."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import events, pushes
from tests.fakes.github.render import issues as render
from tests.fakes.github.routes.issue_types import set_type
from tests.fakes.github.routes.labels import set_assignees, set_labels, told
from tests.fakes.github.state import Comment, Issue, now
from tests.fakes.github.wire import Answer, Call, Refused, operation

Json = Any

_NEEDS = ("issues:write", "pull_requests:write")


@operation("GET", "/repos/{owner}/{repo}/issues", "issues:read", "pull_requests:read")
async def list_issues(call: Call) -> Answer:
    state, wanted = call.query.get("state", "open"), set(filter(None, call.query.get("labels", "").split(",")))
    chosen = [
        one
        for one in call.repo.issues.values()
        if state in ("all", one.state)
        and wanted <= {label.name for label in one.labels}
        and call.query.get("assignee", "*") in ("*", *(who.login for who in one.assignees))
        and call.query.get("creator", one.user.login) == one.user.login
        and one.updated_at >= call.query.get("since", "")
    ]
    newest = call.query.get("direction", "desc") == "desc"
    chosen.sort(key=lambda one: one.number, reverse=newest)
    return call.page(render.issue(call.world, call.repo, one) for one in chosen)


@operation("POST", "/repos/{owner}/{repo}/issues", "issues:write", role="read")
async def create_issue(call: Call) -> Answer:
    title = str(call.text("title", "Issue", required=True, most=256))
    world, repo = call.world, call.repo
    one = Issue(world.next_id(), len(repo.issues) + 1, call.sender, title, call.text("body", "Issue"), _via(call))
    repo.issues[one.number] = one
    events.issue(world, repo, call.sender, one, "opened")
    await set_labels(call, one, call.body.get("labels") or ())
    await set_assignees(call, one, call.body.get("assignees") or ())
    return Answer(render.full_issue(world, repo, one), 201)


@operation("GET", "/repos/{owner}/{repo}/issues/{number}", "issues:read", "pull_requests:read")
async def get_issue(call: Call) -> Answer:
    return Answer(render.full_issue(call.world, call.repo, call.issue()))


@operation("PATCH", "/repos/{owner}/{repo}/issues/{number}", *_NEEDS, role="read")
async def update_issue(call: Call) -> Answer:
    one = call.issue()
    if call.actor.kind == "user" and one.user is not call.sender and call.repo.role(call.sender.login) == "read":
        raise Refused(403, "Must have admin rights to Repository.")
    changes: dict[str, Json] = {}
    for name, most in (("title", 256), ("body", 65_536)):
        if name in call.body and (value := call.text(name, "Issue", most=most)) != getattr(one, name):
            changes[name] = {"from": getattr(one, name) or ""}
            setattr(one, name, value)
    if changes:
        await told(call, one, "edited", changes=changes)
    if "labels" in call.body:
        await set_labels(call, one, call.body["labels"])
    if "assignees" in call.body:
        await set_assignees(call, one, call.body["assignees"])
    if "type" in call.body:
        await set_type(call, one, call.body["type"])
    await _set_state(call, one)
    return Answer(render.full_issue(call.world, call.repo, one))


@operation("GET", "/repos/{owner}/{repo}/issues/{number}/comments", "issues:read", "pull_requests:read")
async def list_comments(call: Call) -> Answer:
    one = call.issue()
    since = call.query.get("since", "")
    said = [comment for comment in one.comments if comment.updated_at >= since]
    return call.page(render.comment(call.world, call.repo, one, comment) for comment in said)


@operation("POST", "/repos/{owner}/{repo}/issues/{number}/comments", *_NEEDS, role="read")
async def create_comment(call: Call) -> Answer:
    one = call.issue()
    low = call.repo.role(call.sender.login) in ("none", "read", "triage")
    if one.locked and (low or call.actor.kind == "installation"):
        raise Refused(403, "Unable to create comment because issue is locked.")
    body = str(call.text("body", "IssueComment", required=True))
    said = Comment(call.world.next_id(), call.sender, body, _via(call))
    one.comments.append(said)
    one.updated_at = now()
    events.comment(call.world, call.repo, call.sender, one, said, "created")
    return Answer(render.comment(call.world, call.repo, one, said), 201)


@operation("GET", "/repos/{owner}/{repo}/issues/comments/{id}", "issues:read", "pull_requests:read")
async def get_comment(call: Call) -> Answer:
    one, said = call.comment()
    return Answer(render.comment(call.world, call.repo, one, said))


@operation("PATCH", "/repos/{owner}/{repo}/issues/comments/{id}", *_NEEDS, role="read")
async def update_comment(call: Call) -> Answer:
    one, said = call.comment()
    _may_change(call, said)
    body = str(call.text("body", "IssueComment", required=True))
    changes = {"body": {"from": said.body}}
    said.body, said.updated_at = body, now()
    events.comment(call.world, call.repo, call.sender, one, said, "edited", changes=changes)
    return Answer(render.comment(call.world, call.repo, one, said))


@operation("DELETE", "/repos/{owner}/{repo}/issues/comments/{id}", *_NEEDS, role="read")
async def delete_comment(call: Call) -> Answer:
    one, said = call.comment()
    _may_change(call, said)
    one.comments.remove(said)
    events.comment(call.world, call.repo, call.sender, one, said, "deleted")
    return Answer(status=204)


def _may_change(call: Call, said: Comment) -> None:
    """Users change their own comments, maintainers and installations any."""
    low = call.repo.role(call.sender.login) in ("none", "read", "triage")
    if call.actor.kind == "user" and said.user is not call.sender and low:
        raise Refused(403, "Must have admin rights to Repository.")


def _via(call: Call) -> Any:
    return call.actor.app if call.actor.kind == "installation" else None


async def _set_state(call: Call, one: Issue) -> None:
    state = call.body.get("state", one.state)
    if state == one.state:
        return
    if state == "closed":
        pushes.close(one, call.sender, call.body.get("state_reason") or ("completed" if one.pull is None else None))
        await told(call, one, "closed")
    else:
        one.state, one.state_reason, one.closed_at, one.closed_by = "open", "reopened", None, None
        await told(call, one, "reopened")
