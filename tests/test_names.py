"""A name means one thing in the whole project."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_public_class_has_its_name_to_itself() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for floor in ("bot", "workflows", "sandbox", "migrations"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            for found in ast.parse(path.read_text()).body:
                if isinstance(found, ast.ClassDef) and not found.name.startswith("_"):
                    places[found.name].append(str(path.relative_to(ROOT)))
    assert len(places) > 300, "they are looked for where they are"
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
