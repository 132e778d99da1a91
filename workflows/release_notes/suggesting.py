"""Which version comes next: by what the changes call themselves, and by the public names that they break."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from sandbox.errors import RepositoryError
from workflows.release_notes.drafting import rules_of
from workflows.release_notes.groups import Group
from workflows.release_notes.history.pulls import ReleasedChange
from workflows.release_notes.history.versions import suggested, version_of
from workflows.release_notes.python_names.broken import NamesRead, read_names
from workflows.release_notes.state import SINCE, UNTIL, until_tag
from workflows.release_notes.suggestion import Suggestion
from workflows.services import StepContext


async def suggestion(ctx: StepContext, placed: Mapping[Group, Sequence[ReleasedChange]]) -> Suggestion:
    """The next version, where the range begins with one and ends with none, and there is no such version yet."""
    last = version_of(ctx.state[SINCE.key])
    if last is None or version_of(until_tag(ctx.state)) is not None or not placed:
        return Suggestion()
    rules = await rules_of(ctx)

    def look() -> NamesRead:
        repository = ctx.repository()
        try:
            since = repository.resolve(f"refs/tags/{last.tag}")
            return read_names(repository, since, ctx.state[UNTIL.key], rules.waived, last.family)
        except RepositoryError:  # a tag that names no commit, or objects that are not at hand
            return NamesRead()

    names = await asyncio.to_thread(look)
    version, reason = suggested(
        last, breaking=Group.BREAKING in placed, features=Group.FEATURE in placed, broken=len(names.broken)
    )
    there = await asyncio.to_thread(ctx.repository().tags) if version else ()
    if not version or version_of(version) in map(version_of, there):  # an older range, of which it came
        return Suggestion(names=names)
    return Suggestion(version, reason, names)
