"""What checks said on base trees, kept so that each is run there once: within a run, and on a machine for all runs.

A run's own results are kept in its state. What other runs may have as well is kept by `SharedResults`: only what
was said by a tree of the repository's own history in an environment that was made of such a tree alone, so that nothing
that a model did in one run reaches the verdict of another.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version

from sandbox.backend import CommandLimits, Kill
from workflows.checks.commands.shared_results import SharedResults
from workflows.checks.plan import Candidate
from workflows.checks.ran import Ran
from workflows.values import from_json, to_json
from workflows.verification import CheckKind

MAX_KEPT = 20_000
"""Names of the tests that passed on a base, which are kept to be compared; of more, the numbers alone are."""
_READING = 1
"""Counts up where what a command prints is read in another way: what was read before is not shared any more."""


class BaseResults:
    """What commands said on base trees, to be kept between rounds. `to_json` is small, plain JSON.

    `shared` is where other runs of the repository may have left theirs, and get these.
    """

    def __init__(self, packed: Mapping[str, str] | None = None, shared: SharedResults | None = None) -> None:
        self._packed = dict(packed or {})
        self._shared = shared

    def get(self, tree: str, kind: CheckKind, candidate: Candidate) -> Ran | None:
        packed = self._packed.get(_key(tree, kind, candidate))
        return _unpacked(packed) if packed is not None else None

    def put(self, tree: str, kind: CheckKind, candidate: Candidate, ran: Ran) -> None:
        self._packed[_key(tree, kind, candidate)] = _packed(ran)

    def from_others(
        self, environment: str, tree: str, kind: CheckKind, candidate: Candidate, limits: CommandLimits
    ) -> Ran | None:
        """What it said in another run, in this very environment. Blocking."""
        if self._shared is None or not environment:
            return None
        for stopped in (False, True):
            packed = self._shared.get(_shared_key(environment, tree, kind, candidate, limits, stopped=stopped))
            if packed is not None:
                return _unpacked(packed)
        return None

    def for_others(
        self, environment: str, tree: str, kind: CheckKind, candidate: Candidate, limits: CommandLimits, ran: Ran
    ) -> None:
        """Have other runs know what it said, where they may. Blocking."""
        if self._shared is None or not environment or ran.setup_failure or ran.run.killed not in ("", Kill.TIMEOUT):
            return
        key = _shared_key(environment, tree, kind, candidate, limits, stopped=bool(ran.run.killed))
        # What did not end well may be chance, or the machine's load: others have it when it was seen twice.
        good = ran.usable and ran.run.exit_code == 0 and not ran.run.failures and not ran.foreign
        said = [ran.run.exit_code, sorted(ran.run.failures), ran.run.killed, ran.dead, sorted(ran.foreign)]
        self._shared.put(key, _packed(ran), "" if good else _digest(json.dumps(said)))

    def to_json(self) -> dict[str, str]:
        return dict(self._packed)


def _packed(ran: Ran) -> str:
    if ran.passed is not None and len(ran.passed) > MAX_KEPT:
        ran = replace(ran, passed=None)
    text = json.dumps(to_json(replace(ran, messages={})))  # what it said about failures, the head says too
    return base64.b64encode(zlib.compress(text.encode())).decode()


def _unpacked(packed: str) -> Ran:
    return from_json(Ran, json.loads(zlib.decompress(base64.b64decode(packed))))


def _shared_key(
    environment: str, tree: str, kind: CheckKind, candidate: Candidate, limits: CommandLimits, *, stopped: bool
) -> str:
    """How long it may take says nothing of what came to its end."""
    bounds = repr(limits if stopped else replace(limits, wall_seconds=0.0))
    read_by = f"{version('pullwright')}.{_READING}"
    return _digest("\0".join([_key(tree, kind, candidate), environment, bounds, read_by]))


def _key(tree: str, kind: CheckKind, candidate: Candidate) -> str:
    env = (f"{k}={v}" for k, v in sorted(candidate.env.items()))
    return _digest("\0".join([tree, kind.value, candidate.command, candidate.cwd, *env]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
