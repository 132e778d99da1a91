"""The rules that a repository has for its branches, who commits are by, and commits that GitHub makes and signs."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from bot.github.api.errors import Gone, NotFound, Refused, TransientError
from bot.github.api.paths import part, parts
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node
from bot.github.api.transport import HttpRequest
from bot.github.resources.issues import user_info
from bot.github.resources.pulls import graphql_url
from sandbox.errors import RollbackRefused
from workflows.ports import BranchRule, SignedCommit

_RULE = """query($owner: String!, $name: String!, $ref: String!) {
 repository(owner: $owner, name: $name) { ref(qualifiedName: $ref) {
  refUpdateRule { allowsDeletions requiresLinearHistory requiresSignatures viewerCanPush } } } }"""
_COMMIT = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"


@contextmanager
def lacking() -> Iterator[None]:
    """Leave out what not every server or plan has, and what is out by itself while GitHub is there."""
    try:
        yield
    except (NotFound, Refused, Gone):
        return
    except TransientError as error:
        if error.away:
            raise


class Rulesets(RepositoryResource):
    """The part of a repository that says what may be pushed."""

    async def rules(self, branch: str) -> tuple[BranchRule, ...]:
        """The rules for a branch, which need not be there yet, without those that this App may bypass.

        Of rulesets as GitHub lists them, of classic protection what anybody may see of it. What cannot be read is no
        rule: the push will tell.
        """
        listed = []
        with lacking():
            listed = [one async for one in self._list(f"/rules/branches/{parts(branch)}")]
        passed = {number for number in {one.number("ruleset_id") for one in listed} if await self._bypasses(number)}
        found = [_rule(one) for one in listed if one.number("ruleset_id") not in passed]
        return (*found, *await self._classic(branch))

    async def commit_identity(self) -> tuple[str, str]:
        """Name and address of the App's own account, by which GitHub knows its commits for its own."""
        login = self._credentials.bot_login
        asked = HttpRequest("GET", f"/users/{part(login)}")
        number = user_info(Node.of((await self._door.send(asked, self._reader)).body).itself_object()).id
        return login, f"{number}+{login}@users.noreply.{urlsplit(self._credentials.web_url).hostname}"

    async def commit_on_branch(self, commit: SignedCommit) -> str:
        """Have GitHub make the commit on top of the head that is expected, and sign it; its id.

        RollbackRefused where the branch is elsewhere by now.
        """
        headline, _, body = commit.message.partition("\n")
        changes = {
            "additions": [
                {"path": path, "contents": base64.b64encode(data).decode()} for path, data in commit.additions.items()
            ],
            "deletions": [{"path": path} for path in commit.deletions],
        }
        given = {
            "branch": {"repositoryNameWithOwner": self.full_name, "branchName": commit.branch},
            "expectedHeadOid": commit.expected,
            "message": {"headline": headline.strip(), "body": body.strip()},
            "fileChanges": changes,
        }
        answer = await self._queried(_COMMIT, {"input": given})
        return answer.at("data").at("createCommitOnBranch").at("commit").text("oid")

    async def _bypasses(self, ruleset: int) -> bool:
        with lacking():
            found = await self._read(f"/rulesets/{ruleset}", includes_parents="true")
            return found.words("current_user_can_bypass") in ("always", "exempt")
        return False

    async def _classic(self, branch: str) -> tuple[BranchRule, ...]:
        """Classic protection in the words of rulesets; nothing where the branch is not there, or it has none."""
        owner, _, name = self.full_name.partition("/")
        rule = Node.of({})
        with lacking():
            answer = await self._queried(_RULE, {"owner": owner, "name": name, "ref": f"refs/heads/{branch}"})
            rule = answer.maybe("data").maybe("repository").maybe("ref").maybe("refUpdateRule")
        if not rule.value:
            return ()
        kinds = {
            "update": not rule.flag("viewerCanPush", True),
            "deletion": not rule.flag("allowsDeletions"),
            "required_signatures": rule.flag("requiresSignatures"),
            "required_linear_history": rule.flag("requiresLinearHistory"),
        }
        return tuple(BranchRule(kind) for kind, there in kinds.items() if there)

    async def _queried(self, query: str, variables: Mapping[str, Any]) -> Node:
        address = graphql_url(self._credentials.api_url)
        request = HttpRequest("POST", address, json={"query": query, "variables": dict(variables)})
        answer = Node.of((await self._door.send(request, self._writer)).body)
        for error in answer.some("errors"):
            message = error.words("message", "no reason was given").rstrip(".")
            if error.words("type") == "STALE_DATA" or "expected branch to point to" in message.lower():
                raise RollbackRefused(f"{message}.", "Somebody else changed it, so it is left as it is.")
            if error.words("type") in ("RATE_LIMIT", "RATE_LIMITED"):
                raise TransientError("GitHub limits how much we may ask.", 60.0)
            if error.words("type") == "NOT_FOUND":
                raise NotFound(f"{message}.")
            raise Refused(f"GitHub does not do that: {message}.", message=message)
        return answer


def _rule(found: Node) -> BranchRule:
    parameters = found.maybe("parameters").value
    return BranchRule(found.text("type"), parameters if isinstance(parameters, dict) else {})
