"""Issues and their comments as GitHub's JSON."""

from __future__ import annotations

from typing import Any

from tests.fakes.github.render import people
from tests.fakes.github.state import Comment, Issue, Repository, World

Json = Any


def issue(world: World, repo: Repository, one: Issue) -> Json:
    url = f"{world.url}/api/v3/repos/{repo.full_name}/issues/{one.number}"
    page = issue_page(world, repo, one)
    assignees = [people.account(world, who) for who in one.assignees]
    made: Json = {
        "id": one.id,
        "node_id": f"I_{one.id}",
        "url": url,
        "repository_url": f"{world.url}/api/v3/repos/{repo.full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "number": one.number,
        "state": one.state,
        "state_reason": one.state_reason,
        "title": one.title,
        "body": one.body,
        "user": people.account(world, one.user),
        "labels": [people.label(world, repo, label) for label in one.labels],
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "locked": one.locked,
        "active_lock_reason": one.lock_reason,
        "comments": len(one.comments),
        "closed_at": one.closed_at,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "author_association": people.association(repo, one.user),
        "reactions": people.reaction_counts(url, one.reactions),
        "performed_via_github_app": None if one.app is None else people.app(world, one.app),
    }
    if one.type is not None:
        made["type"] = issue_type(one.type)
    if one.fields:
        made["issue_field_values"] = [field_value(repo, number, option) for number, option in one.fields.items()]
    if one.pull is not None:
        pull_url = f"{world.url}/api/v3/repos/{repo.full_name}/pulls/{one.number}"
        made |= {
            "draft": one.pull.draft,
            "pull_request": {
                "url": pull_url,
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "merged_at": one.pull.merged_at,
            },
        }
    return made


def issue_type(name: str) -> Json:
    return {"id": len(name), "node_id": f"IT_{name}", "name": name, "description": None, "is_enabled": True}


def field_value(repo: Repository, number: int, option: str) -> Json:
    name, options = repo.issue_fields[number]
    chosen = {"id": options.index(option) + 1, "name": option, "color": "red"}
    return {
        "issue_field_id": number,
        "issue_field_name": name,
        "node_id": f"IFSS_{number}",
        "data_type": "single_select",
        "value": option,
        "single_select_option": chosen,
    }


def full_issue(world: World, repo: Repository, one: Issue) -> Json:
    """What `GET .../issues/N` adds to the list's form."""
    closer = None if one.closed_by is None else people.account(world, one.closed_by)
    return issue(world, repo, one) | {"closed_by": closer}


def comment(world: World, repo: Repository, one: Issue, said: Comment) -> Json:
    url = f"{world.url}/api/v3/repos/{repo.full_name}/issues"
    return {
        "id": said.id,
        "node_id": f"IC_{said.id}",
        "url": f"{url}/comments/{said.id}",
        "html_url": f"{issue_page(world, repo, one)}#issuecomment-{said.id}",
        "issue_url": f"{url}/{one.number}",
        "user": people.account(world, said.user),
        "body": said.body,
        "created_at": said.created_at,
        "updated_at": said.updated_at,
        "author_association": people.association(repo, said.user),
        "reactions": people.reaction_counts(f"{url}/comments/{said.id}", said.reactions),
        "performed_via_github_app": None if said.app is None else people.app(world, said.app),
    }


def issue_page(world: World, repo: Repository, one: Issue) -> str:
    return f"{world.url}/{repo.full_name}/{'issues' if one.pull is None else 'pull'}/{one.number}"
