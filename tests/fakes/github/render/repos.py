"""Repositories, branches, refs, commits and files as GitHub's JSON."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from tests.fakes.github.receive_hook import fits
from tests.fakes.github.render.people import account
from tests.fakes.github.repositories import Objects
from tests.fakes.github.state import Repository, World

Json = Any

_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}

_ZEROS = ("forks_count", "stargazers_count", "watchers_count", "size", "forks", "watchers")


def repository(world: World, repo: Repository) -> Json:
    url = f"{world.url}/api/v3/repos/{repo.full_name}"
    page = f"{world.url}/{repo.full_name}"
    count = sum(issue.state == "open" for issue in repo.issues.values())
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": account(world, repo.owner),
        "html_url": page,
        "description": repo.description,
        "fork": repo.fork_of is not None,
        "url": url,
        **{name: url + tail for name, tail in _LINKS.items()},
        "created_at": repo.created_at,
        "updated_at": repo.pushed_at,
        "pushed_at": repo.pushed_at,
        "git_url": page.replace("http", "git", 1) + ".git",
        "ssh_url": f"git@127.0.0.1:{repo.full_name}.git",
        "clone_url": page + ".git",
        "svn_url": page,
        "homepage": None,
        "language": None,
        **dict.fromkeys(_ZEROS, 0),
        "has_issues": True,
        "has_projects": False,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "mirror_url": None,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": count,
        "open_issues": count,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repo.private else "public",
        "default_branch": repo.default_branch,
    }


def full_repository(world: World, repo: Repository) -> Json:
    """What `GET /repos/OWNER/NAME` adds."""
    return {**repository(world, repo), "network_count": 0, "subscribers_count": 0}


def payload_repository(world: World, repo: Repository, *, push: bool = False) -> Json:
    """The repository in a webhook; that of a push counts its times in seconds and carries two fields more."""
    made: Json = {**repository(world, repo), "custom_properties": {}}
    if push:
        made |= {"created_at": _seconds(repo.created_at), "pushed_at": _seconds(repo.pushed_at)}
        made |= {"stargazers": 0, "master_branch": repo.default_branch}
    return made


def ref(world: World, repo: Repository, name: str, sha: str) -> Json:
    url = f"{world.url}/api/v3/repos/{repo.full_name}/git"
    return {
        "ref": name,
        "node_id": f"REF_{repo.id}_{name}",
        "url": f"{url}/{name}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/commits/{sha}"},
    }


def short_branch(world: World, repo: Repository, name: str, sha: str) -> Json:
    url = f"{world.url}/api/v3/repos/{repo.full_name}"
    protected = any(fits(pattern, name) for pattern in repo.protected)
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
        "protected": protected,
        "protection": _protection(protected),
        "protection_url": f"{url}/branches/{name}/protection",
    }


async def branch(world: World, repo: Repository, name: str, sha: str) -> Json:
    short = short_branch(world, repo, name, sha)
    url = f"{world.url}/api/v3/repos/{repo.full_name}/branches/{name}"
    links = {"self": url, "html": f"{world.url}/{repo.full_name}/tree/{name}"}
    return short | {"commit": await commit(world, repo, sha), "_links": links}


async def commit(world: World, repo: Repository, sha: str) -> Json:
    """A commit as the commits API shows it."""
    told = await _read_commit(repo.objects, sha)
    url = f"{world.url}/api/v3/repos/{repo.full_name}"
    page = f"{world.url}/{repo.full_name}"
    author = _account_of(world, told["author"]["email"])
    return {
        "url": f"{url}/commits/{sha}",
        "sha": sha,
        "node_id": f"C_{sha}",
        "html_url": f"{page}/commit/{sha}",
        "comments_url": f"{url}/commits/{sha}/comments",
        "commit": {
            "url": f"{url}/git/commits/{sha}",
            "author": told["author"],
            "committer": told["committer"],
            "message": told["message"],
            "comment_count": 0,
            "tree": {"sha": told["tree"], "url": f"{url}/git/trees/{told['tree']}"},
            "verification": _UNVERIFIED,
        },
        "author": author,
        "committer": author,
        "parents": [
            {"sha": parent, "url": f"{url}/commits/{parent}", "html_url": f"{page}/commit/{parent}"}
            for parent in told["parents"]
        ],
    }


async def git_commit(world: World, repo: Repository, sha: str) -> Json:
    """A commit as the git database API shows it."""
    full = await commit(world, repo, sha)
    inner = full["commit"]
    kept = {key: inner[key] for key in ("url", "author", "committer", "tree", "message", "verification")}
    return {"sha": sha, "node_id": full["node_id"], "html_url": full["html_url"], "parents": full["parents"], **kept}


async def push_commit(world: World, repo: Repository, sha: str) -> Json:
    """A commit as a push event shows it."""
    told = await _read_commit(repo.objects, sha)
    changed = await repo.objects.run("diff-tree", "--root", "-r", "--no-commit-id", "--name-status", sha)
    names: dict[str, list[str]] = {"A": [], "M": [], "D": []}
    for line in changed.splitlines():
        kind, _, path = line.partition("\t")
        names[kind if kind in names else "M"].append(path)
    people = {
        role: {"name": told[role]["name"], "email": told[role]["email"], "date": told[role]["date"]}
        for role in ("author", "committer")
    }
    return {
        "id": sha,
        "tree_id": told["tree"],
        "distinct": True,
        "message": told["message"],
        "timestamp": told["committer"]["date"],
        "url": f"{world.url}/{repo.full_name}/commit/{sha}",
        **people,
        "added": names["A"],
        "removed": names["D"],
        "modified": names["M"],
    }


async def files(world: World, repo: Repository, base: str, head: str) -> list[Json]:
    """What changed between two trees, as `files` of pulls, commits and comparisons."""
    url, page = f"{world.url}/api/v3/repos/{repo.full_name}", f"{world.url}/{repo.full_name}"
    span = ("diff-tree", "-r", "-M", base, head)
    raw = (await repo.objects.run(*span, "--raw", "--no-abbrev", "-z")).split("\0")
    entries = []
    place = 0
    while place + 1 < len(raw):
        _, _, _, sha, status = raw[place].lstrip(":").split(" ")
        renamed = status[0] in "RC"
        old, path = raw[place + 1], raw[place + 2 if renamed else place + 1]
        place += 3 if renamed else 2
        entries.append((sha, status[0], old, path))
    made = []
    for sha, status, old, path in entries:
        patch = await repo.objects.run(*span, "-p", "--", old, path)
        body = patch[patch.find("\n@@") + 1 :] if "\n@@" in patch else ""
        lines = body.splitlines()
        added = sum(line.startswith("+") for line in lines)
        removed = sum(line.startswith("-") for line in lines)
        kinds = {"A": "added", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}
        entry = {
            "sha": sha,
            "filename": path,
            "status": kinds.get(status, "modified"),
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
            "blob_url": f"{page}/blob/{head}/{path}",
            "raw_url": f"{page}/raw/{head}/{path}",
            "contents_url": f"{url}/contents/{path}?ref={head}",
        }
        made.append(entry | ({"patch": body} if body else {}) | ({"previous_filename": old} if status == "R" else {}))
    return made


def content(world: World, repo: Repository, path: str, at: str, sha: str, data: bytes) -> Json:
    url, page = f"{world.url}/api/v3/repos/{repo.full_name}", f"{world.url}/{repo.full_name}"
    links = {
        "self": f"{url}/contents/{path}?ref={at}",
        "git": f"{url}/git/blobs/{sha}",
        "html": f"{page}/blob/{at}/{path}",
    }
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(data),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(data).decode(),
        "sha": sha,
        "url": links["self"],
        "git_url": links["git"],
        "html_url": links["html"],
        "download_url": f"{page}/raw/{at}/{path}",
        "_links": links,
    }


_UNVERIFIED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _protection(protected: bool) -> Json:
    checks: Json = {"enforcement_level": "off", "contexts": [], "checks": []}
    return {"enabled": protected, "required_status_checks": checks}


async def _read_commit(objects: Objects, sha: str) -> Json:
    form = "%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
    shown = await objects.run("show", "-s", f"--format={form}", sha)
    tree, parents, name, email, date, name2, email2, date2, message = shown.split("\0", 8)
    return {
        "tree": tree,
        "parents": parents.split(),
        "author": {"name": name, "email": email, "date": date},
        "committer": {"name": name2, "email": email2, "date": date2},
        "message": message.strip("\n"),
    }


def _account_of(world: World, email: str) -> Json:
    """The account behind a commit's address, as far as the address says (ID+LOGIN@users.noreply...)."""
    login = email.partition("@")[0].rpartition("+")[2].lower()
    found = world.accounts.get(login)
    return None if found is None else account(world, found)


def _seconds(stamp: str) -> int:
    return int(datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
