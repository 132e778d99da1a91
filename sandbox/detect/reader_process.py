"""The process that detects: a directory as its argument, the detection as JSON on standard output, within bounds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sandbox.detect import detect, to_json
from sandbox.detect.apart import LARGEST
from sandbox.processes import own_program

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 60


def main() -> None:
    own_program.bound(_MEMORY, _CPU_SECONDS)
    found = json.dumps(to_json(detect(Path(sys.argv[1]))), ensure_ascii=False)
    said = found.encode("utf-8", "replace")  # a name that is no text is no command's either
    if len(said) > LARGEST:  # who asks would have to hold it
        sys.exit("its commands are too many")
    sys.stdout.buffer.write(said)


if __name__ == "__main__":
    main()
