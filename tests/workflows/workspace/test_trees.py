"""A run that goes on at another machine finds its tree there, and all that was made for it, from the journal."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import make_services
from bot.local.detached import NoReporter
from bot.settings import Settings
from sandbox.trees.workspace import Workspace
from tests.fakes.real_repository import git
from tests.fakes.steps_by_hand import RUN, ByHand, by_hand
from workflows.definition import Done, Exit, Failed, Result
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.publishing import commit, open_pull
from workflows.services import StepContext
from workflows.steps.source import open_workspace
from workflows.store.run_rows import runs

LINES = "".join(f"line {number}\n" for number in range(1, 21))
FILES: dict[str, str | bytes] = {"a.txt": LINES, "b.txt": "b\n", "gone.txt": "gone\n", "dir/c.txt": "c\n"}
OURS = LINES.replace("line 2\n", "our line 2\n")
THEIRS = LINES.replace("line 19\n", "their line 19\n")
BOTH = OURS.replace("line 19\n", "their line 19\n")
BRANCH = "fix/issue-7"


@dataclass
class Machines:
    """One run, one database, and several data directories: each step is taken at one of them."""

    run: ByHand
    folders: Sequence[Path]
    hands: list[ByHand]

    def at(self, machine: int) -> ByHand:
        return self.hands[machine]

    def killed(self, machine: int) -> None:
        """A step is killed there in the middle, and with it the process; another one starts."""
        made = Settings(data=self.folders[machine], sandbox="unsafe_local")
        made.prepare()
        self.hands[machine] = replace(self.run, services=make_services(made, self.run.store, NoReporter()))
        tree = self.at(machine).tree
        if tree.exists():
            (tree / "junk.txt").write_text("half a thing")
            (tree / "a.txt").write_text("half a line")
            shutil.rmtree(tree / "dir", ignore_errors=True)


@contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    with by_hand(folder, FILES) as first:
        made = Machines(first, (folder / "data", folder / "elsewhere"), [first, first])
        made.killed(1)
        yield made


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path) as made:
        yield made


async def first_turn(ctx: StepContext) -> Result:
    tree = (await ctx.workspace()).tree
    assert not (tree / "junk.txt").exists()
    (tree / "a.txt").write_text(OURS)
    (tree / "gone.txt").unlink()
    (tree / "new").mkdir()
    (tree / "new" / "run.sh").write_text("#!/bin/sh\n")
    return Done()


async def second_turn(ctx: StepContext) -> Result:
    tree = (await ctx.workspace()).tree
    assert (tree / "a.txt").read_text() == OURS
    (tree / "new" / "run.sh").chmod(0o755)
    (tree / "b.txt").write_bytes(b"\0\xff")
    return Done()


def all_the_way(two: Machines, places: Sequence[int], *, killed: bool = False) -> None:
    """From the first change to the pull request, past a base that moves after the commit; each step at its place."""
    steps = [(first_turn, "implement"), (second_turn, "implement"), (commit, "commit"), (update, "update")]
    steps += [(commit, "commit"), (update, "update"), (open_pull, "pull")]
    for number, (step, key) in enumerate(steps):
        if number == 3:
            two.run.moves("a.txt", THEIRS)
        if killed:
            two.killed(0)
            two.killed(1)
        result = two.at(places[number]).take(step, key)
        assert not isinstance(result, Failed), result
        assert isinstance(result, Exit) == (number == 3), result


def is_as_it_should_be(two: Machines) -> None:
    repository = two.run.repository
    assert git(repository, "show", f"{BRANCH}:a.txt") + "\n" == BOTH
    changed = git(repository, "diff", "--no-renames", "--raw", "--abbrev=4", "main", BRANCH).split("\n")
    assert [line.split("\t")[1] for line in changed] == ["a.txt", "b.txt", "gone.txt", "new/run.sh"]
    assert git(repository, "ls-tree", BRANCH, "new/run.sh").startswith("100755")
    assert git(repository, "rev-parse", f"{BRANCH}^") == two.run.head("main")
    assert two.run.effects() == [("create_branch", "done"), ("push", "done"), ("open_pull", "done")]


def test_each_step_may_be_taken_on_another_machine_than_the_one_before(two: Machines) -> None:
    all_the_way(two, [1, 0, 1, 0, 1, 0, 1], killed=True)
    is_as_it_should_be(two)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(0, 1), min_size=7, max_size=7), st.booleans())
def test_wherever_the_steps_are_taken_the_end_is_the_same(places: list[int], killed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, machines(Path(folder)) as two:
        all_the_way(two, places, killed=killed)
        is_as_it_should_be(two)


def test_a_commit_that_was_made_elsewhere_is_the_same_commit_here(two: Machines) -> None:
    two.at(0).take(first_turn, "implement")
    two.at(0).commit()
    made = two.run.state["commit"]
    shutil.rmtree(two.at(0).services.data / "mirrors")
    shutil.rmtree(two.at(0).services.data / "workspaces")
    two.at(1).take(update)
    result = two.at(1).take(open_pull, "pull")
    assert isinstance(result, Done), result
    assert two.run.head(BRANCH) == made


def test_a_base_that_was_rewritten_meanwhile_is_had_by_its_name(two: Machines) -> None:
    two.at(0).take(first_turn, "implement")
    repository, base = two.run.repository, two.run.state["base_commit"]
    git(repository, "commit", "-q", "--amend", "-m", "Rewritten")
    git(repository, "branch", "-q", "-f", BRANCH, "main")
    assert git(repository, "branch", "--contains", base) == ""
    assert isinstance(two.at(1).take(open_workspace, "workspace"), Done)
    two.killed(1)
    shutil.rmtree(two.at(1).services.data / "mirrors")
    shutil.rmtree(two.at(1).services.data / "workspaces")
    two.at(1).take(first_turn, "implement")
    assert (two.at(1).tree / "new" / "run.sh").exists()


def test_a_run_whose_workspace_step_is_done_again_begins_at_its_base_again(two: Machines) -> None:
    two.at(0).take(first_turn, "implement")
    changed = two.at(0).services.ledger.last_mark(RUN)
    result = two.at(1).take(open_workspace, "workspace")
    assert isinstance(result, Done), result
    assert (two.at(1).tree / "a.txt").read_text() == LINES
    assert two.run.services.ledger.last_mark(RUN) == two.run.state["base_tree"] != changed


def test_what_the_step_at_work_has_changed_is_not_taken_for_what_was_left_behind(two: Machines) -> None:
    async def in_two_turns(ctx: StepContext) -> Result:
        (await ctx.workspace()).tree.joinpath("a.txt").write_text(OURS)
        await ctx.services.workspaces.record_at(ctx.run, ctx.where(1, "edit"))
        (await ctx.workspace()).tree.joinpath("b.txt").write_text("more\n")
        assert (await ctx.workspace()).tree.joinpath("b.txt").read_text() == "more\n"
        return Done()

    for machine in (0, 1):
        two.at(machine).take(in_two_turns, "implement")
        assert (two.at(machine).tree / "b.txt").read_text() == "more\n"


def test_a_workspace_that_was_taken_away_is_rebuilt_where_it_was(two: Machines) -> None:
    two.at(0).take(first_turn, "implement")
    shutil.rmtree(two.at(0).services.data / "workspaces")
    two.at(0).take(second_turn, "implement")
    run = two.run.store.read_now(runs.get_run, RUN)
    assert (two.at(0).tree / "b.txt").read_bytes() == b"\0\xff"
    assert run.state["base_tree"] != two.run.services.ledger.last_mark(RUN)


def test_scratch_trees_that_a_killed_check_has_left_are_gone_when_the_next_step_begins(two: Machines) -> None:
    here, scratch = two.at(0), two.folders[0] / "scratch"
    mirror = here.services.workspaces.repository(two.run.run)
    scratch.mkdir(exist_ok=True)
    Workspace.open(scratch, f"{RUN}-check-cafe", mirror, two.run.state["base_commit"])
    (scratch / f".half-{RUN}-check-babe").mkdir()
    assert len(mirror.pinned()) == 2
    two.killed(0)
    two.at(0).take(first_turn, "implement")
    assert list(mirror.pinned()) == [RUN]
    assert list(scratch.iterdir()) == []
