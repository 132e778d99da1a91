"""What a test that stands in a file depends on to be run at all: a build tag, a mark, what its file is called.

Some runners leave such a test out without a word (`go test` of a file for Windows), so that only the texts tell.
Read from letters; what a runner is told to leave out by its settings is not known here, so that each mark counts.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator

from workflows.checks.change.weakening.titled_tests import starts_of_tests

_OF_ALL = re.compile(r"^\s*(?:#!\[|pytestmark\b|def load_tests\(|@(?:module|describe)tag\b)")
_MARK = re.compile(r"^\s*(?:@\w|#\[|\[\w)|^[/*#\s]{1,20}@(?:group|requires|tag)\b")
_LEAVES_OUT = re.compile(
    r"""(?xi)
    (?<![a-z])(?:groups?|cfg(?:_attr)?|ignored?|skip\w*|(?:dis|en)abled?\w*|category|trait|requires\w*)(?![a-z])
    | (?<![a-z])(?:module|describe)?tag(?:s|ged)?(?![a-z]) | load_tests
    | \bmark\.(?!parametrize|usefixtures|asyncio|anyio|trio|django_db|filterwarnings|timeout)\w+
    """
)
_PLAIN = re.compile(r"#!?\[cfg\(test\)\]|^\s*#\[cfg_attr\([^,]*, *(?:derive|allow|doc)")
_RUBY = re.compile(r"[,(] *:(\w{1,60}) *(?=,|do\b|=>|\{)|[,(] *(\w{1,60}): (?=true|'|\")")
_GROUP = re.compile(r"(?:RSpec\.)?(?:describe|context)\b")
_COMMENTS = ("*", "/*", "//", "#", '"""')
_PACKAGE = re.compile(r"^package \w", re.MULTILINE)
_GO_TERM = re.compile(r"\w[\w.]*|&&|\|\||[!()]")
_SYSTEMS = {
    *("aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl", "netbsd"),
    *("openbsd", "plan9", "solaris", "wasip1", "windows", "zos"),
}
_MACHINES = {
    *("386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le"),
    *("riscv64", "s390x", "sparc64", "wasm"),
}
_HERE = {
    *("linux", "unix", "gc", "cgo"),
    {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
}
_LONGEST = 2_000
_FORMS = (
    (r"(?:^|/)test_[^/]*$", "called test_*"),
    (r"(?:^|/)test[^/]*$", "called test*"),
    (r"_tests?\.\w+$", "called *_test"),
    (r"[.-](?:test|spec|cy|e2e)\.\w+$", "called *.test"),
    (r"_spec\.\w+$", "called *_spec"),
    (r"[a-z0-9](?:Tests?|Spec|IT)\.\w+$", "called *Test"),
)


def conditions(path: str, text: str) -> dict[str, frozenset[str]]:
    """What each test of a file depends on, by its title; under "" what all of them do."""
    found: dict[str, set[str]] = {"": {*_of_its_path(path)}}
    if path.endswith(".go"):
        found[""] |= set(_build_tags(text))
        return {title: frozenset(all_of) for title, all_of in found.items()}
    titles = {at: title for title, at in starts_of_tests(path, text)}
    marks: list[str] = []
    at = 0
    for line in text.splitlines(keepends=True):
        title, short = titles.get(at), line.strip()[:_LONGEST]
        at += len(line)
        if title is not None:
            found.setdefault(title, set()).update(_left_out_by([*marks, *_beside(path, line)]))
            marks = []
        elif _OF_ALL.match(line[:_LONGEST]):
            found[""].update(_left_out_by([short]))
        elif _MARK.match(line[:_LONGEST]):
            marks.append(short)
        elif short and not short.startswith(_COMMENTS):
            found[""].update(_left_out_by([*marks, *(_beside(path, line) if _GROUP.match(short) else ())]))
            marks = []
    found[""].update(_left_out_by(marks))
    return {title: frozenset(all_of) for title, all_of in found.items()}


def lost_forms(before: str, after: str) -> Iterator[str]:
    """Ways of being found by a runner that a file's old path had, and its new one has not."""
    yield from (form for pattern, form in _FORMS if re.search(pattern, before) and not re.search(pattern, after))


def _left_out_by(marks: list[str]) -> Iterator[str]:
    yield from (one for one in marks if _LEAVES_OUT.search(one) and not _PLAIN.search(one))


def _beside(path: str, line: str) -> list[str]:
    """The marks on a test's own line."""
    if path.endswith(".rb"):
        return [f"tag {one or other}" for one, other in _RUBY.findall(line[:_LONGEST])]
    marked = re.match(r"\s*(?:#\[|@|\[)[^\n]{0,300}?[\])]", line[:_LONGEST])
    return [marked[0].strip()] if marked else []


def _of_its_path(path: str) -> Iterator[str]:
    *folders, name = path.split("/")
    if name.endswith(".go"):
        if any(one == "testdata" or one[0] in "_." for one in [*folders, name] if one):
            yield "a path that go leaves out"
        parts = name.removesuffix(".go").removesuffix("_test").split("_")[1:]
        if len(parts) > 1 and parts[-1] in _MACHINES and parts[-2] in _SYSTEMS:
            wanted = parts[-2:]
        else:
            wanted = [one for one in parts[-1:] if one in _MACHINES | _SYSTEMS]
        yield from (f"built for {one}" for one in wanted if one not in _HERE)
    if name.endswith(".rs") and "tests" in folders[:-1] and name not in ("main.rs", "mod.rs"):
        yield "a path that cargo leaves out"


def _build_tags(text: str) -> Iterator[str]:
    head = _PACKAGE.split(text, 1)[0]
    for line in head.splitlines()[:200]:
        said = line.strip()[:_LONGEST]
        if said.startswith("//go:build "):
            if not _holds(said.removeprefix("//go:build ")):
                yield said
        elif (
            re.match(r"// ?\+build ", said)
            and "//go:build" not in head
            and not _holds_old(said.partition("+build ")[2])
        ):
            yield said


def _holds_old(said: str) -> bool:
    """Whether a line `+build a,b !c` holds here: any of its options, each of which is all of its terms."""
    return any(
        all((term.removeprefix("!") in _HERE) != term.startswith("!") for term in option.split(","))
        for option in said.split()
    )


def _holds(expression: str) -> bool:
    """Whether a build constraint holds here, where no tag is given; what cannot be read does."""
    terms = _GO_TERM.findall(expression)[::-1]
    try:
        return _any(terms)
    except (IndexError, RecursionError):
        return True


def _any(terms: list[str]) -> bool:
    value = _all(terms)
    while terms and terms[-1] == "||":
        terms.pop()
        value = _all(terms) or value
    return value


def _all(terms: list[str]) -> bool:
    value = _one(terms)
    while terms and terms[-1] == "&&":
        terms.pop()
        value = _one(terms) and value
    return value


def _one(terms: list[str]) -> bool:
    word = terms.pop()
    if word == "!":
        return not _one(terms)
    if word == "(":
        value = _any(terms)
        terms.pop()
        return value
    return word in _HERE or word.startswith("go1.")
