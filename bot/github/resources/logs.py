"""Logs of failed jobs of GitHub Actions: others' programs wrote them, and only what leads to the failure is kept."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.github.api.download import MOST_KEPT, end_of
from bot.github.api.errors import Gone, Refused, TransientError
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node
from bot.github.api.transport import HttpRequest

_JOB = re.compile(r"/actions/runs/\d{1,20}/job/(\d{1,20})(?:[/?#]|$)")
_CLOCK = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_ERROR = "##[error]"
_BEHIND = 3
"""Lines that are kept behind the last error: what comes later is tidying up."""


def job_of(check: Node) -> int:
    """The job of GitHub Actions that a check is of; 0 where it is another's."""
    found = _JOB.search(check.words("details_url"))
    return int(found[1]) if found and check.maybe("app").words("slug") == "github-actions" else 0


def leading_to_failure(log: str) -> str:
    """A job's log without clocks and colours, to its last error, where it marks one."""
    lines = _COLOUR.sub("", _CLOCK.sub("", log)).replace("\r", "").split("\n")
    last = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].startswith(_ERROR)), len(lines))
    return "\n".join(lines[: last + 1 + _BEHIND]).strip("\n")


class JobLogs(RepositoryResource):
    """The part of a repository where jobs leave their logs."""

    async def log_of(self, check: Node) -> tuple[str, str]:
        """The end of the log of a check's job, and why there is none: an owner may not have granted to read it."""
        job = job_of(check)
        if not job:
            return "", "its job is not one of GitHub Actions"
        try:
            return leading_to_failure(await self._job_log(job)), ""
        except (Gone, Refused) as error:
            return "", error.sentence.rstrip(".")
        except TransientError as error:
            if error.away:
                raise
            return "", str(error).rstrip(".")

    async def _job_log(self, job: int) -> str:
        """GitHub answers with an address at another server, which is good for a minute and wants no credentials."""
        request = HttpRequest("GET", self._path(f"/actions/jobs/{job}/logs"), accept="*/*", elsewhere=True)
        answer = await self._door.send(request, replace(self._reader, purpose="logs"))
        if address := answer.headers.get("location", ""):
            return await end_of(address, plain=self._credentials.api_url.startswith("http://"))
        return str(answer.body or "")[-MOST_KEPT:]
