"""The forge of a local run: branches go to the user's repository, the pull request is a Markdown file."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from workflows.effects.conversation.pull import OpenPull
from workflows.effects.items import CommentInfo, ListedIssue
from workflows.effects.kind import InUse
from workflows.journal import Journal
from workflows.ports import Forge, Pull, PullDraft, Remote
from workflows.triage.forge import IssueReading


class Branches(Protocol):
    """What is done to branches of a remote; `sandbox.git.repository.Repository` does it."""

    def branch_head(self, url: str, branch: str) -> str | None: ...

    def delete_branch(self, url: str, branch: str, expected: str) -> None: ...


@dataclass(frozen=True, slots=True)
class LocalForge:
    """A repository on this machine.

    `base` is the branch that was current when the run started: what the user checks out
    meanwhile does not matter. `pulls` is the directory of the pull request texts.
    """

    root: Path
    base: str
    pulls: Path
    branches: Branches

    async def remote(self, *, write: bool = False) -> Remote:
        return Remote(str(self.root))

    async def default_base(self) -> str:
        return self.base

    async def branch_head(self, branch: str) -> str | None:
        return await asyncio.to_thread(self.branches.branch_head, str(self.root), branch)

    async def open_pull(self, run_id: str, draft: PullDraft, journal: Journal) -> Pull:
        """Write the text; a second call writes the same file again, whole or not at all."""
        pull = Pull(0, str(pull_file(self.pulls, run_id)), draft=draft.draft)

        async def write() -> None:
            await asyncio.to_thread(_write, Path(pull.url), pull_document(draft))
            await asyncio.to_thread(_write, body_file(Path(pull.url)), f"{draft.body.rstrip()}\n")

        await OpenPull(draft.branch, draft.commit).write(journal, pull.url, write)
        return pull

    async def delete_branch(self, branch: str, expected: str) -> None:
        await asyncio.to_thread(self.branches.delete_branch, str(self.root), branch, expected)

    def operations(self, run_id: str) -> PullFile:
        return PullFile(pull_file(self.pulls, run_id))


@dataclass(frozen=True, slots=True)
class PullFile:
    """The text that stands for a run's pull request. Nobody could merge it by mistake."""

    path: Path

    async def remove_text(self) -> None:
        await asyncio.to_thread(self.path.unlink, missing_ok=True)
        await asyncio.to_thread(body_file(self.path).unlink, missing_ok=True)


@dataclass(frozen=True, slots=True)
class DryForge:
    """Reads as another forge does, and changes nothing: it only says where things would go."""

    inner: Forge

    async def remote(self, *, write: bool = False) -> Remote:
        assert not write, "a dry run asks for nothing that can be written"
        return await self.inner.remote()

    async def default_base(self) -> str:
        return await self.inner.default_base()

    async def branch_head(self, branch: str) -> str | None:
        return await self.inner.branch_head(branch)

    async def open_pull(self, run_id: str, draft: PullDraft, journal: Journal) -> Pull:
        return Pull(0, "", draft=draft.draft)

    async def delete_branch(self, branch: str, expected: str) -> None:
        pass

    def operations(self, run_id: str) -> object:
        """What can be read, where that is a forge; a dry run leaves nothing that could be taken back."""
        inner = self.inner.operations(run_id)
        return OnlyReading(inner) if isinstance(inner, IssueReading) else object()


@dataclass(frozen=True, slots=True)
class OnlyReading:
    """What a forge's operations read, and nothing of what they write."""

    inner: Any

    async def comments(self, number: int) -> list[CommentInfo]:
        found: list[CommentInfo] = await self.inner.comments(number)
        return found

    async def issues(self, most: int) -> list[ListedIssue]:
        found: list[ListedIssue] = await self.inner.issues(most)
        return found

    async def labels(self, number: int) -> tuple[str, ...]:
        found: tuple[str, ...] = await self.inner.labels(number)
        return found

    async def known_labels(self) -> tuple[str, ...]:
        found: tuple[str, ...] = await self.inner.known_labels()
        return found


def checked_out(root: Path) -> set[str]:
    """The branches that are checked out in a repository or one of its linked work trees."""
    git = root / ".git"
    if git.is_file():
        git = (root / git.read_text().partition("gitdir:")[2].strip()).resolve()
        common = git / "commondir"
        git = (git / common.read_text().strip()).resolve() if common.exists() else git
    heads = [git / "HEAD", *git.glob("worktrees/*/HEAD")]
    texts = [head.read_text().strip() for head in heads if head.is_file()]
    return {text.removeprefix("ref: refs/heads/") for text in texts if text.startswith("ref: refs/heads/")}


def in_use_at(root: Path) -> InUse:
    """Whether a branch is checked out in a repository of this machine; on a forge nothing is."""

    def sentence(branch: str) -> str:
        if not root.is_dir() or branch not in checked_out(root):
            return ""
        return f"Branch {branch} is checked out in {root}; switch to another one first."

    return sentence


def pull_file(pulls: Path, run_id: str) -> Path:
    """Where the text of a run's pull request is."""
    assert re.fullmatch(r"[\w-]+", run_id), f"{run_id!r} is not a run's id"
    return pulls / f"{run_id}.md"


def body_file(text: Path) -> Path:
    """Where the text of a pull request stands alone, as it is handed to whatever opens the real one."""
    return text.with_suffix(".body.md")


def pull_document(draft: PullDraft) -> str:
    """The title, where it goes, and the text, as one Markdown file."""
    kind = "Draft of a pull request" if draft.draft else "Pull request"
    head = f"# {draft.title}\n\n{kind}: `{draft.branch}` ({draft.commit[:12]}) into `{draft.base}`"
    labels = f"\nLabels: {', '.join(draft.labels)}" if draft.labels else ""
    return f"{head}{labels}\n\n{draft.body.rstrip()}\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    with half.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
