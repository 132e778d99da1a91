"""What the steps of release notes hand to each other: each key of the run's state with its kind of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.definition import Slot

SINCE = Slot("since", str)
"""The tag, branch or commit that the range begins behind; "" for the first release."""
UNTIL = Slot("until", str)
"""The commit that it ends with."""
UNTIL_NAME = Slot("until_name", str)
UNTIL_TAG = "until_tag"
"""The tag that it ends with, also one that is yet to be made; "" where that is a branch or a commit, whatever it is
called: `release-2` may be either."""
PLANNED = "planned"
"""Whether the range ends with a tag that its draft is to make when it is published."""
ODD = Slot("odd", str)
"""What is odd about the range, as a sentence; "" where nothing is."""
RELEASED = Slot("released", list)
"""Tags of other releases since then, made on branches of their own: what they hold is no news."""
FOLDER = Slot("folder", str)
"""Where the package lies that the range's tags name; "" where they name none, and all that changed is told."""
KNOWN = Slot("known", dict)
"""What the forge says, as `ranges.KnownPulls`; empty where there is none."""
LEARNED = Slot("learned", dict)
"""Group names that the model gave, by the names of changes."""
MOVED_FROM = "moved_from"
"""The commit that the tag named when its draft was written before; not there where it has stayed."""
NOTES = Slot("notes", str)
FACTS = Slot("facts", dict)
RELEASE = "release"
"""The draft that holds the notes: {"id": ..., "tag": ..., "url": ..., "digest": ...}; not there where none does."""
PUBLISHES = "publishes"
"""Whether somebody is to be asked whether it is published."""


def until_tag(state: Mapping[str, Any]) -> str:
    """The tag that the range ends with, "" where it ends with none; of a run that was begun before this was kept, what
    it ends with."""
    return str(state.get(UNTIL_TAG, state.get(UNTIL_NAME.key)) or "")
