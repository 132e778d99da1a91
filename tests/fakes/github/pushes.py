"""What follows when refs of a repository move: events, heads of pull requests, pull requests closed or merged."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fakes.github import events
from tests.fakes.github.repositories import ZERO, GitFailed
from tests.fakes.github.state import Account, Issue, Pull, Repository, World, now


async def refs_moved(
    world: World, repo: Repository, sender: Account, before: Mapping[str, str], after: Mapping[str, str]
) -> None:
    """Tell of every ref that differs, and bring the pull requests up to date."""
    for ref in sorted({*before, *after}):
        old, new = before.get(ref, ZERO), after.get(ref, ZERO)
        if old == new:
            continue
        repo.pushed_at = now()
        if old == ZERO:
            events.create_or_delete(world, repo, sender, ref, "create")
        if new == ZERO:
            events.create_or_delete(world, repo, sender, ref, "delete")
        await events.push(world, repo, sender, ref, old, new)
        if new == ZERO and ref.startswith("refs/tags/"):
            for one in repo.releases:  # what is out becomes a draft again, and keeps the day on which it was published
                one.draft = one.draft or one.tag == ref.removeprefix("refs/tags/")
        if ref.startswith("refs/heads/"):
            await _follow(world, repo, sender, ref.removeprefix("refs/heads/"), old, new)


async def move_ref(world: World, repo: Repository, sender: Account, ref: str, new: str, old: str = "") -> None:
    """Set one ref (ZERO deletes it), as the API does; GitFailed where git refuses, or where it is not at `old`."""
    async with repo.objects.pushing:
        before = await repo.objects.refs(ref)
        if new == ZERO:
            await repo.objects.run("update-ref", "-d", ref, *filter(None, [old]))
        else:
            await repo.objects.run("update-ref", ref, new, *filter(None, [old]))
        await refs_moved(world, repo, sender, before, await repo.objects.refs(ref))


async def show_head(base: Repository, pull: Pull, number: int) -> None:
    """Keep `refs/pull/N/head`, through which anybody can fetch a pull request, forks included."""
    ref = f"refs/pull/{number}/head"
    source = str(pull.head_repo.objects.path)
    await base.objects.run("fetch", "-q", "--no-tags", source, f"+refs/heads/{pull.head_ref}:{ref}")


def close(issue: Issue, who: Account, reason: str | None = None) -> None:
    issue.state, issue.state_reason = "closed", reason
    issue.closed_at = issue.updated_at = now()
    issue.closed_by = who


async def _follow(world: World, repo: Repository, sender: Account, branch: str, old: str, new: str) -> None:
    for base in list(world.repositories.values()):
        for issue in list(base.issues.values()):
            pull = issue.pull
            if pull is None or issue.state != "open":
                continue
            if pull.head_repo is repo and pull.head_ref == branch:
                await _head_moved(world, base, sender, issue, pull, old, new)
            elif base is repo and pull.base_ref == branch and new != ZERO:
                await _base_moved(world, base, sender, issue, pull, new)


async def _head_moved(
    world: World, base: Repository, sender: Account, issue: Issue, pull: Pull, old: str, new: str
) -> None:
    if new == ZERO:
        close(issue, sender)
        await events.pull(world, base, sender, issue, "closed")
        return
    await show_head(base, pull, issue.number)
    pull.head_sha, pull.base_sha = new, await base.objects.resolve(pull.base_ref) or pull.base_sha
    issue.updated_at = now()
    await events.pull(world, base, sender, issue, "synchronize", before=old, after=new)


async def _base_moved(world: World, base: Repository, sender: Account, issue: Issue, pull: Pull, new: str) -> None:
    """A pull request whose commits were pushed to its base is merged."""
    try:
        await base.objects.run("merge-base", "--is-ancestor", pull.head_sha, new)
    except GitFailed:
        return
    close(issue, sender)
    pull.merged_at, pull.merged_by, pull.merge_commit_sha = issue.closed_at, sender, new
    await events.pull(world, base, sender, issue, "closed")
