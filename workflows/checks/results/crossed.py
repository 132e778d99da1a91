"""What the mixed runs of one check say."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.verification import Proof


@dataclass(frozen=True, slots=True)
class Crossed:
    """What the mixed runs of one check say. `failed` are tests of the base that fail over the new code and are
    gone or emptied; `lost` those that are gone, and pass there or give no result."""

    failed: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    """Tests of the base in files that nobody touched: with the change's tests beside them they pass over the new code,
    and without these they fail."""
    demands: tuple[str, ...] = ()
    weakened: tuple[str, ...] = ()
    loosened: tuple[str, ...] = ()
    """Those of `demands` whose own text is as it was, while code that tests use was edited."""
    proofs: tuple[Proof, ...] = ()
    unproven: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
