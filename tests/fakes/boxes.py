"""Real boxes over fresh directories: fixtures for every test that needs one (a conftest imports them)."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.backend import Box, BoxSpec
from sandbox.boxes.bubblewrap import Bubblewrap


@pytest.fixture(scope="session")
def box_machine() -> None:
    """Skips where this machine has no working bubblewrap."""
    # Asked of bubblewrap itself, not of our code: a defence of ours that breaks must fail, not skip.
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    trial = subprocess.run(["bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"], capture_output=True, text=True)
    if trial.returncode:
        pytest.skip(f"bubblewrap cannot work here: {trial.stderr.strip()}")


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
