"""Which control groups there are here, of either version."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.limits import cgroup_v1, cgroup_v2
from sandbox.limits.slots import Cgroups

ROOT = Path("/sys/fs/cgroup")
PARENT = "pullwright"


def find(root: Path = ROOT) -> Cgroups | str:
    """The control groups that we may write here, or a sentence that says why there are none."""
    if (root / "cgroup.controllers").exists():
        return cgroup_v2.find(root, PARENT)
    homes = {name: root / name / PARENT for name in ("memory", "pids", "cpu") if (root / name / "tasks").exists()}
    if "memory" not in homes or "pids" not in homes:
        return "The memory and pids controllers are not mounted."
    try:
        for home in homes.values():
            home.mkdir(exist_ok=True)
    except OSError as error:
        return f"Control groups cannot be written: {error.strerror}."
    if not all(os.access(home, os.W_OK) for home in homes.values()):
        return "Control groups belong to another user."
    return cgroup_v1.V1(homes)
