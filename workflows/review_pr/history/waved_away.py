"""What people waved away in earlier reviews of a repository: what resembles three such comments is kept back.

Three, since one may have been wrong about its place only; and since people address most of what they never saw.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.effects.items import ThreadInfo
from workflows.review_pr.findings import Finding
from workflows.review_pr.history.earlier import key_in, stands_in
from workflows.services import StepContext
from workflows.store.run_rows import runs
from workflows.text.word_share import ALIKE, share

LEAST = 3
"""Comments that people waved away before what resembles them is kept back."""
_MOST_RUNS = 300


@dataclass(frozen=True, slots=True)
class WavedAway:
    """One comment that somebody waved away: the key of its finding, and its words."""

    key: str
    text: str


def waved_in(
    threads: Iterable[ThreadInfo], posted: Mapping[str, Mapping[str, str]], texts: Mapping[str, str]
) -> list[WavedAway]:
    """The comments of ours that somebody disliked, or resolved though their lines are as they were.

    An answer alone says neither: people write "done" as well as "no".
    """
    found = []
    for thread in threads:
        key = key_in(thread.body) if thread.ours else ""
        said = posted.get(key)
        if said is None:
            continue
        left = thread.resolved and stands_in(said, texts)
        if thread.disliked or left:
            found.append(WavedAway(key, words_of(thread.body)))
    return found


async def waved_away(ctx: StepContext) -> list[WavedAway]:
    """All that reviews of this repository have noted as waved away, each once."""
    rows = await ctx.services.store.read(runs.list_runs, repository=ctx.run.repository, limit=_MOST_RUNS)
    reviews = (run for run in rows if run.workflow == ctx.run.workflow)
    noted = {str(one["key"]): str(one["text"]) for run in reviews for one in run.state.get("review_waved") or ()}
    return [WavedAway(key, text) for key, text in noted.items()]


def resembles(finding: Finding, noted: Sequence[WavedAway]) -> int:
    """How many of the comments that were waved away a finding resembles."""
    mine = f"{finding.title} {finding.reason}"
    return sum(share(mine, one.text) >= ALIKE for one in noted)


def words_of(body: str) -> str:
    """The words of a comment of ours: its title and reason, without code, marks and what is said below the line."""
    text = re.sub(r"<!--.*?-->|```.*?```|<sub>.*?</sub>", " ", body, flags=re.DOTALL)
    return " ".join(text.split())[:1_000]


def as_state(noted: Iterable[WavedAway]) -> list[dict[str, Any]]:
    return [{"key": one.key, "text": one.text} for one in noted]
