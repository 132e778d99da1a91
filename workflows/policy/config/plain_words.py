"""Wrong kinds of values in plain words: for pydantic's names of them what is wanted, and how to write it."""

from __future__ import annotations

_MAPPING = ("a mapping of keys", "Write its keys on lines of their own below it, each with its value.")
_TEXTS = ("a text or a list of texts", "Write it like `[one, another]`.")
_TRUTH = ("true or false", "Write one of the two.")
PLAIN = {
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
    "tuple_type": _TEXTS,
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "string_type": ("a text", "Put it in quotes."),
    "float_parsing": ("a number", "Write it like 15 or 0.5, without a unit."),
    "float_type": ("a number", "Write it like 15 or 0.5."),
    "int_parsing": ("a whole number", "Write it like 2."),
    "int_type": ("a whole number", "Write it like 2."),
    "int_from_float": ("a whole number", "Write it like 2."),
}
"""What pydantic calls wrong, and what it is called here."""
