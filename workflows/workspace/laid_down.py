"""What is written beside a workspace's tree of the set-up that it got: the home below its own, and what was made."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.backend import TreeLayer
from sandbox.environment.environment_entry import is_whole
from sandbox.trees.workspace import Workspace

_LAYER = "layer"
"""Holds where the home that lies below the workspace's own is; empty where there is none."""
_MADE = "made"
"""Holds the outermost paths that the set-up made in the tree."""
_WITHIN = "within"
"""Holds the paths of the tree that are layers there, each with where what lies below is."""
_END = "\n"
"""Ends what the layer's file says: a power cut may leave the file without its text."""


def write(workspace: Workspace, lower: Path | None, made: Sequence[str], within: Mapping[str, Path]) -> None:
    """On the disk before anything that relies on it is."""
    pairs = "\0".join(word for path, below in within.items() for word in (path, str(below)))
    for name, text in ((_MADE, "\0".join(made)), (_WITHIN, pairs), (_LAYER, f"{lower or ''}{_END}")):
        with (workspace.directory / name).open("wb") as opened:
            opened.write(os.fsencode(text))
            opened.flush()
            os.fsync(opened.fileno())


def forget(workspace: Workspace) -> None:
    for name in (_LAYER, _WITHIN):
        (workspace.directory / name).unlink(missing_ok=True)


def layer(workspace: Workspace) -> Path | None:
    """The home that lies below the workspace's own, None where there is none."""
    try:
        place = _said(workspace, _LAYER).removesuffix(_END)
    except FileNotFoundError:
        return None
    return Path(place) if place else None


def within(workspace: Workspace) -> tuple[TreeLayer, ...]:
    """What lies in layers in the workspace's tree; the upper ones lie beside it."""
    try:
        words = _said(workspace, _WITHIN).split("\0")
    except FileNotFoundError:
        return ()
    pairs = list(zip(words[::2], words[1::2], strict=False))
    uppers = (workspace.directory / f"{_WITHIN}-{number}" for number in range(len(pairs)))
    return tuple(TreeLayer(Path(below), upper, path) for (path, below), upper in zip(pairs, uppers, strict=True))


def whole(workspace: Workspace) -> bool:
    """Whether what lies below the workspace's home is known, and still there as it was."""
    try:
        told = _said(workspace, _LAYER)
    except FileNotFoundError:
        return False
    below = layer(workspace)
    return told.endswith(_END) and (below is None or is_whole(below))


def made(workspace: Workspace) -> tuple[str, ...]:
    """The paths that the set-up made in the tree; () where nothing is known of them."""
    try:
        return tuple(filter(None, _said(workspace, _MADE).split("\0")))
    except FileNotFoundError:
        return ()


def _said(workspace: Workspace, name: str) -> str:
    return os.fsdecode((workspace.directory / name).read_bytes())
