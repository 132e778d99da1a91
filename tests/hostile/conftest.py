"""Boxes for the attacks: with control groups where this machine has them, and counted by /proc."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.backend import Box, BoxSpec
from sandbox.bubblewrap import Bubblewrap
from tests.fakes.boxes import box, box_backend, box_machine, box_spec

__all__ = ["bounded_box", "box", "box_backend", "box_machine", "box_spec"]


@pytest.fixture(params=["control groups", "counted"])
async def bounded_box(
    request: pytest.FixtureRequest, box_backend: Bubblewrap, box_spec: BoxSpec, tmp_path: Path
) -> AsyncIterator[Box]:
    """A box on this machine as it is, and as it would be without control groups."""
    backend = box_backend
    if request.param == "counted":
        backend = Bubblewrap(cgroup_root=tmp_path)
    elif isinstance(backend.cgroups, str):
        pytest.skip(backend.cgroups)
    async with backend.open(box_spec) as opened:
        yield opened
