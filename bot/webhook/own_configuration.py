"""Whether a repository's own configuration can be used, told where it is edited.

On a pull request that edits it by a check; of the default branch by one issue, which is open as long as it cannot be
used. Nobody has to ask for work, and be refused, to hear of it.
"""

from __future__ import annotations

import asyncio
import logging

from bot.github.api.errors import NotFound, Unauthorized
from bot.github.repository import RepositoryClient
from bot.view import messages
from bot.webhook.events.code import BranchPushed, PullChanged
from sandbox.errors import UserError
from workflows.engine.failure_policy import all_configured
from workflows.errors import ConfigError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH
from workflows.registry import DefinitionsWhenAsked

log = logging.getLogger(__name__)

CHECK = "Pullwright configuration"
TITLE = "Action required: Pullwright cannot use its configuration"
MARK = "<!-- pullwright:configuration -->"
_EDITS = frozenset({"opened", "reopened", "synchronize"})
_MOST_FILES = 300
"""So many files GitHub names of a comparison; of a larger one the two texts are compared."""
_MOST_LOOKS = 3
"""So often the file is read again where it changes while it is told of: what comes then has a delivery of its own."""


async def told(place: RepositoryClient, event: PullChanged | BranchPushed) -> bool:
    """Tell of the configuration that this event brings, if it brings one; whether it does.

    What GitHub does not let us say there is only in the log: the event may mean other things, too. TransientError or
    Unauthorized where it cannot be said now.
    """
    try:
        if isinstance(event, BranchPushed):
            return await _told_on_branch(place)
        return await _told_on_pull(place, event)
    except Unauthorized:
        raise
    except UserError as error:
        log.warning("%s: what its configuration is worth could not be told: %s", event.subject.label, error)
        return False


async def _told_on_pull(place: RepositoryClient, event: PullChanged) -> bool:
    pull = event.pull
    if event.closed or place.is_me(pull.author.login):
        return False
    if event.other_base:
        return await _told_anew(place, event)
    if event.action not in _EDITS or not await _edits(place, event):
        return False
    name = f"configuration-{pull.head_commit}"
    if await place.find_check(CHECK, pull.head_commit, name) is None:
        await _check(place, pull.head_commit, name, await _found(place, pull.head_commit))
    return True


async def _told_anew(place: RepositoryClient, event: PullChanged) -> bool:
    """What it edits goes by where it leads: the newest check is what counts, and says what holds for the new base."""
    head, edits = event.pull.head_commit, await _edits(place, event)
    told = await place.conclusions(CHECK, head)
    if not edits and not told:
        return False
    found = await _found(place, head) if edits else None
    wanted = "failure" if isinstance(found, ConfigError) else "success"
    if told[:1] != [wanted]:
        await _check(place, head, f"configuration-{head}-{len(told)}", found, "" if edits else _UNTOUCHED)
    return True


async def _check(
    place: RepositoryClient, commit: str, name: str, found: str | ConfigError | None, summary: str = ""
) -> None:
    if isinstance(found, ConfigError):
        conclusion, title, words = "failure", "It cannot be used", messages.bad_configuration(found)
    else:
        conclusion, title, words = "success", "There is none" if found is None else "It can be used", ""
    await place.create_check(
        CHECK,
        commit,
        external_id=name,
        status="completed",
        conclusion=conclusion,
        title="It is not edited" if summary else title,
        summary=summary or words or _FINE[found is not None],
    )


async def _edits(place: RepositoryClient, event: PullChanged) -> bool:
    pull = event.pull
    try:
        compared = await place.compare(pull.base_commit, pull.head_commit)
    except NotFound:  # a fork that is gone, or histories that have nothing in common
        return False
    if PATH in compared.files or len(compared.files) < _MOST_FILES:
        return PATH in compared.files
    try:
        return await place.configuration(pull.head_commit) != await place.configuration(compared.merge_base)
    except ConfigError:  # too large to be compared: better told once too often
        return True


async def _told_on_branch(place: RepositoryClient) -> bool:
    """Of the file as it is now, whichever push this is about.

    Another worker may handle another push at the same moment: who read the file before it changed looks once more.
    """
    words = await _complaint(place)
    for _ in range(_MOST_LOOKS):
        await _keep_one_issue(place, words)
        before, words = words, await _complaint(place)
        if words == before:
            break
    return True


async def _keep_one_issue(place: RepositoryClient, words: str) -> None:
    """One open issue with these words, the oldest of ours; none where there are no words.

    What it says and its end are one request each: who dies over it has said all or nothing.
    """
    known = await place.own_issues(MARK)
    if not words:
        for one in known:
            await place.close_issue(one.number, f"{one.body.removesuffix(_MENDED)}{_MENDED}")
        return
    if not known:
        await place.open_issue(TITLE, words, MARK)
        known = await place.own_issues(MARK)
    for one in known[1:]:  # two workers opened one at the same moment
        await place.close_issue(one.number, f"{MARK}\nThis is told in #{known[0].number}.", "not_planned")
    for one in known[:1]:
        if one.body.replace("\r\n", "\n").strip() != words:
            await place.reword_issue(one.number, words)


async def _complaint(place: RepositoryClient) -> str:
    """What is to be told of the file on the default branch; "" where nothing is wrong with it."""
    found = await _found(place)
    return f"{MARK}\n{messages.bad_configuration(found)}\n\n{_UNTIL}" if isinstance(found, ConfigError) else ""


def _must_be_usable(text: str) -> None:
    """ConfigError where a run could not begin with it."""
    all_configured(parse(text), DefinitionsWhenAsked())


async def _found(place: RepositoryClient, ref: str | None = None) -> str | ConfigError | None:
    """The file's text where it can be used, what is wrong with it, or None where there is no such file."""
    try:
        text = await place.configuration(ref)
        if text is not None:
            await asyncio.to_thread(_must_be_usable, text)
    except ConfigError as error:
        return error
    return text


_FINE = {
    True: f"`{PATH}` can be used as it is here.",
    False: f"There is no file `{PATH}` here: what it would say is found in the repository, or so by default.",
}
_UNTOUCHED = f"This pull request leaves `{PATH}` as it is on the branch that it leads to now."
_MENDED = "\n\n**The configuration can be used again.**"
_UNTIL = (
    "Until then whatever is asked of Pullwright here is refused with the same words. "
    "This issue is closed when the file on the default branch can be used."
)
