"""A worker offers its places while there is room on its disk, and none while there is not."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.guards.disk_guard import FULL_BYTES, WorkerRoom, lack
from workflows.errors import NoRoom, TransientError


async def test_what_is_offered_follows_the_room_on_the_disk_and_is_said_when_it_changes() -> None:
    free, said = [100], list[int]()

    async def offer(places: int) -> None:
        said.append(places)

    async def gone(places: int) -> None:
        raise TransientError("The database is gone.")

    room = WorkerRoom(Path("/data"), 3, least=100, free=lambda data: free[0])
    assert room.offered == 3
    await room.look(offer)
    free[0] = 99
    with pytest.raises(TransientError):
        await room.look(gone)
    await room.look(offer)
    await room.look(offer)
    free[0] = 100
    await room.look(offer)
    assert said == [0, 3]


def test_a_worker_that_starts_on_a_full_disk_offers_nothing_from_the_beginning(tmp_path: Path) -> None:
    assert WorkerRoom(tmp_path, 3, least=1 << 60).offered == 0
    assert WorkerRoom(tmp_path, 3, least=0).offered == 3


def test_a_disk_is_full_by_what_its_file_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = os.statvfs(tmp_path)
    assert lack(tmp_path) is None
    for full in ({"f_bavail": 1}, {"f_files": 1000, "f_favail": 0}):
        said = SimpleNamespace(**{name: getattr(facts, name) for name in dir(facts) if name.startswith("f_")} | full)
        monkeypatch.setattr(os, "statvfs", lambda data, said=said: said)
        assert isinstance(lack(tmp_path), NoRoom)
        assert WorkerRoom(tmp_path, 3, least=FULL_BYTES).offered == 0
