"""Assertions that a file of tests has of its own, under the names of those that a runner brings, and that can not fail.

Read from letters, for languages other than Python. What such a name stands for is nothing that the tests hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMED = r"(?P<{}>(?:[aA]ssert|[eE]xpect|XCTAssert|ASSERT|EXPECT|CHECK|REQUIRE|require|refute|must)\w{{0,60}})"
_DEFINES = re.compile(
    r"\bmacro_rules! ?"
    + _NAMED.format("macro")
    + r"|^[ \t]*#[ \t]*define "
    + _NAMED.format("define")
    + r"\b|\b(?:function|fun|func|fn|void|def)(?: \([^()\n]{0,80}\))? (?:self\.)?"
    + _NAMED.format("function")
    + r"\b|\b(?:const|let|var|val) "
    + _NAMED.format("value")
    + r" ?=(?! ?(?:require\b|await\b|import\b|\w+[.;(]|\w+$))",
    re.MULTILINE,
)
_CAN_FAIL = re.compile(
    r"\b(?:throw|panic|raise|abort|exit|die|fail\w*|FAIL\w*|Fatal\w*|Error\w*|unreachable|unwrap|require)\b"
    r"|\b(?:[aA]ssert|[eE]xpect|XCTAssert|ASSERT|EXPECT|CHECK)\w*"
)
_BODY = 2_000
"""Characters in which the body of one is looked for."""


def without_its_own(text: str) -> str:
    """The text without the names of assertions that it defines itself and that can not fail."""
    for name in dict.fromkeys(_hollow(text)):
        text = re.sub(rf"\b{re.escape(name)}\b", "_", text)
    return text


def _hollow(text: str) -> Iterator[str]:
    for found in _DEFINES.finditer(text):
        name = next(one for one in found.groups() if one)
        if not any(one != name for one in _CAN_FAIL.findall(_body(text, found.end(), line=bool(found["define"])))):
            yield name


def _body(text: str, at: int, *, line: bool) -> str:
    """What stands in the braces that open behind a place; of a `#define` the rest of its line."""
    text = text[at : at + _BODY]
    if line:
        return text.partition("\n")[0]
    depth = 0
    for number, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if (letter == "}" and depth <= 0) or (letter == "\n" and not depth and "{" in text[:number]):
            return text[:number]
    return text.partition("\n")[0] if "{" not in text else text
