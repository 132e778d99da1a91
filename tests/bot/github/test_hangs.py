"""GitHub takes a request of whatever kind and never answers: we leave in time, ask again, and do it once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.github.repository import RepositoryClient
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene

Act = Callable[[RepositoryClient], Awaitable[object]]

READING: list[tuple[str, Act]] = [
    (REPO, lambda repo: repo.info()),
    (f"{REPO}/issues/1", lambda repo: repo.issue(1)),
    (f"{REPO}/issues/1/comments", lambda repo: repo.comments(1)),
    (f"{REPO}/collaborators/alice/permission", lambda repo: repo.permission("alice")),
    (f"{REPO}/contents/.*", lambda repo: repo.file("README.md")),
    (f"{REPO}/git/ref/heads/main", lambda repo: repo.branch("main")),
    ("/users/alice", lambda repo: repo.user("alice")),
    (REPO, lambda repo: repo.remote(write=True)),
]


async def test_whatever_is_asked_is_asked_again(scene: Scene) -> None:
    scene.issue()
    async with connected(scene, timeout=0.3) as repo:
        scene.github.fault(".*/access_tokens", method="POST", kind="hang", late=True)
        for path, act in READING:
            scene.github.fault(path, method="GET", kind="hang")
            await act(repo)
    assert scene.github.heal() == 0, "each of them met its hang"


async def test_whatever_is_done_is_done_once(scene: Scene) -> None:
    scene.issue()
    head = scene.branch("fix/issue-1", "one.txt")
    async with connected(scene, timeout=0.3) as repo:

        async def hanging(method: str, path: str, act: Awaitable[object]) -> object:
            scene.github.fault(path, method=method, kind="hang", late=True)
            return await act

        comment = await hanging("POST", f"{REPO}/issues/1/comments", repo.comment(1, "Once"))
        assert isinstance(comment, int)
        await hanging("PATCH", f"{REPO}/issues/comments/.*", repo.edit_comment(comment, "Edited"))
        await hanging("POST", f"{REPO}/issues/comments/.*/reactions", repo.react("eyes", comment=comment))
        await hanging("POST", f"{REPO}/issues/1/labels", repo.add_labels(1, "pullwright"))
        await hanging("DELETE", f"{REPO}/issues/1/labels/.*", repo.remove_label(1, "pullwright"))
        await hanging("POST", f"{REPO}/pulls", repo.create_pull("Mend it", "", head="fix/issue-1", base="main"))
        pull = await repo.find_pull("fix/issue-1")
        assert pull is not None
        await hanging("POST", "/graphql", repo.set_draft(pull, True))
        await hanging("POST", f"{REPO}/pulls/.*/requested_reviewers", repo.request_reviewers(pull.number, "alice"))
        await hanging("PATCH", f"{REPO}/pulls/.*", repo.update_pull(pull.number, body="More"))
        await hanging("POST", f"{REPO}/check-runs", repo.create_check("Pullwright", head, external_id="r1"))
        check = await repo.find_check("Pullwright", head, "r1")
        assert check is not None
        await hanging("PATCH", f"{REPO}/check-runs/.*", repo.update_check(check.id, conclusion="success"))
        await hanging("DELETE", f"{REPO}/git/refs/heads/.*", repo.delete_ref("fix/issue-1"))
        assert scene.github.heal() == 0, "each of them met its hang"
        assert [one.body for one in await repo.comments(1)] == ["Edited"]
        assert [one["content"] for one in scene.alice.get(f"{REPO}/issues/comments/{comment}/reactions").json()] == [
            "eyes"
        ]
        assert await repo.labels(1) == ()
        assert len(scene.alice.get(f"{REPO}/pulls", params={"state": "all"}).json()) == 1
        checks = scene.alice.get(f"{REPO}/commits/{head}/check-runs").json()["check_runs"]
        assert [one["conclusion"] for one in checks] == ["success"]
        assert await repo.branch("fix/issue-1") is None
