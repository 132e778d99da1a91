"""What the kernel refuses by itself, behind the rules for names that stand before it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.errors import PathRefused
from sandbox.files.resolve import PATH_ONLY, has_openat2, resolve


@pytest.mark.skipif(not has_openat2(), reason="this kernel has no openat2")
@pytest.mark.parametrize("parts", [("..", "outside"), ("a", "..", "..", "outside")])
def test_the_kernel_lets_no_path_climb(tmp_path: Path, parts: tuple[str, ...]) -> None:
    for name in ("tree/a", "outside"):
        (tmp_path / name).mkdir(parents=True)
    root = os.open(tmp_path / "tree", PATH_ONLY)
    try:
        with pytest.raises(PathRefused, match="leaves the tree"):
            resolve(root, parts, PATH_ONLY, by_kernel=True)
    finally:
        os.close(root)
