"""Whether a set-up reads manifests and nothing else of its tree: then trees with the same ones may share what it made.

What somebody else's branch holds must not come into the environment of another one. So a
command counts as one that builds, unless all its words are known to read what is in the digest.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from sandbox.files.agent_files import read_below

IsManifest = Callable[[str], bool]
"""Whether the file at a path of the tree is in the digest."""

_VARIABLE = re.compile(r"[A-Za-z_]\w*=.*")
_OWN_TOOL = re.compile(r"\$HOME/[\w./-]*bin/([\w.-]+)")
_FILES = ("-r", "--requirement", "-c", "--constraint")
_VALUES = ("--group", "--extra", "--python", "--index-url", "-i", "--extra-index-url", "--only", "--with", "--without")
_LOCAL = re.compile(r"^(?:[./~]|file:)|\.(?:whl|zip|tgz|tar\.\w+)$|@ ?file:")
_LOCAL_LINE = re.compile(
    rb"(?m)^[ \t]*(?:-(?!-?(?:r|requirement|c|constraint|hash|no-binary|only-binary)\b)|[./~]|file:)"
    rb"|^[^#\n]*(?:\.(?:whl|zip|tgz|tar\.\w+)(?:\s|$)|@\s*file:)"
)
_INCLUDED = re.compile(r"^[ \t]*(?:-r|--requirement|-c|--constraint)[ =]*(\S+)", re.MULTILINE)
_DEEPEST = 5
_MOST = 1_000_000

_BACKEND = re.compile(r"build-backend\s*=\s*[\"']([^\"']+)")
_PLAIN_BACKENDS = {
    *("setuptools.build_meta", "hatchling.build", "flit_core.buildapi", "poetry.core.masonry.api", "pdm.backend"),
    "uv_build",
}
_OWN_BUILD = re.compile(r"backend-path|\battr\b|hooks\.custom|tool\.pdm\.build|build\.py|hatch_build|dynamic-metadata")
_LOCAL_PACKAGE = re.compile(r"\bpath\s*=|\bfile:")


def reads_manifests_only(command: str, cwd: str, tree: Path, is_manifest: IsManifest) -> bool:
    """Whether a shell line, run in `cwd` of the tree, has no other files of it read or its code run."""
    here = _Here(tree, cwd, is_manifest)
    return all(
        here.fine(_without_variables(words))
        for words in _commands(_OWN_TOOL.sub(r"\1", command).replace("$HOME", "HOME"))
    )


def _commands(line: str) -> Iterator[list[str]]:
    """The words of each command; one that no rule knows stands for whatever is more than commands in a row."""
    reader = shlex.shlex(line.replace("\n", ";"), posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    reader.commenters = ""
    words: list[str] = []
    try:
        for word in reader:
            if word in ("&&", ";", ";;"):
                yield words
                words = []
            elif set(word) <= set("();<>|&") or "`" in word or "$" in word:
                yield [word]
            else:
                words.append(word)
    except ValueError:
        yield [line]
    yield words


class _Here:
    """One directory of the tree, in which commands are run."""

    def __init__(self, tree: Path, cwd: str, is_manifest: IsManifest) -> None:
        self._tree = tree
        self._cwd = cwd
        self._is_manifest = is_manifest

    def fine(self, words: list[str]) -> bool:
        match words:
            case []:
                return True
            case [_, "-m", "venv", *_] | ["virtualenv", *_] | ["uv", "venv", *_] | ["corepack", "enable", *_]:
                return True
            case (
                [_, "-m", "pip", "install", *rest]
                | ["uv", "pip", "install", *rest]
                | ["pip" | "pip3", "install", *rest]
            ):
                return self._pip(rest)
            case ["uv", "sync", *rest] | ["poetry" | "pdm" | "rye", "install" | "sync", *rest]:
                return (
                    _plain(rest)
                    and self._is_plain_project(".")
                    and not self._mentions(_LOCAL_PACKAGE, "pyproject.toml")
                )
            case (
                ["npm", "ci" | "install" | "i", *rest]
                | ["pnpm" | "bun", "install" | "i", *rest]
                | ["yarn", "install", *rest]
            ):
                return _plain(rest)
            case ["yarn"] | ["go", "mod", "download"] | ["cargo", "fetch", *_]:
                return True
        return False

    def _pip(self, words: list[str]) -> bool:
        rest = iter(words)
        for word in rest:
            name, joined, value = word.partition("=")
            if name in ("-e", "--editable"):
                if not self._is_plain_project(value if joined else next(rest, "")):
                    return False
            elif name in _FILES:
                if not self._is_plain_list(value if joined else next(rest, "")):
                    return False
            elif word in _VALUES:
                next(rest, "")
            elif not word.startswith("-") and _LOCAL.search(word):
                return False
        return True

    def _is_plain_project(self, place: str) -> bool:
        """Whether installing the project as a link to its sources runs no code of the tree."""
        directory = place.partition("[")[0]
        if self._exists(f"{directory}/setup.py") or self._mentions(_OWN_BUILD, f"{directory}/pyproject.toml"):
            return False
        backend = _BACKEND.search(self._read(f"{directory}/pyproject.toml"))
        known = backend is None or backend[1] in _PLAIN_BACKENDS
        return known and not self._mentions(_OWN_BUILD, f"{directory}/setup.cfg")

    def _is_plain_list(self, place: str, depth: int = 0) -> bool:
        """Whether a requirements file, and each that it includes, is in the digest and names no files of the tree."""
        path = self._path(place)
        if path is None or depth > _DEEPEST or not self._is_manifest(path):
            return False
        text = self._read(place)
        if _LOCAL_LINE.search(text.encode()):
            return False
        beside = PurePosixPath(place).parent
        return all(self._is_plain_list(str(beside / other), depth + 1) for other in _INCLUDED.findall(text))

    def _path(self, place: str) -> str | None:
        """A path of the tree, from one of this directory; None where it leads out."""
        parts: list[str] = []
        for part in PurePosixPath(self._cwd, place).parts:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            elif part == "/":
                return None
            elif part != ".":
                parts.append(part)
        return "/".join(parts)

    def _exists(self, place: str) -> bool:
        path = self._path(place)
        return path is None or (self._tree / path).exists() or (self._tree / path).is_symlink()

    def _mentions(self, pattern: re.Pattern[str], place: str) -> bool:
        return bool(pattern.search(self._read(place)))

    def _read(self, place: str) -> str:
        path = self._path(place)
        return read_below(self._tree, path, _MOST).decode("utf-8", "replace") if path else ""


def _plain(words: list[str]) -> bool:
    """Options alone, and none that names a place."""
    return all(word.startswith("-") and not _LOCAL.search(word.partition("=")[2]) for word in _without_values(words))


def _without_values(words: list[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        yield word
        if word in _VALUES:
            next(rest, "")


def _without_variables(words: list[str]) -> list[str]:
    while words and _VARIABLE.fullmatch(words[0]):
        words = words[1:]
    return words
