"""Single files out of packages of npm, for tests that are held to what others publish there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any


class NotFetched(Exception):
    """Why a package is not there, as a sentence."""


def files_of(package: str, members: tuple[str, ...]) -> dict[str, bytes]:
    """These members of a package ("name@version") by their names in the archive. NotFetched where there is no npm,
    it does not answer within three minutes, or a member is missing."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched("npm is not installed")
    with tempfile.TemporaryDirectory() as directory:
        command = [npm, "pack", package, "--silent", "--fetch-retries=1"]
        try:
            subprocess.run(command, cwd=directory, capture_output=True, timeout=180, check=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise NotFetched(f"npm could not fetch {package} ({error})") from error
        with tarfile.open(next(Path(directory).glob("*.tgz"))) as archive:
            found = {}
            for name in members:
                member = archive.extractfile(name) if name in archive.getnames() else None
                if member is None:
                    raise NotFetched(f"{package} holds no {name}")
                found[name] = member.read()
            return found


def write_index(path: Path, value: Any) -> None:
    """What is made of them, as JSON: written beside and renamed, since two test processes may do this at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(value, file)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
