"""Packages in the trees of checks: laid over what the set-up made, in real boxes, and copied where that cannot be."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.backend import MIB, BoxCommand, BoxSpec, CommandLimits, CommandOutcome, Kill
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.environment.environment_entry import is_whole
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.checks.plan import Commands, SetupCommand
from workflows.workspace.sandboxes import Boxes, ScratchTrees

pytestmark = [pytest.mark.bwrap, pytest.mark.xdist_group("boxes")]

TOOL = "node_modules/.bin/tool"
FILL = (
    "mkdir -p node_modules/.bin node_modules/few lib/node_modules/few && echo 1 > lib/node_modules/few/index.js"
    " && for n in $(seq 400); do echo $n > node_modules/few/$n.js; done"
    " && cp -r node_modules/few vendor"
    f" && echo 'echo as it should be' > {TOOL} && chmod +x {TOOL} && cat seed > node_modules/few/seed.js"
)
COMMANDS = Commands(setup=(SetupCommand(FILL),))
ATTACKS = (
    f"echo 'echo 2 passed' > {TOOL}",
    "rm -rf node_modules/* node_modules/.bin",
    f"chmod 0 {TOOL}; chmod 0 node_modules",
    "mv node_modules/.bin node_modules/x; cp -r node_modules/x node_modules/.bin; echo 'echo 2 passed' > " + TOOL,
    f"rm {TOOL}; ln -s /etc/passwd {TOOL}",
    "rm -rf node_modules; mv node_modules other; ln -s /etc node_modules; mkdir node_modules/.bin",
    f"ln {TOOL} mine; ln {TOOL} node_modules/mine; echo 'echo 2 passed' > node_modules/mine",
    f"truncate -s 0 {TOOL}; setfattr -n user.overlay.opaque -v y node_modules/few 2>/dev/null",
    f'python3 -c \'import mmap; f = open("{TOOL}", "r+b"); m = mmap.mmap(f.fileno(), 0); m[:6] = b"echo x"\'',
)


class Copying(Bubblewrap):
    """As on a machine that mounts no layers."""

    async def layers(self, spec: BoxSpec) -> bool:
        return False


@dataclass
class Real:
    """A run over real trees and real boxes."""

    hand: ByHand
    boxes: Boxes

    @property
    def base(self) -> str:
        return str(self.hand.run.state["base_tree"])

    def trees(self) -> ScratchTrees:
        return self.boxes.scratch(self.hand.run, COMMANDS)

    def run(self, *lines: str, mark: str = "", limits: CommandLimits | None = None) -> list[CommandOutcome]:
        """What these commands come to in one tree of a mark."""

        async def all_of_them() -> list[CommandOutcome]:
            async with self.trees().open(mark or self.base) as tree:
                assert tree.setup_failure == ""
                return [
                    await tree.box.run(BoxCommand(shell=line, limits=limits or CommandLimits(wall_seconds=60)))
                    for line in lines
                ]

        return asyncio.run(all_of_them())

    def kept(self) -> list[Path]:
        """What set-ups made, for all runs."""
        return [one for one in (self.hand.services.data / "environments").iterdir() if one.is_dir()]

    def changed(self, **files: str) -> str:
        self.hand.change(**files)
        return asyncio.run(self.hand.services.workspaces.mark(self.hand.run))


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the box's user can pass, which pytest's own are not."""
    here = Path(tempfile.mkdtemp(prefix="layers-"))
    here.chmod(0o755)
    yield here
    shutil.rmtree(here, ignore_errors=True)


@pytest.fixture(params=[Bubblewrap, pytest.param(Copying, marks=pytest.mark.at_length)])
def real(request: pytest.FixtureRequest, box_machine: None, place: Path) -> Iterator[Real]:
    files = {".gitignore": "node_modules\nvendor\n", "seed": "1\n", "lib/index.js": "1\n"}
    with by_hand(place, files, settings={"sandbox": "bubblewrap"}) as hand:
        yield Real(hand, replace(hand.services.boxes, backend=request.param()))


def _layered(real: Real) -> bool:
    return not isinstance(real.boxes.backend, Copying)


def test_packages_are_where_the_set_up_put_them(real: Real) -> None:
    for _ in range(2):
        (said,) = real.run(
            f"{TOOL}; ls node_modules/few | wc -l; cat lib/node_modules/few/index.js; test -w node_modules"
        )
        assert (said.output, said.exit_code) == ("as it should be\n401\n1\n", 0)


def test_whatever_a_check_does_to_packages_the_next_one_has_them_as_the_set_up_left_them(real: Real) -> None:
    probe = f"{TOOL}; ls -A node_modules node_modules/few | sort | sha1sum; stat -c %a node_modules {TOOL}"
    real.run("true")  # the one that sets up
    (before,) = real.run(probe)
    assert before.output.startswith("as it should be\n")
    for attack in ATTACKS:
        assert real.run(attack, probe)[1].output != before.output, f"the box itself keeps what it did: {attack}"
        assert [is_whole(one / "home") for one in real.kept()] == [True], attack
        assert real.run(probe)[0].output == before.output, attack


@pytest.mark.at_length
def test_a_change_gets_what_its_own_set_up_made(real: Real) -> None:
    real.run("true")
    mark = real.changed(seed="2\n")
    for _ in range(2):
        assert [real.run("cat node_modules/few/seed.js", mark=each)[0].output for each in (mark, real.base)] == [
            "2\n",
            "1\n",
        ]
    told = asyncio.run(real.trees().laid_otherwise(real.base, mark))
    assert [line.partition(":")[0] for line in told] == ["node_modules/few/seed.js"]


def test_packages_among_which_a_mark_has_files_are_copied(real: Real) -> None:
    real.run("true")
    mark = real.changed(__gitignore="node_modules\nvendor/*\n!vendor/own.js\n", **{"vendor/own__js": "own\n"})

    async def found() -> str:
        async with real.trees().open(mark, like=real.base) as tree:
            return (await tree.box.run(BoxCommand(shell="cat vendor/own.js; ls vendor | wc -l"))).output

    assert asyncio.run(found()) == "own\n401\n"


def test_a_tree_is_put_back_to_its_mark_beside_its_packages(real: Real) -> None:
    real.run("true")

    async def twice() -> tuple[tuple[str, ...], str]:
        async with real.trees().open(real.base) as tree:
            await tree.box.run(BoxCommand(shell="echo 2 > seed; echo new > stray; echo kept > node_modules/cache"))
            changed = await tree.reset()
            said = await tree.box.run(BoxCommand(shell="cat seed node_modules/cache; ls"))
            return changed, said.output

    assert asyncio.run(twice()) == (("seed",), "1\nkept\nlib\nnode_modules\nseed\nvendor\n")


def test_packages_stay_where_another_mark_does_not_ignore_them(real: Real) -> None:
    if not _layered(real):
        pytest.skip("what is copied and not ignored any more is taken away, as ever")
    real.run("true")
    mark = real.changed(__gitignore="node_modules\n")

    async def after_a_reset() -> str:
        async with real.trees().open(mark, like=real.base) as tree:
            await tree.box.run(BoxCommand(shell="echo 2 > seed"))
            await tree.reset()
            return (await tree.box.run(BoxCommand(shell="ls vendor | wc -l; cat seed"))).output

    assert asyncio.run(after_a_reset()) == "400\n1\n"


def test_the_disk_bound_counts_what_is_written_among_packages(real: Real) -> None:
    real.run("true")
    fill = "for n in $(seq 40); do head -c 4M /dev/zero > node_modules/few/$n.js; done; sleep 30"
    (said,) = real.run(fill, limits=CommandLimits(disk_bytes=64 * MIB, wall_seconds=40))
    assert said.killed is Kill.DISK


def test_only_what_is_small_is_copied_into_trees_where_layers_can_be_had(real: Real) -> None:
    real.run("true")
    if _layered(real) and not asyncio.run(_mounts_layers(real)):
        pytest.skip("this machine mounts no layers")

    async def found() -> tuple[int, int]:
        async with real.trees().open(real.base) as tree:
            packages = tree.box.spec.tree / "node_modules"
            few = tree.box.spec.tree / "lib/node_modules/few"
            return len(os.listdir(packages)), len(os.listdir(few))

    assert asyncio.run(found()) == ((0, 1) if _layered(real) else (2, 1))
    assert list((real.hand.services.data / "scratch").iterdir()) == []


async def _mounts_layers(real: Real) -> bool:
    async with real.trees().open(real.base) as tree:
        return tree.box.spec.lower is not None
