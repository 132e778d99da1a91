"""Locking an issue's conversation."""

from __future__ import annotations

from tests.fakes.github.routes.labels import told
from tests.fakes.github.wire import Answer, Call, operation


@operation("PUT", "/repos/{owner}/{repo}/issues/{number}/lock", "issues:write", "pull_requests:write")
async def lock(call: Call) -> Answer:
    one = call.issue()
    one.locked, one.lock_reason = True, (call.body or {}).get("lock_reason")
    await told(call, one, "locked")
    return Answer(status=204)


@operation("DELETE", "/repos/{owner}/{repo}/issues/{number}/lock", "issues:write", "pull_requests:write")
async def unlock(call: Call) -> Answer:
    one = call.issue()
    one.locked, one.lock_reason = False, None
    await told(call, one, "unlocked")
    return Answer(status=204)
