from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.limits import machine

GIB = 1024**3
Laid = Callable[[str, Mapping[str, str]], tuple[Path, Path]]


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    """A hierarchy of control groups with these files, and what the kernel says of the process's own groups."""

    def lay(own: str, files: Mapping[str, str]) -> tuple[Path, Path]:
        for name, text in files.items():
            (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "cgroup" / name).write_text(text)
        (tmp_path / "own").write_text(own)
        return tmp_path / "cgroup", tmp_path / "own"

    return lay


@pytest.mark.parametrize(
    ("own", "files"),
    [
        ("0::/\n", {"memory.max": f"{GIB}\n"}),
        ("0::/a/b\n", {"a/memory.max": f"{GIB}\n", "a/b/memory.max": "max\n"}),
        ("0::/a/b\n", {"a/memory.max": f"{2 * GIB}\n", "a/b/memory.max": f"{GIB}\n"}),
        ("5:memory:/docker/x\n2:cpu,cpuacct:/docker/x\n", {"memory/memory.limit_in_bytes": f"{GIB}\n"}),
        ("0::/../../x\n", {"x/memory.max": f"{GIB}\n"}),
    ],
)
def test_the_smallest_bound_of_memory_that_holds_for_us_counts(laid: Laid, own: str, files: Mapping[str, str]) -> None:
    assert machine.memory(*laid(own, files)) == GIB


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a\n", {"cpu.max": "max 100000\n", "a/cpu.max": "100000 100000\n"}, 1),
        ("2:cpu,cpuacct:/x\n", {"cpu/x/cpu.cfs_quota_us": "100000\n", "cpu/x/cpu.cfs_period_us": "100000\n"}, 1),
    ],
)
def test_a_share_of_the_cores_counts_in_whole_ones(
    laid: Laid, own: str, files: Mapping[str, str], expected: int
) -> None:
    assert machine.cores(*laid(own, files)) == expected


@pytest.mark.parametrize(
    ("own", "files"),
    [
        ("", {}),
        ("0::/\n", {}),
        ("0::/\n", {"memory.max": "max\n", "cpu.max": "max 100000\n"}),
        ("0::/\n", {"memory.max": "", "cpu.max": "100000\n"}),
        ("0::/\n", {"memory.max": "a lot\n", "cpu.max": "100000 0\n"}),
        (
            "2:cpu:/\n5:memory:/\n",
            {"memory/memory.limit_in_bytes": f"{2**63 - 4096}\n", "cpu/cpu.cfs_quota_us": "-1\n"},
        ),
        ("no line of the kernel's\n::\n", {}),
    ],
)
def test_without_a_bound_it_is_what_the_machine_has(laid: Laid, own: str, files: Mapping[str, str]) -> None:
    place = laid(own, files)
    assert machine.memory(*place) == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert machine.cores(*place) == len(os.sched_getaffinity(0))


def test_where_nobody_tells_of_groups_it_is_the_machine(tmp_path: Path) -> None:
    assert machine.cores(tmp_path, tmp_path / "none") == len(os.sched_getaffinity(0))
