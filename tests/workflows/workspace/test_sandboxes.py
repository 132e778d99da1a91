"""Environments of a run's trees: what is shared with other runs, what is the run's own, and how often a set-up runs."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.backend import BoxCommand, BoxSpec
from sandbox.environment.set_up import inside
from tests.fakes.memory_box import Answer, MemoryBackend, says
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.checks.plan import Commands, SetupCommand
from workflows.ports import Remote
from workflows.secrets.redaction import Redactor
from workflows.store.run_rows.printed import PrintedLog, of_step
from workflows.workspace.sandboxes import Boxes, ScratchTrees
from workflows.workspace.trees import Workspaces

COMMANDS = Commands(setup=(SetupCommand("make deps"),))
DEPS = says("done", writes={"/home/box/.local/bin/tool": "as it should be"})


@dataclass
class Bench:
    """A run's boxes over real trees, with scripted commands."""

    hand: ByHand
    backend: MemoryBackend
    boxes: Boxes

    def trees(self, gone_on: int = 0) -> ScratchTrees:
        """For the checks of the run, after somebody had it go on so many times."""
        run = self.hand.run
        return self.boxes.scratch(replace(run, segment=run.segment + gone_on), COMMANDS)

    def check(self, trees: ScratchTrees, mark: str, does: str = "") -> tuple[str, str]:
        """What one check finds of the set-up, as (its failure, what its tool says); then it changes the tool."""

        async def opened() -> tuple[str, str]:
            async with trees.open(mark) as tree:
                tool = tree.box.spec.home / ".local/bin/tool"
                said = tool.read_text() if tool.exists() else ""
                if does:
                    tool.write_text(does)
                return tree.setup_failure, said

        return asyncio.run(opened())

    def environment(self, mark: str, commands: Commands = COMMANDS) -> str:
        """What a check of that mark finds, where all runs find the same; else nothing."""

        async def opened() -> str:
            async with self.boxes.scratch(self.hand.run, commands).open(mark) as tree:
                return tree.environment

        return asyncio.run(opened())

    @property
    def set_ups(self) -> int:
        return sum(line.endswith("make deps") for box in self.backend.boxes for line in box.lines)

    @property
    def base(self) -> str:
        return str(self.hand.run.state["base_tree"])

    def changed(self, text: str) -> str:
        """A mark of the run with one more file."""
        self.hand.change(setup__py=text)
        return asyncio.run(self.hand.services.workspaces.mark(self.hand.run))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with by_hand(tmp_path, {"a.txt": "a\n"}) as hand:
        backend = MemoryBackend()
        backend.on("uname", says("x86_64"))
        backend.on("site-packages", says())
        backend.on("make deps", DEPS)
        yield Bench(hand, backend, replace(hand.services.boxes, backend=backend))


def test_what_a_check_does_to_its_home_is_not_there_for_the_next(bench: Bench) -> None:
    trees = bench.trees()
    for mark in (bench.base, bench.base, bench.changed("x")):
        assert bench.check(trees, mark, does="echo 2 passed") == ("", "as it should be")


def test_of_two_checks_at_once_one_sets_the_tree_up(bench: Bench) -> None:
    trees = bench.trees()

    async def tool() -> str:
        async with trees.open(bench.base) as tree:
            return (tree.box.spec.home / ".local/bin/tool").read_text()

    async def both() -> list[str]:
        return await asyncio.gather(tool(), tool(), tool())

    assert asyncio.run(both()) == ["as it should be"] * 3
    assert bench.set_ups == 1


def test_a_failed_set_up_runs_once_in_a_segment_of_the_run_and_again_in_the_next(bench: Bench) -> None:
    bench.backend.on("make deps", says("no network", exit_code=1, writes={"/home/box/.local/bin/tool": "half"}))
    failure = "`make deps` ended with exit code 1: `no network`"
    assert [bench.check(bench.trees(), bench.base) for _ in range(3)] == [(failure, "half")] * 3
    assert bench.set_ups == 1
    bench.backend.on("make deps", DEPS)
    assert bench.check(bench.trees(gone_on=1), bench.base) == ("", "as it should be")
    assert bench.set_ups == 2


def test_what_a_changed_tree_makes_is_for_its_own_checks_alone(bench: Bench) -> None:
    bench.backend.on("make deps", says("done", writes={"/home/box/.local/bin/tool": "echo 2 passed"}))
    mark = bench.changed("planted")
    assert [bench.check(bench.trees(), mark)[1] for _ in range(2)] == ["echo 2 passed"] * 2
    assert bench.set_ups == 1, "the same tree is set up once in a run"
    bench.backend.on("make deps", DEPS)
    assert bench.check(bench.trees(), bench.base) == ("", "as it should be")
    assert bench.check(bench.trees(), bench.changed("another")) == ("", "as it should be")
    shared = bench.hand.services.data / "environments"
    assert [path.read_text() for path in shared.glob("*/home/.local/bin/tool")] == ["as it should be"]


def test_bytecode_of_a_changed_tree_s_set_up_is_in_no_box(bench: Bench) -> None:
    path = "/home/box/lib/__pycache__/a.pyc"
    bench.backend.on("make deps", says("done", writes={path: "x", "/work/__pycache__/b.pyc": "x"}))

    async def found(mark: str) -> list[str]:
        async with bench.trees().open(mark) as tree:
            spec = tree.box.spec
            return [place.name for root in (spec.home, spec.tree) for place in root.rglob("*.pyc")]

    assert asyncio.run(found(bench.base)) == ["a.pyc", "b.pyc"]
    assert asyncio.run(found(bench.changed("x"))) == []


def test_what_two_set_ups_made_is_compared_where_they_are_not_the_same(bench: Bench) -> None:
    assert asyncio.run(bench.trees().laid_otherwise(bench.base, bench.base)) == ()
    mark = bench.changed("planted")
    assert asyncio.run(bench.trees().laid_otherwise(bench.base, mark)) == ()
    bench.backend.on("make deps", says("done", writes={"/home/box/.local/bin/tool": "echo 2 passed"}))
    told = asyncio.run(bench.trees().laid_otherwise(bench.base, bench.changed("other")))
    assert told == ("~/.local/bin/tool: was laid otherwise by the set-up of the change",)


def test_a_set_up_for_checks_sees_no_package_that_the_change_adds(bench: Bench) -> None:
    def installs(command: BoxCommand, spec: BoxSpec) -> Answer:
        manifest = spec.tree / "package.json"
        return says("done", writes={"/home/box/.local/bin/tool": manifest.read_text() if manifest.exists() else "none"})

    bench.backend.on("make deps", installs)
    bench.hand.change(**{"package.json": json.dumps({"dependencies": {"leftpad-evil": "1"}})})
    assert bench.check(bench.trees(), bench.changed("x")) == ("", "none")


def test_an_environment_that_was_taken_away_is_made_again(bench: Bench) -> None:
    async def prepare() -> None:
        workspace = await bench.boxes.workspaces.of(bench.hand.run)
        await bench.boxes.prepare(bench.hand.run, workspace, COMMANDS, mark=bench.base)
        (workspace.directory / "layer").write_text(str(bench.hand.services.data / "environments/gone/home"))
        await bench.boxes.prepare(bench.hand.run, workspace, COMMANDS, mark=bench.base)
        assert (workspace.home / ".local/bin/tool").read_text() == "as it should be"

    asyncio.run(prepare())


def _prepared(bench: Bench) -> str:
    """What the run's own workspace has of its set-up."""

    async def prepare() -> str:
        workspace = await bench.boxes.workspaces.of(bench.hand.run)
        await bench.boxes.prepare(bench.hand.run, workspace, COMMANDS, mark=bench.base)
        return (workspace.home / ".local/bin/tool").read_text()

    return asyncio.run(prepare())


def test_a_step_that_begins_again_finds_what_its_failed_set_up_made(bench: Bench) -> None:
    bench.backend.on("make deps", says("no network", exit_code=1, writes={"/home/box/.local/bin/tool": "half"}))
    assert [_prepared(bench) for _ in range(4)] == ["half"] * 4
    assert bench.set_ups == 1
    own = bench.hand.services.data / "workspaces" / bench.hand.run.id / "environments"
    assert len(list(own.glob("*/home"))) == 1


def test_a_home_that_was_damaged_while_its_run_stood_still_is_set_up_anew(bench: Bench) -> None:
    async def prepare(damaged: Path | None) -> None:
        workspace = await bench.boxes.workspaces.of(bench.hand.run)
        await bench.boxes.prepare(bench.hand.run, workspace, COMMANDS, mark=bench.base)
        if damaged is not None:
            (workspace.directory / "layer").write_text(f"{damaged}\n")  # as where layers are mounted

    asyncio.run(prepare(None))
    (home,) = (bench.hand.services.data / "environments").glob("*/home")
    asyncio.run(prepare(home))
    asyncio.run(prepare(home))
    assert bench.set_ups == 1
    (home / ".local/bin/tool").write_text("planted")
    asyncio.run(prepare(None))
    assert bench.set_ups == 2


@pytest.mark.parametrize("emptied", ["layer", "nothing"])
def test_what_a_power_cut_emptied_is_not_taken_for_a_word(bench: Bench, emptied: str) -> None:
    assert _prepared(bench) == "as it should be"
    place = bench.hand.services.data / "workspaces" / bench.hand.run.id
    if emptied == "layer":
        (place / "layer").write_text("")
    (place / "home/.local/bin/tool").write_text("what the agent did")
    assert _prepared(bench) == ("as it should be" if emptied == "layer" else "what the agent did")


def test_a_failure_that_no_source_could_mend_is_not_tried_again_on_another_tree(bench: Bench) -> None:
    bench.backend.on("make deps", says("ERROR: No matching distribution found for pip>=25.1", exit_code=1))
    for text in ("1", "2", "3"):
        bench.hand.change(**{"src.py": text})
        mark = asyncio.run(bench.hand.services.workspaces.mark(bench.hand.run))
        assert "No matching distribution" in bench.check(bench.trees(), mark)[0]
    assert bench.set_ups == 1


def test_a_failure_that_new_manifests_could_mend_is_tried_again(bench: Bench) -> None:
    bench.backend.on("make deps", says("ERROR: No matching distribution found for pip>=25.1", exit_code=1))
    assert bench.check(bench.trees(), bench.base)[0]
    bench.backend.on("make deps", DEPS)
    bench.hand.change(**{"Makefile": "deps:\n\ttrue\n"})
    assert bench.check(bench.trees(), bench.changed("x")) == ("", "as it should be")


def test_a_file_that_a_set_up_makes_and_nothing_ignores_is_there_for_checks_and_in_no_mark(bench: Bench) -> None:
    made = {"/work/pkg/_version.py": "1", "/work/gen_pb2.py": "2", "/home/box/.local/bin/tool": "as it should be"}
    bench.backend.on("make deps", says("done", writes=made))

    async def look() -> None:
        workspace = await bench.boxes.workspaces.of(bench.hand.run)
        prepared = await bench.boxes.prepare(bench.hand.run, workspace, COMMANDS, mark=bench.base)
        assert prepared.told == ("the set-up made `gen_pb2.py`, `pkg`, which checks see and no commit has",)
        assert (workspace.tree / "gen_pb2.py").read_text() == "2"
        assert workspace.mark() == bench.base
        (workspace.tree / "gen_pb2.py").write_text("changed by the agent")
        (workspace.tree / "new.py").write_text("3")
        assert set(workspace.listing(workspace.mark())) == {"a.txt", "new.py"}
        async with bench.trees().open(bench.base) as tree:
            assert (tree.box.spec.tree / "pkg/_version.py").read_text() == "1"
            assert await tree.reset() == ()
            assert (tree.box.spec.tree / "gen_pb2.py").read_text() == "2"

    asyncio.run(look())


def test_a_tracked_file_that_was_written_and_put_back_counts_as_written(bench: Bench) -> None:
    async def written(does: Callable[[Path], object]) -> tuple[str, ...]:
        async with bench.trees().open(bench.base) as tree:
            assert await tree.reset() == ()
            does(tree.box.spec.tree)
            return await tree.reset()

    def moved(tree: Path) -> None:
        (tree / "a.txt").rename(tree / "b.txt")
        (tree / "a.txt").write_text("false")
        (tree / "b.txt").replace(tree / "a.txt")

    def dated(tree: Path) -> None:
        at = (tree / "a.txt").stat()
        (tree / "a.txt").write_text("x\n")
        (tree / "a.txt").write_text("a\n")
        os.utime(tree / "a.txt", ns=(at.st_atime_ns, at.st_mtime_ns))

    for does in (moved, dated, lambda tree: (tree / "a.txt").write_text("b\n")):
        assert asyncio.run(written(does)) == ("a.txt",)
    for does in (lambda tree: (tree / "a.txt").read_text(), lambda tree: (tree / "new.txt").write_text("x")):
        assert asyncio.run(written(does)) == ()


def test_a_path_that_the_change_itself_has_counts_though_a_set_up_made_it_too(bench: Bench) -> None:
    bench.backend.on("make deps", says("done", writes={"/work/pkg/_version.py": "made"}))
    bench.hand.change(**{"pkg/_version.py": "written"})
    mark = asyncio.run(bench.hand.services.workspaces.mark(bench.hand.run))

    async def look() -> None:
        async with bench.trees().open(mark) as tree:
            assert (tree.box.spec.tree / "pkg/_version.py").read_text() == "written"
        workspace = await bench.boxes.workspaces.of(bench.hand.run)
        workspace.restore(bench.base)
        assert (await bench.boxes.prepare(bench.hand.run, workspace, COMMANDS, mark=bench.base)).made == ("pkg",)
        workspace.restore(mark)
        assert (workspace.tree / "pkg/_version.py").read_text() == "written"
        assert workspace.mark() == mark

    asyncio.run(look())


def test_it_is_written_down_what_set_up_and_checks_print(bench: Bench) -> None:
    log = PrintedLog(bench.hand.store, Redactor())
    boxes = replace(bench.boxes, log=log)
    bench.backend.on("make deps", says("line\n" * 5000))
    bench.backend.on("pytest", says("2 passed"))

    async def look() -> None:
        async with boxes.scratch(bench.hand.run, COMMANDS).open(bench.base) as tree:
            await tree.box.run(BoxCommand(shell=inside("pytest")))
            await tree.box.run(BoxCommand(shell="find / -name junit.xml"))

    asyncio.run(look())
    step = bench.hand.run.current_step
    found = bench.hand.store.read_now(of_step, bench.hand.run.id, step)
    assert [(one.command, one.output) for one in found] == [("make deps", "line\n" * 5000), ("pytest", "2 passed")]


def test_what_the_base_finds_has_a_name_as_long_as_it_is_the_very_same(bench: Bench) -> None:
    first = bench.environment(bench.base)
    assert first
    assert bench.environment(bench.base) == first
    for entry in (bench.hand.services.data / "environments").glob("*/entry.json"):
        entry.unlink()
    assert bench.environment(bench.base) not in ("", first), "it was made anew, and may hold other versions"


def test_what_a_changed_tree_finds_is_its_runs_alone(bench: Bench) -> None:
    assert bench.environment(bench.changed("x")) == ""


def test_without_a_set_up_the_base_finds_what_the_machine_has(bench: Bench) -> None:
    nothing = Commands()
    first = bench.environment(bench.base, nothing)
    assert first
    bench.backend.on("uname", says("x86_64, and another Python"))
    assert bench.environment(bench.base, nothing) not in ("", first)
    assert bench.environment(bench.changed("x"), nothing) == ""


def test_what_was_set_up_where_a_model_had_been_is_nothing_for_others(bench: Bench) -> None:
    """The tree is at the base again, and its home is the model's."""

    async def set_up_again() -> None:
        workspace = await bench.boxes.workspaces.of(bench.hand.run)
        async with bench.boxes.over(workspace, bench.hand.run):
            pass
        await bench.boxes.prepare(bench.hand.run, workspace, COMMANDS, mark=bench.base)

    asyncio.run(set_up_again())
    assert not list((bench.hand.services.data / "environments").glob("*/home"))
    assert bench.environment(bench.base) == "", "it is taken from what the run keeps for itself"


def test_a_set_up_that_failed_is_nothing_for_others(bench: Bench) -> None:
    bench.backend.on("make deps", says("no network", exit_code=1))
    assert bench.environment(bench.base) == ""


def test_the_base_is_checked_apart_from_whoever_is_at_work_on_the_runs_tree(bench: Bench) -> None:
    """Between a turn and its record the tree looks as if somebody else had been at it: nobody may mend that."""
    run, workspaces, services = bench.hand.run, bench.boxes.workspaces, bench.hand.services

    async def remote(run: object) -> Remote:
        return Remote(str(bench.hand.repository))

    async def checked() -> str:
        await workspaces.described(run)
        await workspaces.beside(run)
        other = Workspaces(services.data, services.ledger, lambda path: None, remote)
        await other.of(run)
        (bench.hand.tree / "b.txt").write_text("a turn\n")
        await other.record(run, "implement", 1)
        (bench.hand.tree / "c.txt").write_text("the next turn, half done\n")
        async with bench.boxes.scratch(run, COMMANDS, apart=True).open(bench.base) as tree:
            assert not (tree.box.spec.tree / "b.txt").exists()
            assert tree.environment
            return (bench.hand.tree / "c.txt").read_text()

    assert asyncio.run(checked()) == "the next turn, half done\n"
