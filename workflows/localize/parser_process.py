"""The process that parses: sources on standard input, definitions on standard output, bounded in memory and cpu."""

from __future__ import annotations

import io
import resource
import sys

from workflows.localize.definitions import by_parser
from workflows.localize.extraction import pack_definitions, unpack_source

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 30


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sources = io.BytesIO(sys.stdin.buffer.read())
    while (source := unpack_source(sources)) is not None:
        language, text = source
        sys.stdout.buffer.write(pack_definitions(by_parser(language or "", text)))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
