"""Plans from journals alone, and their execution: repeatable, refusing before it begins."""

from __future__ import annotations

import os
import string
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.errors import PathRefused, RepositoryError, RollbackRefused, RollbackStopped, TreeRefused
from sandbox.files.ignored import CACHES
from sandbox.git.objects import Listing
from sandbox.git.repository import Repository
from sandbox.journal import Effect, EffectState, JournalEntry, Where
from sandbox.trees.rebuild import journal_diff, rebuild, transitions
from sandbox.trees.rollback import Back, Mode, execute, go_back, plan
from sandbox.trees.workspace import Workspace
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.real_repository import ENV, git, make_repository

BASE = {
    "a": "a\n",
    "dir/b": "b\n",
    "dir/sub/c.py": "c\n",
    ".gitignore": "*.tmp\nout/\n",
    "same1": "same\n",
    "same2": "same\n",
}


class Remote:
    """A stand-in for the world of effects: names that exist, and what somebody else has changed."""

    def __init__(self) -> None:
        self.there: dict[str, str] = {}
        self.undone: list[str] = []
        self.kept: list[str] = []
        self.dies_at = ""
        self.refuses = ""

    async def obstacle(self, entry: JournalEntry) -> str:
        assert entry.effect is not None
        name = entry.effect.target
        moved = name in self.there and self.there[name] != entry.effect.undo["commit"]
        return f"{name} was moved by somebody else." if moved else ""

    async def undo(self, entry: JournalEntry) -> str:
        assert entry.effect is not None
        if entry.effect.target == self.dies_at:
            raise ConnectionError("the power went")
        if entry.effect.target == self.refuses:
            raise RepositoryError("It is protected.", "Lift that.")
        self.there.pop(entry.effect.target, None)
        self.undone.append(entry.effect.target)
        return ""

    async def keep(self, entry: JournalEntry) -> None:
        assert entry.effect is not None
        self.kept.append(entry.effect.target)


class Run:
    """A run on a real workspace with a journal; `step` does something and records it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        make_repository(place / "source", BASE)
        self.mirror = Repository.mirror(place / "mirror.git")
        self.mirror.fetch(str(place / "source"))
        self.commit = git(place / "source", "rev-parse", "HEAD")
        self.ledger = MemoryLedger()
        self.remote = Remote()
        self.workspace = self.open("runs")

    def open(self, root: str) -> Workspace:
        return Workspace.open(self.place / root, "r1", self.mirror, self.commit)

    def step(self, key: str, line: str = "", *, branch: str = "") -> str:
        if branch:
            seq = self.ledger.intend(Where("r1", key), Effect("create_branch", branch, {"commit": "c1"}))
            self.remote.there[branch] = "c1"
            self.ledger.settle(seq, EffectState.DONE)
        subprocess.run(["bash", "-c", line], cwd=self.workspace.tree, check=True)
        return self.workspace.record(self.ledger, Where("r1", key)).after

    async def roll_back(self, mode: Mode, *steps: str, mark: str = "") -> None:
        """`steps` are the keys that a partial rollback takes back, `mark` the tree that they began with."""
        entries = self.ledger.entries("r1")
        seqs = frozenset(entry.seq for entry in entries if entry.where.step in steps)
        made = plan(entries, mode, Back(steps, mark, seqs) if steps else None)

        async def workspace() -> Workspace:
            return self.workspace

        await execute(made, "r1", self.ledger, self.remote, workspace)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


async def test_hard_brings_tree_and_world_back_newest_first(run: Run) -> None:
    run.step("branch", branch="fix/1")
    run.step("implement", "echo 2 > a; rm dir/b; echo n > new")
    run.step("open", branch="pull")
    await run.roll_back(Mode.HARD)
    assert run.workspace.mark() == run.workspace.base_tree
    assert run.remote.there == {}
    assert run.remote.undone == ["pull", "fix/1"]


async def test_soft_keeps_everything_and_says_so(run: Run) -> None:
    run.step("branch", branch="fix/1")
    mark = run.step("implement", "echo 2 > a")
    await run.roll_back(Mode.SOFT)
    assert run.workspace.mark() == mark
    assert (run.remote.there, run.remote.kept) == ({"fix/1": "c1"}, ["fix/1"])
    states = [(entry.effect.kind, entry.state) for entry in run.ledger.entries("r1") if entry.effect]
    assert states == [("create_branch", EffectState.KEPT), ("hand_over_create_branch", EffectState.DONE)]


async def test_hard_after_soft_still_removes(run: Run) -> None:
    run.step("branch", branch="fix/1")
    await run.roll_back(Mode.SOFT)
    await run.roll_back(Mode.HARD)
    assert run.remote.there == {}


async def test_the_last_steps_alone_are_undone(run: Run) -> None:
    run.step("branch", branch="fix/1")
    mark = run.step("plan", "echo plan > a")
    run.step("implement", "echo 2 > a; echo 3 > dir/b")
    run.step("open", branch="pull")
    await run.roll_back(Mode.STEPS, "implement", "open", mark=mark)
    assert run.workspace.mark() == mark
    assert run.remote.there == {"fix/1": "c1"}


async def test_a_second_partial_rollback_counts_from_where_the_first_left(run: Run) -> None:
    run.step("plan", "echo plan1 > a")
    run.step("implement", "echo impl1 > a")
    await run.roll_back(Mode.STEPS, "plan", "implement")
    assert run.workspace.mark() == run.workspace.base_tree
    mark = run.step("plan", "echo plan2 > a")
    run.step("implement", "echo impl2 > a")
    await run.roll_back(Mode.STEPS, "implement", mark=mark)
    assert run.workspace.mark() == mark
    await run.roll_back(Mode.STEPS, "plan")
    assert run.workspace.mark() == run.workspace.base_tree


async def test_rolling_back_twice_changes_nothing_the_second_time(run: Run) -> None:
    run.step("implement", "echo 2 > a", branch="fix/1")
    await run.roll_back(Mode.HARD)
    rows = list(run.ledger.rows)
    await run.roll_back(Mode.HARD)
    assert run.ledger.rows == rows


async def test_what_stands_in_the_way_is_found_before_anything_is_undone(run: Run) -> None:
    run.step("branch", branch="fix/1")
    mark = run.step("implement", "echo 2 > a")
    run.step("open", branch="pull")
    run.remote.there["fix/1"] = "somebody's"
    with pytest.raises(RollbackRefused, match="fix/1 was moved"):
        await run.roll_back(Mode.HARD)
    assert run.remote.undone == []
    assert run.workspace.mark() == mark


async def test_what_is_refused_half_way_says_how_far_it_came_and_the_rest_can_be_done_later(run: Run) -> None:
    run.step("branch", branch="fix/1")
    run.step("open", branch="pull")
    run.remote.refuses = "fix/1"
    with pytest.raises(RollbackStopped) as stopped:
        await run.roll_back(Mode.HARD)
    assert stopped.value.sentence == "It is protected. Before that, 1 of 2 were undone."
    assert stopped.value.remedy == "Lift that. The same rollback once more goes on from there."
    run.remote.refuses = ""
    await run.roll_back(Mode.HARD)
    assert (run.remote.there, run.remote.undone) == ({}, ["pull", "fix/1"])


async def test_after_a_crash_in_the_middle_the_rest_is_done(run: Run) -> None:
    run.step("branch", branch="fix/1")
    run.step("implement", "echo 2 > a")
    run.step("open", branch="pull")
    run.remote.dies_at = "fix/1"
    with pytest.raises(ConnectionError):
        await run.roll_back(Mode.HARD)
    run.remote.dies_at = ""
    await run.roll_back(Mode.HARD)
    assert run.remote.undone == ["pull", "fix/1"]
    assert run.workspace.mark() == run.workspace.base_tree
    assert all(entry.state is not EffectState.INTENDED for entry in run.ledger.entries("r1"))


async def test_an_effect_of_unknown_fate_is_undone_too(run: Run) -> None:
    run.ledger.intend(Where("r1", "open"), Effect("create_branch", "maybe", {"commit": "c1"}))
    await run.roll_back(Mode.HARD)
    assert run.remote.undone == ["maybe"]


async def test_a_plan_says_in_lines_what_it_will_undo(run: Run) -> None:
    run.step("branch", branch="fix/1")
    run.step("implement", "echo n > new")
    assert plan(run.ledger.entries("r1"), Mode.HARD).lines == ("create branch fix/1", "created new")


async def test_the_way_back_is_in_the_journal_and_leaves_no_diff(run: Run) -> None:
    run.step("implement", "echo 2 > a; mv dir/b moved; echo n > new")
    assert "+2" in journal_diff(run.ledger.entries("r1"), run.ledger, "implement")
    await run.roll_back(Mode.HARD)
    assert journal_diff(run.ledger.entries("r1"), run.ledger) == ""
    assert journal_diff(run.ledger.entries("r1"), run.ledger, "implement") == ""


def test_the_diff_from_the_journal_is_the_diff_of_the_trees(run: Run) -> None:
    before = run.step("plan", "echo plan > a")
    run.step("implement", "echo 1 > new; chmod +x dir/b; mv dir/sub/c.py d.py")
    after = run.step("implement", "echo 2 > new; ln -s a link; rm same1; printf '\\0' > bin")
    assert journal_diff(run.ledger.entries("r1"), run.ledger, "implement") == run.workspace.diff(before, after)
    assert journal_diff(run.ledger.entries("r1"), run.ledger) == run.workspace.diff(run.workspace.base_tree, after)


def test_a_journal_with_a_hole_is_said_plainly_and_touches_nothing(run: Run) -> None:
    run.step("implement", "echo 1 > a")
    last = run.step("implement", "echo 2 > dir/b")
    elsewhere = run.open("elsewhere")
    broken = MemoryLedger()
    broken.rows = run.ledger.rows[1:]
    broken.blobs = run.ledger.blobs
    with pytest.raises(RepositoryError, match="does not lead to"):
        rebuild(broken, "r1", elsewhere, last)
    empty = MemoryLedger()
    empty.rows = run.ledger.rows
    with pytest.raises(RepositoryError, match="does not hold the content"):
        rebuild(empty, "r1", elsewhere, last)
    assert elsewhere.mark() == elsewhere.base_tree


@pytest.mark.parametrize("damage", [b"", b"junk"])
def test_objects_that_a_power_failure_damaged_are_made_again_from_the_journal(run: Run, damage: bytes) -> None:
    last = run.step("implement", "echo 1 > a; echo new > dir/new; rm same1")
    for path in run.workspace.objects.directory.glob("??/*"):
        path.write_bytes(damage)
    again = run.open("runs")
    (again.tree / "a").write_text("half-writ")
    rebuild(run.ledger, "r1", again, last)
    assert again.mark() == last
    assert (again.tree / "a").read_text() == "1\n"


# --- random sequences of edits ---

_letters = string.ascii_letters + string.digits + " .-_~\n\t\\'\"$*?:;&|()[]{}é漢\udcff\udc80"
_odd = st.text(_letters, min_size=1, max_size=12).filter(lambda name: name not in (".", "..") and "git" not in name)
_names = st.sampled_from(
    ["a", "dir", "b", "sub", "c.py", "same1", "x", "-rf", "new\nline", "é", "\udcff\udcfe", "n" * 255, "x.tmp", "out"]
)
_paths = st.lists(_names | _odd, min_size=1, max_size=3).map("/".join)
_content = st.sampled_from([b"", b"same\n", b"a\n", b"\0\xff", b"line\r\n", b"*\n"]) | st.binary(max_size=40)
_edits = st.one_of(
    st.tuples(st.just("write"), _paths, _content),
    st.tuples(st.just("tool"), _paths, _content),
    st.tuples(st.just("rules"), st.sampled_from(["", "dir/", "x/"]), st.sampled_from([b"", b"*\n", b"x*\n!x\n"])),
    st.tuples(st.just("delete"), _paths, st.just(b"")),
    st.tuples(st.just("chmod"), _paths, st.sampled_from([b"755", b"644", b"555", b"000"])),
    st.tuples(st.just("rename"), _paths, _paths.map(os.fsencode)),
    st.tuples(st.just("symlink"), _paths, st.sampled_from([b"a", b"/etc", b"..", b"nowhere", b"\xff", b"dir"])),
)
_sequences = st.lists(st.lists(_edits, min_size=1, max_size=5), min_size=1, max_size=4)


def _edit(workspace: Workspace, kind: str, path: str, data: bytes) -> None:
    """One edit, by a shell's means or by the agent's; edits that cannot be made are not."""
    target = os.path.join(os.fsencode(workspace.tree), os.fsencode(path))
    try:
        if kind == "tool":
            workspace.files.write(path, data)
        elif kind == "rules":
            workspace.files.write(path + ".gitignore", data)
        elif os.path.realpath(os.path.dirname(target)).startswith(os.fsencode(workspace.tree)):
            _by_shell(kind, target, data, os.fsencode(workspace.tree))
    except (OSError, PathRefused):
        return


def _by_shell(kind: str, target: bytes, data: bytes, tree: bytes) -> None:
    if kind == "write":
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.islink(target):
            with open(target, "wb") as file:
                file.write(data)
    elif kind == "delete":
        subprocess.run(["rm", "-rf", "--", target], check=False, capture_output=True)
    elif kind == "chmod" and not os.path.islink(target):
        os.chmod(target, int(data, 8))
    elif kind == "rename":
        os.rename(target, os.path.join(tree, data))
    elif kind == "symlink":
        os.symlink(data, target)


def _contents(workspace: Workspace, listing: Listing) -> Iterator[tuple[str, str, bytes]]:
    """What really lies in the tree under a listing's names, read without our own code."""
    for path in sorted(listing):
        place = os.path.join(os.fsencode(workspace.tree), os.fsencode(path))
        if os.path.islink(place):
            yield path, "link", os.readlink(place)
        else:
            with open(place, "rb") as file:
                yield path, "755" if os.stat(place).st_mode & 0o100 else "644", file.read()


def _as_git_sees_it(run: Run) -> str:
    """The tree that `git add --all` makes of the directory over the base's index, without what tools leave there.

    Caches of tools are in no mark and stay as they are, also where no .gitignore names them.
    """
    left = [f":(exclude,glob)**/{name}/**" for name in sorted(CACHES)] + [f":(exclude,glob)**/*.py{c}" for c in "co"]
    env = ENV | {"GIT_DIR": str(run.mirror.directory), "GIT_WORK_TREE": str(run.workspace.tree)}
    env |= {"GIT_INDEX_FILE": str(run.place / "index")}
    tree = ""
    add = ("-c", "core.bare=false", "add", "--all", "--", ".", *left)
    for words in (("read-tree", run.commit), add, ("write-tree",)):
        done = subprocess.run(["git", *words], cwd=run.workspace.tree, env=env, capture_output=True, check=True)
        tree = done.stdout.decode().strip()
    return tree


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_sequences)
@example([[("write", "dir/b", b"1"), ("chmod", "dir", b"555")], [("symlink", "dir/x", b"..")]])
@example([[("write", "x/y", b"1")], [("rules", "x/", b"*\n")], [("delete", "x/.gitignore", b"")]])
@example([[("delete", "dir", b""), ("symlink", "dir", b"/etc")], [("delete", "dir", b""), ("tool", "dir/b", b"new")]])
@example([[("write", "a", b""), ("write", "__pycache__/a", b"")]])
@example([[("write", "__pycache__", b"1"), ("write", "x/b.pyc", b"1"), ("write", "x/y/.tox/z/a", b"")]])
def test_after_any_edits_every_earlier_tree_comes_back_exactly(sequence: list[list[tuple[str, str, bytes]]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        run = Run(Path(place))
        workspace = run.workspace
        seen: dict[str, list[tuple[str, str, bytes]]] = {}
        for number, edits in enumerate(sequence):
            for kind, path, data in edits:
                _edit(workspace, kind, path, data)
            try:
                mark = workspace.record(run.ledger, Where("r1", f"step{number}")).after
            except TreeRefused:
                continue
            assert run.open("runs").mark() == mark == _as_git_sees_it(run), "what is remembered misled it"
            seen[mark] = list(_contents(workspace, workspace.listing(mark)))
        for mark, contents in seen.items():
            workspace.restore(mark)
            assert workspace.mark() == mark
            assert list(_contents(workspace, workspace.listing(mark))) == contents
        elsewhere = run.open("elsewhere")
        for mark, contents in seen.items():
            rebuild(run.ledger, "r1", elsewhere, mark)
            assert elsewhere.mark() == mark
            assert list(_contents(elsewhere, elsewhere.listing(mark))) == contents
        recorded = transitions(run.ledger.entries("r1"))
        for step in {transition.step for transition in recorded}:
            own = [transition for transition in recorded if transition.step == step]
            assert journal_diff(run.ledger.entries("r1"), run.ledger, step) == workspace.diff(
                own[0].before, own[-1].after
            )
        made = plan(run.ledger.entries("r1"), Mode.HARD)
        if made.mark:
            go_back(workspace, run.ledger, Where("r1", "rollback"), made.mark)
        else:
            workspace.restore(workspace.base_tree)
        assert workspace.mark() == workspace.base_tree
        workspace.remove()
        elsewhere.remove()
