"""The log's file, on a disk that may be full."""

from __future__ import annotations

import sys
from logging import LogRecord
from logging.handlers import RotatingFileHandler


class LogFile(RotatingFileHandler):
    """Lines that do not fit are left out. It is said once, where each of them would be told with a trace of ours."""

    _told = False

    def handleError(self, record: LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._told:
            self._told = True
            sys.stderr.write(f"pullwright: {self.baseFilename} cannot be written: {error.strerror}.\n")
