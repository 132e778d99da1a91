"""Reviews of pull requests and their comments on lines."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.github import events
from tests.fakes.github.render import pulls as render
from tests.fakes.github.render import repos
from tests.fakes.github.state import Issue, Pull, Review, ReviewComment, now
from tests.fakes.github.wire import Answer, Call, Refused, invalid, not_found, operation

Json = Any

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@operation("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews", "pull_requests:read")
async def list_reviews(call: Call) -> Answer:
    one, pull = call.pull()
    shown = [said for said in pull.reviews if said.state != "PENDING" or said.user is call.sender]
    return call.page(render.review(call.world, call.repo, one, said) for said in shown)


@operation("POST", "/repos/{owner}/{repo}/pulls/{number}/reviews", "pull_requests:write", role="read")
async def create_review(call: Call) -> Answer:
    """All comments or none: one on a line that the diff does not show refuses the whole review."""
    one, pull = call.pull()
    event = call.body.get("event")
    if event in ("APPROVE", "REQUEST_CHANGES") and one.user is call.sender:
        words = "approve" if event == "APPROVE" else "request changes on"
        raise Refused(422, "Unprocessable Entity", [f"Can not {words} your own pull request"])
    body = call.text("body", "PullRequestReview", required=event == "REQUEST_CHANGES") or ""
    if not event and any(one.state == "PENDING" and one.user is call.sender for one in pull.reviews):
        raise Refused(422, "Unprocessable Entity", ["User can only have one pending review per pull request"])
    commit = call.body.get("commit_id") or pull.head_sha
    submitted = now() if event else None
    said = Review(call.world.next_id(), call.sender, body, _STATES.get(event, "PENDING"), commit, submitted)
    await _is_of(call, pull, commit)
    shown = await _lines(call, pull)
    comments = [_comment(call, said, shown, fields) for fields in call.body.get("comments") or ()]
    pull.reviews.append(said)
    pull.comments.extend(comments)
    pull.reviewers = [who for who in pull.reviewers if who is not call.sender]
    if event:
        events.review(call.world, call.repo, call.sender, one, said)
        for comment in comments:
            events.review_comment(call.world, call.repo, call.sender, one, comment)
    return Answer(render.review(call.world, call.repo, one, said))


@operation("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews/{review}", "pull_requests:read")
async def get_review(call: Call) -> Answer:
    one, _, said = _review(call)
    return Answer(render.review(call.world, call.repo, one, said))


@operation("PUT", "/repos/{owner}/{repo}/pulls/{number}/reviews/{review}", "pull_requests:write", role="read")
async def update_review(call: Call) -> Answer:
    one, _, said = _review(call)
    said.body = str(call.text("body", "PullRequestReview", required=True))
    return Answer(render.review(call.world, call.repo, one, said))


@operation("DELETE", "/repos/{owner}/{repo}/pulls/{number}/reviews/{review}", "pull_requests:write", role="read")
async def delete_review(call: Call) -> Answer:
    """Only one that was not submitted yet, with its comments."""
    one, pull, said = _review(call)
    if said.state != "PENDING":
        raise Refused(422, "Unprocessable Entity", ["Can not delete a non-pending pull request review"])
    pull.reviews.remove(said)
    pull.comments = [comment for comment in pull.comments if comment.review_id != said.id]
    return Answer(render.review(call.world, call.repo, one, said))


@operation("PUT", "/repos/{owner}/{repo}/pulls/{number}/reviews/{review}/dismissals", "pull_requests:write")
async def dismiss_review(call: Call) -> Answer:
    one, _, said = _review(call)
    if said.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise Refused(422, "Unprocessable Entity", ["Can not dismiss a commented pull request review"])
    said.state = "DISMISSED"
    return Answer(render.review(call.world, call.repo, one, said))


@operation("GET", "/repos/{owner}/{repo}/pulls/{number}/comments", "pull_requests:read")
async def list_comments(call: Call) -> Answer:
    one, pull = call.pull()
    return call.page(render.review_comment(call.world, call.repo, one, said) for said in pull.comments)


@operation("POST", "/repos/{owner}/{repo}/pulls/{number}/comments", "pull_requests:write", role="read")
async def create_comment(call: Call) -> Answer:
    one, pull = call.pull()
    await _is_of(call, pull, call.body.get("commit_id") or pull.head_sha)
    review = Review(call.world.next_id(), call.sender, "", "COMMENTED", pull.head_sha, now())
    said = _comment(call, review, await _lines(call, pull), call.body)
    pull.reviews.append(review)
    pull.comments.append(said)
    events.review_comment(call.world, call.repo, call.sender, one, said)
    return Answer(render.review_comment(call.world, call.repo, one, said), 201)


@operation("POST", "/repos/{owner}/{repo}/pulls/{number}/comments/{id}/replies", "pull_requests:write", role="read")
async def reply(call: Call) -> Answer:
    one, pull = call.pull()
    parent = next((said for said in pull.comments if said.id == call.number("id")), None)
    if parent is None:
        raise not_found()
    body = str(call.text("body", "PullRequestReviewComment", required=True))
    said = ReviewComment(call.world.next_id(), call.sender, body, review_id=parent.review_id, path=parent.path)
    said.commit_id, said.line, said.side, said.in_reply_to = parent.commit_id, parent.line, parent.side, parent.id
    pull.comments.append(said)
    events.review_comment(call.world, call.repo, call.sender, one, said)
    return Answer(render.review_comment(call.world, call.repo, one, said), 201)


@operation("PATCH", "/repos/{owner}/{repo}/pulls/comments/{id}", "pull_requests:write", role="read")
async def update_comment(call: Call) -> Answer:
    one, said = _comment_named(call)
    said.body, said.updated_at = str(call.text("body", "PullRequestReviewComment", required=True)), now()
    return Answer(render.review_comment(call.world, call.repo, one, said))


@operation("DELETE", "/repos/{owner}/{repo}/pulls/comments/{id}", "pull_requests:write", role="read")
async def delete_comment(call: Call) -> Answer:
    one, said = _comment_named(call)
    assert one.pull is not None
    one.pull.comments.remove(said)
    return Answer(status=204)


def _review(call: Call) -> tuple[Issue, Pull, Review]:
    one, pull = call.pull()
    for said in pull.reviews:
        if said.id == call.number("review"):
            return one, pull, said
    raise not_found()


def _comment_named(call: Call) -> tuple[Issue, ReviewComment]:
    for one in call.repo.issues.values():
        for said in one.pull.comments if one.pull else ():
            if said.id == call.number("id"):
                return one, said
    raise not_found()


async def _is_of(call: Call, pull: Pull, commit: str) -> None:
    """GitHub takes nothing about a commit that was forced away."""
    start = await render.merge_base(call.repo, pull)
    if commit != pull.head_sha and commit not in await call.repo.objects.commits(start, pull.head_sha):
        raise Refused(422, "Unprocessable Entity", ["commit_id is not part of the pull request"])


Shown = dict[tuple[str, str], list[set[int]]]
"""The line numbers that a diff shows, by path and side, hunk by hunk; every changed file has both sides."""


def _comment(call: Call, review: Review, shown: Shown, fields: Json) -> ReviewComment:
    """On lines of one hunk, the first before the last; or, where `subject_type` says so, on a file of the diff."""
    path, line, side = fields.get("path", ""), fields.get("line"), fields.get("side", "RIGHT")
    start, on_file = fields.get("start_line"), fields.get("subject_type") == "file"
    if (path, side) not in shown:
        raise Refused(422, "Unprocessable Entity", ["Path could not be resolved" if path else "Path is missing"])
    hunk = next((lines for lines in shown[path, side] if line in lines), set())
    if not on_file and line not in hunk:
        raise Refused(422, "Unprocessable Entity", ["Line could not be resolved"])
    if start is not None and not on_file:
        if start >= line:
            raise Refused(422, "Unprocessable Entity", ["start_line must precede the end line."])
        if start not in hunk or fields.get("start_side", side) != side:
            raise Refused(422, "Unprocessable Entity", ["start_line must be part of the same hunk as the line."])
    if not fields.get("body"):
        raise invalid("PullRequestReviewComment", "body", "missing_field")
    return ReviewComment(
        call.world.next_id(),
        call.sender,
        fields["body"],
        review_id=review.id,
        path=path,
        commit_id=review.commit_id,
        line=None if on_file else line,
        side=side,
        start_line=start,
        start_side=fields.get("start_side") if start else None,
        diff_hunk="@@",
    )


async def _lines(call: Call, pull: Pull) -> Shown:
    shown: Shown = {}
    for entry in await repos.files(call.world, call.repo, await render.merge_base(call.repo, pull), pull.head_sha):
        left = shown.setdefault((entry["filename"], "LEFT"), [])
        right = shown.setdefault((entry["filename"], "RIGHT"), [])
        old = new = 0
        for text in entry.get("patch", "").split("\n"):
            if match := _HUNK.match(text):
                old, new = int(match[1]), int(match[2])
                left.append(set())
                right.append(set())
            elif text.startswith("-"):
                left[-1].add(old)
                old += 1
            elif text.startswith("+"):
                right[-1].add(new)
                new += 1
            elif text.startswith(" "):
                left[-1].add(old)
                right[-1].add(new)
                old, new = old + 1, new + 1
    return shown
