"""`${{ ... }}` in workflows: the matrix's combinations, and what of an expression can be known without a run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import islice, product
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{((?:(?!\$\{\{|\}\}).)*)\}\}")
_CHOICE = re.compile(r"\(?([\w.-]+)\s*(==|!=)\s*'([^']*)'\s*&&\s*('[^']*'|[\w.-]+)\)?")
_COMBINATIONS = 120
_LIST = "\x1f"
"""What stands before each item of a list, which no expression can be filled with."""


def combinations(job: dict[str, Any]) -> list[dict[str, str]]:
    """The values of `matrix.*` in each leg of a job, as far as its steps speak of them; one empty leg without."""
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
    if not isinstance(matrix, dict):
        return [{}]
    used = str({k: v for k, v in job.items() if k != "strategy"})
    axes: list[list[dict[str, str]]] = []
    for key, values in matrix.items():
        values = _literal(values)
        if key in ("include", "exclude") or not isinstance(values, list) or f"matrix.{key}" not in used:
            continue
        axes.append([_flat(key, value) for value in values[:40]] or [{}])
    legs = [{k: v for one in leg for k, v in one.items()} for leg in islice(product(*axes), _COMBINATIONS)]
    rows = matrix.get("include")
    added: list[dict[str, str]] = []
    for row in rows[:40] if isinstance(rows, list) else ():
        flat = (
            {k: v for key, value in row.items() for k, v in _flat(key, value).items()} if isinstance(row, dict) else {}
        )
        known = {k: v for k, v in flat.items() if k[7:].split(".")[0] in used}
        fits = [leg for leg in legs if axes and all(leg.get(k, v) == v for k, v in known.items())]
        for leg in fits:
            leg.update(known)
        if known and not fits:
            added.append(known)
    return [leg for leg in (*legs, *added) if leg or not added] or [{}]


def _literal(values: object) -> object:
    """The list behind `fromJSON('["a", "b"]')`."""
    found = re.search(r"fromJSON\(\s*'(\[[^']{,2000}\])'\s*\)", values, re.I) if isinstance(values, str) else None
    try:
        return json.loads(found.group(1)) if found else values
    except ValueError:
        return values


def _flat(key: str, value: object) -> dict[str, str]:
    if isinstance(value, str):
        return {f"matrix.{key}": str(value)}
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return {f"matrix.{key}": "".join(f"{_LIST}{v}" for v in value[:40])}
    if isinstance(value, dict):
        return {k: v for inner, text in value.items() for k, v in _flat(f"{key}.{inner}", text).items()}
    return {}


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text with its expressions replaced; the unknown ones become their literal fallback, else empty."""
    return _EXPRESSION.sub(lambda m: _value(m.group(1).strip(), values), text)


def _value(expression: str, values: Mapping[str, str]) -> str:
    for part in expression.split("||"):
        if chosen := _CHOICE.fullmatch(part.strip()):
            same = values.get(chosen.group(1), "") == chosen.group(3)
            if same != (chosen.group(2) == "=="):
                continue
            part = chosen.group(4)
        literal = re.fullmatch(r"'([^']*)'|(\d+(?:\.\d+)?|true|false)", part.strip())
        if literal:
            return literal.group(1) if literal.group(2) is None else literal.group(2)
        if value := values.get(_named(part.strip(), values), ""):
            return "" if value[:1] == _LIST else value
        if part.strip() == "github.workspace":
            return "."
    return ""


_INDEXED = re.compile(r"(env|inputs|matrix)\[\s*(?:'([^']*)'|([\w.-]+))\s*\]")


def _named(expression: str, values: Mapping[str, str]) -> str:
    """The name that `env['NAME']` or `env[matrix.name]` stands for."""
    indexed = _INDEXED.fullmatch(expression)
    if not indexed:
        return expression
    inner = indexed.group(2) if indexed.group(2) is not None else values.get(indexed.group(3), "")
    return f"{indexed.group(1)}.{inner}"


def sure(condition: object) -> bool:
    """Whether an `if:` that has not excluded its step speaks of nothing that only a run knows."""
    text = _EXPRESSION.sub(lambda m: m.group(1).strip(), str(condition)).strip() if isinstance(condition, str) else ""
    clauses = text.split("&&")
    return not text or ("||" not in text and all(_CLAUSE.fullmatch(c) or _SWITCH.fullmatch(c.strip()) for c in clauses))


_CLAUSE = re.compile(r"\s*\(?(matrix\.[\w.-]+|inputs\.[\w-]+)\s*(==|!=)\s*(?:'([^']*)'|(true|false))\)?\s*")
_SWITCH = re.compile(r"(!?) {0,3}\(?(matrix\.[\w.-]+|inputs\.[\w-]+)\)?")
"""`inputs.with-tests` by itself, which is true or false."""


def excluded(condition: object, values: Mapping[str, str]) -> bool:
    """Whether an `if:` is surely false in this leg."""
    text = _EXPRESSION.sub(lambda m: m.group(1).strip(), str(condition)).strip() if isinstance(condition, str) else ""
    if text == "false" or (re.search(r"(?<!!)\bfailure\(\)", text) and "||" not in text):
        return True  # the second only says more of what failed before
    for clause in text.split("&&") if "||" not in text else ():
        listed = _CONTAINS.fullmatch(clause)
        if listed and listed.group(2) in values:
            inside = listed.group(3) in _items(values[listed.group(2)])
            if inside == bool(listed.group(1)):
                return True
        matched = _CLAUSE.fullmatch(clause)
        if matched and matched.group(1) in values:
            wanted = matched.group(4) if matched.group(3) is None else matched.group(3)
            same = values[matched.group(1)] == wanted
            if same != (matched.group(2) == "=="):
                return True
        switch = _SWITCH.fullmatch(clause.strip())
        if switch and values.get(switch.group(2), "unknown") in (("true",) if switch.group(1) else _FALSE):
            return True
    return False


_FALSE = ("false", "", "0")
_CONTAINS = re.compile(r"\s*(!?)\s*contains\(\s*(matrix\.[\w.-]+|inputs\.[\w-]+)\s*,\s*'([^']*)'\s*\)\s*")


def _items(value: str) -> list[str] | str:
    return value[1:].split(_LIST) if value[:1] == _LIST else value


def set_aside(condition: object) -> bool:
    """Whether an `if:` holds in runs only that do not check a change: by the clock, by hand, for releases."""
    text = str(condition) if isinstance(condition, str) else ""
    return bool(re.search(r"event_name\s*==\s*'(schedule|workflow_dispatch|release)'", text)) and "||" not in text
