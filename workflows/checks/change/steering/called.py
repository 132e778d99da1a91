"""What the checks call without naming it: scripts of scripts, modules beside a program, what settings load."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase

from workflows.policy.check_files import is_script, is_test

_WORD = re.compile(r"[\w./+*@-]+")
_INCLUDE = re.compile(r"^[ \t]*[-s]?include[ \t]+([^#\n]+)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+\.?([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.MULTILINE)
_REQUIRE = re.compile(r"(?:\bfrom|\brequire\(|\bimport\(?)\s*['\"](\./[\w./-]+)['\"]")
_LOADS = re.compile(
    r"""(?:setupFiles\w*|global[-_]?(?:setup|teardown)|testEnvironment|reporters?|runner|testRunner|resolver|transform
        |preload|snapshotSerializers|bootstrap)['"]?\s*[:=]\s*
        (\[[^\]]*\]|\{[^}]*\}|['"][^'"\n]+['"]|-\s\S+|[\w./@-]+)
      |\b(?:require|import|file)['"]?\s*[:=]\s*(\[[^\]]*\]|-\s\S+|[\w./@-]+)  # quoted, it is an export of a package
      |(?:--(?:require|import|loader|reporter|setup-files?|file|bootstrap)|(?<![^\s'"])-[rp])['",\s=]*([\w./<>@-]+)
      |\bpytest_plugins\s*=\s*([\[(][^\])]*[\])]|['"][^'"\n]+['"])""",
    re.VERBOSE | re.IGNORECASE,
)
"""Where the settings of runners, or their options, say what is loaded before the tests."""
_NO_RUNNER = re.compile(
    r"(?<![\w.-])(?:d?mypy|stubtest|mkdir|cp|rm|grep|tar|isort|pip3?|unittest|tsc|vue-tsc|prove|pylint)(?![\w.-])[^\n;&|]*"
)
"""Calls of programs to which `-p` and `-r` mean something else: a package to look at, a folder, a list."""
_ENDS = ("", ".py", "/__init__.py", ".js", ".cjs", ".mjs", ".ts", ".rb", ".php", "/index.js", "/index.ts")
_PROGRAM = re.compile(r"\.(?:py|[cm]?[jt]s|rb|php|pl)$")
_MOST = 60
"""Programs that are looked into."""


def spread(
    paths: Collection[str], text_of: Callable[[str], str], commands: str, tasks: str, settings: str = ""
) -> tuple[str, str]:
    """`commands` and `tasks` with what the programs they call call in their turn.

    A program that is called by its path is looked into, for other scripts that it names, and for modules that lie
    beside it. Those of the repository's root are left out: there lies the code itself. `settings` are the texts
    of runners' settings: what they load counts as called.
    """
    by_name: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(posixpath.basename(path), []).append(path)
    seen: set[str] = set()
    waiting = [*_programs(commands, by_name), *(one for one in _programs(tasks, by_name) if is_script(one))]
    more = [*_included(tasks, paths), *_loaded(f"{commands}\n{tasks}\n{settings}", by_name)]
    while waiting and len(seen) < _MOST:
        path = waiting.pop()
        if path in seen or is_test(path):
            continue
        seen.add(path)
        text = text_of(path)
        tasks = f"{tasks}\n{text}"
        beside = [one for one in _beside(path, text) if one in paths and not is_test(one)]
        more += [*_included(text, paths), *beside]
        waiting += [*beside, *(one for one in _programs(text, by_name) if is_script(one))]
    return "\n".join((commands, *dict.fromkeys(more))), tasks


def _programs(text: str, by_name: dict[str, list[str]]) -> Iterator[str]:
    """Scripts and programs of the tree that a text calls by their paths."""
    for word in dict.fromkeys(_WORD.findall(text)):
        word = posixpath.normpath(word)
        for path in by_name.get(posixpath.basename(word), ()):
            if (path == word or path.endswith(f"/{word}")) and (is_script(path) or _PROGRAM.search(path)):
                yield path


def _included(text: str, paths: Collection[str]) -> Iterator[str]:
    for found in _INCLUDE.finditer(text):
        for word in found[1].split():
            pattern = posixpath.normpath(word)
            yield from (path for path in paths if path == pattern or ("*" in word and fnmatchcase(path, pattern)))


def _loaded(text: str, by_name: dict[str, list[str]]) -> Iterator[str]:
    """Plug-ins and files of set-up that options and settings name, by path or, in Python, by module."""
    for found in _LOADS.finditer(_NO_RUNNER.sub("", text)):
        for word in re.findall(r"[\w./@-]+", next(filter(None, found.groups()), "").replace("<rootDir>", "")):
            word = word.strip("/").removeprefix("./")
            for name in dict.fromkeys((word, word.replace(".", "/"))):
                for end in _ENDS:
                    there = by_name.get(posixpath.basename(f"{name}{end}"), ())
                    yield from (p for p in there if _PROGRAM.search(p) and f"/{p}".endswith(f"/{name}{end}"))


def _beside(path: str, text: str) -> Iterator[str]:
    """Where modules would lie that a program below the root loads from its own folder."""
    folder, suffix = posixpath.dirname(path), posixpath.splitext(path)[1]
    if suffix == ".py" and folder:
        for found in _IMPORT.finditer(text):
            for name in (found[1] or found[2]).split(","):
                place = f"{folder}/{(name.split() or ['_'])[0].replace('.', '/')}"
                yield from (f"{place}.py", f"{place}/__init__.py")
    elif suffix[1:] in ("js", "mjs", "cjs", "ts") and folder:
        for found in _REQUIRE.finditer(text):
            place = posixpath.normpath(f"{folder}/{found[1]}")
            yield from (place, *(f"{place}.{end}" for end in ("js", "mjs", "cjs", "ts")))
