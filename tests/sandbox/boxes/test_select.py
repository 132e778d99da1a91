"""Choosing a backend never chooses a weaker one than was asked for."""

import pytest

from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.boxes.select import choose
from sandbox.boxes.unsafe_local import UnsafeLocal
from sandbox.errors import SandboxUnavailable


@pytest.mark.bwrap
@pytest.mark.parametrize("name", ["auto", "bubblewrap"])
def test_bubblewrap_is_the_default(name: str) -> None:
    assert isinstance(choose(name, strict=False), Bubblewrap)


def test_unsafe_local_must_be_asked_for_by_name() -> None:
    assert isinstance(choose("unsafe_local", strict=False), UnsafeLocal)


def test_unsafe_local_is_never_strict() -> None:
    with pytest.raises(SandboxUnavailable):
        choose("unsafe_local", strict=True)


def test_without_bubblewrap_the_remedy_is_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.boxes.bubblewrap.HOST_ENV", {"PATH": "/nonexistent"})
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        choose("auto", strict=False)


def test_an_unknown_name_names_the_known_ones() -> None:
    with pytest.raises(SandboxUnavailable, match="auto, bubblewrap, unsafe_local"):
        choose("docker?", strict=False)
