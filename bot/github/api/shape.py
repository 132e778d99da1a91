"""GitHub's JSON, read by what we expect of it: whatever is not so is one error of ours.

A proxy, a fault of GitHub's or a new version can put anything where an object is expected. That may
pass by itself, so it is Misshapen, which is tried again later, and never a mistake of Python's.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.errors import TransientError

_MOST = 2**63
"""Beyond what a database holds as a number."""
_UNFIT = re.compile("[\0\ud800-\udfff]")
"""What no database, terminal or answer takes: NUL, and halves of characters."""


class Misshapen(TransientError):
    """GitHub's answer is not of the shape that it always has."""


def fit(text: str) -> str:
    """The text with a mark for each character that nothing behind us could take."""
    return text if text.isascii() and "\0" not in text else _UNFIT.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of an answer, and its `place` in it for whoever has to find out."""

    value: Any
    place: str = "the answer"

    @classmethod
    def of(cls, value: Any) -> Node:
        return value if isinstance(value, Node) else cls(value)

    def has(self, key: str) -> bool:
        return key in self._object()

    def filled(self, key: str) -> bool:
        """Whether there is anything but null under a key."""
        return self._object().get(key) is not None

    def at(self, key: str) -> Node:
        """An object that must be there."""
        return self._within(key)._must(dict, "an object")

    def maybe(self, key: str) -> Node:
        """An object, an empty one where there is null or nothing."""
        found = self._within(key)
        return Node({}, found.place) if found.value is None else found._must(dict, "an object")

    def text(self, key: str) -> str:
        """A text that must be there; it may be empty."""
        found = self._within(key)
        if not isinstance(found.value, str):
            raise found._wrong("a text")
        return fit(found.value)

    def words(self, key: str, default: str = "") -> str:
        """A text, `default` where there is null, nothing or an empty one."""
        return default if self._within(key).value is None else self.text(key) or default

    def number(self, key: str) -> int:
        """A whole number that must be there and is not negative."""
        found = self._within(key)
        if type(found.value) is not int or not 0 <= found.value < _MOST:
            raise found._wrong("a number")
        return found.value

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false; null or nothing is `default`."""
        found = self._within(key)
        if found.value is None:
            return default
        if not isinstance(found.value, bool):
            raise found._wrong("true or false")
        return found.value

    def time(self, key: str) -> datetime:
        """A moment, in UTC where nothing else is said."""
        try:
            moment = datetime.fromisoformat(self.text(key))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._within(key)._wrong("a moment") from None

    def items(self, key: str = "") -> Iterator[Node]:
        """The members of a list that must be there: of this value itself where no key is given."""
        found = self._within(key) if key else self
        if not isinstance(found.value, list):
            raise found._wrong("a list")
        return (Node(item, f"{found.place}[{number}]") for number, item in enumerate(found.value))

    def some(self, key: str) -> Iterator[Node]:
        """The members of a list, none where there is null or nothing."""
        return iter(()) if self._within(key).value is None else self.items(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where there is null or nothing."""
        return tuple(item.itself() for item in self.some(key))

    def table(self, key: str) -> dict[str, str]:
        """Texts by name, empty where there is null or nothing."""
        found = self.maybe(key)
        return {name: found.text(name) for name in found._object()}

    def itself_object(self) -> Node:
        """This value, an object."""
        return self._must(dict, "an object")

    def base64(self, key: str) -> bytes:
        """Bytes in base64, empty where there is null or nothing."""
        try:
            return base64.b64decode(self.words(key))
        except ValueError:
            raise self._within(key)._wrong("base64") from None

    def itself(self) -> str:
        """This value, a text."""
        if not isinstance(self.value, str):
            raise self._wrong("a text")
        return fit(self.value)

    def _within(self, key: str) -> Node:
        return Node(self._object().get(key), f"{self.place}.{key}" if self.place != "the answer" else key)

    def _object(self) -> Mapping[str, Any]:
        if not isinstance(self.value, dict):
            raise self._wrong("an object")
        return self.value

    def _must(self, kind: type, called: str) -> Node:
        if not isinstance(self.value, kind):
            raise self._wrong(called)
        return self

    def _wrong(self, expected: str) -> Misshapen:
        kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
        there = kinds.get(type(self.value), "a number")
        return Misshapen(f"GitHub's answer is not as it should be: {self.place} is {there} where {expected} belongs.")
