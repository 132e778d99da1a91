"""What GraphQL alone has of branches: commits that GitHub signs, and classic protection as anybody sees it."""

from __future__ import annotations

import base64
import binascii
import tempfile
from typing import Any

from tests.fakes.github import pushes
from tests.fakes.github.receive_hook import _OWN_SIGNATURE, fits
from tests.fakes.github.repositories import Objects, environment
from tests.fakes.github.state import Repository
from tests.fakes.github.wire import Call

Json = Any


class NotDone(Exception):
    """An error of GraphQL: its type, and GitHub's sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


async def update_rule(repo: Repository, qualified: str) -> Json:
    """`repository.ref.refUpdateRule`: None where there is no such ref, or no classic protection of it."""
    name = qualified.removeprefix("refs/heads/")
    if f"refs/heads/{name}" not in await repo.objects.refs():
        return None
    found = next(((pattern, what) for pattern, what in repo.protected.items() if fits(pattern, name)), None)
    if found is None:
        return {"refUpdateRule": None}
    pattern, what = found
    return {
        "refUpdateRule": {
            "pattern": pattern,
            "allowsDeletions": bool(what.get("deletions")),
            "allowsForcePushes": False,
            "blocksCreations": not what.get("creations"),
            "requiresLinearHistory": bool(what.get("linear")),
            "requiresSignatures": bool(what.get("signatures")),
            "viewerCanPush": bool(what.get("pushes")),
        }
    }


async def create_commit(call: Call, repo: Repository, given: Json) -> Json:
    """`createCommitOnBranch`: one commit on top of the expected head, of whole plain files, signed by GitHub."""
    branch, expected = given["branch"]["branchName"], given["expectedHeadOid"]
    head = (await repo.objects.refs()).get(f"refs/heads/{branch}")
    if head is None:
        raise NotDone("NOT_FOUND", f'No branch named "{branch}" found.')
    if head != expected:
        words = f'Expected branch to point to "{expected}" but it did not. Pull and try again.'
        raise NotDone("STALE_DATA", words)
    changes = given.get("fileChanges") or {}
    tree = await _tree(repo.objects, head, changes)
    message = given["message"]["headline"]
    if body := given["message"].get("body"):
        message += f"\n\n{body}"
    text = (
        f"tree {tree}\nparent {head}\nauthor {call.sender.login} <{call.sender.id}+{call.sender.login}"
        f"@users.noreply.github.com> 1750000000 +0000\ncommitter GitHub <noreply@github.com> 1750000000 +0000\n"
        f"gpgsig -----BEGIN PGP SIGNATURE-----\n {_OWN_SIGNATURE}\n -----END PGP SIGNATURE-----\n\n{message}\n"
    )
    made = await repo.objects.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    await pushes.move_ref(call.world, repo, call.sender, f"refs/heads/{branch}", made, head)
    return {"commit": {"oid": made, "url": f"{call.world.url}/{repo.full_name}/commit/{made}"}}


async def _tree(objects: Objects, head: str, changes: Json) -> str:
    """The head's tree with whole files written, all as plain ones, and others deleted."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment() | {"GIT_INDEX_FILE": f"{folder}/index"}
        await objects.run("read-tree", head, env=env)
        lines = []
        for one in changes.get("additions") or ():
            try:
                data = base64.b64decode(one["contents"], validate=True)
            except binascii.Error:
                raise NotDone("BAD_USER_INPUT", "contents is not valid Base64") from None
            blob = await objects.run("hash-object", "-w", "--stdin", stdin=data)
            held = await objects.run("ls-tree", head, "--", one["path"])
            mode = "100755" if held.startswith("100755") else "100644"
            lines.append(f"{mode} {blob}\t{one['path']}")
        lines += [f"0 {'0' * 40}\t{one['path']}" for one in changes.get("deletions") or ()]
        await objects.run("update-index", "--index-info", stdin=("\n".join(lines) + "\n").encode(), env=env)
        return await objects.run("write-tree", env=env)
