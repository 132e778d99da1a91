"""The few mutations that only GraphQL has: drafts, resolving review threads, minimizing comments.

This is no GraphQL server. It knows the mutations by name, takes the node id from the
variables or the text, and answers with the fields that people select.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.fakes.github.auth import Forbidden, check
from tests.fakes.github.routes import graphql_branches
from tests.fakes.github.routes.labels import told
from tests.fakes.github.state import Comment, Issue, Repository, Review, ReviewComment
from tests.fakes.github.wire import Answer, Call, operation

Json = Any

_ARGUMENTS = ("pullRequestId", "threadId", "subjectId", "id")


@operation("POST", "/graphql")
async def graphql(call: Call) -> Answer:
    """Errors come with status 200, as GraphQL's do."""
    query, variables = str(call.body.get("query", "")), call.body.get("variables") or {}
    if re.search(r"\breviewThreads\b", query):
        try:
            return Answer({"data": {"node": {"reviewThreads": _threads(call, str(variables.get("id", "")))}}})
        except LookupError as error:
            return _error("NOT_FOUND", f"Could not resolve to a node with the global id of '{error.args[0]}'")
    try:
        if re.search(r"\brefUpdateRule\b", query):
            repo = _named(call, f"{variables.get('owner')}/{variables.get('name')}", "contents:read")
            found = await graphql_branches.update_rule(repo, str(variables.get("ref", "")))
            return Answer({"data": {"repository": {"ref": found}}})
        if re.search(r"\bcreateCommitOnBranch\b", query):
            given = variables["input"]
            repo = _named(call, given["branch"]["repositoryNameWithOwner"], "contents:write")
            return Answer({"data": {"createCommitOnBranch": await graphql_branches.create_commit(call, repo, given)}})
    except LookupError as error:
        return _error("NOT_FOUND", f"Could not resolve to a Repository with the name '{error.args[0]}'.")
    except graphql_branches.NotDone as error:
        return _error(error.kind, str(error))
    for name, mutate in _MUTATIONS.items():
        if re.search(rf"\b{name}\b", query):
            try:
                return Answer({"data": {name: await mutate(call, _node_id(query, variables))}})
            except LookupError as error:
                return _error("NOT_FOUND", f"Could not resolve to a node with the global id of '{error.args[0]}'")
            except Forbidden as error:
                return _error("FORBIDDEN", str(error))
    return _error("undefinedField", "The stand-in does not know this query")


async def _to_draft(call: Call, node: str) -> Json:
    return await _set_draft(call, node, draft=True)


async def _to_ready(call: Call, node: str) -> Json:
    return await _set_draft(call, node, draft=False)


async def _set_draft(call: Call, node: str, *, draft: bool) -> Json:
    repo, one = _find(call, node, lambda one: one.pull is not None and f"PR_{one.pull.id}" == node)
    _allow(call, repo, "pull_requests:write")
    assert one.pull is not None
    if draft and not repo.drafts:
        raise Forbidden(f"{call.sender.login} does not have permission to convert the pull request {node} to draft.")
    if one.pull.draft != draft:
        one.pull.draft = draft
        await told(call, one, "converted_to_draft" if draft else "ready_for_review")
    return {"pullRequest": {"id": node, "number": one.number, "isDraft": draft}}


async def _resolve(call: Call, node: str) -> Json:
    """A thread's id is that of its first comment here."""
    comment = _review_comment(call, node)
    comment.resolved = True
    return {"thread": {"id": node, "isResolved": True}}


async def _unresolve(call: Call, node: str) -> Json:
    comment = _review_comment(call, node)
    comment.resolved = False
    return {"thread": {"id": node, "isResolved": False}}


def _threads(call: Call, node: str) -> Json:
    """The threads of a pull request, each with its comments, all on one page."""
    _, one = _find(call, node, lambda one: one.pull is not None and f"PR_{one.pull.id}" == node)
    assert one.pull is not None
    found = []
    for first in one.pull.comments:
        if first.in_reply_to is None:
            said = [first, *(reply for reply in one.pull.comments if reply.in_reply_to == first.id)]
            comments = [
                {"databaseId": each.id, "body": each.body, "author": {"login": each.user.login.removesuffix("[bot]")}}
                | {"reactionGroups": _groups(each), "isMinimized": each.minimized}
                for each in said
            ]
            found.append({"id": f"PRRC_{first.id}", "isResolved": first.resolved, "comments": {"nodes": comments}})
    return {"nodes": found, "pageInfo": {"hasNextPage": False, "endCursor": None}}


def _groups(said: ReviewComment) -> Json:
    down = sum(one.content == "-1" for one in said.reactions)
    return [{"content": "THUMBS_DOWN", "reactors": {"totalCount": down}}]


async def _minimize(call: Call, node: str) -> Json:
    """A comment on an issue, a comment on code, or a review as a whole, of which its comments stay as they are."""
    repo, one = _find(call, node, lambda one: any(name == node for name, _ in _minimizable(one)))
    _allow(call, repo, "issues:write" if node.startswith("IC_") else "pull_requests:write")
    for name, said in _minimizable(one):
        said.minimized = said.minimized or name == node
    return {"minimizedComment": {"isMinimized": True}}


def _minimizable(one: Issue) -> list[tuple[str, Comment | Review]]:
    found: list[tuple[str, Comment | Review]] = [(f"IC_{said.id}", said) for said in one.comments]
    if one.pull is not None:
        found += [(f"PRRC_{said.id}", said) for said in one.pull.comments]
        found += [(f"PRR_{said.id}", said) for said in one.pull.reviews]
    return found


_MUTATIONS: dict[str, Callable[[Call, str], Awaitable[Json]]] = {
    "convertPullRequestToDraft": _to_draft,
    "markPullRequestReadyForReview": _to_ready,
    "resolveReviewThread": _resolve,
    "unresolveReviewThread": _unresolve,
    "minimizeComment": _minimize,
}


def _node_id(query: str, variables: Json) -> str:
    """The node that the mutation is about, from `input: {pullRequestId: $id}`, `$input`, or a literal."""
    given = variables.get("input", {})
    for name in _ARGUMENTS:
        if name in given:
            return str(given[name])
        if match := re.search(rf'\b{name}\s*:\s*(?:\$(\w+)|"([^"]*)")', query):
            return str(variables.get(match[1], "") if match[1] else match[2])
    return ""


def _find(call: Call, node: str, wanted: Callable[[Issue], bool]) -> tuple[Repository, Issue]:
    for repo in call.world.repositories.values():
        for one in repo.issues.values():
            if wanted(one):
                call.found = repo
                return repo, one
    raise LookupError(node)


def _named(call: Call, full_name: str, need: str) -> Repository:
    repo = call.world.repository(full_name)
    if repo is None or not check(call.world, call.actor, repo, (need,), "write" if "write" in need else "read"):
        raise LookupError(full_name)
    call.found = repo
    return repo


def _review_comment(call: Call, node: str) -> ReviewComment:
    repo, one = _find(
        call, node, lambda one: one.pull is not None and any(f"PRRC_{said.id}" == node for said in one.pull.comments)
    )
    _allow(call, repo, "pull_requests:write")
    assert one.pull is not None
    return next(said for said in one.pull.comments if f"PRRC_{said.id}" == node)


def _allow(call: Call, repo: Repository, need: str) -> None:
    if not check(call.world, call.actor, repo, (need,), "write"):
        raise LookupError(repo.full_name)


def _error(kind: str, message: str) -> Answer:
    return Answer({"data": None, "errors": [{"type": kind, "message": message}]})
