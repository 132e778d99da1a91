"""What of tags and releases asks for notes."""

from __future__ import annotations

from dataclasses import replace

from bot.webhook.decisions import Asked, Ignore, Wish
from bot.webhook.events.code import BranchPushed, ReleaseChanged, TagPushed
from bot.webhook.facts import Facts
from workflows.release_notes.history.versions import version_of
from workflows.subject import SubjectKind


async def tag_pushed(event: TagPushed, facts: Facts) -> Asked:
    if not event.after:
        return Ignore("the tag is gone")
    return Wish() if version_of(event.tag) is not None else Ignore("it names no version")


async def release_drafted(event: ReleaseChanged, facts: Facts) -> Asked:
    if event.action != "created" or not event.draft or event.body.strip():
        return Ignore("no release waits for its notes")
    return Wish()


async def base_moved(event: BranchPushed, facts: Facts) -> Asked:
    """The newest pull request for the CHANGELOG whose notes, or whose file, are other ones by what has come."""
    for one in await facts.proposals():
        if one.tag and event.may_touch(one.path):
            return Wish(one.tag, subject=replace(event.subject, kind=SubjectKind.TAG, name=one.tag))
        if not one.tag and one.until_name == event.branch:
            return Wish(one.asked)
    return Ignore("no notes are proposed that it makes others")
