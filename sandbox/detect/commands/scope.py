"""The files that a hook is handed, said in the words of the tool that it runs.

pre-commit hands names that match `files` and not `exclude`, both regular expressions of Python. A tool that is
started on a directory has to be told the same by options of its own, or by a list of names.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.detect.commands.scripts.wrappers import unwrap

_PATHS = {
    **dict.fromkeys(("flake8", "flake8p", "pflake8", "ruff"), "--extend-exclude="),
    **dict.fromkeys(("bandit", "pycodestyle", "ruff format"), "--exclude="),
}
_EACH = {"isort": "--skip-glob=", "eslint": "--ignore-pattern=", "oxlint": "--ignore-pattern="}
_PATTERN = {"black": "--extend-exclude=", "mypy": "--exclude=", "pylint": "--ignore-paths="}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a hook looks. `only` are the directories and files of `files`, `out` those of `exclude`; an
    expression that is no mere list of paths stays in `pattern`, as one that leaves files out."""

    only: tuple[str, ...] = ()
    out: tuple[str, ...] = ()
    pattern: str = ""

    @classmethod
    def of(cls, files: object, excludes: Iterable[object]) -> Scope:
        flat = _flat(str(files or ""))
        only = (paths(flat) or ()) if all(part.startswith("^") for part in _alternatives(flat)) else ()
        out: list[str] = []
        patterns: list[str] = []
        for exclude in excludes:
            text = _flat(str(exclude or ""))
            if not text:
                continue
            found = paths(text)
            out += found or ()
            patterns += [text]
        whole = "|".join(f"(?:{p})" if len(patterns) > 1 else p for p in patterns)
        known = sum(1 for p in patterns if paths(p))
        return cls(tuple(only), tuple(dict.fromkeys(out)) if known == len(patterns) else (), whole)

    def applied(self, line: str, *, placeless: bool = False) -> str:
        """The command with its place, and with what it must leave alone."""
        words = unwrap(tuple(line.split()))
        tool = words[0].rpartition("/")[2] if words else ""
        if words[1:2] == ("format",) and tool == "ruff":
            tool = "ruff format"  # which learned the other option late
        places = " ".join(map(shlex.quote, self.only)) or ("" if placeless else ".")
        return " ".join(w for w in (line, self._options(tool), places) if w)

    def _options(self, tool: str) -> str:
        if not self.pattern:
            return ""
        if tool in _PATTERN:
            return _PATTERN[tool] + shlex.quote(self.pattern)
        if tool in _EACH and self.out:
            return " ".join(_EACH[tool] + shlex.quote(f"{p}*" if p[-1:] == "/" else p) for p in self.out)
        if tool in _PATHS and self.out:
            return _PATHS[tool] + shlex.quote(",".join(p.rstrip("/") for p in self.out))
        if tool == "prettier" and self.out:
            return " ".join(shlex.quote(f"!{p}**" if p[-1:] == "/" else f"!{p}") for p in self.out)
        if tool in _PATHS:
            # Its words for it are globs: of an expression that is no list of paths, globs keep the gist.
            globs = [g for part in _alternatives(self.pattern) if (g := _glob(part))]
            return _PATHS[tool] + shlex.quote(",".join(globs)) if globs else ""
        return ""


def paths(pattern: str) -> list[str] | None:
    """The paths that an expression lists; None where it is more than a list. Directories end with a slash."""
    flat = _flat(pattern)
    if not flat:
        return None
    found: list[str] = []
    for part in _alternatives(flat):
        path = _path(part)
        if path is None:
            return None
        found.append(path)
    return found


def _flat(pattern: str) -> str:
    """The expression without the spaces and comments of its verbose form, and without `(^|/)` before a name."""
    pattern = re.sub(r"\((?:\?:)?\^\|/\)|\((?:\?:)?/\|\^\)", "", pattern)
    if re.match(r"\(\?[a-zA-Z]*x[a-zA-Z]*\)", pattern.strip()):
        body = re.sub(r"^\(\?[a-zA-Z]+\)", "", pattern.strip())
        return re.sub(r"\s+", "", re.sub(r"(?<!\\)#[^\n]*", "", body))
    return pattern.strip()


def _alternatives(pattern: str, depth: int = 0) -> list[str]:
    """`^(a|b/(c|d))x$` as its parts, written out: as many as 60."""
    parts, level, current = [], 0, ""
    for char in pattern[:4000]:
        level += (char == "(") - (char == ")")
        if char == "|" and level == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    parts.append(current)
    if len(parts) > 1:
        return [p for part in parts for p in _alternatives(part, depth + 1)][:60] if depth < 6 else parts
    matched = re.match(r"^(\^?)([^()|]*)\((?:\?:)?", pattern)
    if not matched or depth > 6:
        return [pattern]
    start, level = matched.end(), 1
    for index in range(start, len(pattern)):
        level += (pattern[index] == "(") - (pattern[index] == ")")
        if level == 0:
            before, inner, after = matched.group(1) + matched.group(2), pattern[start:index], pattern[index + 1 :]
            if "|" not in inner or after[:1] in ("*", "+", "?", "{"):
                joined = before + inner + after if after[:1] not in ("*", "+", "?", "{") else ""
                return _alternatives(joined, depth + 1) if joined else [pattern]
            options = _alternatives(inner, depth + 1)
            return [p for option in options for p in _alternatives(_join(before, option) + after, depth + 1)][:60]
    return [pattern]


def _join(before: str, option: str) -> str:
    return before + option.removeprefix("^") if before else option


def _path(part: str) -> str | None:
    anchored = part.startswith("^")
    text = re.sub(r"(\.\*|\.\+|\(\?:\.\*\))?(\\\.pyi?\??)?\$?$", "", part.removeprefix("^")) if anchored else part
    whole = part.removeprefix("^").removesuffix("$")
    if re.fullmatch(r"(?:[\w/@ -]|\\[.+/-])+", whole) and "\\." in whole and anchored:
        return _named(whole.replace("\\", ""))
    if not anchored and not text.endswith("/"):
        return None
    plain = text.replace("\\.", ".").replace("\\/", "/").replace("\\-", "-")
    return _named(plain) if re.fullmatch(r"[\w./@ -]+", plain) else None


def _named(path: str) -> str | None:
    """A path as a tool may be given it: none of another place than the tree, and no option."""
    if path.startswith("/") or ".." in path.split("/"):
        return None
    return f"./{path}" if path.startswith("-") else path


def _glob(part: str) -> str:
    """A glob that takes in what an expression's part matches, empty where there is none."""
    text = part.removesuffix("$").replace(".*", "*").replace(".+", "*").replace("\\d+", "*").replace("\\w+", "*")
    text = re.sub(r"\[[^\]]*\][+*]?|\w\?", "*", text).replace("\\", "")
    text = text.removeprefix("^") if text.startswith("^") else f"*{text}"
    text = re.sub(r"\*+", "*", text).rstrip("/")
    return text if re.fullmatch(r"[\w./@*-]+", text) and text.strip("*./") else ""
