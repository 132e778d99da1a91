"""Reviews of pull requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.github.api.errors import NotFound, Refused
from bot.github.api.models import CodeComment, ReviewInfo
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node
from bot.github.api.transport import HttpRequest
from bot.github.resources.issues import author_of
from bot.github.resources.pulls import graphql_url
from workflows.effects.conversation.review import LineComment, Verdict
from workflows.effects.items import ThreadInfo


class Reviews(RepositoryResource):
    """The part of a repository where changes are judged."""

    async def reviews(self, number: int) -> list[ReviewInfo]:
        """All reviews of a pull request that we may see, oldest first; our own pending one is among them."""
        return [_review(one) async for one in self._list(f"/pulls/{number}/reviews", by=self._writer)]

    async def create_review(
        self, number: int, body: str, verdict: Verdict, *, commit: str, comments: Sequence[LineComment] = ()
    ) -> ReviewInfo:
        """A review of what the pull request was at a commit; an answer that is lost does not make it two.

        GitHub takes all comments or refuses the whole review (Refused, 422), and does not say which one it was.
        """
        fields: dict[str, Any] = {"body": body, "commit_id": commit} | ({"event": verdict} if verdict else {})
        if comments:
            fields["comments"] = [_fields(one) for one in comments]

        async def made() -> Any:
            async for one in self._list(f"/pulls/{number}/reviews", by=self._writer):
                if author_of(one).login.lower() == self._credentials.bot_login.lower() and self._says(one, body):
                    return one
            return None

        return _review(await self._create(f"/pulls/{number}/reviews", fields, made))

    async def takes_comment(self, number: int, commit: str, comment: LineComment) -> bool:
        """Whether GitHub would take a comment: tried in a pending review, which nobody sees and which goes again.

        Such a one that a crash left behind goes first: there can be only one.
        """
        for left in await self.reviews(number):
            if left.state == "PENDING" and left.author.login.lower() == self._credentials.bot_login.lower():
                await self.delete_review(number, left.id)
        try:
            tried = await self.create_review(number, "", "", commit=commit, comments=(comment,))
        except Refused as error:
            if error.status != 422:
                raise
            return False
        await self.delete_review(number, tried.id)
        return True

    async def comment_on_file(self, number: int, commit: str, path: str, body: str) -> int:
        """A comment on a file of the diff as a whole, which a lost answer does not make two; its id.

        Refused with status 422 where GitHub takes none there.
        """

        async def made() -> Node | None:
            async for one in self._list(f"/pulls/{number}/comments", by=self._writer):
                if author_of(one).login.lower() == self._credentials.bot_login.lower() and self._says(one, body):
                    return one
            return None

        fields = {"body": body, "commit_id": commit, "path": path, "subject_type": "file"}
        return (await self._create(f"/pulls/{number}/comments", fields, made)).number("id")

    async def code_comments(self, number: int) -> list[CodeComment]:
        """All comments on the code of a pull request, oldest first."""
        return [_code_comment(one) async for one in self._list(f"/pulls/{number}/comments", by=self._writer)]

    async def reply(self, number: int, thread: int, body: str) -> int:
        """Answer the thread that a comment begins; an answer that is lost does not make it two."""

        async def made() -> Node | None:
            async for one in self._list(f"/pulls/{number}/comments", by=self._writer):
                ours = author_of(one).login.lower() == self._credentials.bot_login.lower()
                if ours and self._says(one, body):
                    return one
            return None

        path = f"/pulls/{number}/comments/{thread}/replies"
        return (await self._create(path, {"body": body}, made)).number("id")

    async def delete_code_comment(self, comment: int) -> None:
        """Delete one; one that is gone already is fine."""
        try:
            await self._write("DELETE", f"/pulls/comments/{comment}")
        except NotFound:
            return

    async def review_threads(self, number: int) -> list[ThreadInfo]:
        """The threads of a pull request's review comments, each with what people did to it."""
        node, after, found = (await self._read(f"/pulls/{number}")).text("node_id"), None, []
        while True:
            asked = HttpRequest(
                "POST", self._graphql, json={"query": _THREADS, "variables": {"id": node, "after": after}}
            )
            page = Node.of((await self._door.send(asked, self._writer)).body).at("data").at("node").at("reviewThreads")
            found += [self._thread(one) for one in page.some("nodes")]
            if not page.at("pageInfo").flag("hasNextPage"):
                return found
            after = page.at("pageInfo").words("endCursor")

    async def resolve_thread(self, thread: str, resolved: bool = True) -> None:
        """Mark a thread as resolved, or as open again."""
        verb = "resolveReviewThread" if resolved else "unresolveReviewThread"
        query = f"mutation($id: ID!) {{ {verb}(input: {{threadId: $id}}) {{ thread {{ isResolved }} }} }}"
        await self._change(query, thread, "change the thread")

    async def _change(self, query: str, node: str, what: str) -> None:
        """A mutation of one thing; one that is gone needs nothing."""
        request = HttpRequest("POST", self._graphql, json={"query": query, "variables": {"id": node}})
        answer = Node.of((await self._door.send(request, self._writer)).body)
        for error in answer.some("errors"):
            if error.words("type") != "NOT_FOUND":
                raise Refused(f"GitHub does not {what}: {error.words('message')}")

    @property
    def _graphql(self) -> str:
        return graphql_url(self._credentials.api_url)

    def _thread(self, found: Node) -> ThreadInfo:
        ours = self._credentials.bot_login.lower().removesuffix("[bot]")
        said = list(found.at("comments").some("nodes"))
        authors = [one.maybe("author").words("login").lower().removesuffix("[bot]") for one in said]
        down = any(
            group.words("content") == "THUMBS_DOWN" and group.maybe("reactors").number("totalCount") > 0
            for group in (said[0].some("reactionGroups") if said else ())
        )
        return ThreadInfo(
            id=found.text("id"),
            body=said[0].words("body") if said else "",
            ours=bool(authors) and authors[0] == ours,
            resolved=found.flag("isResolved"),
            waved_away=down or any(author != ours for author in authors[1:]),
            disliked=down,
            first=said[0].number("databaseId") if said else 0,
            hidden=bool(said) and said[0].flag("isMinimized"),
        )

    async def hide_review(self, number: int, review: int) -> None:
        """Show one and its comments folded up, as outdated. Refused where that cannot be; one that is gone is fine."""
        try:
            nodes = [(await self._read(f"/pulls/{number}/reviews/{review}")).text("node_id")]
            async for one in self._list(f"/pulls/{number}/comments", by=self._writer):
                ours = author_of(one).login.lower() == self._credentials.bot_login.lower()
                if ours and one.filled("pull_request_review_id") and one.number("pull_request_review_id") == review:
                    nodes.append(one.text("node_id"))
        except NotFound:
            return
        query = """mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) {
            minimizedComment { isMinimized } } }"""
        for node in nodes:
            await self._change(query, node, "hide the review")

    async def dismiss_review(self, number: int, review: int, why: str) -> None:
        """Take a verdict back; it stays to be read. Refused for a review that gave none."""
        await self._write("PUT", f"/pulls/{number}/reviews/{review}/dismissals", {"message": why})

    async def delete_review(self, number: int, review: int) -> None:
        """Delete one that was not submitted; one that is gone is fine."""
        try:
            await self._write("DELETE", f"/pulls/{number}/reviews/{review}")
        except NotFound:
            return


_THREADS = """
query($id: ID!, $after: String) { node(id: $id) { ... on PullRequest { reviewThreads(first: 50, after: $after) {
  pageInfo { hasNextPage endCursor }
  nodes { id isResolved comments(first: 20) { nodes { databaseId body isMinimized author { login }
    reactionGroups { content reactors { totalCount } } } } } } } } }
"""


def _fields(comment: LineComment) -> dict[str, Any]:
    """A comment as GitHub takes it: of a single line no `start_line`, which would have to be before it."""
    fields: dict[str, Any] = {"path": comment.path, "body": comment.body, "line": comment.line, "side": comment.side}
    if 0 < comment.start < comment.line:
        fields |= {"start_line": comment.start, "start_side": comment.side}
    return fields


def _code_comment(found: Node) -> CodeComment:
    number = found.number("id")
    return CodeComment(
        id=number,
        thread=found.number("in_reply_to_id") if found.filled("in_reply_to_id") else number,
        body=found.words("body"),
        author=author_of(found),
        path=found.text("path"),
        line=found.number("line") if found.filled("line") else 0,
        url=found.words("html_url"),
    )


def _review(found: Node) -> ReviewInfo:
    return ReviewInfo(
        id=found.number("id"),
        body=found.words("body"),
        author=author_of(found),
        state=found.text("state"),
        url=found.words("html_url"),
    )
