"""`python -m tests.fakes.github`: the stand-in as a process; its first line of output is its address."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.fakes.github import openapi_index
from tests.fakes.github.server import run

parser = argparse.ArgumentParser(prog="python -m tests.fakes.github", description=__doc__)
parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; 0 takes a free one")
parser.add_argument("--root", type=Path, help="where the repositories are kept; a temporary directory by default")
parser.add_argument(
    "--install-openapi", action="store_true", help="fetch GitHub's OpenAPI description with npm, and end"
)
arguments = parser.parse_args()
if arguments.install_openapi:
    print(openapi_index.install())
elif arguments.root is None:
    with tempfile.TemporaryDirectory(prefix="github-") as directory:
        run(Path(directory), arguments.port)
else:
    run(arguments.root, arguments.port)
