"""What a path says about its file: its language, and whether a fix is likely to be in it."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from posixpath import basename, splitext


class SyntaxKind(Enum):
    """How likely a file of this kind is to be changed for an issue."""

    SOURCE = "source"
    ASIDE = "aside"
    """Code beside the product: examples, documentation, vendored, generated, migrations, build."""
    TEST = "test"
    OTHER = "other"
    """No code: found only where the issue names its path."""


_GRAMMARS = {
    "python": ".py .pyi .pyx .pxd",
    "javascript": ".js .jsx .mjs .cjs",
    "typescript": ".ts .mts .cts",
    "tsx": ".tsx",
    "go": ".go",
    "rust": ".rs",
    "java": ".java",
    "ruby": ".rb .rake",
    "php": ".php",
    "c": ".c .h",
    "cpp": ".cc .cpp .cxx .hh .hpp .hxx .ipp .inl .cu",
    "c_sharp": ".cs",
    "elixir": ".ex .exs",
    "kotlin": ".kt .kts",
    "scala": ".scala .sc",
    "swift": ".swift",
    "bash": ".sh .bash",
    "": ".html .htm .vue .svelte .jinja .jinja2 .j2 .erb .m .mm .lua .pl .pm .r .jl .dart .clj .cljs .erl .hs .ml .mli"
    " .fs .vb .sql .zig .nim .cr .groovy .gradle .proto .graphql .f90 .pas .css .scss .less",
}
_LANGUAGE = {suffix: name for name, suffixes in _GRAMMARS.items() for suffix in suffixes.split()}

_TEST = re.compile(
    r"(^|/)(tests?|testing|testdata|test_[^/]*|__tests__|__snapshots__|specs?|fixtures|t|[^/]+\.tests?)/"
    r"|(^|/)(test_[^/]*|[^/]*_tests?|[^/]*_spec|conftest|tests?|[^/]*[.-](test|spec))\.[a-z]+$",
    re.IGNORECASE,
)
_CAMEL_TEST = re.compile(
    r"(^|/)(Test[A-Z][^/]*|[^/]*[a-z0-9](Test|Tests|TestCase|IT|Spec))\.(java|kt|scala|cs|php|swift|groovy)$"
)
_TEST_SUPPORT = re.compile(
    r"^(?!.*(^|/)(tests|test_|conftest))(?!src/test/).+/(test|testing)/[^/]+\.py$", re.IGNORECASE
)
"""Inside of a package `test` and `testing` are what the package offers for testing, as django/test/client.py."""
_ASIDE = re.compile(
    r"(^|/)(docs?|doc_src|documentation|examples?|samples?|demos?|galleries|tutorials?|benchmarks?|asv_bench|bench"
    r"|vendor|vendored|third[_-]party|c?externs?|externals?|node_modules|migrations|locale|i18n|dist|build|static|bin"
    r"|release|tools|scripts|ci|playground|website|\.[^/]+)/"
    r"|(^|/)(setup|conftest|_version|versioneer|noxfile)\.py$|\.min\.(js|css)$|[._-](pb2?|generated|gen)\.[a-z.]+$"
    r"|\.d\.ts$|(^|/)[^/]*\.(css|scss|less|html?|sql|config\.[cm]?[jt]s)$",
    re.IGNORECASE,
)


def language(path: str) -> str | None:
    """The grammar's name, "" for code without one of ours, None for what is no code."""
    return _LANGUAGE.get(splitext(path)[1].lower())


@lru_cache(maxsize=100_000)
def kind(path: str) -> SyntaxKind:
    if language(path) is None:
        return SyntaxKind.OTHER
    if _TEST_SUPPORT.search(path):
        return SyntaxKind.ASIDE
    if _TEST.search(path) or _CAMEL_TEST.search(path):
        return SyntaxKind.TEST
    return SyntaxKind.ASIDE if _ASIDE.search(path) else SyntaxKind.SOURCE


def module(path: str) -> str:
    """The path as code names it: without suffix, and without the file that stands for its directory."""
    bare = splitext(path)[0]
    head, _, leaf = bare.rpartition("/")
    return head if head and leaf in ("__init__", "index", "mod") else bare


def leaf_name(path: str) -> str:
    """The last word of the module's path."""
    return basename(module(path))
