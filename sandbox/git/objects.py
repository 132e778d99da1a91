"""Git objects made and read without starting git: blobs and trees in an object directory of our own."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sandbox.errors import RepositoryError
from sandbox.git.plumbing import Garbled, Git, records

Listing = dict[str, tuple[str, str]]
"""A tree's files: path (decoded with surrogateescape) to (mode, object id). Modes are git's, six digits."""

GITLINK = "160000"
SYMLINK = "120000"
DIRECTORY = "40000"


class Objects:
    """An object directory that only the host writes, with another one (a mirror's) behind it for reading.

    `known` are ids that need not be written since the one behind holds them.
    """

    def __init__(self, git: Git, known: Iterable[str] = ()) -> None:
        self.git = git
        self.directory = git.directory / "objects"
        self.known = set(known)

    def write(self, kind: str, data: bytes, *, afresh: bool = False) -> str:
        """Keep the object and return its id. Writing it again is nothing, unless `afresh` (ours may be damaged)."""
        head = f"{kind} {len(data)}\0".encode()
        object_id = hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
        if object_id in self.known and not afresh:
            return object_id
        path = self._path(object_id)
        if afresh or not _filled(path):  # an empty one is what a power failure leaves
            path.parent.mkdir(exist_ok=True)
            half = path.with_name(f"half-{secrets.token_hex(8)}")
            half.write_bytes(zlib.compress(head + data, 1))
            os.replace(half, path)
        self.known.add(object_id)
        return object_id

    def write_tree(self, entries: Iterable[tuple[str, str, str]], *, afresh: bool = False) -> str:
        """A tree object of (name, mode, id); the order is made here."""
        ordered = sorted(
            (name + b"/" if mode == DIRECTORY else name, name, mode, object_id)
            for name, mode, object_id in ((os.fsencode(n), m, o) for n, m, o in entries)
        )
        return self.write(
            "tree",
            b"".join(
                mode.encode() + b" " + name + b"\0" + bytes.fromhex(object_id) for _, name, mode, object_id in ordered
            ),
            afresh=afresh,
        )

    def write_listing(self, listing: Listing, *, afresh: bool = False) -> str:
        """The nested tree objects of a listing; returns the root's id."""
        children: dict[str, list[tuple[str, str, str]]] = {"": []}
        for path, (mode, object_id) in listing.items():
            directory, _, name = path.rpartition("/")
            children.setdefault(directory, []).append((name, mode, object_id))
            while directory:
                directory = directory.rpartition("/")[0]
                children.setdefault(directory, [])
        for directory in sorted(children, key=len, reverse=True):
            if directory:
                parent, _, name = directory.rpartition("/")
                children[parent].append((name, DIRECTORY, self.write_tree(children[directory], afresh=afresh)))
        return self.write_tree(children[""], afresh=afresh)

    def read(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each object's id and bytes; our own first, the others with one git process."""
        elsewhere: list[str] = []
        for object_id in ids:
            path = self._path(object_id)
            if _filled(path):
                yield object_id, _inflated(path)
            else:
                elsewhere.append(object_id)
        yield from self.git.contents(elsewhere)

    def bytes_of(self, object_id: str) -> bytes:
        """One object's bytes."""
        return next(iter(self.read([object_id])))[1]

    def listing(self, treeish: str) -> Listing:
        """The files of a tree or commit."""
        return parse_listing(self.git.run("ls-tree", "-r", "-z", "--full-tree", treeish))

    def _path(self, object_id: str) -> Path:
        return self.directory / object_id[:2] / object_id[2:]


def parse_listing(raw: bytes) -> Listing:
    """What `git ls-tree -r -z` prints."""
    listing: Listing = {}
    for line in records("ls-tree", raw):
        match = _ENTRY.fullmatch(line)
        if match is None:
            raise Garbled("ls-tree")
        listing[os.fsdecode(match[3])] = (match[1].decode(), match[2].decode())
    return listing


_ENTRY = re.compile(rb"(\d{6}) (?:blob|tree|commit) ([0-9a-f]{40})\t(.+)", re.DOTALL)


def _inflated(path: Path) -> bytes:
    try:
        return zlib.decompress(path.read_bytes()).split(b"\0", 1)[1]
    except (zlib.error, IndexError):
        raise RepositoryError(f"Object {path.parent.name}{path.name} of the workspace is damaged.", "") from None


def _filled(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
