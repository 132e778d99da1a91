"""The log as JSON, an object a line, for programs that collect it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from workflows.engine import logged


class JsonLines(logging.Formatter):
    """`at`, `level`, `logger`, `process`, `message`; `run`, `step` and `delivery` where it is about one; `error`."""

    def format(self, record: logging.LogRecord) -> str:
        found = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
            **logged.now(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            found["error"] = record.exc_text
        if record.stack_info:
            found["stack"] = record.stack_info
        return json.dumps(found, ensure_ascii=True)
