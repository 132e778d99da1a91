"""The command line, killed at one place of a walk: `python -m tests.fakes.crashing_cli STEP MOMENT ...`."""

from __future__ import annotations

import sys

from bot.cli import main
from tests.fakes.crashing import crash_at

if __name__ == "__main__":
    crash_at(sys.argv[1], sys.argv[2])
    sys.argv = ["pullwright", *sys.argv[3:]]
    main()
