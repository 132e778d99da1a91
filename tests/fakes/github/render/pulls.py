"""Pull requests, reviews and review comments as GitHub's JSON."""

from __future__ import annotations

from typing import Any

from tests.fakes.github.render import people, repos
from tests.fakes.github.render.issues import issue_page
from tests.fakes.github.state import Issue, Pull, Repository, Review, ReviewComment, World

Json = Any


def short_pull(world: World, repo: Repository, one: Issue, pull: Pull) -> Json:
    """A pull request as lists show it."""
    api = f"{world.url}/api/v3/repos/{repo.full_name}"
    url = f"{api}/pulls/{one.number}"
    page = issue_page(world, repo, one)
    assignees = [people.account(world, who) for who in one.assignees]
    addresses = {
        "self": url,
        "html": page,
        "issue": f"{api}/issues/{one.number}",
        "comments": f"{api}/issues/{one.number}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{pull.head_sha}",
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": link for name, link in addresses.items() if name not in ("self", "html")},
        "number": one.number,
        "state": one.state,
        "locked": one.locked,
        "active_lock_reason": None,
        "title": one.title,
        "user": people.account(world, one.user),
        "body": one.body,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "closed_at": one.closed_at,
        "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [people.account(world, who) for who in pull.reviewers],
        "requested_teams": [],
        "labels": [people.label(world, repo, label) for label in one.labels],
        "milestone": None,
        "draft": pull.draft,
        "head": _end(world, pull.head_repo, pull.head_ref, pull.head_sha),
        "base": _end(world, repo, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": link} for name, link in addresses.items()},
        "author_association": people.association(repo, one.user),
        "auto_merge": None,
    }


async def pull(world: World, repo: Repository, one: Issue, made: Pull) -> Json:
    """A pull request by itself: with its size and whether it merges."""
    base = await repo.objects.resolve(made.base_ref) or made.base_sha
    start = await merge_base(repo, made)
    numbers = (await repo.objects.run("diff-tree", "-r", "-M", "--numstat", start, made.head_sha)).splitlines()
    sizes = [[int(part) if part.isdigit() else 0 for part in line.split("\t")[:2]] for line in numbers]
    mergeable = None
    if one.state == "open":
        mergeable = await repo.objects.merged_tree(base, made.head_sha) is not None
    state = {None: "unknown", True: "draft" if made.draft else "clean", False: "dirty"}[mergeable]
    return {
        **short_pull(world, repo, one, made),
        "merged": made.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state,
        "merged_by": None if made.merged_by is None else people.account(world, made.merged_by),
        "comments": len(one.comments),
        "review_comments": len(made.comments),
        "maintainer_can_modify": False,
        "commits": len(await repo.objects.commits(start, made.head_sha)),
        "additions": sum(added for added, _ in sizes),
        "deletions": sum(removed for _, removed in sizes),
        "changed_files": len(sizes),
    }


async def merge_base(repo: Repository, made: Pull) -> str:
    """The commit that the pull request's diff starts from."""
    return await repo.objects.merge_base(made.base_sha, made.head_sha) or made.base_sha


def review(world: World, repo: Repository, one: Issue, said: Review) -> Json:
    page = f"{issue_page(world, repo, one)}#pullrequestreview-{said.id}"
    url = f"{world.url}/api/v3/repos/{repo.full_name}/pulls/{one.number}"
    made = {
        "id": said.id,
        "node_id": f"PRR_{said.id}",
        "user": people.account(world, said.user),
        "body": said.body,
        "state": said.state,
        "html_url": page,
        "pull_request_url": url,
        "author_association": people.association(repo, said.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "commit_id": said.commit_id,
    }
    return made | ({"submitted_at": said.submitted_at} if said.submitted_at else {})


def review_comment(world: World, repo: Repository, one: Issue, said: ReviewComment) -> Json:
    api = f"{world.url}/api/v3/repos/{repo.full_name}/pulls"
    page = f"{issue_page(world, repo, one)}#discussion_r{said.id}"
    links = {"self": f"{api}/comments/{said.id}", "html": page, "pull_request": f"{api}/{one.number}"}
    made = {
        "url": links["self"],
        "pull_request_review_id": said.review_id,
        "id": said.id,
        "node_id": f"PRRC_{said.id}",
        "diff_hunk": said.diff_hunk,
        "path": said.path,
        "commit_id": said.commit_id,
        "original_commit_id": said.commit_id,
        "user": people.account(world, said.user),
        "body": said.body,
        "created_at": said.created_at,
        "updated_at": said.updated_at,
        "html_url": page,
        "pull_request_url": links["pull_request"],
        "author_association": people.association(repo, said.user),
        "_links": {name: {"href": link} for name, link in links.items()},
        "reactions": people.reaction_counts(links["self"], said.reactions),
        "start_line": said.start_line,
        "original_start_line": said.start_line,
        "start_side": said.start_side,
        "side": said.side,
        "subject_type": "line",
    }
    made |= {name: said.line for name in ("line", "original_line", "position", "original_position") if said.line}
    return made | ({"in_reply_to_id": said.in_reply_to} if said.in_reply_to else {})


def _end(world: World, repo: Repository, name: str, sha: str) -> Json:
    return {
        "label": f"{repo.owner.login}:{name}",
        "ref": name,
        "sha": sha,
        "user": people.account(world, repo.owner),
        "repo": repos.repository(world, repo),
    }
