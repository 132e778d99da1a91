"""No face goes around `workflows.runs.actions`: what changes a run is reached through its rules alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BELOW = (
    "workflows.runs.undoing.rollback",
    "workflows.store.run_rows.transitions",
    "workflows.store.run_rows.line.run_lock",
)


def test_no_face_goes_around_the_actions() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for line, what in around(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "await app.runs.answer(run.id, 'approve', asker=ME)",
        "await detached(store).abort(run.id, asker=ME)",
        "skip = self.runs.skip",
        "from workflows.runs.undoing.rollback import InUse, plan_undoing",
        "from workflows.runs.undoing import rollback",
        "import workflows.store.run_rows.transitions",
        "from workflows.store.run_rows import runs, transitions",
    ],
)
def test_what_goes_around_the_actions_is_found(text: str) -> None:
    assert list(around(text))


def around(text: str) -> Iterator[tuple[int, str]]:
    """What reaches past the actions in a module: a method of `Runs` that changes a run, or what is below those."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(value=value, attr="start" | "answer" | "resume" | "retry" | "skip" | "abort" as name):
                if ast.unparse(value).rpartition(".")[2].partition("(")[0] in ("runs", "runner", "detached", "ours"):
                    yield node.lineno, f"Runs.{name}"
            case ast.Call(keywords=keywords) if any(one.arg == "asker" for one in keywords):
                yield node.lineno, ast.unparse(node.func)
            case ast.ImportFrom(module=str(module), names=names):
                for one in names:
                    if f"{module}.{one.name}" in BELOW or (module in BELOW and one.name not in ("InUse", "Undoing")):
                        yield node.lineno, f"{module}.{one.name}"
            case ast.Import(names=names) if any(one.name in BELOW for one in names):
                yield node.lineno, ast.unparse(node)
