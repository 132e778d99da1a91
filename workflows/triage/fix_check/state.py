"""What the steps hand to each other, and what is asked of a forge."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from workflows.definition import Slot
from workflows.effects.conversation.comment import CommentOperations
from workflows.effects.items import PullInfo

BASE = Slot("fix_base", str)
"""The commit that the change begins at."""
HEAD = Slot("fix_head", str)
SEEN = Slot("fix_seen", dict)
"""What it does on both, as {"base": ..., "head": ..., "command": ..., "output": ...}; else {"why": why it was not run}.

Command and output are the head's.
"""


@runtime_checkable
class PullTelling(CommentOperations, Protocol):
    """A forge with pull requests that are commented on."""

    async def pull(self, number: int) -> PullInfo: ...
