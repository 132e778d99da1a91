"""What checks said on base trees, kept so that each is run there once."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace

from workflows.checks.plan import Candidate
from workflows.checks.ran import Ran
from workflows.values import CheckKind, from_json, to_json

MAX_KEPT = 20_000
"""Names of the tests that passed on a base, which are kept to be compared; of more, the numbers alone are."""


class BaseResults:
    """What commands said on base trees, to be kept between rounds. `to_json` is small, plain JSON."""

    def __init__(self, packed: Mapping[str, str] | None = None) -> None:
        self._packed = dict(packed or {})

    def get(self, tree: str, kind: CheckKind, candidate: Candidate) -> Ran | None:
        packed = self._packed.get(_key(tree, kind, candidate))
        if packed is None:
            return None
        return from_json(Ran, json.loads(zlib.decompress(base64.b64decode(packed))))

    def put(self, tree: str, kind: CheckKind, candidate: Candidate, ran: Ran) -> None:
        if ran.passed is not None and len(ran.passed) > MAX_KEPT:
            ran = replace(ran, passed=None)
        text = json.dumps(to_json(replace(ran, messages={})))  # what it said about failures, the head says too
        self._packed[_key(tree, kind, candidate)] = base64.b64encode(zlib.compress(text.encode())).decode()

    def to_json(self) -> dict[str, str]:
        return dict(self._packed)


def _key(tree: str, kind: CheckKind, candidate: Candidate) -> str:
    parts = [
        tree,
        kind.value,
        candidate.command,
        candidate.cwd,
        *(f"{k}={v}" for k, v in sorted(candidate.env.items())),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
