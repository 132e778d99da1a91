"""Why a test failed, as far as what was said about it tells: an assertion, an error, a missing name, surroundings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class ReasonKind(StrEnum):
    """The values stand in texts that people read."""

    ASSERTION = "assertion"
    ERROR = "error"
    NAME = "missing name"
    NETWORK = "network"
    SERVICE = "service"
    TIME = "time"
    SUBMODULE = "submodule"
    PACKAGE = "package"
    FIXTURE = "fixture"
    COLLECTION = "collection"
    UNKNOWN = "not known"


SURROUNDINGS = (
    ReasonKind.NETWORK,
    ReasonKind.SERVICE,
    ReasonKind.TIME,
    ReasonKind.SUBMODULE,
    ReasonKind.PACKAGE,
    ReasonKind.FIXTURE,
    ReasonKind.COLLECTION,
)
"""What keeps a test from judging the code."""

_LONGEST = 12_000
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class Reason:
    """`names` are the missing names of NAME, or the missing packages of PACKAGE; `said` is the line that tells."""

    kind: ReasonKind
    names: tuple[str, ...] = ()
    said: str = ""


_OUTSIDE = (
    (
        ReasonKind.NETWORK,
        r"Temporary failure in name resolution|Name or service not known|nodename nor servname|gaierror|getaddrinfo"
        r"|\bENOTFOUND\b|\bEAI_AGAIN\b|Network is unreachable|ENETUNREACH|Could not resolve host|no such host"
        r"|NewConnectionError|Max retries exceeded with url|UnknownHostException",
    ),
    (
        ReasonKind.SERVICE,
        r"Connection refused|\bECONNREFUSED\b|ConnectionRefusedError"
        r"|[Cc]ould not connect to (?:the )?(?:server|database)"
        r"|Cannot connect to the Docker daemon|docker: command not found|no PostgreSQL|Can't connect to .{0,40}MySQL"
        r"|OperationalError.{0,80}connect|Failed to launch the browser"
        r"|Executable doesn't exist at .{0,120}(?:chrom|firefox|webkit)",
    ),
    (
        ReasonKind.TIME,
        r"Failed: Timeout >|\+ Timeout \+|Exceeded timeout of|Test timed out|\bTimeoutExpired\b|panic: test timed out"
        r"|Timeout of \d+ ?ms exceeded|Error: Test timed out",
    ),
    (ReasonKind.SUBMODULE, r"[Ss]ubmodules?\b.{0,80}(?:init|missing|not|empty)|git submodule update"),
)
_OUTSIDE_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _OUTSIDE)

_PACKAGES = re.compile(
    r"No module named ['\"]?(?P<python>[\w.]+)|Cannot find (?:module|package) ['\"](?P<node>[^'\"\n]{1,200})"
    r"|Failed to (?:resolve import|load url) ['\"]?(?P<vite>[^'\"\s]{1,200})"
    r"|cannot load such file -- (?P<ruby>\S{1,200})|no required module provides package (?P<go>[^\s;:]{1,200})"
    r"|package (?P<gopath>[\w./-]{1,200}) is not in (?:std|GOROOT)|unresolved import `(?P<rust>[\w:]{1,200})`"
    r"|use of undeclared crate or module `(?P<crate>\w{1,100})`|package (?P<java>[\w.]{1,200}) does not exist"
    r"|Can't locate (?P<perl>[\w/]{1,200})\.pm in @INC"
)
_NAMES = re.compile(
    r"cannot import name ['\"](?P<a>\w+)|has no attribute ['\"](?P<b>\w+)|name ['\"](?P<c>\w+)['\"] is not defined"
    r"|unexpected keyword argument ['\"](?P<d>\w+)|ReferenceError: (?P<e>[\w$]+) is not defined"
    r"|TypeError: (?:\S*\.)?\(?(?:0 ?, )?(?:\S*\.)?(?P<f>[\w$]+)\)? is not a (?:function|constructor)"
    r"|undefined: (?:\w+\.)*(?P<g>\w+)|does not provide an export named ['\"](?P<h>[\w$]+)"
    r"|has no (?:field or method|exported member(?: named)?) ['\"]?(?P<i>\w+)"
    r"|undefined (?:local variable or )?method [`'](?P<j>[\w?!]+)"
    r"|uninitialized constant (?:\w+::)*(?P<k>\w+)"
    r"|cannot find (?:function|value|type|struct|macro|trait|method)[^`\n]{0,40} `(?P<l>\w+)`"
    r"|no (?:method|function or associated item|variant|field) (?:named )?`(?P<m>\w+)`|symbol:\s+\w+ (?P<n>\w+)"
    r"|Call to undefined (?:method|function) (?:\S*::|\S*\\)?(?P<o>\w+)|Property '(?P<p>\w+)' does not exist"
    r"|invalid choice: ['\"](?P<q>[\w-]+)|No such (?:option|command):? ['\"]?-{0,2}(?P<r>[\w-]+)"
    r"|unknown field `?(?P<s>\w+)|function (?P<t>\w+)/\d+ is undefined"
    r"|(?:too many|not enough) arguments in call to (?:\w+\.)*(?P<u>\w+)"
    r"|too (?:many|few) arguments to function ['‘](?P<v>\w+)"
    r"|(?:method|constructor) (?P<w>\w+) in \w+ \S{1,200} cannot be applied to given"
    r"|Can't locate object method \"(?P<y>\w+)\" via|Undefined subroutine &(?:\w+::)*(?P<z>\w+) called"
    r"|No overload for method ['\"](?P<x>\w+)['\"] takes"
)
_FIXTURE = re.compile(
    r"fixture ['\"][^'\"\n]{1,80}['\"] not found|^failed on (?:setup|teardown)|ScopeMismatch", re.MULTILINE
)
_COLLECTION = re.compile(
    r"^collection failure|^(?:E +)?(?:Syntax|Indentation|Tab)Error\b|error: no tests?\b", re.MULTILINE
)
_ASSERTION = re.compile(
    r"^(?:E +)?assert\b|Assert(?:ion)?(?:Failed)?Error|\bAssertion\w*:|ERR_ASSERTION|DID NOT (?:RAISE|WARN)"
    r"|^(?:E +)?Failed: "
    r"|panicked at|assertion .{0,40}failed|\bexpect(?:ed)?\b.{0,200}\b(?:to|got|but|received|actual|was)\b"
    r"|^[ \t]*Expected:?\b"
    r"|ExpectationNotMet|ComparisonFailure|Failed asserting|^[ \t]*(?:got|want)\b|--- FAIL: |^FAIL: |^# +Failed test\b"
    r"|^\S{1,300}:\d{1,7}:\w{1,200}:FAIL\b|^\S{1,300}:\d{1,7}: Failure$|^\S{1,300}:\d{1,7}: FAILED:$"
    r"|^\S{1,300}:\d{1,7}: ERROR: (?:CHECK|REQUIRE)|: error: (?:in \"|Failure in TEST|Failure!)"
    r"|^ *\d+\. .{0,300}\bCU_(?:ASSERT|FAIL)|^FAIL!  : "
    r"|^(?:Difference(?: \(- actual, \+ expected\))?|Values? (?:is|are|must|does)\b.{0,120}"
    r"|Function (?:returned|threw)\b.{0,80}"
    r"|(?:Returned )?promise (?:resolved|rejected)\b.{0,80}|Called with):$"
    r"|^Test failed via `t\.fail\(\)`|^Planned for \d+ assertions?, but got|^Did not match snapshot",
    re.MULTILINE | re.IGNORECASE,
)
_NOT_OK = re.compile(r"^[ \t]*not ok\b", re.MULTILINE)
_THREW = re.compile(r"^[ \t]*(?:tapCaught:|(?:name|type): ['\"]?(?!Assert)\w*(?:Error|Exception)\b)", re.MULTILINE)
"""What says in the report of TAP that a test did not object itself, but stopped with an error."""
_ERROR = re.compile(
    r"^(?:E +|.{0,12}\[)?(?:[\w.]+\.)?(?P<name>[A-Z]\w*"
    r"(?:Error|Exception|Warning|Exit|Interrupt|NotFound|DoesNotExist))\b",
    re.MULTILINE,
)


_PYTEST = re.compile(r"^E {3,}.*$", re.MULTILINE)
"""The rows in which pytest says it. Around them stands the code, whose comments may speak of errors as well."""


def reason(text: str) -> Reason:
    """What a failure says of itself. What it could not reach comes first: whatever follows is of that."""
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    for kind, pattern in _OUTSIDE_COMPILED:
        if found := pattern.search(text):
            return Reason(kind, said=_line(text, found.start()))
    text = "\n".join(_PYTEST.findall(text)) or text
    for kind, pattern in ((ReasonKind.PACKAGE, _PACKAGES), (ReasonKind.NAME, _NAMES)):
        if first := pattern.search(text):
            every = [next(filter(None, found.groups())) for found in pattern.finditer(text)][:_MOST_NAMES]
            return Reason(kind, tuple(dict.fromkeys(every)), _line(text, first.start()))
    for kind, pattern in (
        (ReasonKind.FIXTURE, _FIXTURE),
        (ReasonKind.COLLECTION, _COLLECTION),
        (ReasonKind.ASSERTION, _ASSERTION),
    ):
        if found := pattern.search(text):
            return Reason(kind, said=_line(text, found.start()))
    if (found := _NOT_OK.search(text)) and not _THREW.search(text):
        return Reason(ReasonKind.ASSERTION, said=_line(text, found.start()))
    if found := _ERROR.search(text):
        return Reason(ReasonKind.ERROR, (found["name"],), _line(text, found.start()))
    return Reason(ReasonKind.UNKNOWN)


def _line(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    said = " ".join(text[start : end if end >= 0 else len(text)].split())
    return said.removeprefix("E ")[:200]
