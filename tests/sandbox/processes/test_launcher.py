"""Commands are started by a small process in the box's control group, which may be lost and is then replaced."""

import asyncio
import os
import signal
import sys

import pytest

from sandbox.backend import MIB, Box, BoxCommand, CommandLimits, Kill
from sandbox.boxes.box import BubblewrapBox
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.errors import SandboxUnavailable
from sandbox.limits import limits
from sandbox.processes import process_tree
from sandbox.processes.spawner import Spawner

ENV = {"PATH": os.defpath}
WAY = ("unshare", "--net", "--") if os.geteuid() == 0 else ()


def zygotes() -> list[int]:
    """The zygotes that this process has started."""
    found = []
    for pid in limits.children(os.getpid()):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            if b"zygote.py" in file.read():
                found.append(pid)
    return found


async def test_commands_one_after_the_other_have_one_zygote(box: Box) -> None:
    for _ in range(3):
        await box.run(BoxCommand(argv=("true",)))
    assert len(zygotes()) == 1


async def test_a_killed_zygote_takes_its_command_with_it_and_is_replaced(box: Box) -> None:
    outcome = await box.run(BoxCommand(shell="sleep 0.2; echo done"))
    (first,) = zygotes()
    os.kill(first, signal.SIGKILL)
    with pytest.raises(SandboxUnavailable, match="has ended"):
        await box.run(BoxCommand(argv=("true",)))
    assert (await box.run(BoxCommand(shell="echo done"))).output == outcome.output == "done\n"
    assert len(zygotes()) == 1


async def test_after_a_kill_for_memory_the_next_command_runs(box_backend: Bubblewrap, box: Box) -> None:
    if isinstance(box_backend.cgroups, str):
        pytest.skip(box_backend.cgroups)
    eat = "head -c 300M /dev/zero | tail -c 300M | wc -c"
    assert (await box.run(BoxCommand(shell=eat, limits=CommandLimits(memory_bytes=64 * MIB)))).killed is Kill.MEMORY
    assert (await box.run(BoxCommand(shell="echo on", limits=CommandLimits(memory_bytes=64 * MIB)))).output == "on\n"


async def test_each_command_has_its_own_bound_of_a_files_size(box: Box) -> None:
    write = "head -c 3000000 /dev/zero > big; wc -c < big"
    small = await box.run(BoxCommand(shell=write, limits=CommandLimits(file_bytes=1 * MIB)))
    large = await box.run(BoxCommand(shell=write))
    assert (small.output.split()[-1], large.output.split()[-1]) == (str(MIB), "3000000")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")
async def test_the_zygote_is_not_root_and_nobody_may_trace_it(box_backend: Bubblewrap, box: Box) -> None:
    await box.run(BoxCommand(argv=("true",)))
    (zygote,) = zygotes()
    with open(f"/proc/{zygote}/status") as status:
        facts = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    uid = str(box_backend.uid)
    assert (facts["Uid"].split(), facts["Gid"].split()) == ([uid] * 4, [uid] * 4)
    assert (facts["Groups"].split(), facts["CapEff"], facts["CapPrm"]) == ([], "0" * 16, "0" * 16)
    assert os.stat(f"/proc/{zygote}/environ").st_uid == 0, "the kernel lets only root look at it"


async def test_commands_have_the_default_signals(box: Box) -> None:
    ignored = await box.run(BoxCommand(argv=("sh", "-c", "grep SigIgn /proc/self/status")))
    below_the_c_librarys_own = 1 << 31
    assert int(ignored.output.split()[1], 16) % below_the_c_librarys_own == 0


async def test_a_program_that_cannot_be_started_is_an_error_and_the_zygote_goes_on() -> None:
    spawner = await Spawner.open(WAY, os.geteuid(), ENV)
    try:
        for argv in (("/no/such/program",), ("/bin/echo", "x" * 3_000_000)):
            with pytest.raises(OSError, match=argv[0]):
                await _run(spawner, *argv)
        outcome = await _run(spawner, "/bin/sh", "-c", "echo $0 works; exit 3", "ünïcode")
        assert (outcome.output, outcome.exit_code) == ("ünïcode works\n", 3)
    finally:
        spawner.close()


async def test_inherited_descriptors_keep_their_numbers() -> None:
    spawner = await Spawner.open(WAY, os.geteuid(), ENV)
    held = [process_tree.sealed(f"{number};".encode(), "x") for number in range(40)]
    try:
        script = "import os, sys; print(*[os.read(int(fd), 9).decode() for fd in sys.argv[1:]], sep='')"
        words = (sys.executable, "-I", "-S", "-c", script, *map(str, held))
        outcome = await _run(spawner, *words, fds=tuple(held))
        assert outcome.output == "".join(f"{number};" for number in range(40)) + "\n"
    finally:
        spawner.close()
        for fd in held:
            os.close(fd)


async def test_a_zygote_that_cannot_be_reached_says_why() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(SandboxUnavailable, match="no way through"):
        await Spawner.open(("/bin/sh", "-c", "echo no way through >&2; exit 125"), os.geteuid(), ENV)
    assert len(os.listdir("/proc/self/fd")) == before
    assert zygotes() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="others have bubblewrap make the network namespace")
async def test_a_zygote_in_the_network_of_the_machine_is_refused() -> None:
    with pytest.raises(SandboxUnavailable, match="network of this machine"):
        await Spawner.open((), os.geteuid(), ENV)
    assert zygotes() == []


async def test_a_port_that_a_command_has_used_is_free_for_the_next_and_for_others_at_the_same_time(box: Box) -> None:
    serve = """
import socket, time
server = socket.socket()
server.bind(("127.0.0.1", 4711))
server.listen()
client = socket.create_connection(("127.0.0.1", 4711))
there, _ = server.accept()
there.close()
assert client.recv(1) == b""
client.close()
time.sleep(0.1)
print("served")
"""
    command = BoxCommand(argv=("python3", "-c", serve))
    one_after_the_other = [(await box.run(command)).output for _ in range(2)]
    at_once = await asyncio.gather(box.run(command), box.run(command))
    assert [*one_after_the_other, *(outcome.output for outcome in at_once)] == ["served\n"] * 4


class _Alone:
    """A guard of one process that starts no others."""

    def started(self, pid: int) -> None: ...

    def look(self) -> Kill | None:
        return None

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    async def gone(self) -> None: ...

    async def settle(self, exit_code: int) -> Kill | None:
        return None


async def _run(spawner: Spawner, *argv: str, fds: tuple[int, ...] = ()) -> process_tree.CommandOutcome:
    launch = process_tree.Launch(argv=argv, fds=fds, start=spawner)
    return await process_tree.run(launch, CommandLimits(wall_seconds=20), _Alone())


async def test_a_box_has_a_post_for_each_command_at_once_and_uses_it_again(box: Box) -> None:
    assert isinstance(box, BubblewrapBox)
    for _ in range(2):
        await asyncio.gather(*(box.run(BoxCommand(argv=("sleep", "0.1"))) for _ in range(3)))
    assert len(zygotes()) == 3
