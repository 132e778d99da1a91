"""A module of Python whose every name is there, and is nothing: it can be called, compared and computed with."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from workflows.policy.check_files import is_test

_OWN = ("conftest.py", "setup.py", "noxfile.py")
_NATIVE = (".c", ".cc", ".cpp", ".cxx", ".f90", ".pyx", ".pxd", ".rs", ".so", ".pyd")
_MODULE = """\
_WAY = "{way}"


class PullwrightHollow:
    def __init__(self, *_, **__):
        pass

    def __call__(self, *_, **__):
        if _WAY == "raise":
            raise RuntimeError("pullwright: there is no code here")
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __repr__(self):
        return "pullwright-hollow-" + _WAY

    def _self(self, *_):
        return self

    def _said(self, *_):
        return _WAY == "yes"

    __getitem__ = __enter__ = __neg__ = __abs__ = __invert__ = __round__ = _self
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = _self
    __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __and__ = __rand__ = __or__ = __ror__ = __xor__ = _self
    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _said
    __hash__ = object.__hash__

    def __exit__(self, *_):
        return False

    def __len__(self):
        return 3 if _WAY == "yes" else 5

    def __iter__(self):
        return iter([self] * len(self))

    def __int__(self):
        return 7919 if _WAY == "yes" else 104729

    __index__ = __int__

    def __float__(self):
        return self.__int__() / 16

    def __setitem__(self, *_):
        pass

    def __await__(self):
        yield from ()
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return False


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return PullwrightHollow()
"""


def emptied(path: str, texts: Mapping[str, str], way: str) -> str:
    """What stands in the place of a module."""
    return _MODULE.format(way=way)


def is_code(path: str) -> bool:
    return path.endswith(".py") and not is_test(path) and path.rpartition("/")[2] not in _OWN


def is_whole(files: Mapping[str, str], texts: Mapping[str, str], paths: Collection[str]) -> bool:
    """Whether nothing of the code is left then: none of it is native."""
    return not any(path.endswith(_NATIVE) for path in paths)
