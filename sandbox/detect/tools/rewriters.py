"""Formatters that rewrite, where CI looks at `git diff` behind them, as calls that leave the files alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from sandbox.detect.tools import files, more, others, systems
from sandbox.detect.tools.call import PIPED, ToolLine, Words, as_given

LOOKED_AT = re.compile(r"\bgit (?:-\S+ )?(?:diff(?!-)|status (?:--porcelain|-s\b|--short)|diff-(?:index|files))")
"""How a script finds out whether files were changed."""
_C = "git ls-files '*.c' '*.cc' '*.cpp' '*.cxx' '*.h' '*.hh' '*.hpp' | xargs clang-format --dry-run -Werror"
_DRY = ("clang-format", "--dry-run", "-Werror")


def checking(words: Words) -> ToolLine | None:
    """The checking form of a call that rewrites; None where it is no formatter that we know, or checks already."""
    if not words:
        return None
    if words[0] == PIPED:
        return _listed(words)
    name = re.sub(r"-v?\d+(\.\d+)*$", "", words[0].rpartition("/")[2])
    rule = _RULES.get(name)
    return rule((name, *words[1:])) if rule and not {"--help", "--version"} & set(words) else None


def _listed(words: Words) -> ToolLine | None:
    """A formatter behind a listing: `find src -name '*.cpp' | xargs clang-format -i`."""
    at = next((n for n, w in enumerate(words) if w.rpartition("/")[2].startswith("clang-format")), 0)
    if not at or "-i" not in words[at:] or "$" in " ".join(words):
        return None
    kept = (*words[2:at], *_DRY, *(w for w in words[at + 1 :] if w not in ("-i", *_DRY)))
    return ToolLine("lint", "clang-format", "native", kept, True, raw=f"{words[1]} | {' '.join(map(as_given, kept))}")


def _clang_format(words: Words) -> ToolLine | None:
    if "-i" not in words:
        return None
    kept = (*_DRY, *(w for w in words[1:] if w not in ("-i", *_DRY)))
    known = not re.search(r"[$`]|\*\*", " ".join(kept)) and any(w[0] != "-" for w in kept[1:])
    return ToolLine("lint", "clang-format", "native", kept, True, raw="" if known else _C)


def _gofmt(words: Words) -> ToolLine | None:
    """`gofmt -w .`; on single files it puts in order what was generated."""
    paths = [w for before, w in pairwise(words) if w[0] != "-" and before not in ("-local", "-r")]
    if "-w" not in words or any(p.endswith(".go") for p in paths):
        return None
    found = others.RULES[words[0]]((words[0], "-l", *(w for w in words[1:] if w != "-w")))
    return found and ToolLine("lint", found.key, found.ecosystem, found.words, True, raw=found.raw)


def _go(words: Words) -> ToolLine | None:
    found = others.RULES["gofmt"](("gofmt", "-l", ".")) if words[1:2] == ("fmt",) else None
    return found and ToolLine("lint", found.key, found.ecosystem, found.words, True, raw=found.raw)


def _as(change: Callable[[Words], Words | None], rule: Callable[[Words], ToolLine | None], key: str = "") -> _Rule:
    """A call in other words, known by the rule of its tool or, with a key, as it is."""

    def made(words: Words) -> ToolLine | None:
        line = change(words)
        found = rule(line) if line and "$" not in " ".join(line) else None
        return found and ToolLine(found.kind, key or found.key, found.ecosystem, found.words, True, raw=found.raw)

    return made


_Rule = Callable[[Words], ToolLine | None]


def _flag(checks: str, *writes: str, mode: str = "", other: str = "") -> Callable[[Words], Words | None]:
    """The words with `checks` in the place of those that write; in a `mode` of the tool, which is `other` then."""

    def change(words: Words) -> Words | None:
        if mode and words[1:2] != (mode,):
            return None
        if not mode and writes and not set(writes) & set(words):
            return None
        start = (words[0], other or mode) if mode else words[:1]
        kept = [w for w in words[len(start) :] if w not in (*writes, *checks.split())]
        return (*start, *checks.split(), *kept)

    return change


def _plainly(ecosystem: str, key: str) -> _Rule:
    return lambda words: ToolLine("lint", key, ecosystem, words)


_RULES: dict[str, _Rule] = {
    "clang-format": _clang_format,
    **dict.fromkeys(("gofmt", "goimports", "gofumpt"), _gofmt),
    "go": _go,
    "golangci-lint": _as(_flag("--diff", mode="fmt"), _plainly("go", "golangci-lint fmt")),
    "buf": _as(_flag("-d --exit-code", "-w", "--write", mode="format"), files.RULES["buf"]),
    "cmake-format": _as(_flag("--check", "-i", "--in-place"), files.RULES["cmake-format"]),
    "taplo": lambda words: next(
        (f for m in ("fmt", "format") if (f := _as(_flag("--check", mode=m), files.RULES["taplo"])(words))), None
    ),
    "dprint": _as(_flag("", mode="fmt", other="check"), files.RULES["dprint"]),
    "sqlfluff": _as(_flag("", "-f", "--force", mode="fix", other="lint"), files.RULES["sqlfluff"]),
    "mdformat": _as(_flag("--check"), files.RULES["mdformat"]),
    "yamlfmt": _as(_flag("-lint"), files.RULES["yamlfmt"]),
    "addlicense": _as(_flag("-check"), files.RULES["addlicense"]),
    **{n: _as(_flag("--check"), files.RULES[n]) for n in ("alejandra", "nixfmt", "nixpkgs-fmt")},
    "shfmt": _as(_flag("-d", "-w"), more.RULES["shfmt"]),
    "ormolu": _as(_flag("--mode check", "-i", "--mode=inplace"), more.RULES["ormolu"]),
    "fourmolu": _as(_flag("--mode check", "-i", "--mode=inplace"), more.RULES["fourmolu"]),
    "cljfmt": _as(_flag("", mode="fix", other="check"), more.RULES["cljfmt"]),
    "dune": lambda words: (
        ToolLine("lint", "dune fmt", "ocaml", ("dune", "build", "@fmt"), True)
        if words[1:2] == ("fmt",) or "@fmt" in words
        else None
    ),
    "dotnet": lambda words: (
        ToolLine("lint", "dotnet format", "dotnet", (*words, "--verify-no-changes"), True)
        if words[1:2] == ("format",) and "$" not in " ".join(words)
        else None
    ),
    "buildifier": _as(_flag("-mode=check", "-mode=fix"), systems.RULES["buildifier"]),
    "google-java-format": _as(
        _flag("--dry-run --set-exit-if-changed", "-i", "--replace", "-r"), _plainly("files", "google-java-format")
    ),
    "ktlint": _as(_flag("", "-F", "--format"), _plainly("files", "ktlint")),
}
