"""Taking back what runs did on GitHub: each kind of effect on condition that it is still as we left it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.github.api.errors import Gone, NotFound, Refused
from bot.github.api.models import CommentInfo, PullInfo, ReleaseInfo, ReviewInfo
from bot.github.repository import RepositoryClient
from bot.view.progress import CHECK_NAME
from sandbox.errors import RollbackRefused
from sandbox.journal import Entry
from workflows.effects import digest
from workflows.text.pull_words import HANDED_OVER, spoken

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GitHubUndoing:
    """What one run did in one repository. What is gone already counts as taken back."""

    client: RepositoryClient
    run_id: str

    async def obstacle(self, entry: Entry) -> str:
        """See `workflows.ports.Forge.obstacle`."""
        match _kind(entry):
            case "open_pull":
                pull = await self._pull(entry)
                return _merged(pull) if pull is not None and pull.merged else ""
            case "create_branch" | "push" as kind:
                return await self._obstacle_on(str(_undo(entry)["branch"]), goes=kind == "create_branch")
            case "create_release":
                release = await self._release(entry)
                if release is None or release.draft:
                    return ""
                return (
                    f"Release {release.tag} is published, and people may use it, so it is not deleted: "
                    "delete it on GitHub, or make it a draft again, where it is to be undone."
                )
        return ""

    async def undo(self, entry: Entry) -> str:
        """See `workflows.ports.Forge.undo`."""
        match _kind(entry):
            case "open_pull":
                return await self._close(entry)
            case "update_pull":
                return await self._change_back(entry)
            case "add_labels":
                return await self._take_labels(entry)
            case "request_review":
                return await self._withdraw(entry)
            case "post_comment":
                return await self._delete_comment(entry)
            case "create_check":
                undo = _undo(entry)
                await self._cancel(str(undo["name"]), str(undo["commit"]), str(undo["external_id"]))
                return ""
            case "post_review":
                return await self._take_review(entry)
            case "create_release":
                return await self._delete_release(entry)
            case kind:
                raise RollbackRefused(f"It is not known how to undo {kind!r} ({entry.effect and entry.effect.target}).")

    async def hand_over(self, entry: Entry) -> None:
        """An open pull request is a draft from now on, or says in words that it is a person's."""
        pull = await self._pull(entry) if _kind(entry) == "open_pull" else None
        if pull is None or pull.state != "open" or pull.draft:
            return
        try:
            await self.client.set_draft(pull, True)
        except (Refused, Gone) as error:
            log.info("%s: #%d cannot be made a draft: %s", self.client.full_name, pull.number, error)
            title, body = spoken(pull.title, pull.body, HANDED_OVER)
            if (title, digest(body)) != (pull.title, digest(pull.body)):
                await self.client.update_pull(pull.number, title=title, body=body)

    async def _obstacle_on(self, branch: str, *, goes: bool) -> str:
        """Whether somebody needs a branch that is to go; and what was done since it was made to keep us from it."""
        pull = await self.client.find_pull(branch) if goes else None
        if pull is not None and not self.client.is_me(pull.author.login):
            return f"{pull.author.login} opened pull request #{pull.number} from branch {pull.head}."
        if await self.client.is_protected(branch):
            return f"Branch {branch} is protected by a rule of the repository."
        return ""

    # --- pull requests ---------------------------------------------------------------------

    async def _pull(self, entry: Entry) -> PullInfo | None:
        """The one that an entry is about; where an answer was lost, by its branch."""
        number = int(str(entry.result.get("number") or _undo(entry).get("number") or 0))
        if not number:
            found = await self.client.find_pull(str(_undo(entry)["branch"]))
            return found if found is not None and self.client.is_me(found.author.login) else None
        try:
            return await self.client.pull(number)
        except NotFound:
            return None

    async def _close(self, entry: Entry) -> str:
        """Close it with a word why, and have its check say that it holds no more."""
        pull = await self._pull(entry)
        if pull is None:
            return ""
        for commit in dict.fromkeys((pull.head_commit, str(_undo(entry).get("commit") or pull.head_commit))):
            await self._cancel(CHECK_NAME, commit, self.run_id)
        if pull.merged:
            raise RollbackRefused(_merged(pull))
        if pull.state == "closed":
            return ""
        if not self.client.is_me(pull.author.login):
            return f"Pull request #{pull.number} is {pull.author.login}'s."
        marker = f"<!-- pullwright:closed:{self.run_id} -->"
        if await self.client.find_comment(pull.number, marker) is None:
            words = f"Run `{self.run_id}`, which made this pull request, was rolled back, so it is closed."
            await self.client.comment(pull.number, f"{marker}\n{words}")
        await self.client.update_pull(pull.number, state="closed")
        return ""

    async def _change_back(self, entry: Entry) -> str:
        pull, undo = await self._pull(entry), _undo(entry)
        left = entry.result if "body" in entry.result else undo["after"]
        before = undo["before"]
        assert isinstance(left, Mapping)
        assert isinstance(before, Mapping)
        if pull is None or pull.state != "open":
            return ""
        if (pull.title, digest(pull.body)) == (before["title"], digest(str(before["body"]))):
            return ""
        if (pull.title, digest(pull.body)) != (left["title"], left["body"]):
            return f"Somebody edited pull request #{pull.number} meanwhile, so its text stays."
        await self.client.update_pull(pull.number, title=str(before["title"]), body=str(before["body"]))
        if pull.draft != bool(before["draft"]):
            try:
                await self.client.set_draft(pull, bool(before["draft"]))
            except (Refused, Gone) as error:
                log.info("%s: #%d keeps its draft state: %s", self.client.full_name, pull.number, error)
        return ""

    # --- what is pinned on issues and pull requests --------------------------------------------

    async def _take_labels(self, entry: Entry) -> str:
        """A label that somebody put there again after us is theirs."""
        number, labels = int(str(_undo(entry)["number"])), _undo(entry)["labels"]
        assert isinstance(labels, list)
        try:
            there = {name.lower() for name in await self.client.labels(number)}
            last = {act.label.lower(): act.by for act in await self.client.acts(number) if act.label}
        except NotFound:
            return ""
        theirs = [name for name in labels if not self.client.is_me(last.get(name.lower(), ""))]
        kept = [name for name in theirs if name.lower() in there]
        for name in labels:
            if name.lower() in there and name not in theirs:
                await self.client.remove_label(number, name)
        return f"Somebody else put on #{number}: {', '.join(kept)}. That stays." if kept else ""

    async def _withdraw(self, entry: Entry) -> str:
        pull, login = await self._pull(entry), str(_undo(entry)["login"])
        if pull is None or login.lower() not in {one.lower() for one in pull.reviewers}:
            return ""
        last = {act.reviewer.lower(): act.by for act in await self.client.acts(pull.number) if act.reviewer}
        if not self.client.is_me(last.get(login.lower(), "")):
            return f"Somebody else asked {login} for a review of #{pull.number} meanwhile."
        await self.client.withdraw_request(pull.number, login)
        return ""

    async def _delete_comment(self, entry: Entry) -> str:
        comment = await self._comment(entry)
        if comment is None:
            return ""
        if digest(comment.body) != _undo(entry)["digest"] or not self.client.is_ours(comment):
            return f"Somebody edited the comment {comment.url} meanwhile, so it stays."
        await self.client.delete_comment(comment.id)
        return ""

    async def _comment(self, entry: Entry) -> CommentInfo | None:
        undo, number = _undo(entry), int(str(entry.result.get("id") or 0))
        try:
            if number:
                return await self.client.read_comment(number)
            return await self.client.find_comment(int(str(undo["number"])), str(undo["marker"]))
        except NotFound:
            return None

    # --- checks, reviews, releases -----------------------------------------------------------

    async def _cancel(self, name: str, commit: str, external_id: str) -> None:
        """A check cannot be deleted, so it says what became of it."""
        try:
            check = await self.client.find_check(name, commit, external_id)
        except (NotFound, Refused):  # the commit is gone, and the check with it
            return
        if check is not None and check.conclusion != "cancelled":
            words = f"Run {self.run_id} was rolled back, so what stood here does not count any more."
            await self.client.update_check(check.id, conclusion="cancelled", title="Rolled back", summary=words)

    async def _take_review(self, entry: Entry) -> str:
        number, review = int(str(_undo(entry)["number"])), await self._review(entry)
        if review is None:
            return ""
        match review.state:
            case "PENDING":
                await self.client.delete_review(number, review.id)
            case "APPROVED" | "CHANGES_REQUESTED":
                why = f"Run {self.run_id} was rolled back."
                await self.client.dismiss_review(number, review.id, why)
            case "COMMENTED":
                return f"GitHub keeps a review that only comments: {review.url}."
        return ""

    async def _review(self, entry: Entry) -> ReviewInfo | None:
        undo, wanted = _undo(entry), int(str(entry.result.get("id") or 0))
        try:
            reviews = await self.client.reviews(int(str(undo["number"])))
        except NotFound:
            return None
        ours = [one for one in reviews if self.client.is_me(one.author.login)]
        return next((one for one in ours if one.id == wanted or str(undo["marker"]) in one.body), None)

    async def _release(self, entry: Entry) -> ReleaseInfo | None:
        undo, wanted = _undo(entry), int(str(entry.result.get("id") or 0))
        for one in await self.client.releases():
            if one.id == wanted or (one.tag == undo["tag"] and str(undo["marker"]) in one.body):
                return one
        return None

    async def _delete_release(self, entry: Entry) -> str:
        release = await self._release(entry)
        if release is None:
            return ""
        if not release.draft:
            raise RollbackRefused(f"Release {release.tag} is published, so it is not deleted.")
        await self.client.delete_release(release.id)
        return ""


def _kind(entry: Entry) -> str:
    return entry.effect.kind if entry.effect else ""


def _undo(entry: Entry) -> Mapping[str, object]:
    return entry.effect.undo if entry.effect else {}


def _merged(pull: PullInfo) -> str:
    return (
        f"Pull request #{pull.number} is merged already. "
        f"“Revert” at the end of {pull.url} opens one that takes it back."
    )
