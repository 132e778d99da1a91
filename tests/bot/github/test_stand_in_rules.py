"""How the stand-in refuses a push: the reason on the reference's line, and explanations as GitHub words them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bot.github.test_stand_in_git import Clone
from tests.bot.github.test_stand_in_git import clone as clone
from tests.fakes.github.scene import REPO, Scene

Json = Any
SAMPLE = "octo/sample"


def _pushed(clone: Clone, where: str = "fix/issue-1") -> subprocess.CompletedProcess[str]:
    return clone.git("push", "-q", "--porcelain", "origin", f"HEAD:refs/heads/{where}")


def _rule(kind: str, **parameters: Json) -> Json:
    return {"type": kind} | ({"parameters": parameters} if parameters else {})


def _merge(clone: Clone) -> None:
    clone.git("checkout", "-qb", "side", "HEAD~1")
    clone.commit("side.txt")
    assert clone.git("merge", "-q", "-m", "Merge", "main").returncode == 0


_PATTERN = {"operator": "starts_with", "pattern": "topic/"}
_CHECK = [{"context": "ci"}]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (_rule("creation"), "Cannot create ref due to creations being restricted."),
        (_rule("pull_request"), "Changes must be made through a pull request."),
        (_rule("required_status_checks", required_status_checks=_CHECK), 'Required status check "ci" is expected.'),
        (_rule("required_signatures"), "Commits must have verified signatures."),
        (_rule("branch_name_pattern", **_PATTERN), "Branch name must start with topic/"),
        (_rule("commit_message_pattern", operator="contains", pattern="JIRA-"), "Commit message must contain JIRA-"),
        (
            _rule("commit_author_email_pattern", operator="ends_with", pattern="@acme.test"),
            "Author email must end with",
        ),
        (_rule("committer_email_pattern", operator="regex", pattern="x$", negate=False), "Committer email must match"),
        (_rule("file_path_restriction", restricted_file_paths=["one.*"]), "File path is restricted"),
        (_rule("file_extension_restriction", restricted_file_extensions=["*.txt"]), "File extension is restricted"),
        (_rule("max_file_path_length", max_file_path_length=6), "File path length limit of 6 exceeded"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_rule_of_a_ruleset_refuses_a_push_and_says_which(clone: Clone, rule: Json, words: str) -> None:
    clone.commit("one.txt")
    clone.scene.github.rulesets(SAMPLE, {"rules": [rule], "include": ["refs/heads/fix/*"]})
    pushed = _pushed(clone)
    assert "[remote rejected] (push declined due to repository rule violations)" in pushed.stdout
    assert "GH013: Repository rule violations found for refs/heads/fix/issue-1.\n" in _plain(pushed.stderr)
    assert f"- {words}" in pushed.stderr
    assert _pushed(clone, "other").returncode == 0, "the rules are for others"


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n"))


def test_deletion_update_and_merges_are_refused_by_rule_and_a_bypass_lets_pass(clone: Clone) -> None:
    clone.commit("one.txt")
    assert _pushed(clone).returncode == 0
    github, rules = clone.scene.github, [_rule("deletion"), _rule("update"), _rule("required_linear_history")]
    github.rulesets(SAMPLE, {"rules": rules})
    assert "Cannot delete" in clone.git("push", "--porcelain", "origin", ":refs/heads/fix/issue-1").stderr
    _merge(clone)
    refused = _pushed(clone).stderr
    assert "Cannot update this protected ref." in refused
    assert "must not contain merge commits" in refused
    github.rulesets(SAMPLE, {"rules": rules, "bypass": [clone.scene.app.slug]})
    assert _pushed(clone).returncode == 0
    assert clone.scene.bot.get(f"{REPO}/rules/branches/fix/issue-1").json()[0]["type"] == "deletion"
    number = clone.scene.bot.get(f"{REPO}/rules/branches/any").json()[0]["ruleset_id"]
    assert clone.scene.bot.get(f"{REPO}/rulesets/{number}").json()["current_user_can_bypass"] == "always"


def test_classic_protection_is_apart_from_rulesets(clone: Clone) -> None:
    clone.commit("one.txt")
    clone.scene.github.protect(SAMPLE, "fix/*")
    pushed = _pushed(clone)
    assert "[remote rejected] (protected branch hook declined)" in pushed.stdout
    assert "GH006" in pushed.stderr
    assert clone.scene.bot.get(f"{REPO}/rules/branches/fix/issue-1").json() == []
    clone.scene.github.protect(SAMPLE, "fix/*", pushes=True)
    assert _pushed(clone).returncode == 0
    assert "Cannot delete" in clone.git("push", "origin", ":refs/heads/fix/issue-1").stderr


def test_large_files_secrets_and_failures_of_githubs_own(clone: Clone) -> None:
    github = clone.scene.github
    github.pushes(SAMPLE, file_limit=2_000)
    clone.commit("big.bin", b"x" * 3_000)
    large = _pushed(clone)
    assert "GH001: Large files detected" in large.stderr
    assert "File big.bin is 0.00 MB" in large.stderr
    assert "[remote rejected] (pre-receive hook declined)" in large.stdout
    github.pushes(SAMPLE, file_limit=100_000_000, push_protection=True)
    clone.commit("key.txt", b"token = ghp_" + b"a" * 36 + b"\n")
    secret = _pushed(clone)
    assert "GITHUB PUSH PROTECTION" in secret.stderr
    assert "path: key.txt:1" in secret.stderr
    assert "/security/secret-scanning/unblock-secret/" in secret.stderr
    github.pushes(SAMPLE, push_protection=False, failing=[["fatal error in commit_refs", "failure"]])
    failed = _pushed(clone)
    assert "fatal error in commit_refs" in failed.stderr
    assert "[remote rejected] (failure)" in failed.stdout
    assert _pushed(clone).returncode == 0


def test_workflow_files_count_by_what_differs_from_all_other_branches(clone: Clone, tmp_path: Path) -> None:
    path = ".github/workflows/ci.yml"
    person = Clone(clone.scene, tmp_path / "person", "ghp_alice")
    person.clone()
    person.commit(path)
    assert person.git("push", "-q", "origin", "HEAD:main").returncode == 0
    clone.git("pull", "-q")
    clone.commit("one.txt")
    assert _pushed(clone).returncode == 0, "main has the same file"
    clone.commit(path, b"other\n")
    pushed = _pushed(clone)
    reason = f"refusing to allow a GitHub App to create or update workflow `{path}` without `workflows` permission"
    assert f"[remote rejected] ({reason})" in pushed.stdout
    assert reason not in pushed.stderr


def test_a_commit_that_github_makes_is_signed_and_one_by_a_known_key_is_too(clone: Clone, tmp_path: Path) -> None:
    scene = clone.scene
    scene.github.rulesets(SAMPLE, {"rules": [_rule("required_signatures")]})
    head = _branch(scene, "signed")
    given = {
        "branch": {"repositoryNameWithOwner": SAMPLE, "branchName": "signed"},
        "expectedHeadOid": head,
        "message": {"headline": "One", "body": "More."},
        "fileChanges": {"additions": [{"path": "a/one.txt", "contents": "b25l"}], "deletions": [{"path": "README.md"}]},
    }
    query = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"
    made = scene.bot.post("/graphql", json={"query": query, "variables": {"input": given}}).json()
    oid = made["data"]["createCommitOnBranch"]["commit"]["oid"]
    assert clone.git("fetch", "-q", "origin").returncode == 0
    assert clone.git("ls-tree", "-r", "--name-only", oid).stdout.split() == ["a/one.txt"]
    again = scene.bot.post("/graphql", json={"query": query, "variables": {"input": given}}).json()
    assert "Expected branch to point to" in again["errors"][0]["message"]
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    clone.git("config", "gpg.format", "ssh")
    clone.git("config", "user.signingkey", str(key))
    clone.git("config", "commit.gpgsign", "true")
    clone.commit("one.txt")
    assert "verified signatures" in _pushed(clone).stderr, "nobody knows the key"
    scene.github.signing_key("a@example.com", key.with_suffix(".pub").read_text())
    assert _pushed(clone).returncode == 0


def _branch(scene: Scene, name: str) -> str:
    head = str(scene.alice.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"])
    scene.alice.post(f"{REPO}/git/refs", json={"ref": f"refs/heads/{name}", "sha": head}).raise_for_status()
    return head


def _gone(scene: Scene) -> int:
    return int(scene.bot.get(f"{REPO}/issues/1").status_code)


_WITHDRAWN: dict[str, Callable[[Scene], object]] = {
    "deleted": lambda scene: scene.github.remove_issue(SAMPLE, 1),
    "transferred": lambda scene: scene.github.remove_issue(SAMPLE, 1, to="octo/other"),
}


@pytest.mark.parametrize(("how", "status"), [("deleted", 410), ("transferred", 301)])
def test_an_issue_that_was_removed_is_told_and_not_there(scene: Scene, how: str, status: int) -> None:
    scene.github.repository("octo/other")
    scene.issue()
    _WITHDRAWN[how](scene)
    scene.github.settle()
    assert _gone(scene) == status
    assert scene.github.deliveries("issues")[-1]["action"] == how


def test_a_locked_issue_takes_no_comment_of_an_app(scene: Scene) -> None:
    number = scene.issue()
    scene.alice.put(f"{REPO}/issues/{number}/lock", json={"lock_reason": "resolved"}).raise_for_status()
    refused = scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "Hello"})
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "Unable to create comment because issue is locked.",
    )
    assert scene.alice.get(f"{REPO}/issues/{number}").json()["active_lock_reason"] == "resolved"
    scene.alice.delete(f"{REPO}/issues/{number}/lock").raise_for_status()
    assert scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "Hello"}).status_code == 201


def test_a_branch_that_gets_another_name_takes_its_pull_requests_along(scene: Scene) -> None:
    pull = scene.pull()
    scene.github.roles(SAMPLE, carol="admin")
    carol = scene.github.as_user("carol")
    carol.post(f"{REPO}/branches/main/rename", json={"new_name": "trunk"}).raise_for_status()
    assert scene.bot.get(f"{REPO}/pulls/{pull['number']}").json()["base"]["ref"] == "trunk"
    assert scene.bot.get(REPO).json()["default_branch"] == "trunk"
    moved = scene.bot.get(f"{REPO}/branches/main")
    assert (moved.status_code, moved.headers["location"].rpartition("/")[2]) == (301, "trunk")
    refused = scene.bot.post(f"{REPO}/pulls", json={"title": "x", "head": "fix/issue-1", "base": "main"}).json()
    assert refused["errors"][0]["field"] == "base"
