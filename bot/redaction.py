"""The secrets of this installation, known to one object per process: whatever leaves goes through it."""

from __future__ import annotations

from functools import cache

from bot.settings import Settings
from workflows.secrets.redaction import Redactor


@cache
def redactor(settings: Settings) -> Redactor:
    """The process's own, with the keys that the settings hold; tokens are added as they are made."""
    redact = Redactor()
    for secret in settings.secrets():
        redact.add(secret, lasting=True)
    return redact
