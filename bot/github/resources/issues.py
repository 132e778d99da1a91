"""Issues and what is said in them: comments, reactions, labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.github.api.errors import NotFound
from bot.github.api.models import ActInfo, CommentInfo, IssueInfo, ListedIssue, UserInfo
from bot.github.api.paths import part
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node
from bot.github.resources.issue_types import field_values, type_name
from workflows.ports import Standing
from workflows.text.escape import MOST_CHARACTERS, cut

_LOOK_BACK = timedelta(minutes=15)
"""How far back a comment is looked for whose posting was not confirmed: longer than a call may last."""


class Issues(RepositoryResource):
    """The part of a repository where people talk. Pull requests are issues here."""

    async def issue(self, number: int) -> IssueInfo:
        """NotFound where there is none, or it was transferred or deleted."""
        return issue_info(await self._read(f"/issues/{number}"))

    async def standing(self, number: int) -> Standing:
        """How an issue is now; one that was transferred is found where it is, where we may see that."""
        try:
            found = await self._read(f"/issues/{number}")
        except NotFound:
            return Standing(there=False)
        if not await self._is_here(found.text("html_url")) or found.number("number") != number:
            return Standing(there=False, moved=True)
        info = issue_info(found)
        closed = info.state == "closed"
        return Standing(
            closed=closed,
            locked=info.locked,
            reason=found.words("state_reason" if closed else "active_lock_reason"),
            labels=tuple(_label(one) for one in found.some("labels")),
            assignees=tuple((one.text("login"), one.number("id")) for one in found.some("assignees")),
            title=info.title,
            body=info.body,
        )

    async def _is_here(self, address: str) -> bool:
        """Whether the address of a thing is in this repository, however that is called by now."""
        if f"/{self.full_name.lower()}/" in address.lower():
            return True
        return f"/{(await self._read('')).text('full_name').lower()}/" in address.lower()

    async def comments(self, number: int) -> list[CommentInfo]:
        """All comments, oldest first."""
        return [comment_info(one) async for one in self._list(f"/issues/{number}/comments", by=self._talker)]

    async def issues(self, most: int) -> list[ListedIssue]:
        """The issues that somebody touched last, at most so many, open and closed ones."""
        found: list[ListedIssue] = []
        async for one in self._list("/issues", state="all", sort="updated", direction="desc"):
            if len(found) >= most:
                break
            if not one.has("pull_request"):
                told = issue_info(one)
                found.append(
                    ListedIssue(
                        told.number, told.title, told.body, told.state, told.labels, type_name(one), field_values(one)
                    )
                )
        return found

    async def find_comment(self, number: int, marker: str) -> CommentInfo | None:
        """Our own comment that holds a marker; what others wrote does not count, whatever it holds."""
        async for one in self._list(f"/issues/{number}/comments", by=self._talker):
            comment = comment_info(one)
            if marker in comment.body and self.is_ours(comment):
                return comment
        return None

    async def read_comment(self, comment: int) -> CommentInfo:
        """NotFound where somebody deleted it."""
        return comment_info(await self._read(f"/issues/comments/{comment}"))

    def is_ours(self, comment: CommentInfo) -> bool:
        """Whether this App wrote a comment."""
        return self.is_me(comment.author.login)

    def is_me(self, login: str) -> bool:
        """Whether that is what this App is called where it acts."""
        return login.lower() == self._credentials.bot_login.lower()

    async def acts(self, number: int) -> list[ActInfo]:
        """Who gave an issue or pull request which label or type, and who asked whom for a review, oldest first."""
        return [_act(one) async for one in self._list(f"/issues/{number}/events") if one.words("event") in _ACTS]

    async def comment(self, number: int, body: str) -> int:
        """Post a comment, cut where it is too long, and return its id; an answer that is lost does not make it two."""
        body = self._fit(body)
        since = (datetime.now(UTC) - _LOOK_BACK).strftime("%Y-%m-%dT%H:%M:%SZ")

        async def made() -> Any:
            async for one in self._list(f"/issues/{number}/comments", by=self._talker, since=since):
                if self.is_ours(comment_info(one)) and self._says(one, body):
                    return one
            return None

        posted = await self._create(f"/issues/{number}/comments", {"body": body}, made, by=self._talker)
        return posted.number("id")

    async def edit_comment(self, comment: int, body: str) -> None:
        """NotFound where somebody deleted it."""
        await self._write("PATCH", f"/issues/comments/{comment}", {"body": self._fit(body)}, by=self._talker)

    def _fit(self, body: str) -> str:
        """A text as it is posted: without secrets, and cut where GitHub would refuse it."""
        return cut(self._redact(body), MOST_CHARACTERS)

    async def delete_comment(self, comment: int) -> None:
        """One that is gone already is fine."""
        try:
            await self._write("DELETE", f"/issues/comments/{comment}", by=self._talker)
        except NotFound:
            return

    async def react(self, content: str, *, comment: int = 0, issue: int = 0) -> None:
        """Add a reaction (+1, -1, laugh, confused, heart, hooray, rocket, eyes) to a comment, or to an issue."""
        where = f"/issues/comments/{comment}" if comment else f"/issues/{issue}"
        await self._write("POST", f"{where}/reactions", {"content": content}, by=self._talker)

    async def labels(self, number: int) -> tuple[str, ...]:
        return tuple([one.text("name") async for one in self._list(f"/issues/{number}/labels")])

    async def known_labels(self) -> tuple[str, ...]:
        """The labels that the repository has."""
        return tuple([one.text("name") async for one in self._list("/labels")])

    async def add_labels(self, number: int, *labels: str) -> None:
        """Those that the repository does not have are made by GitHub."""
        if labels:
            await self._write("POST", f"/issues/{number}/labels", {"labels": list(labels)}, by=self._talker)

    async def remove_label(self, number: int, label: str) -> None:
        """One that is not there is fine."""
        try:
            await self._write("DELETE", f"/issues/{number}/labels/{part(label)}", by=self._talker)
        except NotFound:
            return


def user_info(found: Node) -> UserInfo:
    """An account as GitHub shows it; null is one that was deleted."""
    if found.value is None:
        return UserInfo(0, "ghost")
    return UserInfo(
        id=found.number("id"),
        login=found.text("login"),
        name=found.words("name"),
        email=found.words("email"),
        kind=found.words("type", "User"),
    )


def author_of(found: Node, key: str = "user") -> UserInfo:
    """The account under a key, which is null or missing where it was deleted."""
    return user_info(found.at(key) if found.filled(key) else Node(None))


def comment_info(found: Node) -> CommentInfo:
    return CommentInfo(
        id=found.number("id"),
        body=found.words("body"),
        author=author_of(found),
        url=found.text("html_url"),
        app=found.maybe("performed_via_github_app").words("slug"),
        created_at=found.words("created_at"),
        updated_at=found.words("updated_at"),
    )


def label_names(found: Node) -> tuple[str, ...]:
    """The labels of what `found` is; GitHub gives them as objects, and in old answers as plain names."""
    return tuple(one.itself() if isinstance(one.value, str) else one.words("name") for one in found.some("labels"))


def _label(found: Node) -> tuple[str, int]:
    """A label's name and number, 0 where there is none: in old answers it is a plain name."""
    if isinstance(found.value, str):
        return found.itself(), 0
    return found.words("name"), found.number("id") if found.filled("id") else 0


def _act(found: Node) -> ActInfo:
    by = author_of(found, "review_requester") if found.filled("review_requester") else author_of(found, "actor")
    label, reviewer = found.maybe("label").words("name"), found.maybe("requested_reviewer").words("login")
    return ActInfo(found.text("event"), by.login, label, reviewer, found.maybe("issue_type").words("name"))


_ACTS = ("labeled", "review_requested", "issue_type_added", "issue_type_changed")


def issue_info(found: Node) -> IssueInfo:
    return IssueInfo(
        number=found.number("number"),
        title=found.text("title"),
        body=found.words("body"),
        author=author_of(found),
        url=found.text("html_url"),
        state=found.text("state"),
        labels=label_names(found),
        assignees=tuple(one.text("login") for one in found.some("assignees")),
        locked=found.flag("locked"),
        pull=found.has("pull_request"),
    )
