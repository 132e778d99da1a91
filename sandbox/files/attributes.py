"""What a tree's own .gitattributes say of a path, as git reads them.

git is never shown the tree: the rules are copied into a directory of the host's, and
`git check-attr` answers about names there. Files of a run's tree are what the repository holds,
byte by byte: line ends and encodings are converted when somebody checks them out. So what is
written here must be what `git add` would have made of it, else a fresh clone is never clean.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.git.plumbing import Git, records

ATTRIBUTES_NAME = ".gitattributes"
MOST_RULES = 1024 * 1024
"""Bytes of one file of rules that are believed."""
_MOST_FILES = 1000

_ASKED = ("text", "crlf", "eol", "filter", "working-tree-encoding", "ident")
_UNSET = ("unspecified", "unset")
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(ext-\d-\S+ \S+\n)*oid sha256:[0-9a-f]{64}\nsize \d+\n\Z"
)
_EXPANDED = re.compile(rb"\$Id:[^$\n]*\$")
_KEEPS_ELSEWHERE = frozenset({"lfs", "git-crypt", "git-crypt-default", "crypt", "transcrypt", "git-secret", "annex"})
"""Filters without which a content must not be committed: it belongs elsewhere, or is a secret in the clear."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one path, by git's words for them; "" where git says nothing, or that there is none."""

    text: str = ""
    """"set", "auto", "unset" or ""."""
    eol: str = ""
    filter: str = ""
    encoding: str = ""
    """That of a checked-out file; what the repository holds is UTF-8."""
    ident: bool = False

    @property
    def only_lf(self) -> bool:
        """Whether the repository's side of the file has no CRLF, whatever it was: git takes it out on the way in."""
        return self.text == "set" or (self.text != "unset" and self.eol in ("lf", "crlf") and self.text != "auto")

    @property
    def kept_elsewhere(self) -> bool:
        """Whether what is committed is not the content itself."""
        return self.filter in _KEEPS_ELSEWHERE


def attributes_of(rules: Mapping[str, bytes], paths: Sequence[str]) -> dict[str, Attributes]:
    """The attributes of `paths`. `rules` are the contents of the .gitattributes files by their own paths.

    Blocking; one process, and none where no rule speaks of them.
    """
    that_speak = _that_speak(paths)
    heard = [(path, content) for path, content in rules.items() if path in that_speak]
    if not heard:
        return dict.fromkeys(paths, Attributes())
    with tempfile.TemporaryDirectory(prefix="pullwright-attributes-") as place:
        shadow, git = Path(place, "tree"), Path(place, "git")
        for directory in (shadow, git / "objects", git / "refs"):
            directory.mkdir(parents=True)
        (git / "HEAD").write_text("ref: refs/heads/none\n")
        for path, content in heard[:_MOST_FILES]:
            _lay(shadow, path, content[:MOST_RULES])
        names = b"".join(os.fsencode(path) + b"\0" for path in paths)
        env = {"GIT_WORK_TREE": str(shadow)}
        raw = Git(git).run("check-attr", "--stdin", "-z", *_ASKED, stdin=names, env=env, cwd=shadow)
    said: dict[str, dict[str, str]] = {path: {} for path in paths}
    words = [os.fsdecode(word) for word in records("check-attr", raw)]
    for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=True):
        said.setdefault(path, {})[name] = value
    return {path: _read(said[path]) for path in paths}


def rules_above(path: str) -> list[str]:
    """Where the rules stand that may speak of a path: at the root first, then each directory down to it."""
    parts = path.split("/")[:-1]
    return ["/".join([*parts[:length], ATTRIBUTES_NAME]) for length in range(len(parts) + 1)]


def _that_speak(paths: Iterable[str]) -> set[str]:
    """Where all rules stand that may speak of some of the paths."""
    directories = {""}
    for path in paths:
        above = path.rpartition("/")[0]
        while above not in directories:
            directories.add(above)
            above = above.rpartition("/")[0]
    return {f"{directory}/{ATTRIBUTES_NAME}" if directory else ATTRIBUTES_NAME for directory in directories}


def _lay(shadow: Path, path: str, content: bytes) -> None:
    """Write a file of rules, whose path may be as long as the place of a tree allows, which is another one."""
    at = shadow / path
    try:
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(content)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # git could not open it there either
            raise


def is_rules(path: str) -> bool:
    return path.rpartition("/")[2] == ATTRIBUTES_NAME


def unclean(said: Attributes, before: bytes | None, after: bytes) -> str:
    """Why a fresh clone would not be clean, or not whole, with that content; "" where it is both.

    The end of a sentence that begins with the path. `before` is what the file held at the base.
    """
    if said.kept_elsewhere and after != before:
        if said.filter == "lfs" and _POINTER.match(after):
            return "is kept by Git LFS, and a pointer to a content that was not uploaded cannot be checked out"
        return f"goes through the filter {said.filter!r} of .gitattributes, which is not run here"
    if said.only_lf and b"\r\n" in after:
        return "has CRLF line ends, and .gitattributes has the repository keep LF: write it with LF"
    if said.encoding and not _encodes(after, said.encoding):
        return f"is kept as UTF-8 and checked out as {said.encoding} (.gitattributes), and cannot be: write it as UTF-8"
    if said.ident and _EXPANDED.search(after):
        return "has an expanded $Id$, which .gitattributes has git fill in: write $Id$"
    return ""


def not_run(said: Attributes) -> str:
    """A filter that other contents of the path went through, and this one did not; "" for none."""
    return "" if said.kept_elsewhere else said.filter


def _encodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode("utf-8").encode(encoding)
    except LookupError:  # unknown here, as it is to git then: nobody converts it
        return True
    except UnicodeError:
        return False
    return True


def _read(said: Mapping[str, str]) -> Attributes:
    def value(name: str) -> str:
        word = said.get(name, "")
        return "" if word in _UNSET else word

    text, old = said.get("text", ""), said.get("crlf", "")
    if text == "unspecified":  # `crlf` is what git called it before, and still heeds
        text = "set" if old == "input" else old if old in ("set", "unset", "auto") else ""
    return Attributes(
        text=text,
        eol="lf" if old == "input" and text == "set" and not value("eol") else value("eol"),
        filter="" if value("filter") == "set" else value("filter"),
        encoding="" if value("working-tree-encoding") in ("set", "UTF-8", "utf-8") else value("working-tree-encoding"),
        ident=value("ident") == "set",
    )


def among(paths: Iterable[str]) -> list[str]:
    """Those of the paths that are files of rules."""
    return [path for path in paths if is_rules(path)]
