"""Whether a test fails by itself: it does where it fails alike over code that says nothing.

Each file of the repository's code is replaced by one whose every name is there, and is nothing. In one tree all that is
asked of it is true, in another false, in a third each call of it raises. What a test fails with in the same words
whatever the code says is its own: an error that it raises, a value that it wrote itself, a part of the code that it
replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sandbox.trees.workspace import Workspace
from workflows.reports.reasons import ReasonKind, reason
from workflows.triage.reproduction.attempt import GIVES, OneTry, Reproduction
from workflows.triage.reproduction.hollow import functions, javascript, python, ruby

WAYS = ("yes", "no", "raise")


@dataclass(frozen=True, slots=True)
class Hollowed:
    """How code of a language is emptied: what is code by its path, what stands in the place of a file, by the texts of
    all files of the language and the way, and whether nothing is left of the code then, by the test's files."""

    ends: re.Pattern[str]
    is_code: Callable[[str], bool]
    emptied: Callable[[str, Mapping[str, str], str], str]
    is_whole: Callable[[Mapping[str, str], Mapping[str, str], Collection[str]], bool]
    without_control: Callable[[str], str] = str
    """A test's file with a control that does nothing, where one that panics would end all tests."""


_PYTHON = Hollowed(re.compile(r"\.py$"), python.is_code, python.emptied, python.is_whole)
_LANGUAGES = (
    _PYTHON,
    Hollowed(re.compile(r"\.[cm]?[jt]sx?$"), javascript.is_code, javascript.emptied, javascript.is_whole),
    Hollowed(re.compile(r"\.rb$"), ruby.is_code, ruby.emptied, ruby.is_whole),
    Hollowed(re.compile(r"\.go$"), functions.is_code, functions.emptied, functions.is_whole, functions.without_control),
    Hollowed(re.compile(r"\.rs$"), functions.is_code, functions.emptied, functions.is_whole),
)
_VARYING = re.compile(r"0x[0-9a-fA-F]+\??|\d+(?:\.\d+)?(?: ?m?s\b)?")
_NEXT = re.compile(r"0\) (?:Failure|Error|Skipped):|note: run with `RUST_BACKTRACE.*")
"""What belongs to the next failure, or to the first one alone."""
_FOLDERS = re.compile(r"(?:/[\w.-]+)+/")
_MOST = 4_000
"""Files of code: of more nothing is told."""

Read = Callable[[Collection[str]], Mapping[str, str]]
"""The texts of files, by their paths."""


def read_in(workspace: Workspace, tree: str) -> Read:
    """The texts as a tree has them."""
    listing = workspace.listing(tree)

    def read(paths: Collection[str]) -> Mapping[str, str]:
        blobs = {path: listing[path][1] for path in paths if listing[path][0].startswith("100")}
        held = dict(workspace.objects.read(list(set(blobs.values()))))
        return {path: held[blob].decode("utf-8", "replace") for path, blob in blobs.items()}

    return read


def hollow(workspace: Workspace, tree: str, kept: Collection[str], way: str) -> str:
    """The mark of a tree without its code; `kept` are the files of the test, which stay."""
    language = _language(kept)
    assert language is not None, "only what can be told is asked"
    listing = dict(workspace.listing(tree))
    texts = read_in(workspace, tree)([path for path in listing if language.ends.search(path)])
    written: dict[str, str] = {}
    for path in texts:
        if language.is_code(path) or path in kept:
            text = language.without_control(texts[path]) if path in kept else language.emptied(path, texts, way)
            blob = written.get(text) or workspace.objects.write("blob", text.encode("utf-8", "replace"))
            written[text] = blob
            listing[path] = (listing[path][0], blob)
    return workspace.objects.write_listing(listing)


def can_tell(files: Mapping[str, str], paths: Collection[str], read: Read) -> bool:
    """Whether code can be taken out so: all of it is of the test's language, and the test reads no other file of the
    repository."""
    language = _language(files)
    if language is None or not any(language.is_code(path) for path in paths if path not in files):
        return False
    mine = [path for path in paths if language.ends.search(path)]
    others = {path.rpartition("/")[2] for path in paths if not language.ends.search(path)}
    if len(mine) > _MOST or any(name in text for text in files.values() for name in others):
        return False
    texts = read([*mine, *(path for path in paths if path.rpartition("/")[2] == "package.json")])
    return language.is_whole(files, texts, paths)


def is_alike(found: Reproduction, one: OneTry, first: OneTry) -> bool:
    """Whether all that shows the report fails in the same words as it did at `first`, over the code as it is.

    Of Python the line that tells holds all values; elsewhere they stand below it.
    """
    if _language(found.files) is _PYTHON:
        return all(reason(one.failures.get(name, "")).said == said for name, said in found.tests.items())
    return all(_words(name, one.failures.get(name, "")) == _words(name, first.failures[name]) for name in found.tests)


def ways(found: Reproduction, one: OneTry) -> tuple[str, ...]:
    """In which trees it has to fail alike. That something is not raised, or is of no such kind, may be the code's
    failure though it sounds alike whatever that says: there the code must not have been asked at all."""
    language = _language(found.files)
    if language is not _PYTHON:  # functions of Go and Rust that end at once know no yes and no
        return WAYS[1:] if language is not None and language.emptied is functions.emptied else WAYS
    kinds = {reason(one.failures[name]).kind for name in found.tests}
    says_little = ReasonKind.ASSERTION in kinds and not found.why.startswith(GIVES)
    return WAYS if says_little else WAYS[:2]


def _words(name: str, said: str) -> list[str]:
    """What was said of a failure, line by line, without what differs from run to run."""
    _, found, mine = said.partition(f"---- {name} stdout ----\n")  # cargo says it of all tests together
    said = re.split(r"\n---- |\nfailures:\n", mine, maxsplit=1)[0] if found else said
    lines = (_VARYING.sub("0", _FOLDERS.sub("", line)).strip() for line in said.split("\n"))
    return [line for line in lines if line and not _NEXT.fullmatch(line)]


def _language(paths: Collection[str]) -> Hollowed | None:
    """The language that all of these files are written in; None for several, and for another one."""
    found = [next((one for one in _LANGUAGES if one.ends.search(path)), None) for path in paths]
    return found[0] if found and all(one is found[0] for one in found) else None
