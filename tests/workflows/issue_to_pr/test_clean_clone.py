"""A commit that no fresh clone would have as it is, is not made: with real git on both sides."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Failed

RULES = (
    "* text=auto\n*.txt text\n*.bat text eol=crlf\n*.u16 text working-tree-encoding=UTF-16LE eol=lf\n"
    "*.bin filter=lfs diff=lfs merge=lfs -text\n*.ipynb filter=nbstripout\n*.id ident\n*.raw -text\n"
)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 3\n"
BASE = {".gitattributes": RULES, "a.txt": "a\n", "old.bin": POINTER, "a.py": "x = 1\n", "README.md": "x\n"}


def put(run: ByHand, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = run.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    asyncio.run(run.services.workspaces.record(run.run, "implement", 1))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("b.txt", b"a\r\nb\r\n", "has CRLF line ends"),
        ("a.txt", b"a\r\nb\r\n", "has CRLF line ends"),
        ("b.bat", b"a\r\n", "has CRLF line ends"),
        ("b.u16", "text\n".encode("utf-16-le") + b"\xff", "checked out as UTF-16LE"),
        ("new.bin", b"a real content", "goes through the filter 'lfs'"),
        ("old.bin", b"a real content", "goes through the filter 'lfs'"),
        ("new.bin", POINTER.replace(b"0" * 64, b"1" * 64), "is kept by Git LFS"),
        ("b.id", b"$Id: abc $\n", "expanded $Id$"),
    ],
)
def test_what_a_clone_would_not_have_as_it_is_is_not_committed(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    with by_hand(tmp_path, BASE) as run:
        put(run, {name: data})
        done = run.commit()
        assert isinstance(done, Failed), done
        assert "A fresh clone of the change would not be clean." in done.reason
        assert words in done.reason


def test_a_clone_of_what_is_committed_is_clean(tmp_path: Path) -> None:
    with by_hand(tmp_path, BASE) as run:
        put(
            run,
            {
                "b.txt": b"a\nb\n",
                "b.bat": b"a\n",
                "auto.md": b"a\r\nb\r\n",
                "b.u16": "caf\u00e9\n".encode(),
                "moved.bin": POINTER,
                "b.raw": b"a\r\nb\n",
                "b.id": b"$Id$\n",
                "n.ipynb": b"{}\n",
                "readme.md": b"x\n",
            },
        )
        done = run.commit()
        assert not isinstance(done, Failed), done
        mirror = next((run.services.data / "mirrors").glob("*.git"))
        subprocess.run(["git", "clone", "-q", "--no-checkout", mirror, tmp_path / "clone"], check=True)
        settings = ("-c", "filter.lfs.clean=cat", "-c", "filter.lfs.smudge=cat", "-c", "core.autocrlf=false")
        git = ("git", "-C", str(tmp_path / "clone"), *settings)
        fetch = ["fetch", "-q", "origin", f"{run.state['commit']}:refs/heads/made"]
        subprocess.run([*git, *fetch], check=True)
        subprocess.run([*git, "switch", "-q", "made"], check=True)
        said = subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True)
        assert said.stdout == ""
