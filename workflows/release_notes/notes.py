"""The notes as a value, and as Markdown in which every line cites what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from workflows.release_notes.groups import Group, breaking_note, is_bot, key_of, told_title
from workflows.release_notes.history.pulls import ReleasedChange, TakenBack
from workflows.release_notes.python_names.broken import SAID
from workflows.release_notes.suggestion import Suggestion
from workflows.text.escape import code, plain

_MOST_TITLE = 300
_MOST_BROKEN = 30
_MOST_CITED = 3


@dataclass(frozen=True, slots=True)
class Notes:
    """What is told of one range. `since` is "" for a first release; `why` says what is odd about the range."""

    since: str
    until: str
    placed: Mapping[Group, Sequence[ReleasedChange]]
    reverted: Sequence[TakenBack] = ()
    people: Sequence[str] = ()
    newcomers: Sequence[str] = ()
    why: str = ""
    suggested: Suggestion = field(default_factory=Suggestion)
    touched: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """How the changes of each file are cited."""
    own: Mapping[str, Sequence[ReleasedChange]] = field(default_factory=dict)
    """Parts by the repository's own titles; what stands there is in no group of ours. Breaking changes never do."""
    left_out: int = 0
    """Pull requests that the repository keeps out of its notes."""
    unlisted: int = 0
    """Changes of the kinds `unlisted_kinds`, which the file `changelog` has not listed until now."""
    unlisted_kinds: Sequence[str] = ()
    changelog: str = ""
    web: str = ""
    """The repository's page, where it has one: numbers become links, and the range can be looked at."""
    folder: str = ""
    """Where the package that is told of lies, in a repository of several; `elsewhere` counts what touches none."""
    elsewhere: int = 0

    @property
    def changes(self) -> int:
        return sum(map(len, (*self.placed.values(), *self.own.values())))

    @property
    def pulls(self) -> int:
        parts = (*self.placed.values(), *self.own.values())
        return sum(1 for changes in parts for change in changes if change.number)


def markdown(notes: Notes) -> str:
    """The notes as people read them, at most a line for each change. All words of others are harmless in it."""
    parts = [f"_{plain(notes.why)}_" if notes.why else ""]
    for group in Group:
        changes = notes.placed.get(group, ())
        if not changes:
            continue
        lines = "\n".join(_line(notes, group, change) for change in changes)
        if group is Group.DEPENDENCY:
            parts.append(f"<details><summary>{group}: {len(changes)}</summary>\n\n{lines}\n\n</details>")
        else:
            parts.append(f"### {group}\n\n{lines}")
        if group is Group.BREAKING:
            parts += _own(notes)
    if not notes.placed.get(Group.BREAKING):
        parts[1:1] = _own(notes)
    parts += [_reverted(notes), _people(notes), _broken(notes), _foot(notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _own(notes: Notes) -> list[str]:
    return [
        f"### {plain(title)}\n\n" + "\n".join(_line(notes, Group.OTHER, change) for change in changes)
        for title, changes in notes.own.items()
        if changes
    ]


def _line(notes: Notes, group: Group, change: ReleasedChange) -> str:
    text = plain(told_title(change)[:_MOST_TITLE])
    todo = breaking_note(change) if group is Group.BREAKING else None
    carried = f" (backport of {_cited(notes, f'#{change.backport}')})" if change.backport else ""
    line = f"- {text} ({_cited(notes, key_of(change))}){carried}"
    return f"{line}\n  {plain(todo[:_MOST_TITLE])}" if todo else line


def _cited(notes: Notes, key: str) -> str:
    if not notes.web:
        return key
    path = f"pull/{key[1:]}" if key.startswith("#") else f"commit/{key}"
    return f"[{key}]({notes.web}/{path})"


def _reverted(notes: Notes) -> str:
    if not notes.reverted:
        return ""
    named = ", ".join(
        f"{plain(one.title[:_MOST_TITLE])} ({_cited(notes, one.key)}, by {_cited(notes, one.by)})"
        for one in notes.reverted
    )
    return f"Made and taken back within this range: {named}."


def _people(notes: Notes) -> str:
    people = [name for name in notes.people if name]
    if not people:
        return ""
    text = f"By {', '.join(map(plain, people))}."
    if notes.newcomers and notes.since:
        text += f" For the first time: {', '.join(map(plain, notes.newcomers))}."
    return text


def _broken(notes: Notes) -> str:
    """The evidence for the version: public names of Python packages that stopped being what they were."""
    broken = notes.suggested.names.broken
    if not broken:
        return ""
    lines = []
    for one in broken[:_MOST_BROKEN]:
        of = ", ".join(code(word, 80) for word in one.of)
        cited = ", ".join(_cited(notes, key) for key in notes.touched.get(one.path, ())[:_MOST_CITED])
        lines.append(f"- {code(one.name, 160)} {SAID[one.what].replace('*', of)}{f' ({cited})' if cited else ''}")
    if len(broken) > _MOST_BROKEN:
        lines.append(f"- and {len(broken) - _MOST_BROKEN} more")
    many = f"Public names of Python that break, by griffe: {len(broken)}"
    return f"<details><summary>{many}</summary>\n\n" + "\n".join(lines) + "\n\n</details>"


def _foot(notes: Notes) -> str:
    lines = list(_facts(notes))
    return "\n\n".join(lines)


def _facts(notes: Notes) -> Iterator[str]:
    if notes.web and notes.since:
        yield f"[All that changed]({notes.web}/compare/{quote(notes.since)}...{quote(notes.until)})"
    if notes.elsewhere:
        many = f"{notes.elsewhere} change{'' if notes.elsewhere == 1 else 's'}"
        yield f"{many} of the range left out, since nothing in {code(notes.folder)} is touched."
    if notes.left_out:
        many = f"{notes.left_out} pull request{'' if notes.left_out == 1 else 's'}"
        yield f"{many} left out, as `.github/release.yml` has it."
    if notes.unlisted:
        many = f"{notes.unlisted} change{'' if notes.unlisted == 1 else 's'}"
        yield f"{many} left out, since {code(notes.changelog)} lists none such: {', '.join(notes.unlisted_kinds)}."
    names = notes.suggested.names
    if names.unread:
        more = f" and {len(names.unread) - _MOST_BROKEN} more" if names.unread[_MOST_BROKEN:] else ""
        named = ", ".join(code(one, 80) for one in names.unread[:_MOST_BROKEN])
        yield f"Not compared by their public names, or not by all: {named}{more}."
    if names.waived:
        yield f"{names.waived} broken name{'' if names.waived == 1 else 's'} waived, as the configuration has it."
    if notes.suggested.version:
        yield f"Suggested version: {plain(notes.suggested.version)}, since {notes.suggested.reason}."


def people_of(changes: Sequence[ReleasedChange], before: set[str]) -> tuple[list[str], list[str]]:
    """Who wrote the changes, by name, and who of them for the first time; programs are left out."""
    found: dict[str, tuple[str, str]] = {}
    for change in changes:
        for commit in change.commits:
            if not commit.is_merge and not is_bot(commit.author, commit.email):
                found.setdefault(commit.email.lower(), (commit.author, commit.email.lower()))
    names = list(dict.fromkeys(name for name, _ in found.values()))
    new = list(dict.fromkeys(name for name, email in found.values() if email not in before))
    return names, [name for name in new if not any(n == name and e in before for n, e in found.values())]
