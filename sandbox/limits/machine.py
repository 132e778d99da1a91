"""How much memory and how many cores this process may use: the machine's, or what its control groups leave of them.

In a container the machine tells what the host has, of which the container may have a small part.
https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def memory(root: Path = ROOT, own: Path = OWN) -> int:
    """In bytes."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for group in _groups(root, own, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            found += _numbers(group / name)[:1]
    return min(found)


def cores(root: Path = ROOT, own: Path = OWN) -> int:
    """Whole ones, at least one: where a group may use two and a half, it is two."""
    found = [len(os.sched_getaffinity(0))]
    for group in _groups(root, own, "cpu"):
        share = _numbers(group / "cpu.max")
        share = share or [*_numbers(group / "cpu.cfs_quota_us"), *_numbers(group / "cpu.cfs_period_us")]
        if len(share) == 2 and share[1] > 0:
            found.append(share[0] // share[1])
    return max(1, min(found))


def _groups(root: Path, own: Path, controller: str) -> Iterator[Path]:
    """The group of this process for a controller, and all that hold it, in either version's hierarchy."""
    with suppress(OSError):
        for line in own.read_text().splitlines():
            number, _, rest = line.partition(":")
            controllers, _, path = rest.partition(":")
            if number == "0" and not controllers:
                top = root
            elif controller in controllers.split(","):
                top = root / controller
            else:
                continue
            parts = [part for part in path.split("/") if part and part != ".."]
            for count in range(len(parts), -1, -1):
                yield top.joinpath(*parts[:count])


def _numbers(file: Path) -> list[int]:
    """Those in a file; none where it is not there, or where it sets no bound ("max", -1)."""
    with suppress(OSError):
        words = file.read_text().split()
        if words and all(word.isascii() and word.isdigit() for word in words):
            return [int(word) for word in words]
    return []
