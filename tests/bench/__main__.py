"""Runs the benches one after the other and prints what they found: `python -m tests.bench [NAME...]`."""

from __future__ import annotations

import argparse
import importlib
import os
from datetime import UTC, datetime

from tests.bench.figures import machine, table
from tests.bench.histories import VARIABLE
from tests.bench.turns import PEER

BENCHES = (
    "turns",
    "walls",
    "workspace",
    "ranking",
    "startup",
    "inbox",
    "burst",
    "first_comment",
    "load",
    "recovery",
    "anchors",
    "kinds",
    "notes",
    "pages",
    "pushes",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure, beside a peer where there is one."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(BENCHES)}")
    parser.add_argument("--data", metavar="FOLDER", help="where real repositories and data sets are (see histories.py)")
    given = parser.parse_args()
    names = given.names or BENCHES
    if given.data:
        os.environ[VARIABLE] = os.path.abspath(given.data)
    if unknown := set(names) - set(BENCHES):
        parser.error(f"There is no bench {', '.join(sorted(unknown))}.")
    missed: list[str] = []
    if not PEER.exists():
        print(f"The peer is not installed ({PEER}): `make bench` does that.\n")
    for name in names:
        module = importlib.import_module(f"tests.bench.{name}")
        print(f"## {name}: {(module.__doc__ or '').partition(chr(10))[0]}\n", flush=True)
        figures = list(module.figures())
        print("\n".join(table(figures)))
        print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}\n", flush=True)
        missed += [figure.what for figure in figures if not figure.holds]
    if missed:  # a figure, not a failure: machines are noisy, and benches are no tests
        print(f"Not held this time: {'; '.join(missed)}.")


if __name__ == "__main__":
    main()
