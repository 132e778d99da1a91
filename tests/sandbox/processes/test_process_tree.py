"""Processes are started, drained and ended; what is kept of their output is exact."""

import os
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.backend import CommandLimits, Kill
from sandbox.processes.process_tree import HeadTail, Launch, run, sealed


@dataclass
class Alone:
    """A guard of one process that starts no others."""

    pid: int = 0

    def started(self, pid: int) -> None:
        self.pid = pid

    def look(self) -> Kill | None:
        return None

    def kill(self, pid: int) -> None:
        os.kill(pid, 9)

    async def gone(self) -> None: ...

    async def settle(self, exit_code: int) -> Kill | None:
        return None


@given(chunks=st.lists(st.binary(max_size=40), max_size=30), limit=st.integers(2, 60))
def test_head_and_tail_are_exact_however_the_stream_is_cut(chunks: list[bytes], limit: int) -> None:
    kept = HeadTail(limit)
    for chunk in chunks:
        kept.feed(chunk)
    whole = b"".join(chunks)
    half = limit // 2
    assert kept.total == len(whole)
    assert kept.dropped == max(0, len(whole) - 2 * half)
    if len(whole) <= 2 * half:
        assert kept.text() == whole.decode(errors="replace")
    else:
        text = kept.text()
        assert text.startswith(whole[:half].decode(errors="replace") + "\n[... ")
        assert text.endswith(" bytes left out ...]\n" + whole[-half:].decode(errors="replace"))


async def test_output_that_goes_on_after_the_verdict_does_not_hold_up_the_end() -> None:
    limits = CommandLimits(output_total_bytes=1024, output_bytes=64)
    outcome = await run(Launch(("yes",), {"PATH": os.defpath}), limits, Alone())
    assert (outcome.killed, outcome.exit_code) == (Kill.OUTPUT, 137)


async def test_a_program_that_is_not_there_is_an_error_and_leaks_nothing() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        await run(Launch(("no-such-program",), {"PATH": os.defpath}), CommandLimits(), Alone())
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_sealed_file_cannot_be_changed() -> None:
    fd = sealed(b"abc", "test")
    try:
        assert os.read(fd, 10) == b"abc"
        with pytest.raises(PermissionError):
            os.write(fd, b"d")
        with pytest.raises(PermissionError):
            os.ftruncate(fd, 0)
    finally:
        os.close(fd)
