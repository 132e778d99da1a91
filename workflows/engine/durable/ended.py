"""What is left of segments that have ended: counted, and removed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import sqlalchemy as sa
from dbos import DBOSClient, DBOSPortableJSONSerializer

from workflows.engine.durable.database import engine_database
from workflows.engine.durable.segments import asked

_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_MOST_LISTED = 1_000_000


class EndedSegments:
    """What DBOS keeps of segments that have ended, which nobody asks for any more: DBOS itself never removes it.

    Works beside engines that are at work, of this process or of others, and where none ever was.
    """

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)

    async def count_ended(self, before: float) -> int:
        """How many ended before that time (seconds since the epoch)."""
        return await asyncio.to_thread(asked, self._removed, before, _MOST_LISTED, False)

    async def forget_ended(self, before: float, most: int) -> int:
        """Remove up to `most` of them; how many there were."""
        return await asyncio.to_thread(asked, self._removed, before, most, True)

    def _removed(self, before: float, most: int, remove: bool) -> int:
        database = engine_database(self._url)
        try:
            schema = None if self._url.get_backend_name() == "sqlite" else "dbos"
            if not sa.inspect(database).has_table("workflow_status", schema=schema):
                return 0
            client = DBOSClient(system_database_engine=database, serializer=DBOSPortableJSONSerializer())
            ended = client.list_workflows(
                status=_ENDED,
                completed_before=datetime.fromtimestamp(before, UTC).isoformat(),
                limit=most,
                load_input=False,
                load_output=False,
            )
            if remove and ended:
                client.delete_workflows([one.workflow_id for one in ended])
            client.destroy()
            return len(ended)
        finally:
            database.dispose()
