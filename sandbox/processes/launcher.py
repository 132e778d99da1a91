"""Where one command of a box runs at a time: a control group where there are any, and the zygote that lives in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.backend import CommandLimits
from sandbox.limits import limits
from sandbox.limits.slots import CgroupSlot, clear
from sandbox.processes.spawner import Spawner


class Launcher:
    """Used by one command after the other; made ready for each.

    `enter` is the argv that leads to the box's mount namespace, `uid` whom a zygote becomes
    where we are root.
    """

    def __init__(self, slot: CgroupSlot | None, enter: Sequence[str], uid: int, env: Mapping[str, str]) -> None:
        self.slot = slot
        self._enter = enter
        self._uid = uid
        self._env = env
        self._spawner: Spawner | None = None
        self._file_bytes = 0

    async def ready(self, wanted: CommandLimits) -> Spawner:
        """Set the limits and see that there is a zygote under them."""
        if self.slot is not None:
            self.slot.arm(wanted)
        if self._spawner is not None and not self._spawner.dead and self._file_bytes == wanted.file_bytes:
            return self._spawner
        self._dismiss()
        joins = self.slot.joins if self.slot is not None else ()
        way = (*limits.launcher(joins, wanted), *self._enter)
        spawner = await Spawner.open(way, self._uid, self._env)
        self._spawner, self._file_bytes = spawner, wanted.file_bytes
        if self.slot is not None:
            self.slot.resident = spawner.pid
        return spawner

    def close(self) -> None:
        self._dismiss()
        if self.slot is not None:
            clear(self.slot)

    def _dismiss(self) -> None:
        if self._spawner is not None:
            self._spawner.close()
            self._spawner = None
        if self.slot is not None:
            self.slot.resident = None
