"""Boxes for the attacks: with control groups where this machine has them, and counted by /proc."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.backend import Box, BoxSpec, Mount, TreeLayer
from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.boxes import box, box_backend, box_machine

__all__ = ["bounded_box", "box", "box_backend", "box_machine", "box_spec"]


@pytest.fixture(params=["a home of its own", "a layered home, packages in layers and a tool chain within"])
def box_spec(
    request: pytest.FixtureRequest, box_backend: Bubblewrap, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> BoxSpec:
    """Both ways in which a box's directories come about, which differ most for an ordinary user."""
    spec = BoxSpec(name=f"walls-{secrets.token_hex(4)}", tree=tmp_path / "tree", home=tmp_path / "home")
    for place in (spec.tree, spec.home):
        place.mkdir()
        box_backend.own(place)
    if request.param != "a home of its own":
        lower, tools = tmp_path_factory.mktemp("lower"), tmp_path_factory.mktemp("tools")
        packages = TreeLayer(tmp_path_factory.mktemp("packages"), tmp_path_factory.mktemp("upper"), "tools/packages")
        for place in (lower, packages.lower, packages.upper):
            box_backend.own(place)
        mounts = (Mount(tools, "/tmp/tools/deep"), Mount(tools, "/work/tools/deep"))
        spec = replace(spec, lower=lower, mounts=mounts, tree_layers=(packages,))
        if not asyncio.run(box_backend.layers(spec)):
            pytest.skip("this machine mounts no layers")
    return spec


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
