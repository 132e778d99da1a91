"""Boxes and repositories for the tests of the sandbox."""

from pathlib import Path

import pytest

from sandbox.git.repository import Repository
from tests.fakes.boxes import box, box_backend, box_machine, box_spec
from tests.fakes.real_repository import make_repository

__all__ = ["box", "box_backend", "box_machine", "box_spec"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository of a user's, with one commit."""
    make_repository(tmp_path / "source", {"a.txt": "1\n2\n3\n4\n5\n", "b.txt": "b\n"})
    return tmp_path / "source"


@pytest.fixture
def mirror(tmp_path: Path, source: Path) -> Repository:
    """The host's mirror of it."""
    made = Repository.mirror(tmp_path / "mirror.git")
    made.fetch(str(source))
    return made
