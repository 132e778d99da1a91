"""`python -m tests.demo`: the whole way on a stand-in for GitHub; with `--local`, the command line alone."""

from __future__ import annotations

import argparse
import sys

from tests.demo import local, on_github
from tests.demo.stage import set_up


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--local", action="store_true", help="`pullwright solve` on a local repository, no GitHub")
    arguments = parser.parse_args()
    with set_up() as stage:
        return local.show(stage) if arguments.local else on_github.show(stage)


if __name__ == "__main__":
    sys.exit(main())
