"""The log on a full disk is left out, and nobody reads a trace for each of its lines."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest

from bot.terminal.log_file import LogFile

FULL = "/dev/full"
"""Where each write fails for want of room."""


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    logger, handler = logging.Logger("full"), LogFile(FULL)
    logger.addHandler(handler)
    yield logger
    assert handler.stream is not None
    with open(os.devnull, "wb") as room:  # for what waits in it
        os.dup2(room.fileno(), handler.stream.fileno())
    handler.close()


def test_a_full_disk_is_said_once(log: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        log.warning("a line")
    assert capsys.readouterr().err == f"pullwright: {FULL} cannot be written: No space left on device.\n"


def test_a_line_that_is_wrong_itself_is_told_as_ever(log: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    log.warning("a %d", "word")
    assert "Logging error" in capsys.readouterr().err
