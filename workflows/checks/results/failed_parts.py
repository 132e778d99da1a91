"""A set-up that failed for one ecosystem of several: what its failure takes from the checks of the others.

Where the change touches nothing of that ecosystem, the others are judged as if it were not there, and what its checks
would have said is told as not run. Otherwise the set-up has failed for all.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import replace

from sandbox.detect.read.manifests import ENDINGS
from workflows.verification import Check, Verdict

_MANIFESTS = {
    **dict.fromkeys(("package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"), "javascript"),
    **dict.fromkeys(("pyproject.toml", "setup.cfg", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile"), "python"),
    **dict.fromkeys(("composer.json", "composer.lock"), "php"),
    **dict.fromkeys(("Gemfile", "Gemfile.lock"), "ruby"),
    **dict.fromkeys(("Cargo.toml", "Cargo.lock"), "rust"),
    **dict.fromkeys(("go.mod", "go.sum"), "go"),
}
_ALSO = {"javascript": "deno", "jvm": "scala"}
"""What may run the same files."""


def touches(paths: Collection[str], parts: Collection[str]) -> bool:
    """Whether a change of these files may touch one of those ecosystems; a file of none that is known touches all."""
    for path in paths:
        name = posixpath.basename(path)
        part = _MANIFESTS.get(name) or ENDINGS.get(name.rpartition(".")[2].lower(), "")
        if not part or part in parts or _ALSO.get(part) in parts:
            return True
    return False


def without_failed_parts(check: Check, part: str, parts: Mapping[str, str], *, touched: bool) -> Check:
    """A check of the ecosystem `part` ("" where it may be of all), with what the failure of `parts` means for it."""
    if not touched and part and part not in parts:
        return check
    why = parts.get(part) or next(iter(parts.values()))
    if touched or not part:
        return replace(check, setup_failure=check.setup_failure or why)
    return replace(check, verdict=Verdict.NOT_RUN, reason=f"Its part of the set-up failed: {why}.", new_failures=())


def told(parts: Mapping[str, str]) -> tuple[str, ...]:
    """What is not run therefore, as sentences."""
    return tuple(f"The part in {part} was not tried, since its set-up failed: {why}." for part, why in parts.items())
