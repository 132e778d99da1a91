"""A run's tree: laid out, marked, recorded, restored."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError, TreeRefused
from sandbox.git.repository import Repository
from sandbox.journal import FileAction, Where
from sandbox.trees.marks import TreeBounds
from sandbox.trees.workspace import Workspace
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.real_repository import commit, git, make_repository

FILES = {"README.md": "hello\n", "src/app.py": "x = 1\n", "src/lib/util.py": "y = 2\n", ".gitignore": "*.pyc\nbuild/\n"}
WHERE = Where("r1", "implement", turn=1, tool="shell")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    make_repository(tmp_path / "source", FILES)
    return tmp_path / "source"


@pytest.fixture
def opened(tmp_path: Path, source: Path) -> Callable[..., Workspace]:
    """Opens the workspace of run r1 at the source's current commit, as often as asked."""

    def open_workspace(bounds: TreeBounds | None = None, run_id: str = "r1") -> Workspace:
        mirror = Repository.mirror(tmp_path / "mirror.git")
        mirror.fetch(str(source))
        return Workspace.open(tmp_path / "runs", run_id, mirror, git(source, "rev-parse", "HEAD"), bounds=bounds)

    return open_workspace


@pytest.fixture
def workspace(opened: Callable[..., Workspace]) -> Workspace:
    return opened()


def shell(workspace: Workspace, line: str) -> None:
    subprocess.run(["bash", "-c", line], cwd=workspace.tree, check=True, timeout=30)


def test_a_fresh_workspace_has_the_commits_files_and_no_git(workspace: Workspace, source: Path) -> None:
    assert (workspace.tree / "src/app.py").read_text() == "x = 1\n"
    assert not (workspace.tree / ".git").exists()
    assert workspace.mark() == workspace.base_tree == git(source, "rev-parse", "HEAD^{tree}")


def test_a_commit_with_a_file_that_no_mark_takes_in_is_refused_at_once_and_again(
    opened: Callable[..., Workspace], tmp_path: Path
) -> None:
    for _ in range(2):
        with pytest.raises(TreeRefused, match=r"has 0 MiB; at most .* The repository itself holds it"):
            opened(TreeBounds(file_bytes=5))
        assert os.listdir(tmp_path / "runs") == []


def test_a_mark_is_the_tree_that_git_itself_would_make(workspace: Workspace, source: Path) -> None:
    line = "echo z > src/new.py; chmod +x README.md; rm src/lib/util.py; ln -s ../README.md src/link; touch a.pyc"
    line += "; mkdir a; touch a/x a.txt a-b a0 ab"  # git sorts a directory as if it ended in a slash
    shell(workspace, line)
    subprocess.run(["bash", "-c", line], cwd=source, check=True)
    git(source, "add", "-A")
    assert workspace.mark() == git(source, "write-tree")


def test_opening_again_finds_the_tree_as_it_was_left(opened: Callable[..., Workspace]) -> None:
    first = opened()
    shell(first, "echo more >> README.md; echo new > new.txt")
    mark = first.mark()
    assert opened().mark() == mark


def test_a_half_made_workspace_of_a_crash_is_not_taken_for_one(
    opened: Callable[..., Workspace], tmp_path: Path
) -> None:
    half = tmp_path / "runs" / ".half-r1"
    (half / "tree").mkdir(parents=True)
    emptied = tmp_path / "runs" / "r1" / "git"  # as a power failure leaves it
    emptied.mkdir(parents=True)
    (emptied / "base").write_text("")
    workspace = opened()
    assert workspace.mark() == workspace.base_tree
    assert os.listdir(tmp_path / "runs") == ["r1"]


def test_a_workspace_of_another_commit_is_not_taken_for_ours(opened: Callable[..., Workspace], source: Path) -> None:
    opened()
    commit(source, {"README.md": "other\n"})
    with pytest.raises(RepositoryError, match="another commit"):
        opened()


def test_own_is_called_for_what_boxes_write_and_only_for_that(tmp_path: Path, source: Path) -> None:
    mirror = Repository.mirror(tmp_path / "m.git")
    mirror.fetch(str(source))
    owned: list[str] = []
    head = git(source, "rev-parse", "HEAD")
    Workspace.open(tmp_path / "runs", "r1", mirror, head, own=lambda path: owned.append(path.name))
    assert sorted(owned) == ["home", "tree"]


def test_an_edit_that_keeps_size_and_mtime_is_seen(workspace: Workspace) -> None:
    path = workspace.tree / "src/app.py"
    time.sleep(0.1)  # old enough for its inode to be believed
    before = workspace.mark()
    facts = path.stat()
    path.write_text("x = 2\n")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert workspace.mark() != before


def test_edits_within_one_tick_of_the_clock_are_seen(workspace: Workspace) -> None:
    path = workspace.tree / "src/app.py"
    marks = set()
    for number in range(200):
        path.write_text(f"x = {number:03}\n")
        marks.add(workspace.mark())
    assert len(marks) == 200


def test_names_that_come_and_go_within_one_tick_of_the_clock_are_seen(workspace: Workspace) -> None:
    place = workspace.tree / "new"
    place.mkdir()
    (place / "stays").write_text("here")
    seen = [workspace.mark()]
    for number in range(5):
        one = place / "one"
        one.write_text(f"{number}")
        seen.append(workspace.mark())
        one.unlink()
        one.symlink_to(f"stays{number}")
        seen.append(workspace.mark())
        one.unlink()
        one.mkdir()
        (one / "below").write_text(f"{number}")
        seen.append(workspace.mark())
        (one / "below").rename(place / "above")
        seen.append(workspace.mark())
        (place / "above").unlink()
        one.rmdir()
        assert workspace.mark() == seen[0]
    assert len(set(seen)) == len(seen)


def test_names_of_a_directory_that_was_listed_long_ago_are_looked_at_again_when_one_changes(
    workspace: Workspace,
) -> None:
    place = workspace.tree / "new"
    place.mkdir()
    for name in ("a", "b"):
        (place / name).write_text(name)
    time.sleep(0.05)  # longer than the clock's tick: what is younger than that is listed anew in any case
    assert len({workspace.mark() for _ in range(3)}) == 1
    (place / "b").rename(place / "c")
    paths = [path for path in workspace.listing(workspace.mark()) if path.startswith("new/")]
    assert paths == ["new/a", "new/c"]
    time.sleep(0.05)  # the same, after the second listing
    workspace.mark()
    os.replace(place / "a", place / "c")
    mark = workspace.mark()
    assert workspace.listing(mark)["new/c"] != workspace.listing(workspace.base_tree).get("new/c")
    assert workspace.objects.bytes_of(workspace.listing(mark)["new/c"][1]) == b"a"


def test_record_writes_each_kind_of_change_with_both_contents(workspace: Workspace) -> None:
    ledger = MemoryLedger()
    shell(
        workspace, "echo 3 > src/app.py; mv src/lib/util.py moved.py; chmod +x README.md; echo n > new; rm .gitignore"
    )
    recorded = workspace.record(ledger, WHERE)
    assert {change.path: change.action for change in recorded.changes} == {
        "src/app.py": FileAction.MODIFIED,
        "moved.py": FileAction.RENAMED,
        "README.md": FileAction.MODE,
        "new": FileAction.CREATED,
        ".gitignore": FileAction.DELETED,
    }
    assert set(ledger.blobs.values()) == {b"x = 1\n", b"3\n", b"y = 2\n", b"hello\n", b"n\n", b"*.pyc\nbuild/\n"}
    assert [entry.where for entry in ledger.entries("r1")] == [WHERE] * 5
    assert ledger.calls == 1


def test_record_writes_nothing_when_nothing_changed(workspace: Workspace) -> None:
    ledger = MemoryLedger()
    shell(workspace, "touch README.md; mkdir -p build; touch build/x y.pyc")
    assert workspace.record(ledger, WHERE).changes == ()
    assert ledger.calls == 0


def test_record_goes_on_from_the_journals_last_mark_after_reopening(opened: Callable[..., Workspace]) -> None:
    ledger = MemoryLedger()
    first = opened()
    shell(first, "echo 1 > one")
    last = first.record(ledger, WHERE).after
    shell(first, "echo 2 > two")
    again = opened()
    again.at(last)
    assert [change.path for change in again.record(ledger, WHERE).changes] == ["two"]


def test_restore_takes_back_edits_of_every_kind(workspace: Workspace) -> None:
    shell(workspace, "ln -s README.md link; printf 'run' > tool; chmod 755 tool")
    mark = workspace.mark()
    shell(workspace, "rm -r src link; mkdir -p link/deep README; rm tool; ln -s /etc/passwd tool; echo x > link/deep/f")
    shell(workspace, "rm -rf README.md; mkdir README.md; touch README.md/inside; mkdir -p empty/dirs")
    workspace.restore(mark)
    assert workspace.mark() == mark
    assert stat.S_IMODE((workspace.tree / "tool").lstat().st_mode) == 0o755
    assert os.readlink(workspace.tree / "link") == "README.md"
    assert sorted(os.listdir(workspace.tree)) == [".gitignore", "README.md", "link", "src", "tool"]


def test_ignored_files_are_no_part_of_marks_and_survive_a_restore(workspace: Workspace) -> None:
    shell(workspace, "mkdir -p build/deep; echo o > build/deep/o; touch a.pyc; echo 1 > kept")
    workspace.restore(workspace.base_tree)
    assert (workspace.tree / "build/deep/o").exists()
    assert (workspace.tree / "a.pyc").exists()
    assert not (workspace.tree / "kept").exists()


def test_a_tracked_file_counts_though_the_rules_ignore_it(tmp_path: Path) -> None:
    make_repository(tmp_path / "s", {".gitignore": "build/\n", "build/kept.txt": "1\n"})
    mirror = Repository.mirror(tmp_path / "m.git")
    mirror.fetch(str(tmp_path / "s"))
    workspace = Workspace.open(tmp_path / "runs", "r1", mirror, git(tmp_path / "s", "rev-parse", "HEAD"))
    shell(workspace, "echo 2 > build/kept.txt; echo x > build/other.txt")
    changes = workspace.changes(workspace.base_tree, workspace.mark())
    assert [change.path for change in changes] == ["build/kept.txt"]


def test_restore_removes_files_that_only_newer_rules_ignored(workspace: Workspace) -> None:
    shell(workspace, "echo 'secret*' >> .gitignore; echo s > secret.txt")
    assert "secret.txt" not in workspace.listing(workspace.mark())
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_restore_wins_over_untracked_rules_that_hide_its_files(workspace: Workspace) -> None:
    shell(workspace, "mkdir d; echo 1 > d/x")
    mark = workspace.mark()
    shell(workspace, "echo '*' > d/.gitignore")
    assert workspace.mark() == workspace.base_tree
    workspace.restore(mark)
    assert workspace.mark() == mark


def test_rules_apply_as_git_applies_them(workspace: Workspace, source: Path) -> None:
    line = r"""
    printf '%s\n' 'logs/' '!logs/keep' '*.tmp' '!important.tmp' '/top' 'a/**/z' 'sp\ ' '\#x' '[ab]c' > .gitignore
    mkdir -p logs deep/logs src/logs a/b/c sub; echo '!*.tmp' > sub/.gitignore
    for p in logs/keep logs/x deep/logs/y x.tmp important.tmp top src/top a/b/c/z a/z sub/q.tmp '#x' ac bc cc ':x' '-rf'
    do echo "$p" > "./$p"; done
    """
    shell(workspace, line)
    subprocess.run(["bash", "-c", line], cwd=source, check=True)
    git(source, "add", "-A")
    assert workspace.mark() == git(source, "write-tree")


def test_new_rules_reach_files_that_were_taken_below_them(opened: Callable[..., Workspace]) -> None:
    workspace = opened()
    shell(workspace, "echo 1 > src/x.log; mkdir src/logs; echo 1 > src/logs/y")
    assert "src/x.log" in workspace.listing(workspace.mark())
    shell(workspace, "printf '*.log\\nlogs/\\n' > .gitignore")
    assert workspace.listing(workspace.mark()).keys() == FILES.keys()
    shell(workspace, "rm .gitignore")
    assert "src/logs/y" in workspace.listing(workspace.mark())


def test_attributes_of_the_repository_change_no_byte(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "crlf.txt": b"a\r\nb\r\n",
        "id.txt": "$Id$\n",
        "wide.txt": "plain\n",
        "lfs.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
    }
    make_repository(tmp_path / "s", files)
    rules = "*.txt text eol=crlf ident\nwide.txt working-tree-encoding=UTF-16\n*.bin filter=lfs diff=lfs merge=lfs\n"
    (tmp_path / "s" / ".gitattributes").write_text(rules)
    git(tmp_path / "s", "-c", "core.attributesFile=/dev/null", "add", ".gitattributes")
    git(tmp_path / "s", "commit", "-q", "-m", "Rules")
    mirror = Repository.mirror(tmp_path / "m.git")
    mirror.fetch(str(tmp_path / "s"))
    workspace = Workspace.open(tmp_path / "runs", "r1", mirror, git(tmp_path / "s", "rev-parse", "HEAD"))
    assert {name: (workspace.tree / name).read_bytes() for name in files} == {
        name: content if isinstance(content, bytes) else content.encode() for name, content in files.items()
    }
    for name in files:
        shell(workspace, f"cp {name} x && mv x {name}")
    assert workspace.mark() == workspace.base_tree


def test_a_submodule_stays_an_empty_directory_and_its_link_as_it_is(tmp_path: Path, source: Path) -> None:
    link = "1" * 40
    git(source, "update-index", "--add", "--cacheinfo", f"160000,{link},vendor/lib")
    git(source, "commit", "-q", "-m", "Submodule")
    mirror = Repository.mirror(tmp_path / "m.git")
    mirror.fetch(str(source))
    workspace = Workspace.open(tmp_path / "runs", "r1", mirror, git(source, "rev-parse", "HEAD"))
    assert workspace.submodules == ("vendor/lib",)
    assert workspace.mark() == workspace.base_tree
    shell(workspace, "touch vendor/lib/x")
    with pytest.raises(TreeRefused, match="submodule"):
        workspace.mark()
    shell(workspace, "rm -r vendor")
    with pytest.raises(TreeRefused, match="submodule"):
        workspace.mark()
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_diff_is_unified_text_without_running_what_attributes_name(workspace: Workspace) -> None:
    shell(workspace, "echo '*.py diff=evil' > .gitattributes; echo 'x = 9' > src/app.py; printf '\\0\\1' > bin")
    text = workspace.diff(workspace.base_tree, workspace.mark())
    assert "-x = 1\n+x = 9\n" in text
    assert "Binary files /dev/null and b/bin differ" in text


def test_more_new_files_than_allowed_are_refused_and_can_be_restored(opened: Callable[..., Workspace]) -> None:
    workspace = opened(TreeBounds(new_files=5))
    shell(workspace, "for i in 1 2 3 4 5 6 7; do echo $i > f$i; done")
    with pytest.raises(TreeRefused, match="at most 5 files"):
        workspace.mark()
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_more_new_content_than_allowed_is_refused(opened: Callable[..., Workspace]) -> None:
    workspace = opened(TreeBounds(new_bytes=1000))
    shell(workspace, "head -c 1500 /dev/urandom > big")
    with pytest.raises(TreeRefused, match="big"):
        workspace.mark()


def test_remove_takes_deep_and_locked_directories_away(workspace: Workspace) -> None:
    at = os.open(workspace.tree, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=at)
        inner = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    shell(workspace, "mkdir locked; touch locked/x; chmod 0 locked; chmod 0555 src")
    with pytest.raises(TreeRefused, match=r"deeper than 128|mode forbids"):
        workspace.mark()
    workspace.remove()
    workspace.remove()
    assert os.listdir(workspace.directory.parent) == []


def test_restore_heals_deep_and_locked_directories(workspace: Workspace) -> None:
    shell(workspace, "mkdir -p $(printf 'd/%.0s' $(seq 300)); chmod 0 src/lib; chmod 0555 src; chmod 0 README.md")
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree
    assert (workspace.tree / "src/lib/util.py").read_text() == "y = 2\n"


def test_half_written_files_of_a_crash_are_swept_when_opened_again(opened: Callable[..., Workspace]) -> None:
    staging = opened().directory / "staging"
    (staging / "gone-1" / "deep").mkdir(parents=True)
    (staging / "half-1").write_text("x")
    opened()
    assert os.listdir(staging) == []


def test_lost_objects_are_said_plainly(opened: Callable[..., Workspace]) -> None:
    workspace = opened()
    shell(workspace, "echo 1 > one")
    mark = workspace.mark()
    shutil.rmtree(workspace.directory / "git" / "objects" / mark[:2])
    with pytest.raises(RepositoryError):
        opened().restore(mark)
