"""Whether a repository's own configuration can be used, told where it is edited.

On a pull request that edits it by a check; of the default branch by one issue, which is open as long as it cannot be
used. Nobody has to ask for work, and be refused, to hear of it.
"""

from __future__ import annotations

import asyncio
import logging

from bot.github.api.errors import NotFound
from bot.github.repository import RepositoryClient
from bot.view import messages
from bot.webhook.events.code import BranchPushed, PullChanged
from sandbox.errors import UserError
from workflows.errors import ConfigError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH

log = logging.getLogger(__name__)

CHECK = "Pullwright configuration"
TITLE = "Action required: Pullwright cannot use its configuration"
MARK = "<!-- pullwright:configuration -->"
_EDITS = frozenset({"opened", "reopened", "synchronize"})
_MOST_FILES = 300
"""So many files GitHub names of a comparison; of a larger one the two texts are compared."""


async def told(place: RepositoryClient, event: PullChanged | BranchPushed) -> bool:
    """Tell of the configuration that this event brings, if it brings one; whether it does.

    What GitHub does not let us say there is only in the log: the event may mean other things, too. TransientError where
    it cannot be said now.
    """
    try:
        if isinstance(event, BranchPushed):
            return await _told_on_branch(place)
        return await _told_on_pull(place, event)
    except UserError as error:
        log.warning("%s: what its configuration is worth could not be told: %s", event.subject.label, error)
        return False


async def _told_on_pull(place: RepositoryClient, event: PullChanged) -> bool:
    pull = event.pull
    if event.closed or event.action not in _EDITS or place.is_me(pull.author.login) or not await _edits(place, event):
        return False
    name = f"configuration-{pull.head_commit}"
    if await place.find_check(CHECK, pull.head_commit, name) is None:
        error = await _wrong(await place.file(PATH, pull.head_commit))
        await place.create_check(
            CHECK,
            pull.head_commit,
            external_id=name,
            status="completed",
            conclusion="success" if error is None else "failure",
            title="It can be used" if error is None else "It cannot be used",
            summary=f"`{PATH}` can be used as it is here." if error is None else messages.bad_configuration(error),
        )
    return True


async def _edits(place: RepositoryClient, event: PullChanged) -> bool:
    pull = event.pull
    try:
        compared = await place.compare(pull.base_commit, pull.head_commit)
    except NotFound:  # a fork that is gone, or histories that have nothing in common
        return False
    if PATH in compared.files or len(compared.files) < _MOST_FILES:
        return PATH in compared.files
    return await place.file(PATH, pull.head_commit) != await place.file(PATH, compared.merge_base)


async def _told_on_branch(place: RepositoryClient) -> bool:
    error = await _wrong(await place.file(PATH))
    known = await place.own_issue(MARK)
    if error is None:
        if known is not None:
            await place.comment(known.number, "The configuration can be used again.")
            await place.close_issue(known.number)
        return True
    body = f"{MARK}\n{messages.bad_configuration(error)}\n\n{_UNTIL}"
    if known is None:
        await place.open_issue(TITLE, body, MARK)
    elif known.body.replace("\r\n", "\n").strip() != body.strip():
        await place.reword_issue(known.number, body)
    return True


async def _wrong(text: str | None) -> ConfigError | None:
    """What is wrong with a configuration's text; a repository without one has nothing wrong."""
    try:
        await asyncio.to_thread(parse, text or "")
    except ConfigError as error:
        return error
    return None


_UNTIL = (
    "Until then whatever is asked of Pullwright here is refused with the same words. "
    "This issue is closed when the file on the default branch can be used."
)
