"""What the agent meant to change, and what its commands left behind: the journal knows which tool made what.

What an editing tool wrote is meant. What a command made is meant, too, unless it looks like what tests
and builds leave: that is taken out before anything is checked, so what was checked is what is proposed.
Whatever came by a command that did not name it is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.files.remembered import directories_of
from sandbox.git.objects import Listing
from sandbox.journal import FileChange, JournalEntry
from workflows.policy.leftover_names import is_leftover_by_name

EDITING = frozenset({"edit", "write"})
TIDY = "tidy"
"""The journal's tool for what is taken out."""

_NEVER_MEANT = re.compile(
    "|".join(
        (
            r"(^|/)(\.coverage(\..+)?|(coverage|cov)(-final|\.cobertura)?\.(xml|json|lcov)|lcov\.info|clover\.xml|\.testmondata)$",
            r"(^|/)((junit|test-results?|report|pytest|nosetests|TEST-)[\w.-]*\.xml|[\w.-]*\.tsbuildinfo|\.(eslint|stylelint|phpstan|php[-_]cs(-fixer|_fixer)?)\.?cache|tags)$",
            r"(^|/)(\.DS_Store|Thumbs\.db|desktop\.ini|\.env(\.local|\.test|\.\w+\.local)?|erl_crash\.dump|terraform\.tfstate(\.backup)?|nohup\.out|core(\.\d+)?|\.nfs[0-9a-f]+)$",
            r"(^|/)(npm-debug|yarn-error|pnpm-debug|pip-log)\.(log|txt)(\.\d+)?$|(^|/)\.#[^/]+$|\.sqlite3?-(journal|wal|shm)$|(^|/)\.phpunit\.result\.cache$",
            r"\.(orig|rej|bak|swp|swo|tmp|log|pid|prof|pprof|profraw|trx|gcda|gcno|pyc|pyo|class|o|obj|egg|whl)$|~$|(^|/)#[^/]+#$",
            r"(^|/)(cover(age)?\.(out|txt|profile)|a\.out|(db|test)\.(sqlite3?|db)|dump\.rdb|\.rspec_status|mprofile_\d+\.dat)$",
            r"(^|/)(htmlcov|[^/]+\.egg-info|[^/]+\.dist-info|\.ipynb_checkpoints|\.phpunit\.cache|\.terraform|\.dart_tool)/",
            r"(^|/)(CMakeFiles|TestResults|cypress/(videos|screenshots)|\.stestr|\.elixir_ls|\.?zig-cache|zig-out|\.swc|\.nx|\.vite)/",
            r"(^|/)(\.idea|\.vscode/\.\w+|\.benchmarks|\.kotlin|__pypackages__|\.direnv|storybook-static|pip-wheel-metadata)/",
            r"(^|/)(CMakeCache\.txt|\.noseids|\.RData|\.Rhistory|wget-log(\.\d+)?)$",
            r"(^|/)(\.next|\.nuxt|\.svelte-kit|\.angular|\.cache|\.ropeproject|\.scannerwork|DerivedData|mutants\.out)/",
            r"(^|/)(virtual|v)?env/(bin|lib|lib64|include|share|Scripts)/|(^|/)pyvenv\.cfg$",
        )
    )
)
_OUTPUT = re.compile(
    r"(^|/)(build|dist|out|target|coverage|wheels|site|_build|test-results|playwright-report|cmake-build-[^/]*"
    r"|bin/(Debug|Release)|(x64/|x86/)?(Debug|Release)|obj|tmp|temp|logs?|cover|criterion|rdoc)/"
)
_SNAPSHOT = re.compile(
    r"(^|/)(__snapshots__|__image_snapshots__|snapshots?|__snapshot__|cassettes|golden)/|\.(snap|ambr|approved\.\w+|snap\.new"
    r"|received\.\w+)$"
)
_NEW_SNAPSHOT = re.compile(r"\.(snap\.new|received\.\w+|pending-snap)$")
_ASKS_FOR_SNAPSHOTS = re.compile(
    r"(^|\s)(-u|-update|--update\S*|--snapshot-update|--inline-snapshot\S*|--accept\S*|--bless|--record-mode\S*|--force-regen"
    r"|--regen\S*|\w*UPDATE\w*=\S+|INSTA_\w+=\S+|approve|accept)(\s|$)|snapshots?[:_ -]?update|update[:_ -]?snapshots?",
    re.IGNORECASE,
)
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Made:
    """Who made what of a run: paths that an editing tool wrote, and for each other one the commands of its turns."""

    meant: frozenset[str] = frozenset()
    by_command: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sorted:
    """`out` are new files to be taken away, `back` ones to be as they were; `told` stay, and are named."""

    out: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def made_by(entries: Iterable[JournalEntry], commands: Mapping[int, str]) -> Made:
    """What the journal says. `commands` are the texts of each turn's commands."""
    meant: set[str] = set()
    by_command: dict[str, str] = {}
    for entry in entries:
        change = entry.change
        if change is None:
            continue
        if entry.where.tool in EDITING or change.old_path in meant:
            meant.add(change.path)
        elif entry.where.tool == "shell":
            text = commands.get(entry.where.turn, "")
            for path in filter(None, (change.path, change.old_path)):
                by_command[path] = f"{by_command.get(path, '')}\n{text}"
    return Made(frozenset(meant), by_command)


def sort(changes: Sequence[FileChange], base: Listing, made: Made, keep: Collection[str] = ()) -> Sorted:
    """Sort a run's whole change against its base. `keep` is what the agent says belongs to it."""
    out, back, told = list[str](), list[str](), list[str]()
    tracked = directories_of(base)
    for change in changes:
        path = change.path
        if path in made.meant or path in keep or path not in made.by_command:
            continue
        commands = made.by_command[path]
        if path not in base:
            if _is_left(path, commands, tracked):
                out.append(path)
                continue
        elif _SNAPSHOT.search(path) and not _names(commands, path) and not _ASKS_FOR_SNAPSHOTS.search(commands):
            back.append(path)
            continue
        if not _names(commands, path):
            told.append(path)
    return Sorted(tuple(out), tuple(back), tuple(told))


def sentences(left_out: Sequence[str], put_back: Sequence[str], told: Sequence[str]) -> list[str]:
    """What a reviewer is told of it."""
    found = []
    if left_out:
        found.append(f"Made by commands and left out, as what tests and builds leave behind: {_listed(left_out)}.")
    if put_back:
        found.append(f"Snapshots that a command rewrote without being asked to were put back: {_listed(put_back)}.")
    if told:
        found.append(f"Changed by commands that do not name them, not by an edit: {_listed(told)}.")
    return found


def _is_left(path: str, commands: str, tracked: Collection[str]) -> bool:
    """Whether a new file is what a tool leaves: by its name, or by its directory unless the repository keeps such."""
    if _NEVER_MEANT.search(path) or is_leftover_by_name(path) or _NEW_SNAPSHOT.search(path):
        return True
    output = _OUTPUT.search(path)
    return output is not None and path[: output.end() - 1] not in tracked and not _writes(commands, path)


def _names(commands: str, path: str) -> bool:
    name = path.rpartition("/")[2]
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", commands) is not None


_TO = (
    r"(?:>|\btee\b(?: -a)?|\b(?:cp|mv|touch|ln)\b[^\n;|&]{0,400}"
    r"|(?:\bopen|Path|[Ww]rite\w*|create\w*)\(|--?o(?:ut\w*)?[ =])"
)


def _writes(commands: str, path: str) -> bool:
    """Whether a command was told to write this very file."""
    return re.search(rf"{_TO}\s*[\"']?(?:\./)?{re.escape(path)}(?![\w./-])", commands) is not None


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(paths[:_NAMED]) + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")
