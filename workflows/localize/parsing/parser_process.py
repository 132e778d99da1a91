"""The process that parses: sources on standard input, definitions on standard output, bounded in memory and cpu."""

from __future__ import annotations

import io
import sys

from sandbox.processes import own_program
from workflows.localize.parsing.definitions import by_parser
from workflows.localize.parsing.extraction import pack_definitions, unpack_source

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 30


def main() -> None:
    own_program.bound(_MEMORY, _CPU_SECONDS)
    sources = io.BytesIO(sys.stdin.buffer.read())
    while (source := unpack_source(sources)) is not None:
        language, text = source
        sys.stdout.buffer.write(pack_definitions(by_parser(language or "", text)))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
