"""Boxes for the tests of the sandbox: real ones, over fresh directories."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.backend import Box, BoxSpec
from sandbox.bubblewrap import Bubblewrap


def _available() -> str:
    """Why no box can be had here; empty where one can."""
    return " ".join(f"{f.detail} {f.remedy}" for f in Bubblewrap().check() if not f.ok and f.fatal)


@pytest.fixture(scope="session")
def box_machine() -> None:
    """Skips where this machine has no working bubblewrap."""
    if reason := _available():
        pytest.skip(reason)


@pytest.fixture
def box_backend(box_machine: None) -> Bubblewrap:
    return Bubblewrap()


@pytest.fixture
def box_spec(box_backend: Bubblewrap, tmp_path: Path) -> BoxSpec:
    spec = BoxSpec(name=tmp_path.name, tree=tmp_path / "tree", home=tmp_path / "home")
    for place in (spec.tree, spec.home):
        place.mkdir()
        box_backend.own(place)
    return spec


@pytest.fixture
async def box(box_backend: Bubblewrap, box_spec: BoxSpec) -> AsyncIterator[Box]:
    async with box_backend.open(box_spec) as opened:
        yield opened
