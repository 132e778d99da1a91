"""A project of poetry's by pip, in the versions of its lock file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.detect.languages.python import poetry
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]

MANIFEST = """
[tool.poetry]
name = "a"
[tool.poetry.dependencies]
python = "^3.11"
click = "^8"
own = {path = "../own"}
[tool.poetry.group.test.dependencies]
pytest = "^8"
httpx = {version = "*", extras = ["http2", "bad name"]}
maybe = {version = "*", optional = true}
[tool.poetry.group.docs.dependencies]
sphinx = "*"
[dependency-groups]
lint = ["ruff>=0.5"]
"""
LOCK = """
[[package]]
name = "pytest"
version = "8.3.0"
[[package]]
name = "twice"
version = "1"
[[package]]
name = "twice"
version = "2"
[[package]]
name = "forked"
version = "1"
source = {type = "git", url = "https://a.example/forked"}
[[package]]
name = "evil; touch x"
version = "1"
"""


def command(write: Write, *, installable: bool = True, **files: str) -> str:
    source = Source(write({"pyproject.toml": MANIFEST, "poetry.lock": LOCK, **files}))
    return poetry.by_pip(source, ("docs",), ("cli",), installable=installable)


def test_groups_come_along_with_their_extras_but_for_what_is_left_out(write: Write) -> None:
    words = command(write).splitlines()[-1]
    assert words.endswith("-e '.[cli]' pytest 'httpx[http2]' 'ruff>=0.5'")


def test_only_what_the_lock_file_has_once_and_from_an_index_is_pinned(write: Write) -> None:
    assert command(write).split("PINS_END")[1].strip("\n'") == "pytest==8.3.0"


def test_what_cannot_be_installed_itself_has_its_dependencies(write: Write) -> None:
    words = command(write, installable=False).splitlines()[-1]
    assert words.endswith("click pytest 'httpx[http2]' 'ruff>=0.5'")


def test_nothing_to_install_is_no_command(write: Write) -> None:
    source = Source(write({"pyproject.toml": "[tool.poetry]\nname = 'a'\n"}))
    assert poetry.by_pip(source, (), (), installable=False) == ""
