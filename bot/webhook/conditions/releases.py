"""What of tags and releases asks for notes."""

from __future__ import annotations

from bot.webhook.decisions import Asked, Ignore, Wish
from bot.webhook.events.code import ReleaseChanged, TagPushed
from bot.webhook.facts import Facts
from workflows.release_notes.history.versions import version_of


async def tag_pushed(event: TagPushed, facts: Facts) -> Asked:
    if not event.after:
        return Ignore("the tag is gone")
    return Wish() if version_of(event.tag) is not None else Ignore("it names no version")


async def release_drafted(event: ReleaseChanged, facts: Facts) -> Asked:
    if event.action != "created" or not event.draft or event.body.strip():
        return Ignore("no release waits for its notes")
    return Wish()
