"""What new runs are called: `261120-k7p2m`, which can be read out, and is sorted by day."""

from __future__ import annotations

import secrets
import time

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_id() -> str:
    """A name that no run has."""
    return time.strftime("%y%m%d-", time.gmtime()) + "".join(secrets.choice(_ALPHABET) for _ in range(5))
