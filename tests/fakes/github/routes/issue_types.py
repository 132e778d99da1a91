"""Types and fields of issues: an organisation's, seen from one of its repositories."""

from __future__ import annotations

from typing import Any

from tests.fakes.github.render import issues as render
from tests.fakes.github.routes.labels import remember, told
from tests.fakes.github.state import Issue
from tests.fakes.github.wire import Answer, Call, Refused, invalid, not_found, operation

Json = Any

_VALUES = "/repos/{owner}/{repo}/issues/{number}/issue-field-values"


@operation("GET", "/repos/{owner}/{repo}/issue-types", "metadata:read")
async def list_types(call: Call) -> Answer:
    if call.repo.owner.kind != "Organization":
        raise not_found()
    return Answer([render.issue_type(name) for name in call.repo.issue_types])


async def set_type(call: Call, one: Issue, wanted: Json) -> None:
    """Users who may not push, and accounts that are no organisations, are passed over without a word."""
    if not _may(call) or call.repo.owner.kind != "Organization":
        return
    found = next((name for name in call.repo.issue_types if name.lower() == str(wanted).lower()), None)
    if wanted is not None and found is None:
        raise invalid("Issue", "type", "invalid")
    if found != one.type:
        event = f"issue_type_{'removed' if found is None else 'changed' if one.type else 'added'}"
        one.type = found
        if found:
            remember(call, one, event, kind=found)
        await told(call, one, "typed" if found else "untyped", type=render.issue_type(found or "Task"))


@operation("GET", _VALUES, "issues:read")
async def list_values(call: Call) -> Answer:
    one = _with_fields(call)
    return call.page(render.field_value(call.repo, number, option) for number, option in one.fields.items())


@operation("POST", _VALUES, "issues:write", role="write")
async def add_values(call: Call) -> Answer:
    one = _with_fields(call)
    for value in call.body.get("issue_field_values") or ():
        name, options = call.repo.issue_fields.get(value["field_id"], ("", ()))
        if not name or value["value"] not in options:
            raise invalid("Issue", "issue_field_values", "invalid")
    for value in call.body.get("issue_field_values") or ():
        one.fields[value["field_id"]] = value["value"]
    return await list_values(call)


@operation("DELETE", f"{_VALUES}/{{field}}", "issues:write", role="write")
async def clear_value(call: Call) -> Answer:
    if _with_fields(call).fields.pop(call.number("field"), None) is None:
        raise not_found()
    return Answer(status=204)


def _with_fields(call: Call) -> Issue:
    if call.repo.owner.kind != "Organization" or not call.repo.issue_fields:
        raise Refused(404, "Not Found")
    return call.issue()


def _may(call: Call) -> bool:
    return call.actor.kind == "installation" or call.repo.role(call.sender.login) in ("write", "maintain", "admin")
