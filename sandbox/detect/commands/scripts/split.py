"""A shell script's lines, those of loops once for each turn, and a line split into the simple commands of its list."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.detect.commands.scripts.functions import inlined
from sandbox.detect.commands.scripts.lines import filled, logical
from sandbox.detect.tools.call import PIPED

_SUBSTITUTION = re.compile(r"\$\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`")
_HANDED_OVER = re.compile(r"(?<![^\s])[=<>]\([^()]*(?:\([^()]*\)[^()]*)*\)")
"""What a command prints, as a file: `diff <(a) <(b)`, in zsh `=(a)`, too."""
_ZSH = re.compile(r"\*\*\*/|(?<=[\w*\]])\([N.^/@f+\d-]+\)(?=[\s;|&]|\Z)")
"""Patterns for names of files that no other shell knows."""
_DUPLICATED = re.compile(r"\d?>&\d|&>>?\s*\S+|\d?>>?\s*\S+")
_DIRNAME = re.compile(r"""\$\(dirname\s+["']?([\w./-]+)/[\w.-]+["']?\)""")
_WITHIN = re.compile(r"(?<=[^\s;&|()])#")
_MARKS = {1: "#", 2: "\\(", 3: "\\)", 14: "$(", 15: ")", 16: " ", 17: "|", 18: "'"}
"""A `#` within a word, which begins no comment (`nix build .#checks`), and find's parentheses, which are no group."""
_PARENTHESES = {"\x02": "(", "\x03": ")"}
_PACKAGES = re.compile(
    r"(?:\$\(|`)go list(?: -[\w=]+)* [\w./]+(?: ?\| ?grep (?:-E )?-E?v(?: -e)? ['\"]?[\w./|@-]+['\"]?)*[)`]"
)
"""Go's packages without some of them, which go is tested on."""
_LONGEST = 20_000
"""Characters of a line that is read: what is longer was written by a program, and hides no check."""
_LISTED = re.compile(
    r"(?:for (\w+) in \$\(((?:find|git ls-files) [^()$`]{1,300})\)"
    r"|((?:find|git ls-files) [^|;$`]{1,300})\| ?while (?:IFS=\S{0,9} )?read (?:-r )?(\w+))"
)
"""A loop over the files that a listing gives."""


def _each(line: str, body: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The linters that a loop over a listing calls on each file, as if the listing were piped into them."""
    loop = _LISTED.match(line)
    if not loop:
        return
    name, listing = loop.group(1) or loop.group(4), (loop.group(2) or loop.group(3)).strip()
    call = re.compile(
        rf"(?:^|[\s(;&])([\w-]{{2,20}})((?: -[^\s$|;&()'\"]{{1,60}}){{0,6}}) [\"']?\$\{{?{name}\}}?[\"']?(?=[\s;)|&]|$)"
    )
    for at, text in body:
        for found in call.finditer(text[:1000]):
            if found.group(1) in BY_NAME:
                yield at, f"{listing} | xargs -n1 {found.group(1)}{found.group(2)}"


_LOOP = re.compile(r"for\s+(\w+)\s+in\b([^;\n$`]+)(?:;\s*do\b|$)")


def unrolled(script: str, given: Mapping[str, str] | None = None) -> Iterator[tuple[int, str]]:
    """The logical lines, those of a loop over plain words once for each of them. `given` are the variables that the
    script is run with."""
    lines = filled(inlined(list(logical(script))), given or {})
    number = 0
    while number < len(lines):
        offset, line = lines[number]
        number += 1
        loop = _LOOP.match(line)
        if not loop:
            yield from _each(line, [(offset, line[4:]), *lines[number : number + 12]])
            yield offset, line
            continue
        body = [(offset, line[loop.end() :])]
        while number < len(lines) and not re.search(r"(^|[;\s])done\b", body[-1][1]):
            body.append(lines[number])
            number += 1
        behind = re.split(r"(?:^|;)\s*done\b[;\s]*", body[-1][1], maxsplit=1)[1:]
        for word in loop.group(2).split()[:14]:
            for at, text in body:
                text = re.sub(r"(^|;)\s*done\b.*", "", re.sub(r"^\s*do\b", "", text))
                value = word.strip("'\"")
                text = re.sub(rf"\$(?:\{{{loop.group(1)}\}}|{loop.group(1)}\b)", value.replace("\\", ""), text)
                # Each turn begins where the loop does.
                yield at, f"({text})" if re.match(r"\s*(cd|pushd)\b", text) and "&&" in text else text
        yield from ((body[-1][0], text) for text in behind if text.strip())


@dataclass(slots=True)
class ScriptPart:
    words: list[str]
    nested: bool = False
    group: int = 0
    """Which pair of parentheses of the line it stands in, 0 for none."""
    after: str = ""
    tolerated: bool = False


def _marked(line: str) -> str:
    return _WITHIN.sub("\x01", line).replace("\\(", "\x02").replace("\\)", "\x03")


def _without_substitutions(line: str) -> str:
    """The line with what it is told by other commands in one form, and without what leads its output elsewhere."""
    line = _handed(_DIRNAME.sub(r"\1", line.replace("$(shell ", "$(")))
    line = _HANDED_OVER.sub("$SUBSTITUTION", line)
    if _ZSH.search(line):
        line = re.sub(r"[^\s;|&]+", lambda word: "$SUBSTITUTION" if _ZSH.search(word[0]) else word[0], line)
    line = _PACKAGES.sub(lambda m: _kept_whole(m[0]), line)
    for _ in range(3):  # they stand in one another
        line = _SUBSTITUTION.sub("$SUBSTITUTION", line)
    return _DUPLICATED.sub(" ", line)


def parts(line: str) -> list[ScriptPart]:
    if len(line) > _LONGEST:
        return []
    line = _without_substitutions(line)
    lexer = shlex.shlex(_marked(line), posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[ScriptPart] = []
    words: list[str] = []
    before: list[str] = []
    piped, depth, group = False, 0, 0

    def end(separator: str) -> None:
        given = _given(words, before) if piped else _executed(words)
        if words and not piped and not given:
            found.append(ScriptPart(list(words), depth > 0, group if depth else 0, separator))
        elif given:
            found.append(ScriptPart(given, depth > 0, group if depth else 0, separator))
        elif found and not words:
            found[-1].after += separator
        words.clear()

    try:
        for token in lexer:
            if token and set(token) <= set(";&|()"):
                last = list(words)
                end(token)
                piped = token in ("|", "|&")
                before = last if piped else []
                group += not depth and "(" in token
                depth = max(0, depth + token.count("(") - token.count(")"))
            else:
                words.append(_PARENTHESES.get(token) or token.translate(_MARKS))
    except ValueError:
        return found
    end("")
    for number, part in enumerate(found):
        # `a && b || c`: c makes good of either.
        chain = next((n for n in range(number, len(found)) if found[n].after != "&&"), number)
        part.tolerated = found[chain].after.startswith("||") and _forgives(found[chain + 1 :])
    if len(found) > 1 and found[-2].after == ";" and (_succeeds(found[-1].words) or _says(found[-1].words)):
        found[-2].tolerated = True
    return found


def _kept_whole(listing: str) -> str:
    """A listing as one word of the line, in marks that are taken back where the words are."""
    inner = re.sub(r"['\"]", "\x12", listing[listing.index("go") : -1])
    return f"\x0e{inner}\x0f".replace(" ", "\x10").replace("|", "\x11")


def _lists(words: list[str]) -> bool:
    """Whether a command prints names of files."""
    if words[:2] == ["git", "grep"]:
        return any(re.fullmatch(r"-[a-zA-Z]*l[a-zA-Z]*|--(files-with-matches|name-only)", w) for w in words[2:])
    return words[:1] == ["find"] or words[:2] == ["git", "ls-files"]


def _executed(words: list[str]) -> list[str]:
    """What `find -exec` runs, as if the files were handed on by a pipe; empty where it runs nothing that is known."""
    if words[:1] != ["find"] or "-exec" not in words:
        return []
    at = words.index("-exec")
    call = [w for w in words[at + 1 :] if w not in ("+", ";")]
    if call[-1:] != ["{}"] or "{}" in call[:-1]:
        return []
    return _given(["xargs", *(["-n", "1"] if call[0] in ("php", "rstcheck") else []), *call[:-1]], words[:at])


def _given(words: list[str], before: list[str]) -> list[str]:
    """What `xargs` runs on the files that `git ls-files`, `git grep -l` or `find` lists: the same on all of it."""
    if words[:1] != ["xargs"] or not _lists(before):
        return []
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in ("-n", "-P", "-L", "-I", "-d", "-a", "-s") else rest[1:]
    if rest and rest[0].rpartition("/")[2] in BY_NAME:
        at = len(words) - len(rest)
        return [PIPED, shlex.join(before), *words[:at], rest[0].rpartition("/")[2], *rest[1:]]
    whole = rest and rest[0] in _WHOLE and "{}" not in rest and before[1] != "grep"
    return [*(w for w in rest if w != "--"), _place(before)] if whole else []


BY_NAME = frozenset(
    (
        *("shellcheck", "shfmt", "clang-format", "hadolint", "cpplint", "nixfmt", "buildifier", "mdl", "rstcheck"),
        *("codespell", "rustfmt", "php", "djhtml"),
    )
)
_LISTING = re.compile(r"\s*(find|git ls-files|git grep)\b")


_WHOLE = frozenset(
    ["pytype", "flake8", "black", "isort", "ruff", "pylint", "mypy", "yamllint", "eslint", "prettier", "autopep8"]
)
"""Tools that take a directory for the files below it."""


def _handed(line: str) -> str:
    """`shellcheck $(git ls-files '*.sh')` as the listing piped into xargs."""
    if len(line) > 4000 or not any(tool in line for tool in BY_NAME):
        return line
    for found in _SUBSTITUTION.finditer(line):
        inner = found.group(0)[2:-1] if found.group(0).startswith("$(") else found.group(0)[1:-1]
        start = 1 + max(line.rfind(mark, 0, found.start()) for mark in ";&|\n")
        command, behind = line[start : found.start()], line[found.end() :].lstrip('"')
        listing, *more = inner.split("|")
        tool = next((w for w in command.split()[:5] if w.rpartition("/")[2] in BY_NAME), "")
        sorted_only = all(re.fullmatch(r"\s*sort( -u)?\s*", m) for m in more)
        if tool and sorted_only and _LISTING.match(listing) and not re.match(r"\s*[\w./-]", behind):
            call = command[command.index(tool) :].rstrip(' "')
            return f"{line[:start]} {listing.strip()} | xargs {call}{behind}"
    return line


def _place(before: list[str]) -> str:
    if before[0] == "find" and len(before) > 1 and not before[1].startswith("-") and "$" not in before[1]:
        return before[1]
    return "."


def _succeeds(words: list[str]) -> bool:
    return words in (["true"], [":"], ["exit", "0"], ["/bin/true"])


def _says(words: list[str]) -> bool:
    return words[:1] in (["echo"], ["printf"]) and not any("$" in w for w in words)


def _forgives(rest: list[ScriptPart]) -> bool:
    """Whether what follows `||` makes a success of the failure."""
    if not rest:
        return False
    if _succeeds(rest[0].words):
        return True
    fails = any(p.words[:1] in (["exit"], ["return"], ["false"]) and p.words[1:] != ["0"] for p in rest)
    return rest[0].words[0].lstrip("{") in ("echo", "printf", "") and not fails
