"""Pull requests and the checks on their commits."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.github.api.errors import NoDrafts, NotFound, Refused, TransientError
from bot.github.api.models import CheckInfo, FailedCheck, PullInfo
from bot.github.api.paths import part
from bot.github.api.shape import Node
from bot.github.api.transport import HttpRequest
from bot.github.resources.issues import author_of, label_names
from bot.github.resources.logs import JobLogs


class Pulls(JobLogs):
    """The part of a repository where changes are proposed."""

    async def pull(self, number: int) -> PullInfo:
        return pull_info(await self._read(f"/pulls/{number}"))

    async def find_pull(self, branch: str, *, base: str = "", state: str = "open") -> PullInfo | None:
        """The newest pull request of a branch of this repository; `state` is open, closed or all."""
        params = {"head": f"{self.full_name.partition('/')[0]}:{branch}", "state": state, "direction": "desc"}
        if base:
            params["base"] = base
        async for one in self._list("/pulls", by=self._reader, **params):
            # GitHub takes a filter that it does not understand for none, and a fork may have such a branch too
            if one.at("head").text("ref") == branch and _repository(one.at("head")) == _repository(one.at("base")):
                return pull_info(one)
        return None

    async def is_closed_by_me(self, number: int) -> bool:
        """Whether it is closed, and we were who did that."""
        found = await self._read(f"/issues/{number}")
        closer = found.maybe("closed_by").words("login").lower()
        return found.text("state") == "closed" and closer == self._credentials.bot_login.lower()

    async def closed_pulls(self, wanted: Collection[int], most: int) -> list[PullInfo]:
        """Those of these numbers that are closed, looked for among the `most` that somebody touched last."""
        found: list[PullInfo] = []
        looked_at = 0
        async for one in self._list("/pulls", state="closed", sort="updated", direction="desc"):
            looked_at += 1
            if one.number("number") in wanted:
                found.append(pull_info(one))
            if looked_at >= most or len(found) == len(wanted):
                break
        return found

    async def pulls_of_commit(self, commit: str) -> list[PullInfo]:
        """Those that a commit came by; none where GitHub does not know it."""
        try:
            return [pull_info(one) async for one in self._list(f"/commits/{part(commit)}/pulls")]
        except NotFound:
            return []

    async def create_pull(self, title: str, body: str, *, head: str, base: str, draft: bool = False) -> PullInfo:
        """Open a pull request, or return the open one that these branches have. NoDrafts where there can be none."""
        fields = {"title": title, "body": body, "head": head, "base": base, "draft": draft}

        async def made() -> Any:
            found = await self.find_pull(head, base=base)
            return None if found is None else await self._read(f"/pulls/{found.number}")

        try:
            return pull_info(await self._create("/pulls", fields, made))
        except Refused as error:
            message = error.message.lower()
            if draft and "draft" in message and "not supported" in message:
                raise NoDrafts(str(error), status=error.status, message=error.message) from None
            if "already exists" in message and (there := await made()) is not None:
                return pull_info(there)
            raise

    async def update_pull(
        self,
        number: int,
        *,
        title: str | None = None,
        body: str | None = None,
        base: str | None = None,
        state: str | None = None,
    ) -> PullInfo:
        """Change what is given and leave the rest."""
        given = {"title": title, "body": body, "base": base, "state": state}
        fields = {name: value for name, value in given.items() if value is not None}
        return pull_info(await self._write("PATCH", f"/pulls/{number}", fields))

    async def set_draft(self, pull: PullInfo, draft: bool) -> None:
        """Make it a draft, or ready for review."""
        verb = "convertPullRequestToDraft" if draft else "markPullRequestReadyForReview"
        query = f"mutation($id: ID!) {{ {verb}(input: {{pullRequestId: $id}}) {{ pullRequest {{ isDraft }} }} }}"
        address = graphql_url(self._credentials.api_url)
        request = HttpRequest("POST", address, json={"query": query, "variables": {"id": pull.node}})
        answer = await self._door.send(request, self._writer)
        for error in Node.of(answer.body).some("errors"):
            message = error.words("message", "no reason was given").rstrip(".")
            match error.words("type"):
                case "NOT_FOUND":
                    raise NotFound(f"Pull request #{pull.number} is not there: {message}.")
                case "RATE_LIMIT" | "RATE_LIMITED":
                    raise TransientError("GitHub limits how much we may ask.", 60.0)
                case _:
                    raise Refused(f"GitHub does not change the draft state: {message}.", message=message)

    async def request_reviewers(self, number: int, *logins: str) -> bool:
        """Ask people for a review; False where one of them cannot be asked (the author, no collaborator)."""
        try:
            await self._write("POST", f"/pulls/{number}/requested_reviewers", {"reviewers": list(logins)})
        except Refused as error:
            if error.status != 422:
                raise
            return False
        return True

    async def withdraw_request(self, number: int, login: str) -> None:
        """Ask somebody for a review no longer; one who was not asked is fine."""
        await self._write("DELETE", f"/pulls/{number}/requested_reviewers", {"reviewers": [login]})

    async def create_check(
        self,
        name: str,
        commit: str,
        *,
        external_id: str,
        status: str = "in_progress",
        conclusion: str = "",
        title: str = "",
        summary: str = "",
        url: str = "",
    ) -> CheckInfo:
        """A check run on a commit; `external_id` is ours, and finds it again."""
        fields = {"name": name, "head_sha": commit, "external_id": external_id}
        fields |= _check_fields(status, conclusion, title, summary, url)

        async def made() -> Any:
            return await self._check(name, commit, external_id)

        return _check(await self._create("/check-runs", fields, made))

    async def update_check(
        self, check: int, *, status: str = "", conclusion: str = "", title: str = "", summary: str = "", url: str = ""
    ) -> CheckInfo:
        """Change what is given; title and summary belong together."""
        fields = _check_fields(status, conclusion, title, summary, url)
        return _check(await self._write("PATCH", f"/check-runs/{check}", fields))

    async def find_check(self, name: str, commit: str, external_id: str) -> CheckInfo | None:
        """Our check run of that id on a commit."""
        found = await self._check(name, commit, external_id)
        return None if found is None else _check(found)

    async def failed_check(self, check: int) -> FailedCheck:
        """What a check says of itself, with its annotations, and its job's log where that may be read."""
        found = await self._read(f"/check-runs/{check}")
        told = found.maybe("output")
        notes = [
            f"{one.words('path')}:{one.number('start_line')}: {one.words('message')}"
            async for one in self._list(f"/check-runs/{check}/annotations")
        ]
        log, unlogged = await self.log_of(found)
        return FailedCheck(
            name=found.text("name"),
            commit=found.text("head_sha"),
            conclusion=found.words("conclusion"),
            text="\n\n".join(part for part in (told.words("title"), told.words("summary"), told.words("text")) if part),
            notes=tuple(notes),
            log=log,
            unlogged=unlogged,
        )

    async def conclusions(self, name: str, commit: str) -> list[str]:
        """What the checks of that name came to on a commit, or on a branch as it is now, the newest first."""
        path = f"/commits/{part(commit)}/check-runs"
        try:
            found = [one async for one in self._list(path, "check_runs", check_name=name)]
        except Refused as error:
            if error.status != 422:
                raise
            return []  # GitHub knows no such commit
        return [one.words("conclusion") for one in sorted(found, key=lambda one: -one.number("id"))]

    async def _check(self, name: str, commit: str, external_id: str) -> Node | None:
        async for one in self._list(f"/commits/{part(commit)}/check-runs", "check_runs", check_name=name):
            ours = one.maybe("app").words("slug") == self._credentials.slug
            if ours and one.words("external_id") == external_id:
                return one
        return None


def pull_info(found: Node) -> PullInfo:
    head, base = found.at("head"), found.at("base")
    return PullInfo(
        number=found.number("number"),
        url=found.text("html_url"),
        node=found.text("node_id"),
        title=found.text("title"),
        body=found.words("body"),
        state=found.text("state"),
        draft=found.flag("draft"),
        merged=bool(found.words("merged_at")),
        head=head.text("ref"),
        head_commit=head.text("sha"),
        head_repository=head.maybe("repo").words("full_name"),
        base=base.text("ref"),
        base_commit=base.text("sha"),
        author=author_of(found),
        labels=label_names(found),
        reviewers=tuple(one.text("login") for one in found.some("requested_reviewers")),
    )


def _repository(end: Node) -> int | None:
    """The id of the repository at one end of a pull request; None where it was deleted."""
    there = end.maybe("repo")
    return there.number("id") if there.value else None


def _check(found: Node) -> CheckInfo:
    return CheckInfo(
        id=found.number("id"),
        name=found.text("name"),
        head_commit=found.text("head_sha"),
        status=found.text("status"),
        conclusion=found.words("conclusion"),
        external_id=found.words("external_id"),
        url=found.words("html_url"),
    )


def _check_fields(status: str, conclusion: str, title: str, summary: str, url: str) -> dict[str, Any]:
    """A conclusion makes the check completed, as GitHub has it."""
    given = {"status": "completed" if conclusion else status, "conclusion": conclusion, "details_url": url}
    fields: dict[str, Any] = {name: value for name, value in given.items() if value}
    if title:
        fields["output"] = {"title": title, "summary": summary}
    return fields


def graphql_url(api_url: str) -> str:
    """On GitHub Enterprise it lies beside the REST API and not below it."""
    return f"{api_url.removesuffix('/v3')}/graphql"
