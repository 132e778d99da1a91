"""A line of the log says what it is about, in tasks and threads too, and one thing's lines name no other."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

from bot.terminal.json_log import JsonLines
from workflows.engine import logged
from workflows.secrets.redaction import MARK, RedactingFilter, Redactor


async def test_what_is_done_at_once_is_kept_apart() -> None:
    async def of(run: str) -> tuple[object, object]:
        with logged.about(run=run, delivery=""):
            await asyncio.sleep(0)
            with logged.about(step="plan"):
                inner = dict(await asyncio.to_thread(logged.now))
            return inner, dict(logged.now())

    found = await asyncio.gather(of("r1"), of("r2"))
    assert found == [({"run": name, "step": "plan"}, {"run": name}) for name in ("r1", "r2")]
    assert logged.now() == {}


def line(message: str, *args: object, error: bool = False) -> dict[str, object]:
    info = None
    if error:
        try:
            raise ValueError("secret-token-1234")
        except ValueError:
            info = sys.exc_info()
    record = logging.LogRecord("bot.x", logging.WARNING, "x.py", 1, message, args, info)
    RedactingFilter(Redactor("secret-token-1234")).filter(record)
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line_is_one_object_without_secrets() -> None:
    with logged.about(run="261129-abc", delivery="d-1"):
        found = line('two\nlines "%s" \u2028 secret-token-1234', "x")
    assert found["message"] == f'two\nlines "x" \u2028 {MARK}'
    assert (found["run"], found["delivery"], found["level"]) == ("261129-abc", "d-1", "warning")
    assert str(found["at"]).endswith("+00:00")
    assert "step" not in found
    told = str(line("it broke", error=True)["error"])
    assert told.startswith("Traceback")
    assert "secret-token" not in told
