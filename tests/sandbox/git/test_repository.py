"""The user's repository as a source, and mirrors: fetched, committed to, pushed from, never forced."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError, RollbackRefused, TransientError
from sandbox.git.history import Person
from sandbox.git.repository import LocalSource, Repository, local_source
from sandbox.trees.workspace import Workspace
from tests.fakes.commits import BOT, changed
from tests.fakes.processes import command_lines
from tests.fakes.real_repository import ENV, commit, git, make_repository

ADA = Person("Ada", "ada@example.org")


# --- the user's own repository ---


def test_a_clean_repository_is_taken_and_not_touched(source: Path) -> None:
    (source / "untracked.md").write_text("an issue")
    index = (source / ".git/index").read_bytes()
    os.utime(source / "a.txt", (1, 1))
    git(source, "config", "user.name", "A User")
    git(source, "config", "user.email", "user@example.org")
    user = Person("A User", "user@example.org")
    assert local_source(source) == LocalSource(source.resolve(), "main", git(source, "rev-parse", "HEAD"), user)
    assert (source / ".git/index").read_bytes() == index


def refusal(path: Path) -> str:
    with pytest.raises(RepositoryError) as caught:
        local_source(path)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return caught.value.sentence


def test_what_cannot_be_used_is_refused_with_one_sentence_and_a_remedy(tmp_path: Path, source: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "file").write_text("x")
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    git(tmp_path, "init", "-q", "-b", "main", "unborn")
    (source / "sub").mkdir()
    assert "does not exist" in refusal(tmp_path / "nowhere")
    assert "not a git repository" in refusal(tmp_path / "plain")
    assert "not a git repository" in refusal(tmp_path / "file")
    assert "bare" in refusal(tmp_path / "bare.git")
    assert "no commit" in refusal(tmp_path / "unborn")
    assert "inside of a repository" in refusal(source / "sub")


def test_uncommitted_changes_are_named(source: Path) -> None:
    (source / "a.txt").write_text("dirty\n")
    (source / "b.txt").unlink()
    assert "a.txt, b.txt" in refusal(source)


def test_a_detached_head_is_refused(source: Path) -> None:
    git(source, "checkout", "-q", "--detach")
    assert "detached" in refusal(source)


def test_a_damaged_repository_is_refused(source: Path) -> None:
    head = git(source, "rev-parse", "HEAD")
    (source / ".git/objects" / head[:2] / head[2:]).unlink()
    assert "cannot be read" in refusal(source)


def test_a_linked_work_tree_is_a_source_too(source: Path, tmp_path: Path) -> None:
    git(source, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    assert local_source(tmp_path / "side").branch == "side"


def test_a_repository_of_another_user_is_refused_with_the_way_out(source: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for place, _, names in os.walk(source):
        os.chown(place, 4242, 4242)
        for name in names:
            os.chown(os.path.join(place, name), 4242, 4242)
    with pytest.raises(RepositoryError) as caught:
        local_source(source)
    assert "safe.directory" in caught.value.remedy


HOSTILE = {
    "filter.evil.clean": "touch {mark}; cat",
    "filter.evil.smudge": "touch {mark}; cat",
    "filter.evil.process": "touch {mark}",
    "core.fsmonitor": "touch {mark}",
    "core.alternateRefsCommand": "touch {mark}; true",
    "core.sshCommand": "touch {mark}",
    "core.gitProxy": "touch {mark}",
    "core.pager": "touch {mark}",
    "core.hooksPath": "{hooks}",
    "uploadpack.packObjectsHook": "touch {mark}",
    "diff.external": "touch {mark}",
    "gpg.program": "touch {mark}",
    "credential.helper": "!touch {mark}",
    "alias.status": "!touch {mark}",
}


def test_no_program_that_a_source_s_configuration_names_is_run(
    source: Path, mirror: Repository, tmp_path: Path
) -> None:
    mark, hooks = tmp_path / "mark", tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-receive", "update", "post-receive", "post-update", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (hooks / name).chmod(0o755)
    head = commit(source, {".gitattributes": "* filter=evil diff=evil\n"})
    git(tmp_path, "clone", "-q", "--bare", str(source), "other.git")
    (source / ".git/objects/info/alternates").write_text(f"{tmp_path / 'other.git/objects'}\n")
    for key, value in HOSTILE.items():
        git(source, "config", key, value.format(mark=mark, hooks=hooks))
    os.utime(source / "a.txt", (1, 1))
    assert local_source(source).commit == head
    mirror.fetch(str(source))
    mirror.push(str(source), head, "fix/x", expected=None)
    mirror.delete_branch(str(source), "fix/x", head)
    assert not mark.exists()
    (source / "a.txt").write_text("dirty\n")
    assert "a.txt" in refusal(source)
    assert not mark.exists()


def test_what_a_source_lacks_is_not_fetched_by_its_own_program(source: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for key, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "evil",
        "remote.evil.url": str(source),
        "remote.evil.promisor": "true",
        "remote.evil.uploadpack": f"touch {mark}; false",
    }.items():
        git(source, "config", key, value)
    head = git(source, "rev-parse", "HEAD")
    (source / ".git/objects" / head[:2] / head[2:]).unlink()
    assert "cannot be read" in refusal(source)
    assert not mark.exists()


@pytest.mark.parametrize("how", ["included", "itself"])
def test_a_pipe_as_configuration_is_refused_and_not_waited_for(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.git.repository._CONFIG_SECONDS", 1.0)
    make_repository(tmp_path / "r", {"a.txt": "a\n"})
    config = tmp_path / "r/.git/config"
    if how == "included":
        os.mkfifo(tmp_path / "r/.git/pipe")
        config.write_text(f"{config.read_text()}[include]\n\tpath = pipe\n")
    else:
        config.unlink()
        os.mkfifo(config)
    with pytest.raises(RepositoryError, match="its configuration does not end"):
        local_source(tmp_path / "r")


def test_an_edit_of_the_same_size_in_the_moment_of_the_commit_is_seen(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "racy")
    racy = tmp_path / "racy"
    commit(racy, {"f": "a\n"})
    (racy / "f").write_text("b\n")  # of a file as young as its index, git compares the contents
    time.sleep(1.1)
    assert "f" in refusal(racy)


def test_a_split_index_and_a_sparse_checkout_are_read_as_they_are(source: Path) -> None:
    git(source, "update-index", "--split-index")
    assert local_source(source).branch == "main"
    git(source, "sparse-checkout", "set", "--sparse-index", "nowhere")
    assert local_source(source).branch == "main"


# --- mirrors ---


def test_a_mirror_follows_branches_and_forgets_deleted_ones(mirror: Repository, source: Path) -> None:
    git(source, "branch", "side")
    head = commit(source, {"a.txt": "new\n"})
    mirror.fetch(str(source))
    assert mirror.resolve("main") == head
    assert mirror.resolve("side") != head
    git(source, "branch", "-D", "side")
    mirror.fetch(str(source))
    with pytest.raises(RepositoryError, match="no branch, tag or commit"):
        mirror.resolve("side")


@pytest.mark.parametrize("damage", ["HEAD", "config", "objects"])
def test_a_damaged_mirror_is_made_again(mirror: Repository, source: Path, damage: str) -> None:
    broken = mirror.directory / damage
    if damage == "objects":
        for path in [*broken.rglob("*.pack"), *broken.glob("??/*")]:
            path.chmod(0o600)
            path.write_bytes(b"junk")
        commit(source, {"c.txt": "needs the old ones\n"})
    else:
        broken.write_bytes(b"\0\0\0")
    again = Repository.mirror(mirror.directory)
    again.fetch(str(source))
    assert again.tree_of("main") == git(source, "rev-parse", "HEAD^{tree}")
    assert again.read_blob(again.files("main")[0].blob)


def test_a_shallow_clone_is_a_source_too(source: Path, tmp_path: Path) -> None:
    commit(source, {"a.txt": "second\n"})
    git(tmp_path, "clone", "-q", "--depth=1", source.as_uri(), "shallow")
    mirror = Repository.mirror(tmp_path / "other.git")
    mirror.fetch(str(tmp_path / "shallow"))
    assert mirror.resolve("main") == git(source, "rev-parse", "HEAD")


def test_a_partial_clone_that_lacks_contents_is_refused_with_the_way_to_bring_them(
    source: Path, tmp_path: Path
) -> None:
    git(source, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", source.as_uri(), "partial")
    mirror = Repository.mirror(tmp_path / "other.git")
    with pytest.raises(RepositoryError, match="git fetch --refetch --no-filter"):
        mirror.fetch(str(tmp_path / "partial"))
    git(tmp_path / "partial", "fetch", "-q", "--refetch", "--no-filter")
    mirror.fetch(str(tmp_path / "partial"))
    assert mirror.resolve("main") == git(source, "rev-parse", "HEAD")


def test_a_source_that_lacks_contents_is_not_asked_again(source: Path, tmp_path: Path) -> None:
    blob = git(source, "rev-parse", "HEAD:a.txt")
    (source / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RepositoryError, match="Contents are missing there"):
        Repository.mirror(tmp_path / "other.git").fetch(str(source))


def test_a_blobless_mirror_is_completed_when_a_run_needs_the_contents(source: Path, tmp_path: Path) -> None:
    git(source, "config", "uploadpack.allowFilter", "true")
    git(source, "config", "uploadpack.allowAnySHA1InWant", "true")
    mirror = Repository.mirror(tmp_path / "lean.git")
    mirror.fetch(source.as_uri(), blobless=True)
    head = mirror.resolve("main")
    missing = mirror.git.text("rev-list", "--objects", "--missing=print", head).count("?")
    assert missing == 2
    mirror.complete(head, source.as_uri())
    workspace = Workspace.open(tmp_path / "runs", "r1", mirror, head)
    assert (workspace.tree / "b.txt").read_text() == "b\n"
    assert workspace.mark() == workspace.base_tree


def test_heads_of_pull_requests_come_along_where_they_are_asked_for(mirror: Repository, source: Path) -> None:
    head = git(source, "rev-parse", "HEAD")
    git(source, "update-ref", "refs/pull/7/head", head)
    git(source, "update-ref", "refs/pull/7/merge", head)
    listed = ("for-each-ref", "--format=%(refname)", "refs/pull/")
    mirror.fetch(str(source))
    assert mirror.git.text(*listed) == ""
    mirror.fetch(str(source), pulls=True)
    assert mirror.git.text(*listed) == "refs/pull/7/head"
    mirror.fetch(str(source), tags=True)
    assert mirror.git.text(*listed) == "refs/pull/7/head"


def test_two_processes_may_fetch_at_once(mirror: Repository, source: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from sandbox.git.repository import Repository\n"
        "for _ in range(5): Repository.mirror(Path(sys.argv[1])).fetch(sys.argv[2])"
    )
    for number in range(3):
        commit(source, {"a.txt": f"{number}\n"})
    words = [sys.executable, "-W", "error", "-c", program, str(mirror.directory), str(source)]
    others = [subprocess.Popen(words, cwd=Path(__file__).parents[3]) for _ in range(2)]
    assert [other.wait(timeout=60) for other in others] == [0, 0]
    assert mirror.resolve("main") == git(source, "rev-parse", "HEAD")


def test_housekeeping_keeps_what_a_live_run_needs(mirror: Repository, source: Path) -> None:
    head = mirror.resolve("main")
    mirror.pin("r1", head)
    work = changed(mirror, head, {"a.txt": b"work\n"})
    mirror.pin("r2", work)
    git(source, "checkout", "-q", "--orphan", "fresh")
    commit(source, {"z": "z\n"})
    git(source, "branch", "-D", "main")
    mirror.fetch(str(source))
    mirror.git.run("reflog", "expire", "--expire=now", "--all")
    mirror.git.run("prune", "--expire=now")
    mirror.housekeeping()
    assert mirror.pinned() == {"r1": head, "r2": work}
    assert b"work\n" in [data for _, data in mirror.read_blobs(file.blob for file in mirror.files(work))]
    mirror.unpin("r1")
    assert mirror.pinned() == {"r2": work}


def test_housekeeping_makes_one_pack_of_many_and_loses_nothing_that_may_be_needed(mirror: Repository) -> None:
    head, abandoned = mirror.resolve("main"), []
    for number in range(25):
        made = changed(mirror, head, {"a.txt": f"{number}\n".encode()})
        mirror.pin("r1", made)
        mirror.git.run("repack", "-d", "-q")
        abandoned.append(made)
    assert len(list(mirror.objects.glob("pack/*.pack"))) > 20
    mirror.housekeeping()
    assert len(list(mirror.objects.glob("pack/*.pack"))) == 1
    assert mirror.pinned() == {"r1": abandoned[-1]}
    assert all(mirror.tree_of(commit) for commit in abandoned), "a run that waits may still want one of them"


def test_a_mirror_that_is_busy_is_waited_for_and_then_said_to_be(mirror: Repository) -> None:
    with (
        mirror.locked(),
        pytest.raises(TransientError, match="busy"),
        Repository(mirror.directory).locked(seconds=0.1),
    ):
        pytest.fail("two held it at once")


# --- commits ---


def test_a_workspaces_mark_can_be_committed_after_its_objects_were_taken_in(mirror: Repository, tmp_path: Path) -> None:
    head = mirror.resolve("main")
    workspace = Workspace.open(tmp_path / "runs", "r1", mirror, head)
    workspace.files.write("new/file", b"new\n")
    mark = workspace.mark()
    mirror.import_objects(workspace.objects.directory)
    workspace.remove()
    made = mirror.write_commit(mark, [head], "Add", author=ADA, committer=BOT, when=1)
    assert "+new\n" in mirror.diff(head, made)
    mirror.git.run("fsck", "--strict")


# --- pushing ---


def test_a_push_makes_the_branch_once_and_repeating_it_is_success(mirror: Repository, source: Path) -> None:
    made = changed(mirror, mirror.resolve("main"), {"a.txt": b"x\n"})
    for _ in range(2):
        mirror.push(str(source), made, "fix/issue-1", expected=None)
    assert mirror.branch_head(str(source), "fix/issue-1") == made
    assert git(source, "status", "--porcelain") == ""
    assert git(source, "branch", "--show-current") == "main"


def test_a_branch_that_somebody_else_made_or_moved_is_left_alone(mirror: Repository, source: Path) -> None:
    head = mirror.resolve("main")
    first = changed(mirror, head, {"a.txt": b"x\n"})
    git(source, "branch", "fix/1", "main")
    with pytest.raises(RollbackRefused, match=f"is at {head[:12]}"):
        mirror.push(str(source), first, "fix/1", expected=None)
    mirror.push(str(source), first, "fix/1", expected=head)
    second = changed(mirror, first, {"a.txt": b"y\n"})
    with pytest.raises(RollbackRefused, match=f"is at {first[:12]}"):
        mirror.push(str(source), second, "fix/1", expected=head)
    assert mirror.branch_head(str(source), "fix/1") == first


def test_a_push_that_would_drop_commits_is_refused_though_the_lease_holds(mirror: Repository, source: Path) -> None:
    head = mirror.resolve("main")
    theirs = changed(mirror, head, {"a.txt": b"theirs\n"})
    mirror.push(str(source), theirs, "fix/1", expected=None)
    ours = changed(mirror, head, {"a.txt": b"ours\n"})
    with pytest.raises(RollbackRefused, match="does not contain"):
        mirror.push(str(source), ours, "fix/1", expected=theirs)
    assert mirror.branch_head(str(source), "fix/1") == theirs


def test_the_branch_that_the_user_works_on_is_never_moved(mirror: Repository, source: Path) -> None:
    head = mirror.resolve("main")
    made = changed(mirror, head, {"a.txt": b"x\n"})
    with pytest.raises(RepositoryError, match="not accepted"):
        mirror.push(str(source), made, "main", expected=head)
    assert git(source, "rev-parse", "HEAD") == head


def test_a_branch_is_deleted_only_where_we_left_it(mirror: Repository, source: Path) -> None:
    head = mirror.resolve("main")
    made = changed(mirror, head, {"a.txt": b"x\n"})
    mirror.push(str(source), made, "fix/1", expected=None)
    with pytest.raises(RollbackRefused):
        mirror.delete_branch(str(source), "fix/1", expected=head)
    mirror.delete_branch(str(source), "fix/1", expected=made)
    mirror.delete_branch(str(source), "fix/1", expected=made)
    assert mirror.branch_head(str(source), "fix/1") is None


def test_the_users_hooks_do_not_run_for_us(mirror: Repository, source: Path) -> None:
    hooks = source / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-receive", "update", "post-receive", "reference-transaction", "post-update"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {source}/ran-{name}\n")
        (hooks / name).chmod(0o755)
    made = changed(mirror, mirror.resolve("main"), {"a.txt": b"x\n"})
    mirror.push(str(source), made, "fix/1", expected=None)
    mirror.fetch(str(source))
    assert list(source.glob("ran-*")) == []


@pytest.mark.parametrize("branch", ["a..b", "-x", "with space", "x.lock", ""])
def test_a_bad_branch_name_is_refused(mirror: Repository, source: Path, branch: str) -> None:
    with pytest.raises(RepositoryError):
        mirror.push(str(source), mirror.resolve("main"), branch, expected=None)


# --- the world outside ---


@pytest.mark.parametrize("url", ["ext::sh -c touch% /tmp/x", "--upload-pack=touch /tmp/x", "https://u:secret@host/x"])
def test_addresses_that_run_things_or_hold_passwords_are_refused(mirror: Repository, url: str) -> None:
    for ask in (mirror.fetch, lambda url: mirror.branch_head(url, "main")):  # refused by us, before git sees it
        with pytest.raises(RepositoryError, match=r"is no address of a repository|holds a password"):
            ask(url)


def test_a_source_that_is_not_there_is_said_plainly(mirror: Repository, tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="does not appear to be a git repository"):
        mirror.fetch(str(tmp_path / "nowhere"))


def test_a_refused_connection_may_pass_by_itself(mirror: Repository) -> None:
    with pytest.raises(TransientError):
        mirror.fetch("http://127.0.0.1:9/x.git")


def test_credentials_reach_git_by_environment_and_stay_out_of_argv_and_files(mirror: Repository) -> None:
    import http.server

    seen: list[str] = []
    arguments: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            arguments.extend(line.decode("utf-8", "replace") for _, line in command_lines())
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/x.git"
    env = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{url}.extraHeader",
        "GIT_CONFIG_VALUE_0": "Authorization: Basic c2VjcmV0",
    }
    try:
        with pytest.raises(RepositoryError) as caught:
            mirror.fetch(url, env)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert seen[0] == "Basic c2VjcmV0"
    assert not any("c2VjcmV0" in words for words in arguments)
    assert "c2VjcmV0" not in str(caught.value) + (mirror.directory / "config").read_text()


def test_git_sees_nothing_of_our_environment_that_it_does_not_need(
    mirror: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "touch /tmp/x")
    seen = mirror.git.environment()
    assert "sk-secret" not in seen.values()
    assert seen["GIT_DIR"] == str(mirror.directory)
    assert "GIT_EXTERNAL_DIFF" not in seen
    assert mirror.resolve("main")
    assert ENV["HOME"] != seen.get("HOME")
