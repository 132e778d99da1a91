"""`pullwright cleanup`: at once what a worker does each night, told in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.app import make_retention
from bot.database import open_store
from bot.settings import Settings
from workflows.retention.leftovers import Freed

_UNITS = ("bytes", "KB", "MB", "GB", "TB")


async def clean_up(settings: Settings, *, dry_run: bool) -> list[Freed]:
    """Remove what was kept for long enough; what is at work is left alone, also by other processes."""
    store = open_store(settings)
    try:
        return await make_retention(settings, store).clean(dry_run=dry_run)
    finally:
        store.close()


def told(freed: Sequence[Freed], *, dry_run: bool) -> Iterator[str]:
    """What is gone, or would be."""
    something = [one for one in freed if one.number]
    if not something:
        yield "There is nothing to clean up."
        return
    yield "This would be removed:" if dry_run else "Removed:"
    for one in something:
        yield f"  {one.number:>7,}  {one.what}" + (f", {amount(one.size)}" if one.size else "")
    if dry_run:
        yield "Nothing was removed: this was a dry run."


def amount(size: int) -> str:
    """Bytes as a person reads them: `812 bytes`, `3.4 MB`."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{size} bytes"
