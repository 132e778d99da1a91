"""A check on a commit. It cannot be deleted, so it is concluded as cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.items import CheckInfo
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.errors import NotFound, Refused
from workflows.journal import Journal

CHECK_NAME = "Pullwright"
"""Of the check that shows a run on its pull request; its external id is the run's."""


@runtime_checkable
class CheckOperations(Protocol):
    """A forge on which commits have checks."""

    async def find_check(self, name: str, commit: str, external_id: str) -> CheckInfo | None:
        """Ours of that id. NotFound or Refused where there is no such commit."""
        ...

    async def create_check(
        self,
        name: str,
        commit: str,
        *,
        external_id: str,
        status: str = "in_progress",
        conclusion: str = "",
        title: str = "",
        summary: str = "",
        url: str = "",
    ) -> CheckInfo:
        """One on a commit; an answer that is lost does not make it two."""
        ...

    async def update_check(
        self, check: int, *, status: str = "", conclusion: str = "", title: str = "", summary: str = "", url: str = ""
    ) -> CheckInfo: ...


@dataclass(frozen=True, slots=True)
class CreateCheck(RemoteEffect):
    """On `commit`; its result has `id`, and `external_id` finds it where that was lost."""

    name: str
    commit: str
    external_id: str
    kind: ClassVar[str] = "create_check"
    undoing: ClassVar[str] = "It is concluded as cancelled."
    needs: ClassVar[tuple[type, ...]] = (CheckOperations,)

    @property
    def target(self) -> str:
        return f"{self.name} on {self.commit[:10]}"

    async def do(
        self, journal: Journal, checks: CheckOperations, *, conclusion: str = "", title: str, summary: str
    ) -> int:
        """Make it, or find the one that an interrupted attempt made; its id."""

        async def create() -> dict[str, object]:
            found = await checks.find_check(self.name, self.commit, self.external_id)
            if found is None:
                words = {"conclusion": conclusion, "title": title, "summary": summary}
                found = await checks.create_check(self.name, self.commit, external_id=self.external_id, **words)
            return {"id": found.id}

        return int(str((await journal.do(self.effect, create))["id"]))

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        assert isinstance(back.operations, CheckOperations)
        await cancel(back.operations, back.run_id, self.name, self.commit, self.external_id)
        return ""


async def cancel(checks: CheckOperations, run_id: str, name: str, commit: str, external_id: str) -> None:
    """Have a check say that it holds no more; one that is gone, or says so already, is fine."""
    try:
        check = await checks.find_check(name, commit, external_id)
    except (NotFound, Refused):  # the commit is gone, and the check with it
        return
    if check is not None and check.conclusion != "cancelled":
        words = f"Run {run_id} was rolled back, so what stood here does not count any more."
        await checks.update_check(check.id, conclusion="cancelled", title="Rolled back", summary=words)
