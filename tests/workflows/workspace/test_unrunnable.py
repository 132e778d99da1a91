"""Code that cannot be run: in each language it fails where it is run, and its text stands where it stood."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from workflows.workspace.unrunnable import spoilt, without_line

LANGUAGES = {
    "a.py": ("print('ran')\n", ["python3"]),
    "last line without an end.py": ("print('ran')", ["python3"]),
    "a.js": ("console.log('ran')\n", ["node"]),
    "a.mjs": ("console.log('ran')\n// the end", ["node"]),
    "a.rb": ("puts 'ran'\n__END__\ndata\n", ["ruby"]),
    "a.php": ("<?php\necho 'ran';\n?>\nbehind it\n", ["php"]),
    "a.pl": ("print 'ran';\n__DATA__\nmore\n", ["perl"]),
    "a.sh": ("set -e\nfalse && echo no\nexit 0\n", ["bash"]),
    "tool": ("#!/bin/sh\ncat nothing-there || exit 0\n", ["sh"]),
    "windows.sh": ("#!/bin/sh\r\ntrue\r\n", ["sh"]),
    "a.go": ('package main\n\nfunc main() { println("ran") }\n', ["go", "vet"]),
    "a.rs": ('fn main() { println!("ran"); }\n', ["rustc", "--emit=metadata", "-o", "made.rmeta"]),
    "Makefile": ("all:\n\techo ran\n", ["make", "-f"]),
}


COMPILED = frozenset(("a.go", "a.rs"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.at_length) if name in COMPILED else name for name in LANGUAGES]
)
def test_spoilt_code_fails_where_it_is_run_and_says_otherwise_than_before(tmp_path: Path, name: str) -> None:
    text, command = LANGUAGES[name]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    seen = []
    for data in (text.encode(), spoilt(name, text.encode())):
        (tmp_path / name).write_bytes(data)
        done = subprocess.run([*command, name], cwd=tmp_path, capture_output=True, text=True, check=False)
        seen.append((done.returncode, without_line(done.stdout + done.stderr)))
    assert seen[0] != seen[1]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (text, _) in LANGUAGES.items()])
def test_no_line_of_spoilt_code_stands_elsewhere_than_before(name: str, text: str) -> None:
    before, after = text.split("\n"), spoilt(name, text.encode()).decode().split("\n")
    assert all(line in now for line, now in zip(before, after, strict=False))


def test_what_prints_the_text_of_spoilt_code_prints_the_same_without_the_line_and_numbers() -> None:
    for name, (text, _) in LANGUAGES.items():
        assert without_line(spoilt(name, text.encode()).decode()) == without_line(text)
