"""What is pinned on issues: labels, assignees, reactions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.fakes.github import events
from tests.fakes.github.render import people
from tests.fakes.github.render.issues import issue
from tests.fakes.github.state import Account, Act, Issue, Label, Reaction, now
from tests.fakes.github.wire import Answer, Call, Refused, invalid, not_found, operation

Json = Any

_NEEDS = ("issues:write", "pull_requests:write")


async def told(call: Call, one: Issue, action: str, **extra: Json) -> None:
    """Tell of a change to an issue; pull requests tell of themselves, though they are reached as issues."""
    one.updated_at = now()
    if one.pull is None:
        events.issue(call.world, call.repo, call.sender, one, action, **extra)
    else:
        await events.pull(call.world, call.repo, call.sender, one, action, **extra)


def remember(
    call: Call,
    one: Issue,
    event: str,
    *,
    label: Label | None = None,
    reviewer: Account | None = None,
    kind: str | None = None,
) -> None:
    """Keep who did what, for the list of an issue's events."""
    app = call.actor.app if call.actor.kind == "installation" else None
    one.acts.append(Act(call.world.next_id(), call.sender, event, app, label, reviewer, kind))


async def set_labels(call: Call, one: Issue, names: Iterable[Json]) -> None:
    """Make these the issue's labels; those that the repository lacks are made."""
    wanted = [_label(call, name) for name in names]
    for label in [label for label in one.labels if label not in wanted]:
        one.labels.remove(label)
        remember(call, one, "unlabeled", label=label)
        await told(call, one, "unlabeled", label=people.label(call.world, call.repo, label))
    for label in wanted:
        if label not in one.labels:
            one.labels.append(label)
            remember(call, one, "labeled", label=label)
            await told(call, one, "labeled", label=people.label(call.world, call.repo, label))


async def set_assignees(call: Call, one: Issue, logins: Iterable[str]) -> None:
    """Make these the assignees; whoever cannot be one (no access, or an App's bot) is passed over in silence."""
    wanted = [who for login in logins if (who := _assignable(call, login)) is not None]
    for who in [who for who in one.assignees if who not in wanted]:
        one.assignees.remove(who)
        await told(call, one, "unassigned", assignee=people.account(call.world, who))
    for who in wanted:
        if who not in one.assignees:
            one.assignees.append(who)
            await told(call, one, "assigned", assignee=people.account(call.world, who))


@operation("GET", "/repos/{owner}/{repo}/issues/{number}/events", "issues:read", "pull_requests:read")
async def list_events(call: Call) -> Answer:
    """Labels and requests for reviews; GitHub tells of more."""
    return call.page(people.act(call.world, call.repo, one) for one in call.issue().acts)


@operation("GET", "/repos/{owner}/{repo}/labels", "issues:read", "pull_requests:read")
async def list_labels(call: Call) -> Answer:
    return call.page(people.label(call.world, call.repo, label) for label in call.repo.labels.values())


@operation("POST", "/repos/{owner}/{repo}/labels", *_NEEDS)
async def create_label(call: Call) -> Answer:
    name = str(call.text("name", "Label", required=True, most=50))
    if name.lower() in call.repo.labels:
        raise invalid("Label", "name", "already_exists")
    if len(call.body.get("description") or "") > 100:
        raise invalid("Label", "description", "invalid", "description is too long (maximum is 100 characters)")
    made = _label(call, call.body)
    return Answer(people.label(call.world, call.repo, made), 201)


@operation("GET", "/repos/{owner}/{repo}/labels/{name}", "issues:read", "pull_requests:read")
async def get_label(call: Call) -> Answer:
    found = call.repo.labels.get(call.arguments["name"].lower())
    if found is None:
        raise not_found()
    return Answer(people.label(call.world, call.repo, found))


@operation("PATCH", "/repos/{owner}/{repo}/labels/{name}", *_NEEDS)
async def update_label(call: Call) -> Answer:
    """A label that is called otherwise stays the same one: on every issue, and with its id."""
    found = call.repo.labels.get(call.arguments["name"].lower())
    if found is None:
        raise not_found()
    name = str(call.text("new_name", "Label", most=50) or found.name)
    if name.lower() != found.name.lower() and name.lower() in call.repo.labels:
        raise invalid("Label", "name", "already_exists")
    del call.repo.labels[found.name.lower()]
    found.name = name
    call.repo.labels[name.lower()] = found
    return Answer(people.label(call.world, call.repo, found))


@operation("GET", "/repos/{owner}/{repo}/issues/{number}/labels", "issues:read", "pull_requests:read")
async def list_issue_labels(call: Call) -> Answer:
    return call.page(people.label(call.world, call.repo, label) for label in call.issue().labels)


@operation("POST", "/repos/{owner}/{repo}/issues/{number}/labels", *_NEEDS, role="triage")
async def add_labels(call: Call) -> Answer:
    one = call.issue()
    names = call.body.get("labels", []) if isinstance(call.body, dict) else call.body
    await set_labels(call, one, [*(label.name for label in one.labels), *names])
    return await list_issue_labels(call)


@operation("PUT", "/repos/{owner}/{repo}/issues/{number}/labels", *_NEEDS, role="triage")
async def replace_labels(call: Call) -> Answer:
    await set_labels(call, call.issue(), call.body.get("labels", []))
    return await list_issue_labels(call)


@operation("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}", *_NEEDS, role="triage")
async def remove_label(call: Call) -> Answer:
    one, name = call.issue(), call.arguments["name"].lower()
    kept = [label.name for label in one.labels if label.name.lower() != name]
    if len(kept) == len(one.labels):
        raise Refused(404, "Label does not exist")
    await set_labels(call, one, kept)
    return await list_issue_labels(call)


@operation("POST", "/repos/{owner}/{repo}/issues/{number}/assignees", *_NEEDS, role="triage")
async def add_assignees(call: Call) -> Answer:
    one = call.issue()
    await set_assignees(call, one, [*(who.login for who in one.assignees), *call.body.get("assignees", [])])
    return Answer(issue(call.world, call.repo, one), 201)


@operation("DELETE", "/repos/{owner}/{repo}/issues/{number}/assignees", *_NEEDS, role="triage")
async def remove_assignees(call: Call) -> Answer:
    one = call.issue()
    gone = {login.lower() for login in call.body.get("assignees", [])}
    await set_assignees(call, one, [who.login for who in one.assignees if who.login.lower() not in gone])
    return Answer(issue(call.world, call.repo, one))


@operation("GET", "/repos/{owner}/{repo}/issues/{number}/reactions", "issues:read", "pull_requests:read")
@operation("GET", "/repos/{owner}/{repo}/issues/comments/{id}/reactions", "issues:read", "pull_requests:read")
async def list_reactions(call: Call) -> Answer:
    return call.page(people.reaction(call.world, one) for one in _reactions(call))


@operation("POST", "/repos/{owner}/{repo}/issues/{number}/reactions", *_NEEDS, role="read")
@operation("POST", "/repos/{owner}/{repo}/issues/comments/{id}/reactions", *_NEEDS, role="read")
async def react(call: Call) -> Answer:
    """201, or 200 where the same reaction stands already."""
    there = _reactions(call)
    content = call.body.get("content")
    if content not in ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"):
        raise invalid("Reaction", "content", "invalid")
    for one in there:
        if one.user is call.sender and one.content == content:
            return Answer(people.reaction(call.world, one), 200)
    made = Reaction(call.world.next_id(), call.sender, content)
    there.append(made)
    return Answer(people.reaction(call.world, made), 201)


@operation("DELETE", "/repos/{owner}/{repo}/issues/{number}/reactions/{reaction}", *_NEEDS, role="read")
@operation("DELETE", "/repos/{owner}/{repo}/issues/comments/{id}/reactions/{reaction}", *_NEEDS, role="read")
async def remove_reaction(call: Call) -> Answer:
    there, wanted = _reactions(call), call.number("reaction")
    found = next((one for one in there if one.id == wanted), None)
    if found is None:
        raise not_found()
    there.remove(found)
    return Answer(status=204)


def _reactions(call: Call) -> list[Reaction]:
    return call.issue().reactions if "number" in call.arguments else call.comment()[1].reactions


def _label(call: Call, named: Json) -> Label:
    """The label of that name (or with the fields of a body), made where the repository lacks it."""
    fields = named if isinstance(named, dict) else {"name": named}
    key = str(fields["name"]).lower()
    if key not in call.repo.labels:
        color = fields.get("color") or "ededed"
        made = Label(call.world.next_id(), fields["name"], color.lstrip("#"), fields.get("description"))
        call.repo.labels[key] = made
    return call.repo.labels[key]


def _assignable(call: Call, login: str) -> Account | None:
    found = call.world.accounts.get(login.lower())
    if found is None or found.kind != "User" or call.repo.role(found.login) in ("none", "read"):
        return None
    return found
