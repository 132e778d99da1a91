"""What foreign bytes may turn out to be: a real answer with any one value in it exchanged, or bytes cut and changed."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [0, -1, 2**70, 1.5, float("nan"), float("inf"), "", "\0", "\ud800", "x" * 300, [], {}, [None], [[]], {"": None}]
    ),
    st.integers(),
    st.text(max_size=10),
    st.recursive(
        st.none() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    ),
)
_MISSING = object()


@st.composite
def disfigured(draw: st.DrawFn, real: Any) -> Any:
    """The JSON `real` with one node of it exchanged for any JSON, or taken away."""
    places = list(_places(real, ()))
    place = draw(st.sampled_from(places))
    value = draw(st.just(_MISSING) | ODD) if place else draw(ODD)
    if not place:
        return value
    found = copy.deepcopy(real)
    holder = found
    for key in place[:-1]:
        holder = holder[key]
    if value is _MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return found


def _places(value: Any, at: tuple[Any, ...]) -> Any:
    yield at
    if len(at) > 4:
        return
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _places(item, (*at, key))


@st.composite
def damaged(draw: st.DrawFn, real: bytes) -> bytes:
    """The bytes `real` cut off somewhere, or with a few of them exchanged, doubled or added."""
    if draw(st.booleans()):
        return real[: draw(st.integers(0, len(real)))]
    found = bytearray(real)
    for _ in range(draw(st.integers(1, 4))):
        at, size = draw(st.integers(0, len(found))), draw(st.integers(0, 8))
        found[at : at + size] = draw(st.binary(max_size=8))
    return bytes(found)
