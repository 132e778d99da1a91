from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
RUNS = ("npm install", "npm test", "deno test --allow-read test/deno/a.ts")


def test_deno_installs_where_it_has_a_file_of_its_own_and_not_beside_npm(write: Write) -> None:
    files = {
        "package.json": '{"scripts": {"test": "mocha"}, "devDependencies": {"mocha": "1"}}',
        ".github/workflows/ci.yml": "on: push\njobs:\n  check:\n    steps:\n"
        + "".join(f"      - run: {json.dumps(run)}\n" for run in RUNS),
        "test/deno/a.ts": "",
    }
    root = write(files)
    assert not any("deno" in found.command for found in detect(root).setup)
    assert RUNS[-1] in [found.command for found in detect(root).test]
    assert any("deno install" in found.command for found in detect(write({**files, "deno.json": "{}"})).setup)
