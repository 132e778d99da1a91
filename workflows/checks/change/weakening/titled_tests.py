"""The tests of a file by their titles, each with the text that belongs to it, in languages other than Python.

Read from letters: a test begins with its title and ends where the next one, or a group of them, begins. What is put
together at run time has no title here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_QUOTED = r"(?P<q>['\"`])(?P<title>(?:(?!(?P=q))[^\\]|\\.){0,300})(?P=q)"
_JS = re.compile(
    rf"(?<![\w.$])(?:(?:it|test|specify|fit|xit|xtest)(?:\.\w{{1,30}}){{0,3}} ?\(\s*(?:{_QUOTED})?"
    r"|(?:describe|suite|context)(?:\.\w{1,30}){0,3} ?\()"
)
_GO = re.compile(r"^func (?:(?P<title>(?:Test|Example|Fuzz)\w{0,200})\(|)")
_RUBY = re.compile(
    rf"^\s*(?:(?:it|specify|example|test)[ (]\s*{_QUOTED}|def (?P<name>test_\w{{1,200}})|(?:describe|context)\b)"
)
_NAMED = r"(?P<title>\w{1,200}|`[^`]{1,200}`)"
_PHP = re.compile(
    rf"^\s*(?:[a-z]+ ){{0,4}}function {_NAMED}\s*\(|^(?:it|test)\(\s*(?P<q>['\"])(?P<name>[^'\"]{{1,300}})(?P=q)"
)
_MARKED = re.compile(
    rf"^\s*(?:@\w[^)\n]{{0,200}}\)?\s+)?(?:[\w<>\[\],.?]{{1,60}}\s+){{0,6}}(?:void|fun|fn|Task|func)\s+{_NAMED}\s*[(<]"
)
_MARK = re.compile(
    r"^\s*(?:@(?:Test|ParameterizedTest|RepeatedTest|Property)\b|#\[(?:\w+::){0,3}(?:test|rstest)\b"
    r"|\[(?:Fact|Theory|Test|TestCase|TestMethod)\b)"
)
_WORDS = re.compile(r"^\s*test \"(?P<title>[^\"]{1,300})\"|^\s*describe\b")
_SWIFT = re.compile(r"^\s*(?:@Test )?func (?P<title>test\w{0,200})\(")
_C = re.compile(
    r"^\s*(?:TEST(?:_[FP])?\(\s*\w{1,200}\s*,\s*(?P<title>\w{1,200})\)|TEST_CASE\(\s*\"(?P<name>[^\"]{1,300})\")"
)
_PYTHON = re.compile(r"^\s*(?:async )?def (?P<title>test\w{0,200})\(")
_HEADS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "dart"), _JS),
    **dict.fromkeys(("java", "kt", "scala", "groovy", "cs", "rs"), _MARKED),
    **dict.fromkeys(("c", "cc", "cpp", "cxx"), _C),
    **{"go": _GO, "rb": _RUBY, "php": _PHP, "exs": _WORDS, "swift": _SWIFT},
}
_LONGEST = 2_000
"""Of a line that is looked into."""


def titled_tests(path: str, text: str) -> dict[str, str] | None:
    """The text of each test by its title; of tests that are called alike, together. None for an unknown language."""
    head = _HEADS.get(path.rpartition(".")[2])
    if head is None:
        return None
    found: dict[str, str] = {}
    starts = list(_starts(text, head))
    for (title, _, behind), end in zip(starts, [*(at for _, at, _ in starts[1:]), len(text)], strict=False):
        if title:
            found[title] = found.get(title, "") + text[behind:end] + "\n"
    return found


def starts_of_tests(path: str, text: str) -> Iterator[tuple[str, int]]:
    """The title of each test with the place where its first line begins, for Python, too."""
    head = _HEADS.get(path.rpartition(".")[2], _PYTHON if path.endswith(".py") else None)
    if head is not None:
        for title, at, _ in _starts(text, head):
            if title:
                yield title, text.rfind("\n", 0, at) + 1


def _starts(text: str, head: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    """Where tests begin: the title ("" for what holds tests, or is none), its place, and where its text begins."""
    at, marked = 0, False
    for line in text.splitlines(keepends=True):
        if head is _MARKED and _MARK.match(line[:_LONGEST]):
            marked = True
        for begun in head.finditer(line[:_LONGEST]):
            title = next((one for name, one in begun.groupdict().items() if name != "q" and one), "")
            if head is _MARKED and not marked:
                title = ""
            if head is _PHP and not begun["name"] and not title.startswith("test"):
                title = ""
            marked = False
            yield re.sub(r"\\(.)", r"\1", title).strip("`"), at + begun.start(), at + begun.end()
        at += len(line)


def is_called(name: str, title: str) -> bool:
    """Whether a report may call a test of that title so: behind its file and groups, and before its class or part."""
    if name == title or name.startswith((f"{title} (", f"{title}/")):
        return True
    return name.endswith(tuple(f"{mark}{title}" for mark in (" > ", " ", ".", "::", "#", ":"))) or f".{title}/" in name
