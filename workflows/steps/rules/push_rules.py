"""What a repository's rules say about what is pushed: its paths, sizes and message, held against a commit beforehand.

Some of it is known before anything is spent, the rest is told to the model, and the commit is looked at before it
leaves. What cannot be read as GitHub reads it forbids nothing: the push will tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from itertools import islice
from typing import Any

from workflows.advice import RETRY, ROLLBACK, remake
from workflows.definition import Failed
from workflows.ports import BranchRule
from workflows.steps.rules.ground_rules import BYPASS, Told, against_address, matches, wanted_words
from workflows.text.sanitise import sanitise_line

_MEGABYTE = 1 << 20
_NAMED = 5
_MOST_PATTERNS = 200
_LONGEST = 400
"""Characters of one of them: GitHub takes 200."""
_ALL = ("*", "**", "**/*", "/**", "/**/*")
_NO_WALL = f"Lift the rule for branches of pull requests, or {BYPASS}."


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push brings that is not there yet.

    `files` are those that its commits add or alter, with their sizes in bytes; `touched` are all paths that they
    change, those of removed files and earlier names, too. `email` is "" where the forge says whose the commits are.
    """

    files: Sequence[tuple[str, int]]
    touched: Sequence[str]
    message: str
    email: str
    merges: bool = False


def broken_rules(rules: Sequence[BranchRule], pushed: Pushed) -> Failed | None:
    """The failure where a commit breaks rules of the repository, with what to do; None where it breaks none."""
    told = against_commit(rules, pushed)
    if not told:
        return None
    sentences = " ".join(sentence for sentence, _ in told)
    remedies = " ".join(dict.fromkeys(remedy for _, remedy in told))
    advice = (RETRY, remake("the change"), ROLLBACK)
    return Failed(f"{sentences} It is not pushed. {remedies}", advice=advice)


def against_commit(rules: Sequence[BranchRule], pushed: Pushed) -> list[Told]:
    """What the rules have against a commit, each with its remedy."""
    return list(dict.fromkeys(one for rule in rules for one in _against(rule, pushed)))


def known_before(rule: BranchRule, ending: str) -> Iterator[Told]:
    """What one rule has against any change of ours, of whose message only the `ending` is known."""
    given = rule.parameters
    if rule.kind == "file_path_restriction" and any(pattern in _ALL for pattern in _texts(rule)):
        yield "A rule takes no change of any file.", _NO_WALL
    if rule.kind == "max_file_size" and _number(rule) == 0:
        yield "A rule takes no file of any size.", _NO_WALL
    if rule.kind == "commit_message_pattern" and _never(given, ending):
        yield (
            f"A rule says that messages of commits must {wanted_words(given)}, which ours never do: "
            f"they end with `{sanitise_line(ending.strip().splitlines()[-1], 100)}`.",
            _NO_WALL,
        )


def for_model(rules: Sequence[BranchRule]) -> list[str]:
    """What the model is to keep to so that its change can be pushed, a sentence each."""
    return list(dict.fromkeys(sanitise_line(one, 400) for rule in rules for one in _told_model(rule)))


def message_rules(rules: Sequence[BranchRule]) -> list[str]:
    """How messages of commits are to be, a few words each: `match ^[A-Z]+-`."""
    kinds = (rule for rule in rules if rule.kind == "commit_message_pattern")
    return list(dict.fromkeys(sanitise_line(wanted_words(rule.parameters), 300) for rule in kinds))


def fitting(rules: Sequence[BranchRule], message: str, *types: str) -> str:
    """The message with the first of the `types` before it (`fix: ...`) that has it fit; as it is where none does."""
    kinds = [rule for rule in rules if rule.kind == "commit_message_pattern"]
    said = [message, *(f"{one}: {message[:1].lower()}{message[1:]}" for one in types)]
    return next((one for one in said if all(matches(rule.parameters, one.strip()) for rule in kinds)), message)


# --- one rule -----------------------------------------------------------------------------------


def _against(rule: BranchRule, pushed: Pushed) -> Iterator[Told]:
    given, most = rule.parameters, _number(rule)
    match rule.kind:
        case "file_path_restriction":
            patterns = _texts(rule)
            found = [path for path in pushed.touched if any(fits(pattern, path) for pattern in patterns)]
            if found:
                said = f"A rule takes no change at {_listed(found)} (it names {_listed(patterns)})."
                yield said, f"Have the change made without it; or lift the rule, or {BYPASS}."
        case "file_extension_restriction":
            ends = _texts(rule)
            found = [path for path, _ in pushed.files if any(_ends(path, end) for end in ends)]
            if found:
                said = f"A rule takes no files that end like {_listed(found)} (it names {_listed(ends)})."
                yield said, f"Have the change made without them; or lift the rule, or {BYPASS}."
        case "max_file_path_length" if most:
            found = [path for path, _ in pushed.files if len(path) > most]
            if found:
                said = f"A rule takes no paths of more than {most} characters: {_listed(found)}."
                yield said, "Have those files named shorter, or lift the rule."
        case "max_file_size" if most:
            large = [(path, size) for path, size in pushed.files if size > most * _MEGABYTE]
            if large:
                told = _listed([f"{path} ({size / _MEGABYTE:.1f} MB)" for path, size in large])
                yield f"A rule takes no files of more than {most} MB: {told}.", "Leave them out, or lift the rule."
        case "commit_message_pattern" if not matches(given, pushed.message.strip()):
            subject = sanitise_line(pushed.message.strip().partition("\n")[0], 100)
            said = f"A rule says that messages of commits must {wanted_words(given)}, and `{subject}` does not."
            yield said, f"Say in the issue how it is to begin (a ticket, say), then `/retry commit`; or {BYPASS}."
        case "commit_author_email_pattern" | "committer_email_pattern" if pushed.email:
            yield from against_address(rule, pushed.email)
        case "required_linear_history" if pushed.merges:
            said = "A rule wants the branch's history linear, and this commit brings two lines of it together."
            yield said, f"Bring the branch to what its base is now by hand; or lift the rule, or {BYPASS}."


def _told_model(rule: BranchRule) -> Iterator[str]:
    most = _number(rule)
    match rule.kind:
        case "file_path_restriction" if patterns := _texts(rule):
            yield f"A rule of the repository takes no change of files that match {_listed(patterns)}."
        case "file_extension_restriction" if ends := _texts(rule):
            yield f"A rule of the repository takes no files that end like {_listed(ends)}."
        case "max_file_path_length" if most:
            yield f"A rule of the repository takes no paths of more than {most} characters."
        case "max_file_size" if most:
            yield f"A rule of the repository takes no files of more than {most} MB."


def _never(given: Any, ending: str) -> bool:
    pattern, operator, no = str(given.get("pattern", "")), given.get("operator"), bool(given.get("negate"))
    if not ending.strip() or not pattern:
        return False
    end = ending.strip()
    if operator == "ends_with" and len(pattern) <= len(end):
        return end.endswith(pattern) is no
    return operator == "contains" and no and pattern in end


def _ends(path: str, end: str) -> bool:
    if any(mark in end.lstrip("*/") for mark in "*?["):
        return fits(end if "/" in end else f"**/{end}", path)
    bare = end.lstrip("*/")
    return bool(bare.strip(".")) and path.endswith(bare if bare.startswith(".") else f".{bare}")


def fits(pattern: str, path: str) -> bool:
    """Whether a path is one that a rule names: `*` stays within a part of it, a part `**` stands for any number."""
    wanted, parts = pattern.removeprefix("/").split("/"), path.split("/")
    if len(pattern) > _LONGEST:
        return False
    if wanted[-1] == "**":  # what is below, and not the directory itself
        wanted.append("*")
    at = here = 0
    star, again = -1, 0
    while here < len(parts):
        if at < len(wanted) and wanted[at] == "**":
            star, again, at = at, here, at + 1
        elif at < len(wanted) and _part(wanted[at]).match(parts[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            again += 1
            at, here = star + 1, again
        else:
            return False
    return all(one == "**" for one in wanted[at:])


@cache
def _part(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.replace("[^", "[!")))  # which never tries a star twice


# --- what a rule says -----------------------------------------------------------------------------

_LISTS = {
    "file_path_restriction": "restricted_file_paths",
    "file_extension_restriction": "restricted_file_extensions",
}


def _texts(rule: BranchRule) -> list[str]:
    given = rule.parameters.get(_LISTS.get(rule.kind, ""))
    some = given if isinstance(given, list) else ()
    return [one for one in islice(some, _MOST_PATTERNS) if isinstance(one, str) and one]


def _number(rule: BranchRule) -> int | None:
    given = rule.parameters.get(rule.kind)
    return given if isinstance(given, int) and not isinstance(given, bool) and given >= 0 else None


def _listed(names: Sequence[str]) -> str:
    some = [sanitise_line(name.encode(errors="surrogateescape").decode(errors="replace"), 200) for name in names]
    return ", ".join(some[:_NAMED]) + (f" and {len(some) - _NAMED} more" if len(some) > _NAMED else "")
