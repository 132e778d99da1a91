"""What is made once for all processes in which tests run side by side, and is only read."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def once(places: pytest.TempPathFactory, name: str, make: Callable[[], T]) -> T:
    """What `make` gives, from whichever process came first; the others wait for it."""
    root = places.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    made = root / f"{name}.pickle"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made.write_bytes(pickle.dumps(make()))
        found: T = pickle.loads(made.read_bytes())
        return found
