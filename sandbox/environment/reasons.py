"""Why a command failed, out of all that it printed: the line that says it, not the one that says where to look."""

from __future__ import annotations

import re

from sandbox.backend import CommandOutcome

_POINTERS = re.compile(
    r"""(?xi)
    A\ complete\ log\ of\ this\ run | ^(?:hint|info|note):?\ (?:see\ above|visit\ https|this\ )| \[?end\ of\ output
    | ELIFECYCLE | ^\W*(?:npm\ )?err(?:or|!)\ (?:path|command|errno|signal|syscall)\b | ^[╰│├─>\s]+$
    | error\ Command\ failed\ with\ exit\ code | ^exit\ code: | ^full\ command: | ^cwd: | note:\ This\ is\ an\ issue
    | note:\ This\ error\ originates | See\ above\ for\ (?:output|details) | did\ not\ run\ successfully
    | tarball,\ folder,\ http\ url | ^npm\ error\ \d+$ | Note\ that\ you\ can\ also\ install\ from
    | ^\|\ (?:If\ neither\ works|If\ any\ of\ those|Make\ sure\ the\ lockfile|This\ is\ likely)
    | ^WARNING: | ^\[notice\] | you\ should\ consider\ upgrading
    """
)
_SAYS = re.compile(
    r"(?i)\b(?:\w*error|fatal|failed|failure|cannot|could not|couldn't|unable|no matching|no such|not found|denied"
    r"|refused|enotfound|econn\w+|unsupported|requires|missing|conflict)\b"
)
_HOPELESS = re.compile(
    r"(?i)no matching distribution|could not find a version|enotfound|etarget|e404|econn(?:refused|reset)|eai_again"
    r"|not found in the package registry|temporary failure in name|network is unreachable|could not resolve"
    r"|tunnel connection failed|command not found|no solution found|failed to fetch|timed? ?out"
)
_LINES = 80


def why(output: str) -> str:
    """The last line that names an error, else the last line that says anything; bounded, in no quotes."""
    lines = [line.strip() for line in output.splitlines()[-_LINES:]]
    telling = [line for line in lines if line and not _POINTERS.search(line)]
    found = next((line for line in reversed(telling) if _SAYS.search(line)), telling[-1] if telling else "")
    return found.removeprefix("| ")[:200].replace("`", "'")


def failed(command: str, outcome: CommandOutcome) -> str:
    """The end of a sentence about a command that failed; with what the proxy refused to it."""
    line = command if len(command) <= 120 else command[:117] + "..."
    if outcome.killed is not None:
        text = f"`{line}` was stopped ({outcome.killed.value})"
    else:
        said = why(outcome.output)
        text = f"`{line}` ended with exit code {outcome.exit_code}" + (f": `{said}`" if said else "")
    return f"{text} ({'; '.join(outcome.refused[:3])})" if outcome.refused else text


def is_hopeless(outcome: CommandOutcome) -> bool:
    """Whether the same manifests would fail so again, whatever the sources beside them are."""
    return outcome.killed is not None or bool(outcome.refused) or bool(_HOPELESS.search(outcome.output[-20_000:]))
