"""Which Python a project asks for, and whether the machine's own is one of those."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from sandbox.backend import MIB

_CLAUSE = re.compile(r"(>=|<=|>|<|==|!=|~=)\s*(\d+)(?:\.(\d+))?(?:\.(?:\d+|\*))*")
_VERSION = re.compile(r"Python (\d+)\.(\d+)")
ASK = "python3 -V"
"""Says which one the machine has."""


def wanted(tree: Path) -> str:
    """What `requires-python` says in the root of a tree, "" for nothing that is understood."""
    manifest = tree / "pyproject.toml"
    try:
        if manifest.is_symlink() or not manifest.is_file() or manifest.stat().st_size > MIB:
            return ""
        project = tomllib.loads(manifest.read_text(encoding="utf-8")).get("project")
    except (OSError, ValueError, RecursionError):
        return ""
    said = project.get("requires-python") if isinstance(project, dict) else ""
    clauses = said.split(",") if isinstance(said, str) and len(said) < 200 else []
    understood = all(_CLAUSE.fullmatch(one.strip()) for one in clauses)
    return ",".join(one.replace(" ", "") for one in clauses) if understood else ""


def fits(wanted: str, said: str) -> bool:
    """Whether the Python that answered ASK is one of those; also where nobody knows. Patch levels are not looked at."""
    found = _VERSION.search(said)
    if not wanted or found is None:
        return True
    here = (int(found[1]), int(found[2]))
    return all(_holds(here, one) for one in wanted.split(","))


def _holds(here: tuple[int, int], clause: str) -> bool:
    match = _CLAUSE.fullmatch(clause)
    assert match is not None, "it was understood"
    sign, there = match[1], (int(match[2]), int(match[3] or 0))
    if match[3] is None and sign in ("==", "~="):
        return here[0] == there[0]
    exact = len(clause.strip("><=!~ ").split(".")) > 2
    return {
        ">=": here >= there,
        "~=": here >= there and here[0] == there[0],
        ">": here >= there if exact else here > there,
        "<": here <= there if exact and not clause.endswith(".0") else here < there,
        "<=": here <= there,
        "==": here == there,
        "!=": here != there or exact,
    }[sign]


def again(wanted: str) -> str:
    """A shell line that makes the virtual environment anew with a Python of the machine that fits; `$UV` is uv.

    pyenv's shims answer for versions that are not chosen, so its versions are looked at themselves: the oldest
    that fits first, or below a bound the newest, since packages are built for those.
    """
    order = "sort -Vr" if "<" in wanted else "sort -V"
    real = f'$(ls -d "$PYENV_ROOT"/versions/*/bin 2>/dev/null | {order} | paste -sd:)'
    rest = "$(echo \"$PATH\" | tr : '\\n' | grep -v /shims | paste -sd:)"
    venv = f'"$UV" venv --quiet --clear --seed --no-project --python \'{wanted}\' "$HOME/venv"'
    return f'PATH="{real}:{rest}" {venv}'
