"""One pass over a directory that a sandbox writes: what is in it, read once, refused where the host takes no part.

The walk holds a descriptor of each directory and never follows a symlink; what the host must
not take in (nested repositories, devices, giants) is refused before a byte of it is read. A
file is read again, and a directory listed again, only when its inode says that it may have
changed: ctime cannot be forged, and one that is as young as the clock's tick is not believed.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from sandbox.errors import no_room
from sandbox.files.ignored import MOST_RULES, RULES_NAME
from sandbox.files.names import is_git_name
from sandbox.files.remembered import (
    MIB,
    DirectoryEntry,
    KnownFile,
    ListedDirectory,
    Memory,
    is_young,
    known_file,
    signature_of,
)
from sandbox.git.objects import DIRECTORY, GITLINK, SYMLINK, Listing

_OURS = frozenset({".git"})
_MOST_ENTRIES = 200_000
_LONGEST = 3000


@dataclass(slots=True)
class Survey:
    """What one walk found. `refused` and `empty` are filled instead of raising where the walk was told to."""

    tree: str = ""
    listing: Listing = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    new_files: int = 0
    new_bytes: int = 0


@dataclass(slots=True)
class Walk:
    """One pass over the tree. `refuse(path, why)` either raises or notes; then the path is passed over."""

    memory: Memory
    found: Survey
    refuse: Callable[[str, str], None]
    believe: bool

    def directory(self, at: int, prefix: str, anew: bool, depth: int) -> str:
        """The directory's tree object, "" where nothing in it counts. `anew` distrusts remembered answers."""
        listed = self._listed(at, prefix)
        entries = listed.entries
        if not entries and prefix and self.memory.base.get(prefix[:-1], ("",))[0] != GITLINK:
            self.found.empty.append(prefix[:-1])
        anew = self._rules_changed(at, prefix, listed.rules) or anew
        files, base, listing = self.memory.files, self.memory.base, self.found.listing
        members: list[tuple[str, str, str]] = []
        for entry in self._counting(entries, anew):
            path = entry.path
            try:
                # Here the time of a walk goes: a file that is as it was takes one question to the kernel and no call.
                known, of_base = files.get(path), base.get(path)
                if known is not None and not known.young and (of_base is None or of_base[0] != GITLINK):
                    facts = os.stat(entry.name, dir_fd=at, follow_symlinks=False)
                    if known.signature == (
                        facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino
                    ):  # fmt: skip
                        if of_base is None:
                            self._count_new(path)
                        listing[path] = known.item
                        members.append(known.member)
                        continue
                member = self._member(at, entry, anew, depth)
            except FileNotFoundError:  # it went away while we walked
                continue
            if member is not None:
                members.append(member)
        if not members:
            return ""
        remembered = self.memory.trees.get(prefix)
        if remembered is None or remembered[0] != members:
            remembered = self.memory.trees[prefix] = (members, self.memory.objects.write_tree(members))
        return remembered[1]

    def finish(self) -> None:
        """What can only be said at the end: a submodule's place is gone; and what is worth remembering."""
        for path in self.memory.links:
            if path not in self.found.listing and path not in self.found.refused:
                self.refuse(path, "is a submodule's place and must stay an empty directory")
        if len(self.memory.files) > 2 * len(self.found.listing) + 10_000:
            kept = self.found.listing.keys()
            self.memory.files = {path: known for path, known in self.memory.files.items() if path in kept}
            self.memory.directories.clear()

    def _listed(self, at: int, prefix: str) -> ListedDirectory:
        since, facts = time.time_ns(), os.fstat(at)
        listed = self.memory.directories.get(prefix)
        if listed is not None and not listed.young and listed.signature == signature_of(facts):
            return listed
        with os.scandir(at) as scanned:
            entries = [
                DirectoryEntry(
                    one.name, prefix + one.name, one.is_dir(follow_symlinks=False), one.is_file(follow_symlinks=False)
                )
                for one in islice(scanned, _MOST_ENTRIES + 1)
            ]
        if len(entries) > _MOST_ENTRIES:
            self.refuse(prefix.rstrip("/") or ".", f"holds more than {_MOST_ENTRIES} entries")
            return ListedDirectory(signature_of(facts), [], None, young=True)
        rules = next((entry for entry in entries if entry.name == RULES_NAME), None)
        listed = self.memory.directories[prefix] = ListedDirectory(
            signature_of(facts), entries, rules, is_young(facts, since)
        )
        return listed

    def _rules_changed(self, at: int, prefix: str, entry: DirectoryEntry | None) -> bool:
        rules, rules_id, content = self.memory.rules, "", b""
        if entry is not None and entry.is_file:
            try:
                rules_id = self._file(at, entry).object_id
                if rules_id != rules.known(prefix):
                    content, _ = _read(at, RULES_NAME, MOST_RULES)
            except FileNotFoundError:
                rules_id = ""
            except _Unfit as unfit:
                self.refuse(prefix + RULES_NAME, str(unfit))
                rules_id = ""
        if rules_id == rules.known(prefix):
            return False
        rules.change(prefix, rules_id, content)
        return True

    def _counting(self, entries: list[DirectoryEntry], anew: bool) -> list[DirectoryEntry]:
        """Those entries that are part of the mark by their names."""
        memory = self.memory
        base, directories = memory.base, memory.base_directories
        counting: list[DirectoryEntry] = []
        unknown: dict[str, DirectoryEntry] = {}
        for entry in entries:
            path = entry.path
            if path in base or path in directories:
                counting.append(entry)
            elif path in _OURS or (not anew and path in memory.ignored):
                continue
            elif not anew and path in memory.taken:
                counting.append(entry)
            elif is_git_name(entry.name):
                self.refuse(path, "is a git repository inside the tree, or could be taken for one")
            elif len(os.fsencode(path)) > _LONGEST:
                self.refuse(path[:80] + "...", f"is longer than {_LONGEST} bytes")
            else:
                unknown[path + "/" if entry.is_directory else path] = entry
        ignored = memory.rules.ignored(tuple(unknown))
        for question, entry in unknown.items():
            path = entry.path
            here, there = (memory.ignored, memory.taken) if question in ignored else (memory.taken, memory.ignored)
            here.add(path)
            there.discard(path)
            if question not in ignored:
                counting.append(entry)
        return counting

    def _member(self, at: int, entry: DirectoryEntry, anew: bool, depth: int) -> tuple[str, str, str] | None:
        path = entry.path
        submodule = self.memory.base.get(path, ("", ""))
        if submodule[0] == GITLINK:
            return self._submodule(at, entry, submodule[1])
        if entry.is_directory:
            tree = self._descend(at, entry.name, path, anew, depth)
            return (entry.name, DIRECTORY, tree) if tree else None
        mode = os.stat(entry.name, dir_fd=at, follow_symlinks=False).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            self.refuse(path, "is a device, a socket or a pipe")
            return None
        if stat.S_ISLNK(mode) and entry.name == ".gitmodules":
            self.refuse(path, "is a symlink, which git does not take for this file")
            return None
        if path not in self.memory.base:
            self._count_new(path)
        try:
            known = self._file(at, entry)
        except _Unfit as unfit:
            self.refuse(path, str(unfit))
            return None
        self.found.listing[path] = known.item
        return known.member

    def _count_new(self, path: str) -> None:
        self.found.new_files += 1
        if self.found.new_files > self.memory.bounds.new_files:
            self.refuse(path, f"is one too many: a run adds at most {self.memory.bounds.new_files} files")

    def _descend(self, at: int, name: str, path: str, anew: bool, depth: int) -> str:
        if depth >= self.memory.bounds.depth:
            self.refuse(path, f"is nested deeper than {self.memory.bounds.depth} directories")
            return ""
        try:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
        except PermissionError:
            self.refuse(path, "cannot be listed: its mode forbids it")
            return ""
        except NotADirectoryError:  # swapped for something else while we walked; the next mark sees it
            return ""
        try:
            return self.directory(inner, path + "/", anew, depth + 1)
        finally:
            os.close(inner)

    def _submodule(self, at: int, entry: DirectoryEntry, commit: str) -> tuple[str, str, str] | None:
        empty = False
        if entry.is_directory:
            inner = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            try:
                empty = not os.listdir(inner)
            finally:
                os.close(inner)
        if not empty:
            self.refuse(entry.path, "is a submodule's place and must stay an empty directory")
            return None
        self.found.listing[entry.path] = (GITLINK, commit)
        return entry.name, GITLINK, commit

    def _file(self, at: int, entry: DirectoryEntry) -> KnownFile:
        """The file as it is now: from memory where its inode vouches for it, else read."""
        path = entry.path
        facts = os.stat(entry.name, dir_fd=at, follow_symlinks=False)
        known = self.memory.files.get(path)
        if known is not None and not known.young and known.signature == signature_of(facts):
            return known
        if self.believe and path in self.memory.base:
            _must_fit(facts.st_size, self.memory.bounds.file_bytes)
            known = known_file(entry, facts, *self.memory.base[path], time.time_ns())
        elif stat.S_ISLNK(facts.st_mode):
            since = time.time_ns()
            target = os.fsencode(os.readlink(entry.name, dir_fd=at))
            known = known_file(entry, facts, SYMLINK, self._keep(target), since)
        else:
            since = time.time_ns()
            data, facts = _read(at, entry.name, self.memory.bounds.file_bytes)
            mode = "100755" if facts.st_mode & stat.S_IXUSR else "100644"
            known = known_file(entry, facts, mode, self._keep(data), since)
        self.memory.files[path] = known
        return known

    def _keep(self, data: bytes) -> str:
        known = len(self.memory.objects.known)
        object_id = self.memory.objects.write("blob", data)
        if len(self.memory.objects.known) > known:
            self.found.new_bytes += len(data)
            if self.found.new_bytes > self.memory.bounds.new_bytes:
                raise _Unfit(f"brings the mark over {self.memory.bounds.new_bytes // MIB} MiB of new content")
        return object_id


class _Unfit(Exception):
    """The file cannot be taken in; the text says why, as the end of a sentence that begins with its path."""


def _read(at: int, name: str, most: int) -> tuple[bytes, os.stat_result]:
    """A regular file's bytes and its facts from before they were read; never waits for a pipe's other end."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=at)
    except PermissionError:
        raise _Unfit("cannot be read: its mode forbids it") from None
    except OSError as error:
        if error.errno == errno.ENOENT or no_room(error) is not None:
            raise
        raise _Unfit("was swapped while it was read") from None
    with os.fdopen(fd, "rb") as file:
        facts = os.fstat(fd)
        if not stat.S_ISREG(facts.st_mode):
            raise _Unfit("was swapped while it was read")
        data = file.read(most + 1) if facts.st_size <= most else b""
    _must_fit(max(facts.st_size, len(data)), most)
    return data, facts


def _must_fit(size: int, most: int) -> None:
    if size > most:
        raise _Unfit(f"has {size // MIB} MiB; at most {most // MIB} MiB are taken in")
