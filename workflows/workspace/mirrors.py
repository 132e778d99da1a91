"""What the directory of a repository's mirror is called."""

from __future__ import annotations

import hashlib
import re


def mirror_name(repository: str) -> str:
    """A directory name that is safe, unique, and tells a person which repository it is."""
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", repository).strip("-.")[-40:]
    return f"{readable}-{hashlib.sha256(repository.encode()).hexdigest()[:12]}.git"
