"""What a line of the log is about: the run, the step and the delivery that a task works on at that moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**names: str) -> Iterator[None]:
    """All that is logged in the block, by tasks and threads that it starts too, is about these; "" names nothing."""
    token = _ABOUT.set({**_ABOUT.get(), **{name: value for name, value in names.items() if value}})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def now() -> Mapping[str, str]:
    """What is being worked on here."""
    return _ABOUT.get()
