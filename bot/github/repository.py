"""The client of one repository: its facts, its files and branches, its people, and the way for git."""

from __future__ import annotations

import base64

from bot.github.api.auth import Announce, TokenBadge, Tokens
from bot.github.api.credentials import AppCredentials
from bot.github.api.errors import Gone, NotFound, Refused, TooLarge
from bot.github.api.http import Door
from bot.github.api.models import CommitInfo, Comparison, RepositoryInfo
from bot.github.api.paths import parts
from bot.github.api.resource import Redact
from bot.github.api.shape import Node
from bot.github.api.transport import HttpRequest
from bot.github.resources.issue_types import IssueTypes
from bot.github.resources.issues import Issues
from bot.github.resources.own_issues import OwnIssues
from bot.github.resources.people import People
from bot.github.resources.pulls import Pulls
from bot.github.resources.releases import Releases
from bot.github.resources.reviews import Reviews
from bot.github.resources.rules import Rulesets
from workflows.errors import ConfigError
from workflows.policy.config.repo_config import PATH
from workflows.ports import Remote

_LARGEST_FILE = 1_000_000


class RepositoryClient(People, Issues, OwnIssues, IssueTypes, Pulls, Reviews, Releases, Rulesets):
    """One repository as an installation of the App sees it.

    Every method raises UserError where GitHub refuses (Gone where something is not there
    for us any more) and TransientError where it may answer later.
    """

    def __init__(
        self,
        door: Door,
        tokens: Tokens,
        reader: TokenBadge,
        talker: TokenBadge,
        writer: TokenBadge,
        credentials: AppCredentials,
        announce: Announce,
        redact: Redact,
        number: int = 0,
    ) -> None:
        super().__init__(door, tokens, reader, talker, writer, credentials, redact)
        self._announce = announce
        self._number = number

    async def info(self) -> RepositoryInfo:
        return _repository(await self._read(""))

    async def file(self, path: str, ref: str | None = None) -> str | None:
        """The text of a file at a branch or commit (of the default branch without `ref`), None where there is none."""
        try:
            found = await self._read(f"/contents/{parts(path)}", **({"ref": ref} if ref else {}))
        except NotFound:
            return None
        if isinstance(found.value, list) or found.text("type") != "file":  # a directory is a list
            return None
        if found.number("size") > _LARGEST_FILE:
            raise TooLarge(f"{path} is larger than one megabyte.", "Make it smaller.")
        return found.base64("content").decode("utf-8", "replace")

    async def configuration(self, ref: str | None = None) -> str | None:
        """The text of the repository's own configuration, as `file`; ConfigError where it is too large to be read."""
        try:
            return await self.file(PATH, ref)
        except TooLarge:
            raise ConfigError("The file is larger than one megabyte.", "Make it shorter.", place=PATH) from None

    async def branch(self, name: str) -> str | None:
        """The commit that a branch points at, None where there is no such branch."""
        try:
            found = await self._read(f"/git/ref/heads/{parts(name)}")
        except NotFound:
            return None
        except Refused as error:
            if error.status == 409:  # a repository without a commit
                return None
            raise
        return found.at("object").text("sha")

    async def new_name(self, branch: str) -> str:
        """What a branch is called by now: GitHub leads from the old name to the new one; "" where there is none."""
        try:
            return (await self._read(f"/branches/{parts(branch)}")).text("name")
        except NotFound:
            return ""

    async def is_protected(self, branch: str) -> bool:
        """Whether a rule of the repository protects a branch; False where there is no such branch."""
        try:
            found = await self._read(f"/branches/{parts(branch)}")
        except NotFound:
            return False
        return found.maybe("protection").flag("enabled")

    async def compare(self, base: str, head: str) -> Comparison:
        """NotFound where one of the two is not there, or they have nothing in common."""
        found = await self._read(f"/compare/{parts(base)}...{parts(head)}")
        return Comparison(
            status=found.text("status"),
            ahead_by=found.number("ahead_by"),
            behind_by=found.number("behind_by"),
            merge_base=found.at("merge_base_commit").text("sha"),
            commits=tuple(_commit(one) for one in found.some("commits")),
            files=tuple(one.text("filename") for one in found.some("files")),
        )

    async def delete_ref(self, branch: str) -> None:
        """Delete a branch, wherever it points; one that is gone already is fine."""
        try:
            await self._write("DELETE", f"/git/refs/heads/{parts(branch)}")
        except NotFound:
            return
        except Refused as error:
            if "does not exist" not in error.message:
                raise

    async def remote(self, write: bool = False) -> Remote:
        """Where git finds the repository, with a token in the environment that lives for minutes at least.

        It is shown to the API first: one that GitHub does not take any more is renewed there,
        where git would only fail. A repository that was renamed says so there, too, and Gone is
        raised for one that is to be written to and can only be read any more, and for another one
        that has the name by now.
        """
        badge = self._writer if write else self._reader
        found = _repository(Node.of((await self._door.send(HttpRequest("GET", self._path("")), badge)).body))
        if self._number not in (0, found.id):
            raise Gone(
                f"{found.full_name} is another repository by now than the one that this was begun for.",
                "Ask for it anew, in the one that is meant.",
            )
        if write:
            must_be_writable(found)
        token = (await badge.header()).partition(" ")[2]
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        self._announce(basic)
        web = self._credentials.web_url
        env = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{web}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
        return Remote(f"{web}/{self.full_name}.git", env)


def must_be_writable(info: RepositoryInfo) -> None:
    """Gone where a repository can only be read any more."""
    if info.archived:
        raise Gone(f"{info.full_name} is archived, so nothing can be changed in it.", "Unarchive it to go on.")
    if info.disabled:
        raise Gone(
            f"{info.full_name} is disabled by GitHub, so nothing can be changed in it.", "Its owner was told why."
        )


def _repository(found: Node) -> RepositoryInfo:
    return RepositoryInfo(
        id=found.number("id"),
        full_name=found.text("full_name"),
        default_branch=found.text("default_branch"),
        url=found.text("html_url"),
        archived=found.flag("archived"),
        disabled=found.flag("disabled"),
        private=found.flag("private"),
        fork=found.flag("fork"),
        has_issues=found.flag("has_issues", True),
    )


def _commit(found: Node) -> CommitInfo:
    commit = found.at("commit")
    return CommitInfo(
        sha=found.text("sha"),
        message=commit.text("message"),
        author_login=found.maybe("author").words("login"),
        author_email=commit.maybe("author").words("email"),
        committer_login=found.maybe("committer").words("login"),
    )
