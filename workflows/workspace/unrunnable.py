"""Trees whose code cannot be run, with its text as it was: what does the same there has run none of it.

Each file of code gets one line that is none in any language. What only searches text finds there what it found before;
what runs, imports or compiles any of the code fails, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from sandbox.trees.workspace import Workspace

_LINE = b")]} pullwright-no-code-here ({["
_CODE = re.compile(
    r"\.(?:py|pyi|pyx|[cm]?[jt]sx?|vue|svelte|coffee|rb|rake|gemspec|php|go|rs|exs?|erl|lua|pl|pm|t|java|kts?|scala|groovy"
    r"|swift|dart|jl|r|c|cc|cpp|cxx|h|hh|hpp|m|mm|cs|fs|vb|hs|ml|mli|clj[cs]?|nim|zig|cr|d|f90|sh|bash|zsh|fish|ps1|awk)$"
    r"|(?:^|/)(?:GNUmakefile|[Mm]akefile|[Jj]ustfile|Rakefile|Gemfile|configure)$",
    re.IGNORECASE,
)
_AS_IT_IS_READ = re.compile(
    r"\.(?:php|sh|bash|zsh|fish|ps1|awk|rb|rake|pl|pm|t)$|(?:^|/)(?:configure|Rakefile|Gemfile)$", re.I
)
"""Code of which an end need not be reached, or is no code."""
_ADDED = re.compile(r"[^\w)]*+[\w./-]*+[^\w)]*+" + re.escape(_LINE.decode()))
"""A line that was added, behind its number or the name of its file, as programs print one."""
_SHEBANG = b"#!"
_MOST = 2_000
"""Files: those that were named first, then those that lie highest."""
_MOST_BYTES = 2_000_000


def unrunnable(workspace: Workspace, mark: str, first: Collection[str] = ()) -> str:
    """The mark of a tree without code that runs; `mark` where there is no code. Its lines have the same numbers."""
    listing = dict(workspace.listing(mark))
    named = set(first)
    regular = [path for path, (mode, _) in listing.items() if mode.startswith("100")]
    code = [path for path in regular if _CODE.search(path) or (path in named and "." not in path.rpartition("/")[2])]
    chosen = sorted(code, key=lambda one: (one not in named, one.count("/"), one))[:_MOST]
    held = dict(workspace.objects.read(list({listing[path][1] for path in chosen})))
    for path in chosen:
        mode, blob = listing[path]
        if len(held[blob]) <= _MOST_BYTES and b"\0" not in held[blob]:
            listing[path] = (mode, workspace.objects.write("blob", spoilt(path, held[blob])))
    return workspace.objects.write_listing(listing)


def spoilt(path: str, data: bytes) -> bytes:
    """A file of code with the line: in its second one where its end may not be read as code, else at its end."""
    if not (data.startswith(_SHEBANG) or _AS_IT_IS_READ.search(path)):
        return data + (b"" if not data or data.endswith(b"\n") else b"\n") + _LINE + b"\n"
    head, newline, rest = data.partition(b"\n")
    return head + b"\n" + _LINE + b" " + (rest if newline else b"")


def without_line(output: str) -> list[str]:
    """The lines of an output as they were without the spoilt ones, and without numbers, which may count them."""
    printed = (line.strip() for line in output.split("\n"))
    kept = (line.replace(_LINE.decode(), "").strip() for line in printed if not _ADDED.fullmatch(line))
    return [re.sub(r"\d+", "0", line) for line in kept if line]
