"""A worker offers its places while there is room on its disk, and none while there is not."""

from pathlib import Path

import pytest

from bot.room import Room
from workflows.errors import TransientError


async def test_what_is_offered_follows_the_room_on_the_disk_and_is_said_when_it_changes() -> None:
    free, said = [100], list[int]()

    async def offer(places: int) -> None:
        said.append(places)

    async def gone(places: int) -> None:
        raise TransientError("The database is gone.")

    room = Room(Path("/data"), 3, least=100, free=lambda data: free[0])
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
    assert Room(tmp_path, 3, least=1 << 60).offered == 0
    assert Room(tmp_path, 3, least=0).offered == 3
