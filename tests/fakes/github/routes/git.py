"""Refs, branches, commits, comparisons and files."""

from __future__ import annotations

import base64
from typing import Any

from tests.fakes.github import pushes
from tests.fakes.github.receive_hook import fits
from tests.fakes.github.render import pulls as render_pulls
from tests.fakes.github.render import repos as render
from tests.fakes.github.repositories import ZERO, GitFailed
from tests.fakes.github.wire import Answer, Call, Refused, invalid, not_found, operation

Json = Any


@operation("GET", "/repos/{owner}/{repo}/git/ref/{ref*}", "contents:read")
async def get_ref(call: Call) -> Answer:
    """Exactly this ref, given as heads/NAME or tags/NAME."""
    name = f"refs/{call.arguments['ref']}"
    sha = (await call.repo.objects.refs(name)).get(name)
    if sha is None:
        raise not_found()
    return Answer(render.ref(call.world, call.repo, name, sha))


@operation("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref*}", "contents:read")
async def matching_refs(call: Call) -> Answer:
    prefix = f"refs/{call.arguments['ref']}"
    refs = await call.repo.objects.refs("refs/heads/", "refs/tags/")
    return call.page(
        render.ref(call.world, call.repo, name, sha) for name, sha in refs.items() if name.startswith(prefix)
    )


@operation("POST", "/repos/{owner}/{repo}/git/refs", "contents:write")
async def create_ref(call: Call) -> Answer:
    name, sha = str(call.body.get("ref", "")), str(call.body.get("sha", ""))
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Refused(422, "Reference name must start with 'refs/' and have at least two slashes.")
    if name in await call.repo.objects.refs(name):
        raise Refused(422, "Reference already exists")
    await _set(call, name, sha, ZERO)
    return Answer(render.ref(call.world, call.repo, name, sha), 201)


@operation("PATCH", "/repos/{owner}/{repo}/git/refs/{ref*}", "contents:write")
async def update_ref(call: Call) -> Answer:
    name, sha = f"refs/{call.arguments['ref']}", str(call.body.get("sha", ""))
    old = (await call.repo.objects.refs(name)).get(name)
    if old is None:
        raise Refused(422, "Reference does not exist")
    if not call.body.get("force") and await call.repo.objects.merge_base(old, sha) != old:
        raise Refused(422, "Update is not a fast forward")
    await _set(call, name, sha, old)
    return Answer(render.ref(call.world, call.repo, name, sha))


@operation("DELETE", "/repos/{owner}/{repo}/git/refs/{ref*}", "contents:write")
async def delete_ref(call: Call) -> Answer:
    name = f"refs/{call.arguments['ref']}"
    if name not in await call.repo.objects.refs(name):
        raise Refused(422, "Reference does not exist")
    await _set(call, name, ZERO)
    return Answer(status=204)


@operation("GET", "/repos/{owner}/{repo}/git/commits/{sha}", "contents:read")
async def get_git_commit(call: Call) -> Answer:
    sha = await call.repo.objects.resolve(call.arguments["sha"])
    if sha is None:
        raise not_found()
    return Answer(await render.git_commit(call.world, call.repo, sha))


@operation("GET", "/repos/{owner}/{repo}/branches", "contents:read")
async def list_branches(call: Call) -> Answer:
    heads = await call.repo.objects.refs()
    names = {ref.removeprefix("refs/heads/"): sha for ref, sha in heads.items()}
    return call.page(render.short_branch(call.world, call.repo, name, sha) for name, sha in names.items())


@operation("GET", "/repos/{owner}/{repo}/branches/{branch*}", "contents:read")
async def get_branch(call: Call) -> Answer:
    name = call.arguments["branch"]
    sha = (await call.repo.objects.refs()).get(f"refs/heads/{name}")
    if sha is None and (new := call.repo.renamed.get(name)):
        address = f"{call.api}{call.path.rpartition('/branches/')[0]}/branches/{new}"
        return Answer({"message": "Moved Permanently", "url": address}, 301, {"Location": address})
    if sha is None:
        raise Refused(404, "Branch not found")
    return Answer(await render.branch(call.world, call.repo, name, sha))


@operation("GET", "/repos/{owner}/{repo}/commits", "contents:read")
async def list_commits(call: Call) -> Answer:
    sha = await call.repo.objects.resolve(call.query.get("sha") or call.repo.default_branch)
    if sha is None:
        raise not_found()
    path = call.query.get("path")
    limits = ["--since", call.query["since"]] if "since" in call.query else []
    found = (await call.repo.objects.run("rev-list", *limits, sha, *(["--", path] if path else []))).split()
    return call.page([await render.commit(call.world, call.repo, one) for one in found])


@operation("GET", "/repos/{owner}/{repo}/commits/{ref*}", "contents:read")
async def get_commit(call: Call) -> Answer:
    sha = await call.repo.objects.resolve(call.arguments["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.arguments['ref']}")
    if "sha" in call.accept:
        return Answer(sha.encode())
    shown = await render.commit(call.world, call.repo, sha)
    parent = shown["parents"][0]["sha"] if shown["parents"] else _EMPTY_TREE
    files = await render.files(call.world, call.repo, parent, sha)
    added, removed = (sum(entry[name] for entry in files) for name in ("additions", "deletions"))
    return Answer(
        shown | {"files": files, "stats": {"additions": added, "deletions": removed, "total": added + removed}}
    )


@operation("GET", "/repos/{owner}/{repo}/commits/{ref*}/pulls", "pull_requests:read")
async def commit_pulls(call: Call) -> Answer:
    """The pull requests that brought a commit, or have it on their head."""
    sha = await call.repo.objects.resolve(call.arguments["ref"])
    found = []
    for one in call.repo.issues.values():
        if one.pull is None:
            continue
        own = await call.repo.objects.commits(one.pull.base_sha, one.pull.head_sha)
        if sha in (*own, one.pull.merge_commit_sha):
            found.append(render_pulls.short_pull(call.world, call.repo, one, one.pull))
    return call.page(found)


@operation("GET", "/repos/{owner}/{repo}/compare/{span*}", "contents:read")
async def compare(call: Call) -> Answer:
    """BASE...HEAD, from the merge base as GitHub does."""
    names = call.arguments["span"].split("...")
    objects = call.repo.objects
    ends = [await objects.resolve(name.rpartition(":")[2]) for name in names]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise not_found()
    base, head = ends[0], ends[1]
    common = await objects.merge_base(base, head)
    if common is None:
        raise Refused(404, f"No common ancestor between {names[0]} and {names[1]}.")
    ahead, behind = await objects.commits(base, head), await objects.commits(head, base)
    states = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    page = f"{call.world.url}/{call.repo.full_name}/compare/{call.arguments['span']}"
    shown = {
        "url": f"{call.api}{call.path}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": await render.commit(call.world, call.repo, base),
        "merge_base_commit": await render.commit(call.world, call.repo, common),
        "status": states.get((bool(ahead), bool(behind)), "diverged"),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [await render.commit(call.world, call.repo, sha) for sha in reversed(ahead)],
        "files": await render.files(call.world, call.repo, common, head),
    }
    return Answer(shown)


@operation("GET", "/repos/{owner}/{repo}/contents/{path*}", "contents:read")
async def get_content(call: Call) -> Answer:
    """A file (as JSON, or raw where asked for), or the entries of a directory."""
    name, path = call.query.get("ref") or call.repo.default_branch, call.arguments["path"].strip("/")
    commit = await call.repo.objects.resolve(name)
    if commit is None:
        raise Refused(404, f"No commit found for the ref {name}")
    try:
        listing = await call.repo.objects.run("ls-tree", f"{commit}:{path}")
    except GitFailed:
        return await _file(call, name, commit, path)
    entries = []
    for line in listing.splitlines():
        fields, _, entry = line.partition("\t")
        _, kind, sha = fields.split(" ")
        shown = render.content(call.world, call.repo, f"{path}/{entry}".lstrip("/"), name, sha, b"")
        del shown["content"], shown["encoding"]
        entries.append(shown | {"type": "dir" if kind == "tree" else "file"})
    return Answer(entries)


@operation("PUT", "/repos/{owner}/{repo}/contents/{path*}", "contents:write")
async def put_content(call: Call) -> Answer:
    """A commit with one file written; what a person does in the web editor."""
    repo, path = call.repo, call.arguments["path"]
    branch = call.body.get("branch") or repo.default_branch
    parent = (await repo.objects.refs()).get(f"refs/heads/{branch}")
    if parent is None:
        raise Refused(404, f"Branch {branch} not found")
    old = await repo.objects.blob(parent, path)
    held = await repo.objects.run("rev-parse", f"{parent}:{path}") if old is not None else None
    if held != call.body.get("sha"):
        words = f'"{path}" does not match {call.body.get("sha")}' if call.body.get("sha") else '"sha" wasn\'t supplied.'
        raise Refused(409 if call.body.get("sha") else 422, f"Invalid request.\n\n{words}")
    data = base64.b64decode(call.body["content"])
    blob = await repo.objects.run("hash-object", "-w", "--stdin", stdin=data)
    tree = await _tree_with(call, parent, path, blob)
    commit = await repo.objects.run("commit-tree", tree, "-p", parent, "-m", call.body["message"])
    await pushes.move_ref(call.world, repo, call.sender, f"refs/heads/{branch}", commit)
    shown = render.content(call.world, repo, path, branch, blob, data)
    del shown["content"], shown["encoding"]
    made = await render.git_commit(call.world, repo, commit)
    return Answer({"content": shown, "commit": made}, 200 if held else 201)


@operation("DELETE", "/repos/{owner}/{repo}/contents/{path*}", "contents:write")
async def delete_content(call: Call) -> Answer:
    """A commit without that file; the directory that held it stays, and may be empty."""
    repo, path = call.repo, call.arguments["path"]
    branch = call.body.get("branch") or repo.default_branch
    parent = (await repo.objects.refs()).get(f"refs/heads/{branch}")
    if parent is None or await repo.objects.blob(parent, path) is None:
        raise not_found()
    tree = await _tree_with(call, parent, path, "")
    commit = await repo.objects.run("commit-tree", tree, "-p", parent, "-m", call.body["message"])
    await pushes.move_ref(call.world, repo, call.sender, f"refs/heads/{branch}", commit)
    return Answer({"content": None, "commit": await render.git_commit(call.world, repo, commit)})


_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


async def _set(call: Call, name: str, sha: str, old: str = "") -> None:
    """Move a ref that is still at `old` (ZERO: not there)."""
    branch = name.removeprefix("refs/heads/")
    classic = next((what for pattern, what in call.repo.protected.items() if fits(pattern, branch)), None)
    if classic is not None and not classic.get("pushes") and call.actor.kind == "installation":
        raise Refused(422, "Changes must be made through a pull request.")
    if sha != ZERO and await call.repo.objects.resolve(sha) != sha:
        raise Refused(422, "Object does not exist")
    try:
        await pushes.move_ref(call.world, call.repo, call.sender, name, sha, old)
    except GitFailed as error:
        raise invalid("Reference", "ref", "invalid", str(error)) from None


async def _file(call: Call, name: str, commit: str, path: str) -> Answer:
    data = await call.repo.objects.blob(commit, path)
    if data is None:
        raise not_found()
    if "raw" in call.accept:
        return Answer(data, headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    sha = await call.repo.objects.run("rev-parse", f"{commit}:{path}")
    return Answer(render.content(call.world, call.repo, path, name, sha, data))


async def _tree_with(call: Call, commit: str, path: str, blob: str) -> str:
    """The commit's tree with one file in another version ("": without it), directory by directory from the inside."""
    objects = call.repo.objects
    mode, sha, left = "100644 blob", blob, path
    while left:
        directory, _, name = left.rpartition("/")
        try:
            listing = await objects.run("ls-tree", f"{commit}:{directory}")
        except GitFailed:
            listing = ""
        kept = [line for line in listing.splitlines() if line.partition("\t")[2] != name]
        put = [f"{mode} {sha}\t{name}"] if sha else []
        sha = await objects.run("mktree", stdin="\n".join([*kept, *put, ""]).encode())
        mode, left = "040000 tree", directory
    return sha
