"""What of tags and releases asks for notes."""

from __future__ import annotations

from dataclasses import replace

from bot.webhook.decisions import Asked, Ignore, Wish
from bot.webhook.events.code import BranchPushed, ReleaseChanged, TagPushed
from bot.webhook.facts import Facts
from workflows.release_notes.history.versions import version_of
from workflows.subject import SubjectKind

_MOST_PROPOSALS = 20
"""Open ones that one push has written anew."""


async def tag_pushed(event: TagPushed, facts: Facts) -> Asked:
    if not event.after:
        return Ignore("the tag is gone")
    return Wish() if version_of(event.tag) is not None else Ignore("it names no version")


async def release_drafted(event: ReleaseChanged, facts: Facts) -> Asked:
    if event.action != "created" or not event.draft or event.body.strip():
        return Ignore("no release waits for its notes")
    return Wish()


async def tag_deleted(event: TagPushed, facts: Facts) -> Asked:
    if event.after or version_of(event.tag) is None:
        return Ignore("no version's tag is gone")
    return Wish() if await facts.has_notes(event.tag) else Ignore("it has no notes of ours")


async def release_deleted(event: ReleaseChanged, facts: Facts) -> Asked:
    """A draft may have been to make its tag when it is published: without it there will be none."""
    if event.action != "deleted" or version_of(event.tag) is None:
        return Ignore("no draft is gone")
    return Wish() if await facts.has_notes(event.tag) else Ignore("it has no notes of ours")


async def base_moved(event: BranchPushed, facts: Facts) -> Asked:
    """The pull requests for the CHANGELOG whose notes, or whose file, are other ones by what has come."""
    wishes: list[Wish] = []
    for one in await facts.proposals():
        touched = event.may_touch(one.path) if one.tag else one.until_name == event.branch
        if touched and len(wishes) < _MOST_PROPOSALS and await facts.is_open(one.number):
            subject = replace(event.subject, kind=SubjectKind.TAG, name=one.tag) if one.tag else None
            wishes.append(Wish(one.tag or one.asked, subject=subject, part=f"#{one.number}"))
    if not wishes:
        return Ignore("no notes are proposed that it makes others")
    return replace(wishes[0], also=tuple(wishes[1:]))
