"""Matrices that are known in a run only, where the tree says what they must be: the directories of its projects."""

from __future__ import annotations

import re
from typing import Any

from sandbox.detect.read.manifests import ecosystems
from sandbox.detect.read.source import Source

_MOST = 14
_PLACE = (
    r"(?:work(?:ing)?[-_]?dir(?:ectory)?|directory|path|cwd|project(?:-root)?|package(?:-dir)?|root)'?\s*[:=]\s*['\"]?"
    r"|\bcd\s+|--cwd[= ]|--prefix[= ]|\s-C[ =]?|pushd\s+|--directory[= ]"
)


def filled(source: Source, job: dict[str, Any], legs: list[dict[str, str]]) -> list[dict[str, str]]:
    """The legs, once for each directory that an unknown axis of the matrix can stand for."""
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
    if not isinstance(matrix, dict):
        if not isinstance(matrix, str):
            return legs
        matrix = {}
    steps = str({k: v for k, v in job.items() if k != "strategy"})
    for found in re.finditer(rf"(?:{_PLACE})(?:\./)?([\w./-]*)\$\{{\{{\s*matrix\.([\w.-]+)\s*\}}\}}", steps):
        prefix, key = found.group(1).strip("/"), f"matrix.{found.group(2)}"
        if any(key in leg for leg in legs) or isinstance(matrix.get(found.group(2)), list):
            continue
        names = _projects(source, prefix)
        if names:
            return [{**leg, key: name} for leg in legs for name in names]
    return legs


def _projects(source: Source, prefix: str) -> list[str]:
    """The names of the directories below that are projects."""
    top = prefix or "."
    if not source.is_dir(top):
        return []
    where = [d for d in source.dirs(top) if not d.startswith(".")]
    return [d for d in where if ecosystems(source, f"{prefix}/{d}".strip("/"))][:_MOST]
