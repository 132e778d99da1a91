"""Replaces words in a text as it passes, piece by piece, so that no more of it is held than a word is long."""

from __future__ import annotations

from collections.abc import Iterable


class Rewriting:
    """Replaces each (old, new) in turn, as `bytes.replace` would in the whole text."""

    def __init__(self, words: Iterable[tuple[bytes, bytes]]) -> None:
        self._stages = [_Stage(old, new) for old, new in words]

    def feed(self, part: bytes) -> bytes:
        """What is known of the new text after one more part."""
        for stage in self._stages:
            part = stage.feed(part)
        return part

    def end(self) -> bytes:
        """What is left of it."""
        part = b""
        for stage in self._stages:
            part = stage.feed(part) + stage.end()
        return part

    def whole(self, text: bytes) -> bytes:
        """A text of its own."""
        for stage in self._stages:
            text = text.replace(stage.old, stage.new)
        return text


class _Stage:
    def __init__(self, old: bytes, new: bytes) -> None:
        self.old, self.new = old, new
        self._held = b""

    def feed(self, part: bytes) -> bytes:
        text = self._held + part
        *whole, last = text.split(self.old)
        kept = min(len(last), len(self.old) - 1)
        self._held = last[len(last) - kept :]
        return self.new.join([*whole, last[: len(last) - kept]])

    def end(self) -> bytes:
        rest, self._held = self._held, b""
        return rest
