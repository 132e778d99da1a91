"""Loops over what a pattern or a listing finds, filled in with what there is in the tree.

`for d in libs/*/`, `for m in $(find . -name go.mod -exec dirname {} \\;)`, `find . -name go.mod -execdir ... \\;` and
`ls -d libs/* | while read d` all become loops over plain words. A pattern that finds files and no directories
stays as it is: a tool takes `*.sh` as well as each of them.
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase

from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read.source import Source

_MOST = 14
_LONGEST = 1000
"""Characters of a line that is looked at: patterns of hostile lines take their time."""
_FOR = re.compile(
    r"^(?P<start>(?:[^#]*?(?:&&|;) ?)? ?for \w+ in )"
    r"(?P<words>(?:\$\((?:[^()\\]|\\.)*\)|`[^`]*`|[^;$`(])+?)(?P<end> ?(?:;|$))"
)
_READ = re.compile(r" ?while (?:IFS=\S* )?read (?:(?:-\w+|'') )*(\w+)")
_SUBSTITUTED = re.compile(r"^(?:\$\((?P<a>.*)\)|`(?P<b>[^`]*)`)$")


def filled(source: Source, script: str, cwd: str) -> str:
    """The script with its loops over patterns turned into loops over words."""
    if "for " not in script and "find " not in script and "while" not in script:
        return script
    return "\n".join(_line(source, line, cwd) for line in script.split("\n"))


def _line(source: Source, line: str, cwd: str) -> str:
    if len(line) > _LONGEST or not any(word in line for word in ("for ", "find ", "while ")):
        return line
    plain = re.sub(r"[ \t]+", " ", line)
    loop = _read(plain) or plain
    if each := _each(source, loop, cwd):
        return each
    matched = _FOR.match(loop)
    if not matched:
        return line
    words = _words(source, matched["words"].strip(), cwd)
    return f"{matched['start']}{words}{matched['end']}{loop[matched.end() :]}"


def _read(line: str) -> str:
    """`find ... | while read -r d; do` as a loop over what is listed, empty where it is none."""
    listing, *more = line.split("|")
    matched = _READ.match(more[-1]) if more else None
    if not matched or not re.match(r" ?(find|ls|git ls-files) ", listing):
        return ""
    passed = "|".join([listing.strip(), *more[:-1]])
    return f"for {matched[1]} in $({passed}){more[-1][matched.end() :]}"


def _each(source: Source, line: str, cwd: str) -> str:
    """`find -execdir` on manifests as the command in each of their directories, empty where it is none."""
    find, mark, rest = line.strip().partition(" -execdir ")
    ends = (" \\;", " ';'", ' ";"', " +")
    command = next((rest.strip().removesuffix(end) for end in ends if rest.strip().endswith(end)), "")
    name = _name(find)
    if not mark or not find.startswith("find ") or not command or not name or "*" in name:
        return ""
    return "\n".join(f"(cd {d} && {command})" for d in _holders(source, find, cwd))


def _words(source: Source, words: str, cwd: str) -> str:
    if not re.search(r"[*$`]", words):
        return words
    substituted = _SUBSTITUTED.match(words)
    if substituted:
        return " ".join(_listed(source, substituted["a"] or substituted["b"] or "", cwd)) or words
    if re.search(r"[$`]", words):
        return words
    return " ".join(one for word in words.split() for one in _matches(source, word.strip("'\""), cwd))


def _matches(source: Source, pattern: str, cwd: str) -> list[str]:
    """The directories that a pattern of the shell finds; the pattern itself where it finds none."""
    if "*" not in pattern:
        return [pattern]
    found = [""]
    for part in pattern.strip("/").split("/"):
        level = [join(cwd, f) if f else cwd for f in found]
        if "*" in part:
            found = [
                f"{f}/{d}".strip("/")
                for f, at in zip(found, level, strict=True)
                for d in _plain(source.dirs(at))
                if fnmatchcase(d, part) and not (d.startswith(".") and part[0] == "*")
            ]
        else:
            found = [
                f"{f}/{part}".strip("/") for f, at in zip(found, level, strict=True) if source.is_dir(join(at, part))
            ]
        found = found[:60]
    if not found and not pattern.endswith("/"):
        # `libs/*/go.mod` finds files, of which the directories may be what is meant.
        head, _, last = pattern.rpartition("/")
        if head and "*" not in last and "*" in head:
            return [f"{d}/{last}" for d in _matches(source, head, cwd) if source.has(join(join(cwd, d), last))][:_MOST]
    return found[:_MOST] or [pattern]


def _listed(source: Source, command: str, cwd: str) -> list[str]:
    """What `ls`, `find` and `git ls-files` list, as far as it is directories or files of one name."""
    first, *rest = command.split("|")
    words = first.split()
    if words[:1] == ["ls"]:
        given = [w.strip("'\"") for w in words[1:] if not w.startswith("-")]
        itself = any(re.fullmatch(r"-\w*d\w*|--directory", w) for w in words[1:])
        several = [d for w in given or ["."] for d in _of(source, w, cwd, itself)]
        return several[:_MOST] if not rest or all("sort" in r for r in rest) else []
    if words[:1] == ["find"] or words[:2] == ["git", "ls-files"]:
        name = _name(first)
        holders = _holders(source, first, cwd)
        if not name or "*" in name:
            return []
        dirs = "dirname" in command or "%h" in command
        return [d if dirs else posixpath.normpath(f"{d}/{name}") for d in holders]
    return []


def _of(source: Source, given: str, cwd: str, itself: bool) -> list[str]:
    """What `ls` says of a pattern or a directory: the names in it, or (`-d`) the directory itself."""
    if "*" in given:
        return _matches(source, given, cwd)
    if itself:
        return [given.rstrip("/")] if source.is_dir(join(cwd, given)) else []
    return [d for d in _plain(source.dirs(join(cwd, given))) if not d.startswith(".")]


def _plain(names: tuple[str, ...] | list[str]) -> list[str]:
    """The names that are one word of a script, which spaces and the shell's own characters would make more of."""
    return [name for name in names if re.fullmatch(r"[\w./@+:,%=-]+", name)]


def _name(find: str) -> str:
    """The name of the files that are looked for."""
    named = re.search(r"-i?name\s+['\"]?([\w.*-]+)['\"]?", find)
    listed = re.search(r"git ls-files\s+(?:--\s+)?['\"]?(?:[\w.*-]+/)*([\w.*-]+)['\"]?", find)
    return named.group(1) if named else listed.group(1) if listed else ""


def _holders(source: Source, find: str, cwd: str) -> list[str]:
    """The directories below the one that is searched which hold a file of that name."""
    name = _name(find)
    start = re.match(r"\s*find\s+([\w./-]+)(?=\s)", find)
    top = start.group(1).rstrip("/") if start and not start.group(1).startswith("-") else "."
    base = join(cwd, top)
    out = re.findall(r"(?:!|-not)\s+-path\s+['\"]?([^'\"\s]+)", find)
    found = [d for d in source.below(base).walk(depth=4, limit=300) if name in source.files(join(base, d))]
    found = [posixpath.normpath(f"{top}/{d}") for d in found]
    if listed := re.search(r"git ls-files\s+(?:--\s+)?['\"]?([\w./*-]+)", find):
        found = [d for d in found if fnmatchcase(posixpath.normpath(f"{d}/{name}"), listed.group(1))]
    return [d for d in _plain(found) if not any(fnmatchcase(f"./{d}/{name}", p) for p in out)][:_MOST]
