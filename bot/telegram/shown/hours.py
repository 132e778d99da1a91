"""When a chat is to be quiet: for a while (`/mute 2h`), or each day from one hour to another."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone

from workflows.errors import RunError
from workflows.store.telegram.chats import ChatPlace

_SPAN = re.compile(r"(\d{1,4})\s*(m|min|h|d)", re.ASCII)
_SECONDS = {"m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_MOST_SECONDS = 30 * 86400.0
_OFFSET = r"(?:\s*(?:UTC\s*)?([+-])(\d{1,2})(?::?(\d\d))?)?"
_HOURS = re.compile(rf"(\d{{1,2}}):(\d\d)\s*[-–]\s*(\d{{1,2}}):(\d\d){_OFFSET}", re.ASCII)


def span(text: str) -> float:
    """The seconds of `30m`, `2h`, `1d`; 0 for `off`. RunError where it is none of them."""
    text = text.strip().lower()
    if text in ("off", "0"):
        return 0.0
    found = _SPAN.fullmatch(text)
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 0 < seconds <= _MOST_SECONDS:
        raise RunError("For how long?", "/mute 30m, /mute 2h, /mute 1d, at most 30d; /mute off ends it.")
    return seconds


def hours(text: str) -> str:
    """`22:00-07:00 +02:00` from what somebody wrote, "" for `off`. RunError where it is no such thing."""
    text = text.strip()
    if text.lower() == "off":
        return ""
    found = _HOURS.fullmatch(text)
    if not found:
        raise _wrong()
    begin, end = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    offset = _minutes(found[6] or "0", found[7] or "0", most=14)
    if begin == end:
        raise _wrong()
    sign = found[5] or "+"
    return f"{_clock(begin)}-{_clock(end)} {sign}{_clock(offset)}"


def is_quiet(place: ChatPlace, now: float | None = None) -> bool:
    """Whether nothing is to make a sound there at a time, in seconds since the epoch."""
    now = time.time() if now is None else now
    return now < place.muted_until or _within(place.quiet, now)


def _within(quiet: str, now: float) -> bool:
    found = _HOURS.fullmatch(quiet)
    if not found:
        return False
    begin, end = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    offset = _minutes(found[6] or "0", found[7] or "0", most=14) * (-1 if found[5] == "-" else 1)
    here = datetime.fromtimestamp(now, timezone(timedelta(minutes=offset)))
    at = here.hour * 60 + here.minute
    return begin <= at < end if begin < end else at >= begin or at < end


def _minutes(hour: str, minute: str, most: int = 23) -> int:
    if int(hour) > most or int(minute) > 59:
        raise _wrong()
    return int(hour) * 60 + int(minute)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _wrong() -> RunError:
    return RunError("Which hours?", "/quiet 22:00-07:00 +02:00 (the offset from UTC); /quiet off ends it.")
