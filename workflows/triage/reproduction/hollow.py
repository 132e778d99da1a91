"""Whether a test of Python code fails by itself: it does where it fails alike over code that says nothing.

Each module of the repository is replaced by one whose every name is there, and is nothing: it can be called, compared
and computed with. In one tree all that is asked of it is true, in another false, in a third each call of it raises.
What a test fails with in the same words whatever the code says is its own: an error that it raises, a value that it
wrote itself, a part of the code that it replaced.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sandbox.trees.workspace import Workspace
from workflows.policy.check_files import is_test
from workflows.reports.reasons import ReasonKind, reason
from workflows.triage.reproduction.attempt import GIVES, OneTry, Reproduction

WAYS = ("yes", "no", "raise")
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


def hollow(workspace: Workspace, tree: str, kept: Collection[str], way: str) -> str:
    """The mark of a tree without its code; `kept` are the files of the test, which stay."""
    listing = dict(workspace.objects.listing(tree))
    blob = workspace.objects.write("blob", _MODULE.format(way=way).encode())
    listing |= {path: (listing[path][0], blob) for path in listing if _is_code(path) and path not in kept}
    return workspace.objects.write_listing(listing)


def can_tell(files: Mapping[str, str], paths: Collection[str]) -> bool:
    """Whether code can be taken out so: all of it is Python's, and the test reads no other file of the repository."""
    if not all(path.endswith(".py") for path in files) or any(path.endswith(_NATIVE) for path in paths):
        return False
    others = {path.rpartition("/")[2] for path in paths if not path.endswith(".py")}
    return any(map(_is_code, paths)) and not any(name in text for text in files.values() for name in others)


def is_alike(found: Reproduction, one: OneTry) -> bool:
    """Whether all that shows the report fails in the same words."""
    return all(reason(one.failures.get(name, "")).said == said for name, said in found.tests.items())


def ways(found: Reproduction, one: OneTry) -> tuple[str, ...]:
    """In which trees it has to fail alike. That something is not raised, or is of no such kind, may be the code's
    failure though it sounds alike whatever that says: there the code must not have been asked at all."""
    kinds = {reason(one.failures[name]).kind for name in found.tests}
    says_little = ReasonKind.ASSERTION in kinds and not found.why.startswith(GIVES)
    return WAYS if says_little else WAYS[:2]


def _is_code(path: str) -> bool:
    return path.endswith(".py") and not is_test(path) and path.rpartition("/")[2] not in _OWN
