"""Chats over runs: nobody is linked yet, or Alice is and hears of a repository."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.telegram.chatting import NAME, Chatting, chatting


@pytest.fixture
async def chats(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as chats:
        yield chats


@pytest.fixture
async def heard(chats: Chatting) -> Chatting:
    """Alice is linked, and her chat hears of a repository."""
    chats.link()
    assert "every run" in await chats.says(f"/subscribe {NAME}")
    return chats
