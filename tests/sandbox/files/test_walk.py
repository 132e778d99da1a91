"""What takes a file's place between the moment in which a walk looks at it and the one in which it is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.files.resolve import PATH_ONLY
from sandbox.files.walk import _read, _Unfit


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_neither_a_link_nor_a_pipe_is_read_in_place_of_a_file(tmp_path: Path, kind: str) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    at = os.open(tmp_path, PATH_ONLY)
    try:
        assert _read(at, "secret", 10)[0] == b"secret"
        with pytest.raises(_Unfit, match="was swapped while it was read"):
            _read(at, kind, 10)
    finally:
        os.close(at)
