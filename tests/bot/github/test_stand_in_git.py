"""The stand-in's git over HTTP: real clones and pushes, held to tokens, roles and protected branches."""

from __future__ import annotations

import base64
import gzip
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.fakes.github.scene import REPO, Scene


@dataclass
class Clone:
    """A clone in `path`, whose git sends `token` (if any) as the bot's does."""

    scene: Scene
    path: Path
    token: str

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        }
        if self.token:
            environment |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.{self.scene.github.url}/.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: {_basic(self.token)}",
            }
        where = self.path if self.path.exists() else self.path.parent
        return subprocess.run(
            ["git", *arguments], cwd=where, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def clone(self, *options: str, name: str = "octo/sample") -> subprocess.CompletedProcess[str]:
        return self.git("clone", "-q", *options, f"{self.scene.github.url}/{name}.git", str(self.path))

    def commit(self, path: str, content: bytes = b"content\n") -> str:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        assert self.git("add", "-A").returncode == 0
        assert self.git("commit", "-qm", f"Write {path}").returncode == 0
        return self.git("rev-parse", "HEAD").stdout.strip()


def _basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


@pytest.fixture
def clone(scene: Scene, tmp_path: Path) -> Clone:
    """A clone by the App, which may write."""
    made = Clone(scene, tmp_path / "clone", scene.github.token(scene.app, scene.installation))
    assert made.clone().returncode == 0
    return made


def test_a_push_makes_a_branch_and_moves_the_head_of_its_pull_request(clone: Clone) -> None:
    clone.git("checkout", "-qb", "fix/issue-1")
    first = clone.commit("one.txt")
    assert clone.git("push", "-q", "origin", "HEAD").returncode == 0
    bot, github = clone.scene.bot, clone.scene.github
    made = bot.post(f"{REPO}/pulls", json={"title": "Mend", "head": "fix/issue-1", "base": "main"}).json()
    assert made["head"]["sha"] == first
    second = clone.commit("two.txt")
    assert clone.git("push", "-q", "origin", "HEAD").returncode == 0
    assert bot.get(f"{REPO}/pulls/{made['number']}").json()["head"]["sha"] == second
    assert clone.git("ls-remote", "origin", "refs/pull/1/head").stdout.split()[0] == second
    moved = github.deliveries("pull_request")[-1]["payload"]
    assert (moved["action"], moved["before"], moved["after"]) == ("synchronize", first, second)
    pushed = github.deliveries("push")[-1]["payload"]
    assert (pushed["ref"], pushed["sender"]["login"]) == ("refs/heads/fix/issue-1", "pullwright[bot]")
    assert [commit["added"] for commit in pushed["commits"]] == [["two.txt"]]


def test_a_push_larger_than_the_buffer_comes_in_chunks(clone: Clone) -> None:
    clone.git("checkout", "-qb", "large")
    head = clone.commit("large.bin", os.urandom(400_000))
    assert clone.git("-c", "http.postBuffer=65536", "push", "-q", "origin", "HEAD").returncode == 0
    assert clone.scene.bot.get(f"{REPO}/git/ref/heads/large").json()["object"]["sha"] == head


def test_a_request_body_may_be_compressed(scene: Scene) -> None:
    head = scene.bot.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"]
    wanted = f"want {head}\n"
    body = gzip.compress(f"{len(wanted) + 4:04x}{wanted}00000009done\n".encode())
    headers = {"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"}
    answer = httpx.post(
        f"{scene.github.url}/octo/sample.git/git-upload-pack", content=body, headers=headers, trust_env=False
    )
    assert answer.status_code == 200
    assert answer.content.startswith(b"0008NAK\nPACK")


def test_partial_and_shallow_clones_work(scene: Scene, tmp_path: Path) -> None:
    scene.branch("more", "one.txt")
    for count, options in enumerate((["--filter=blob:none"], ["--depth=1"])):
        assert Clone(scene, tmp_path / f"clone-{count}", "").clone(*options).returncode == 0


def test_a_token_without_write_permission_reads_and_does_not_push(scene: Scene, tmp_path: Path) -> None:
    token = scene.github.token(scene.app, scene.installation, permissions={"contents": "read"})
    reader = Clone(scene, tmp_path / "clone", token)
    assert reader.clone().returncode == 0
    reader.commit("one.txt")
    pushed = reader.git("push", "-q", "origin", "HEAD:refs/heads/nope")
    assert pushed.returncode != 0
    assert "403" in pushed.stderr
    assert scene.bot.get(f"{REPO}/git/ref/heads/nope").status_code == 404


def test_an_expired_token_is_refused(clone: Clone) -> None:
    clone.scene.github.expire_tokens()
    assert clone.git("fetch", "-q").returncode != 0


def test_a_private_repository_is_there_for_those_who_may_see_it(scene: Scene, tmp_path: Path) -> None:
    scene.github.repository("octo/hidden", private=True, roles={"alice": "read"})
    token = scene.github.token(scene.app, scene.installation, repositories=["sample"])
    refused = Clone(scene, tmp_path / "one", token).clone(name="octo/hidden")
    assert refused.returncode != 0
    assert "not found" in refused.stderr
    assert Clone(scene, tmp_path / "two", "").clone(name="octo/hidden").returncode != 0
    assert Clone(scene, tmp_path / "three", "ghp_alice").clone(name="octo/hidden").returncode == 0


def test_a_protected_branch_refuses_a_push_and_stays_where_it_is(clone: Clone) -> None:
    clone.scene.github.protect("octo/sample", "main")
    before = clone.git("rev-parse", "origin/main").stdout
    clone.commit("one.txt")
    pushed = clone.git("push", "-q", "origin", "HEAD:main")
    assert pushed.returncode != 0
    assert "GH006: Protected branch update failed" in pushed.stderr
    assert clone.git("ls-remote", "origin", "refs/heads/main").stdout.split()[0] == before.strip()
    assert clone.scene.github.deliveries("push") == []


def test_an_app_without_the_permission_cannot_push_workflow_files(clone: Clone) -> None:
    clone.git("checkout", "-qb", "sneaky")
    clone.commit(".github/workflows/ci.yml")
    pushed = clone.git("push", "-q", "origin", "HEAD")
    assert pushed.returncode != 0
    assert "without `workflows` permission" in pushed.stderr
    clone.token = "ghp_alice"
    assert clone.git("push", "-q", "origin", "HEAD").returncode == 0


def test_a_push_over_what_somebody_else_pushed_is_refused(clone: Clone, tmp_path: Path) -> None:
    clone.git("checkout", "-qb", "fix/issue-1")
    clone.commit("one.txt")
    clone.git("push", "-q", "origin", "HEAD")
    human = Clone(clone.scene, tmp_path / "human", "ghp_alice")
    human.clone("-b", "fix/issue-1")
    theirs = human.commit("two.txt")
    assert human.git("push", "-q", "origin", "HEAD").returncode == 0
    clone.commit("three.txt")
    assert clone.git("push", "-q", "origin", "HEAD").returncode != 0
    assert clone.scene.bot.get(f"{REPO}/git/ref/heads/fix/issue-1").json()["object"]["sha"] == theirs


def test_git_follows_a_renamed_repository_and_an_archived_one_takes_no_push(clone: Clone) -> None:
    clone.scene.github.roles("octo/sample", carol="admin")
    carol = clone.scene.github.as_user("carol")
    carol.patch(REPO, json={"name": "renamed"}).raise_for_status()
    assert clone.git("fetch", "-q").returncode == 0
    carol.patch("/repos/octo/renamed", json={"archived": True}).raise_for_status()
    clone.commit("one.txt")
    pushed = clone.git("push", "-q", "origin", "HEAD:refs/heads/late")
    assert pushed.returncode != 0
    assert "403" in pushed.stderr


def test_a_push_whose_answer_is_lost_has_happened(clone: Clone) -> None:
    clone.git("checkout", "-qb", "lost")
    head = clone.commit("one.txt")
    clone.scene.github.fault(".*/git-receive-pack", method="POST", kind="reset", late=True)
    assert clone.git("push", "-q", "origin", "HEAD").returncode != 0
    assert clone.scene.bot.get(f"{REPO}/git/ref/heads/lost").json()["object"]["sha"] == head


def test_a_pull_request_may_come_from_a_fork(clone: Clone, tmp_path: Path) -> None:
    scene = clone.scene
    scene.github.repository("bob/sample", fork_of="octo/sample", owner_kind="User")
    fork = Clone(scene, tmp_path / "fork", "ghp_bob")
    fork.clone(name="bob/sample")
    fork.git("checkout", "-qb", "idea")
    head = fork.commit("idea.txt")
    assert fork.git("push", "-q", "origin", "HEAD").returncode == 0
    given = {"title": "An idea", "head": "bob:idea", "base": "main"}
    made = scene.bob.post(f"{REPO}/pulls", json=given).raise_for_status().json()
    assert (made["head"]["repo"]["full_name"], made["head"]["sha"]) == ("bob/sample", head)
    fetched = clone.git("fetch", "-q", "origin", "refs/pull/1/head")
    assert fetched.returncode == 0
    assert clone.git("rev-parse", "FETCH_HEAD").stdout.strip() == head
