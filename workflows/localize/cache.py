"""What localization remembers between runs: features by blob in SQLite, whole indexes by tree in files.

A cache may be lost at any time: whatever cannot be read is taken as absent and made again, and
what cannot be written is left. Several processes may use one directory at once.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from workflows.localize.index import Index
from workflows.localize.parsing.features import VERSION, Features

_TREES = 40
_BATCH = 500
_LARGEST = 2 * 1024**3
"""Bytes. A feature file that has outgrown this is begun anew."""


class IndexCache:
    """A directory with the cache in it; made when first written to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._features = directory / f"features-{VERSION}.sqlite"

    def features(self, keys: Sequence[str]) -> dict[str, Features]:
        """What is known of these blobs."""
        found: dict[str, Features] = {}
        if not self._features.exists():
            return found
        try:
            with self._open() as database:
                for start in range(0, len(keys), _BATCH):
                    some = keys[start : start + _BATCH]
                    marks = ",".join("?" * len(some))
                    for key, data in database.execute(f"SELECT key, data FROM features WHERE key IN ({marks})", some):
                        features = Features.from_bytes(data) if isinstance(data, bytes) else None
                        if features is not None:
                            found[key] = features
        except sqlite3.OperationalError:
            return found  # busy, or a file we may not read
        except sqlite3.DatabaseError:
            self._forget()
        return found

    def add_features(self, features: dict[str, Features]) -> None:
        if not self._make_directory():
            return
        with contextlib.suppress(OSError):
            if self._features.stat().st_size > _LARGEST:
                self._forget()
        rows = [(key, value.to_bytes()) for key, value in features.items()]
        try:
            self._write(rows)
        except sqlite3.OperationalError:
            return  # busy, read-only or full
        except sqlite3.DatabaseError:
            self._forget()

    def index(self, key: str) -> Index | None:
        try:
            data = self._tree(key).read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(self._tree(key))  # the least recently used ones are removed
        return Index.from_bytes(data)

    def add_index(self, key: str, index: Index) -> None:
        if not self._make_directory():
            return
        with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as file:
            try:
                file.write(index.to_bytes())
                file.flush()
                os.replace(file.name, self._tree(key))
            except OSError:
                os.unlink(file.name)
                raise
        self._prune()

    def _tree(self, key: str) -> Path:
        return self._directory / f"tree-{VERSION}-{key}.npz"

    def _prune(self) -> None:
        with contextlib.suppress(OSError):
            trees = sorted(self._directory.glob("tree-*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in trees[_TREES:]:
                path.unlink(missing_ok=True)

    def _make_directory(self) -> bool:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return True

    def _write(self, rows: list[tuple[str, bytes]]) -> None:
        with self._open() as database:
            database.execute("CREATE TABLE IF NOT EXISTS features (key TEXT PRIMARY KEY, data BLOB)")
            database.executemany("INSERT OR REPLACE INTO features VALUES (?, ?)", rows)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._features, timeout=5.0)
        try:
            database.execute("PRAGMA synchronous = OFF")  # losing a cache in a power cut costs a second, not data
            with database:
                yield database
        finally:
            database.close()

    def _forget(self) -> None:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self._features}{suffix}").unlink(missing_ok=True)
