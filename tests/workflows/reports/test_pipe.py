"""Reports through a pipe: what was written stays, and nothing that a box puts in the way leads anywhere."""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
from pathlib import Path

import pytest

from sandbox.backend import BoxCommand, BoxSpec, CommandLimits
from sandbox.boxes.bubblewrap import Bubblewrap
from workflows.reports import pipe
from workflows.reports.formats import junit

REPORT = b'<testsuite><testcase file="test_m.py" classname="test_m" name="test_%s"/></testsuite>'


def _write(path: Path, *parts: bytes) -> None:
    for part in parts:
        with path.open("wb") as file:  # each as a writer of its own, as code at the end of a process is
            file.write(part)


async def _read(temporary: Path, *parts: bytes) -> bytes:
    opened = pipe.open_pipe(temporary, "r")
    assert opened is not None
    try:
        await asyncio.wait_for(asyncio.to_thread(_write, temporary / pipe.DIRECTORY / "r", *parts), 20)
    finally:
        data = opened.close()
    return data


async def test_a_report_larger_than_a_pipe_comes_out_whole(tmp_path: Path) -> None:
    data = b"<testsuite>" + REPORT * 20_000 + b"</testsuite>"
    assert await _read(tmp_path, data) == data


async def test_a_second_report_does_not_replace_the_first(tmp_path: Path) -> None:
    one, other = (
        b"<testsuite>" + REPORT % name * 1_000 + b"</testsuite>" for name in (b"a", b"b")
    )  # more than a pipe holds
    assert junit.parse(one) is not None
    data = await _read(tmp_path, one, other)
    assert data == one + other
    assert junit.parse(data) is None


async def test_a_report_without_end_is_none_and_its_writer_is_left_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "MAX_BYTES", 50_000)
    monkeypatch.setattr(pipe, "MAX_TAKEN", 100_000)
    opened = pipe.open_pipe(tmp_path, "r")
    assert opened is not None
    writer = os.open(tmp_path / pipe.DIRECTORY / "r", os.O_WRONLY | os.O_NONBLOCK)
    written = 0
    for _ in range(2_000):
        try:
            written += os.write(writer, b"x" * 4096)
        except BlockingIOError:
            await asyncio.sleep(0.001)
    os.close(writer)
    assert opened.close() == b""
    assert written < 1_000_000


async def test_a_report_that_is_too_large_is_none_and_its_writer_comes_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "MAX_BYTES", 100_000)
    assert await _read(tmp_path, b"x" * 1_000_000, b"{}") == b""


@pytest.mark.parametrize("plant", ["directory link", "link", "file", "nothing"])
async def test_what_lies_in_the_way_is_not_followed(tmp_path: Path, plant: str) -> None:
    temporary, outside = tmp_path / "tmp", tmp_path / "outside"
    temporary.mkdir()
    outside.mkdir()
    (outside / "r").write_text("kept")
    place = temporary / pipe.DIRECTORY
    if plant == "directory link":
        place.symlink_to(outside)
    elif plant != "nothing":
        place.mkdir()
        (place / "r").symlink_to(outside / "r") if plant == "link" else (place / "r").write_text("old report")
    opened = pipe.open_pipe(temporary, "r")
    if plant == "directory link":
        assert opened is None
    else:
        assert opened is not None
        assert stat.S_ISFIFO((place / "r").lstat().st_mode)
        assert opened.close() == b""
    assert (outside / "r").read_text() == "kept"
    assert [path.name for path in outside.iterdir()] == ["r"]


async def test_a_box_without_a_tmp_of_its_own_has_no_pipe(tmp_path: Path) -> None:
    assert pipe.open_pipe(tmp_path / "none", "r") is None


_READS = """
import os, sys
place = "/tmp/reports/r"
try:
    if "mode" in sys.argv:
        os.chmod(place, 0o600)
    if "another" in sys.argv:
        os.rename("/tmp/reports", "/tmp/old")
        os.mkdir("/tmp/reports")
        os.mkfifo(place)
        real = os.open("/tmp/old/r", os.O_WRONLY)
        os.write(real, b"forged")
    else:
        own = os.open(place, os.O_WRONLY)
        os.write(own, b"said")
        again = os.open(f"/proc/self/fd/{own}" if "again" in sys.argv else place, os.O_RDONLY | os.O_NONBLOCK)
        os.read(again, 100)
        os.write(own, b"forged")
    print("done")
except OSError as why:
    print(why.strerror)
"""


@pytest.mark.parametrize("how", ["plainly", "again", "mode", "another"])
async def test_nobody_in_the_box_takes_back_what_was_written(tmp_path: Path, how: str) -> None:
    backend = Bubblewrap()
    spec = BoxSpec(f"pipe-{secrets.token_hex(4)}", tmp_path / "tree", tmp_path / "home")
    for place in (spec.tree, spec.home):
        place.mkdir()
        backend.own(place)
    async with backend.open(spec) as box:
        opened = pipe.open_pipe(spec.temporary, "r")
        assert opened is not None
        await box.run(BoxCommand(argv=("python3", "-c", _READS, how), limits=CommandLimits(wall_seconds=20)))
        assert opened.close() in (b"", b"said")
