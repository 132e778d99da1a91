"""The texts of a commit and of a pull request, made from data alone: every number in them comes from a value."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sandbox.journal import FileAction, FileChange
from workflows.text.claims import without_claims
from workflows.text.escape import MOST_CHARACTERS as _MOST
from workflows.text.escape import block, cell, code, cut, line
from workflows.text.model_words import UNCHECKED, bare, phrase, quoted, unsigned
from workflows.text.pull_request.requirements import CLAIMED, requirement_line
from workflows.text.pull_request.template import fill
from workflows.text.pull_request.verdict import Judged, and_more, ground, judged
from workflows.values import Issue, Requirement, Spent
from workflows.verification import Check, CheckRun, Proof, Verdict, Verification

_MOST_FILES = 60
_MOST_ITEMS = 40
_MOST_FAILURES = 12


@dataclass(frozen=True, slots=True)
class PullFacts:
    """All that a pull request text is made from.

    `title` and `summary` are the model's words, `notes` its word on single files by path;
    everything else is measured. `not_run` are sentences about commands that were seen in
    the repository and left out. `minutes` is the run's time so far.
    """

    run_id: str
    issue: Issue
    title: str
    summary: str = ""
    changes: Sequence[FileChange] = ()
    notes: dict[str, str] = field(default_factory=dict)
    requirements: Sequence[Requirement] = ()
    verification: Verification | None = None
    incomplete: str = ""
    """Why the work itself is not done, "" where it is."""
    not_run: Sequence[str] = ()
    warnings: Sequence[str] = ()
    spent: Spent = field(default_factory=Spent)
    minutes: float = 0.0
    model: str = ""
    template: str = ""
    """The repository's own template for pull requests."""
    relation: str = ""
    """What it has to do with another pull request for the same issue, in Markdown."""

    @property
    def verdict(self) -> Judged:
        return judged(self.verification, self.incomplete)


def pull_title(facts: PullFacts) -> str:
    """At most 120 characters."""
    return _unclaimed(facts.title, 120) or phrase(facts.issue.title, 120)


def pull_body(facts: PullFacts, most: int = _MOST) -> str:
    """Markdown of at most `most` characters; what closes the issue and names the run is never cut off."""
    sections = [
        ("Summary", quoted(facts.summary) or _asked(facts.issue)),
        ("Changes", "\n".join(_changes(facts))),
        ("Requirements", "\n".join(_requirements(facts.requirements))),
        ("Verification", "\n".join(_verification(facts))),
        ("Warnings", "\n".join(_listed([line(text) for text in facts.warnings]))),
        ("Cost", cost_line(facts.spent, facts.minutes, facts.model)),
    ]
    text = fill(facts.template, [(title, content) for title, content in sections if content])
    end = f"\n\n{facts.relation}" if facts.relation else ""
    end += f"\n\nFixes #{facts.issue.number}" if facts.issue.number else ""
    end += f"\n\n---\nMade by Pullwright, run {code(facts.run_id)}. Please review it as you would anybody's.\n"
    return cut(text, most - len(end)) + end


def commit_message(facts: PullFacts, requester: tuple[str, str] | None = None, *, signoff: bool = False) -> str:
    """Subject, body, trailers. `requester` is (name, email) of who asked, where both are known; `signoff`: who
    agrees to the Developer Certificate of Origin by that, as the repository has it."""
    prose = [part for part in bare(facts.summary).split("\n\n")[:6] if part.strip()]
    told = ([UNCHECKED] if prose else []) + ["\n".join(map(unsigned, _wrapped(part))) for part in prose]
    paragraphs = [_subject(facts), *told]
    if facts.issue.number:  # in a paragraph of its own: git reads trailers only where nothing else stands with them
        paragraphs.append(f"Fixes #{facts.issue.number}")
    trailers = []
    if requester is not None and all(requester):
        name, email = (" ".join(part.replace("<", "").replace(">", "").split()) for part in requester)
        trailers = [f"{what}: {name} <{email}>" for what in ("Co-authored-by", *(["Signed-off-by"] if signoff else []))]
    if trailers:
        paragraphs.append("\n".join(trailers))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip()) + "\n"


def cost_line(spent: Spent, minutes: float, model: str = "") -> str:
    """What it took, in one line; a price that is not known is said to be so."""
    if spent.unpriced and not spent.usd:
        price = "price not known"
    elif spent.unpriced:
        price = f"${spent.usd:.2f} and {_count(spent.unpriced, 'call')} whose price is not known"
    else:
        price = f"${spent.usd:.2f}"
    parts = [price, f"{spent.tokens:,} tokens", _count(spent.turns, "model call"), f"{minutes:.1f} minutes"]
    return ", ".join(parts) + (f", {code(model)}" if model else "")


# --- the sections ----------------------------------------------------------------------------

_WHAT = {
    FileAction.CREATED: "added",
    FileAction.MODIFIED: "changed",
    FileAction.DELETED: "deleted",
    FileAction.RENAMED: "renamed",
    FileAction.MODE: "mode changed",
}


def _changes(facts: PullFacts) -> Iterator[str]:
    for change in facts.changes[:_MOST_FILES]:
        path = change.path.encode(errors="surrogateescape").decode(errors="replace")
        what = _WHAT[change.action] + (f" from {code(change.old_path)}" if change.old_path else "")
        note = _unclaimed(facts.notes.get(change.path, ""))
        yield f"- {code(path)} {what}" + (f": {note}" if note else "")
    if len(facts.changes) > _MOST_FILES:
        yield f"- and {len(facts.changes) - _MOST_FILES} files more"


def _requirements(requirements: Sequence[Requirement]) -> Iterator[str]:
    if requirements:
        yield f"{CLAIMED}\n"
    yield from map(requirement_line, requirements[:_MOST_ITEMS])
    if len(requirements) > _MOST_ITEMS:
        yield f"- and {len(requirements) - _MOST_ITEMS} more"


def _verification(facts: PullFacts) -> Iterator[str]:
    yield facts.verdict.headline
    if known := ground(facts.verification):
        yield ""
        yield from _listed(known)
    checks = facts.verification.checks if facts.verification else ()
    if checks:
        yield ""
        yield "| Check | Command | Before | After | Result |"
        yield "|---|---|---|---|---|"
        for check in checks:
            parts = (check.kind, code(check.command, 160), ran(check.base), ran(check.head), f"**{check.result}**")
            yield "| " + " | ".join(cell(part) for part in parts) + " |"
    for check in checks:
        details = list(_details(check))
        if details:
            yield ""
            yield f"{code(check.command, 160)}:"
            yield ""
            yield from details
    if facts.verification and facts.verification.steering:
        yield ""
        yield "What of the change decides how it is checked, to be looked at first:"
        yield ""
        yield from _listed([line(what, 300) for what in facts.verification.steering])
    if facts.verification and facts.verification.proofs:
        yield ""
        yield "What shows it, each failing without this change and passing with it:"
        yield ""
        yield from _listed([_proof(proof) for proof in facts.verification.proofs])
    if facts.verification and facts.verification.reproduction:
        yield ""
        yield "The script of the reproduction, which is no part of the change:"
        yield ""
        yield block(facts.verification.reproduction, 4_000)
    if facts.not_run:
        yield ""
        yield "Not run:"
        yield ""
        yield from _listed([line(text) for text in facts.not_run])


def _proof(proof: Proof) -> str:
    why = f": {phrase(proof.reason, 200)}" if proof.reason else ""
    return f"{code(proof.test, 200)}, {f'written by {proof.by}' if proof.by else 'there before'}{why}"


def _details(check: Check) -> Iterator[str]:
    if check.reason:
        yield f"- {phrase(check.reason, 500)}"
    named = {
        "New failures": check.new_failures,
        "Pass now": check.fixed,
        "Flaky": check.flaky,
        "No longer run": check.lost,
    }
    for title, ids in named.items():
        if ids:
            more = and_more(len(ids), _MOST_FAILURES)
            yield f"- {title}: " + ", ".join(code(name, 200) for name in ids[:_MOST_FAILURES]) + more
    if check.verdict is Verdict.FAILED and check.head is not None and check.head.tail.strip():
        yield ""
        yield "The end of its output:"
        yield ""
        yield block(check.head.tail, 2000)


def ran(run: CheckRun | None) -> str:
    """What one execution of a check gave, in a few words."""
    if run is None:
        return "not run"
    if run.killed:
        return f"stopped after {run.seconds:.0f} s ({run.killed})"
    if run.counts is not None:
        return str(run.counts)
    if run.failures:
        return _count(len(run.failures), "complaint")
    return "passed" if run.exit_code == 0 else f"exit {run.exit_code}"


def _listed(items: Sequence[str]) -> Iterator[str]:
    for item in items[:_MOST_ITEMS]:
        yield f"- {item}"
    if len(items) > _MOST_ITEMS:
        yield f"- and {len(items) - _MOST_ITEMS} more"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _unclaimed(text: str, most: int = 300) -> str:
    """One line of the model's, without what it says about results of checks."""
    return phrase(without_claims(" ".join(text.split()))[0], most)


def _asked(issue: Issue) -> str:
    """What the issue is called, as its words and not as ours."""
    title = phrase(issue.title)
    return f"*As the issue calls it:* {title}" if title else ""


def _subject(facts: PullFacts) -> str:
    title = pull_title(facts).rstrip(".")
    return title if len(title) <= 72 else textwrap.shorten(title, 72, placeholder="…")


_TRAILER = re.compile(r"^[A-Za-z][A-Za-z0-9-]*-by\s*:", re.IGNORECASE)


def _wrapped(paragraph: str) -> Iterator[str]:
    """The lines of prose; what would be a trailer, and so somebody's word, is shown to be none."""
    for text in paragraph.split("\n"):
        text = f"> {text}" if _TRAILER.match(text) else text
        yield from textwrap.wrap(text, 80, subsequent_indent="  " if text.startswith(("- ", "* ")) else "") or [""]
