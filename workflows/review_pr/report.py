"""A review as one value, and what is made of it: the body of a review, comments on lines, and rows for a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflows.review_pr.diff.placing import PlacedFinding
from workflows.review_pr.proof.proven import ran_line
from workflows.review_pr.state import ASKED, BASE, FALLEN, HEAD, MISSED, OF, PARTS, SKIPPED, STANDING, UNCHECKED
from workflows.text.escape import block, code, cut
from workflows.text.model_words import phrase
from workflows.values import from_json

MOST_INLINE = 6
_MOST_NAMED = 12
_DOES = {
    "yes": "It does what the linked issue asks",
    "partly": "It does a part of what the linked issue asks",
    "no": "It does not do what the linked issue asks",
    "unclear": "Whether it does what the linked issue asks cannot be said",
}


@dataclass(frozen=True, slots=True)
class SkippedFile:
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What a review came to. `inline` are posted on their lines, `rest` stands in the body; worst first.

    `read` counts files that were read, `of` those of the change. `fallen` counts what was refuted or not checked.
    """

    base: str
    head: str
    read: int
    of: int
    skipped: tuple[SkippedFile, ...]
    inline: tuple[PlacedFinding, ...]
    rest: tuple[PlacedFinding, ...]
    fallen: tuple[tuple[str, str], ...] = ()
    asked: tuple[str, str] = ("", "")
    warning: str = ""
    missed: tuple[str, ...] = ()
    """Readings that some part of it did not get."""
    known: int = 0
    """How many of its files earlier reviews have read as they are."""
    ran: str = ""
    """What its checks said on base and head, or why they were not run; "" while that is not known."""

    @property
    def findings(self) -> tuple[PlacedFinding, ...]:
        return (*self.inline, *self.rest)

    @property
    def unchecked(self) -> int:
        """How many candidates nobody tried to refute."""
        return sum(why.startswith(UNCHECKED) for _, why in self.fallen)

    @property
    def coverage(self) -> str:
        """ "Reviewed 12 of 14 files, skipped: ..." as one line of Markdown."""
        files = f"{self.read} of {self.of} file{'' if self.of == 1 else 's'}"
        named = ", ".join(f"{code(one.path, 120)} ({one.why})" for one in self.skipped[:_MOST_NAMED])
        more = f" and {len(self.skipped) - _MOST_NAMED} more" if len(self.skipped) > _MOST_NAMED else ""
        before = f"; {self.known} as reviewed before" if self.known else ""
        lacking = f" Not all of it was read for {' and '.join(self.missed)}." if self.missed and self.read else ""
        return f"Reviewed {files}{f', skipped: {named}{more}' if named else ''}{before}.{lacking}"

    @property
    def count(self) -> str:
        """How many findings there are, with the worst severity."""
        found = self.findings
        open_ = f", {self.unchecked} not checked" if self.unchecked else ""
        if not found:
            return f"No finding{open_}"
        worst = min((one.finding.severity for one in found), key=lambda one: one.rank)
        at = sum(one.finding.severity is worst for one in found)
        return f"{len(found)} finding{'' if len(found) == 1 else 's'} ({at} {worst}){open_}"


def report_of(state: Mapping[str, Any], most: int = MOST_INLINE) -> ReviewReport:
    """The review that a run's state holds; of one that is under way, what is known so far."""
    placed = [from_json(PlacedFinding, one) for one in state.get(STANDING.key) or ()]
    inline = [one for one in placed if one.place is not None][:most]
    skipped = tuple(SkippedFile(str(one["path"]), str(one["why"])) for one in state.get(SKIPPED.key) or ())
    asked, known = state.get(ASKED.key) or {}, len(state.get("review_known") or ())
    return ReviewReport(
        base=str(state.get(BASE.key) or ""),
        head=str(state.get(HEAD.key) or ""),
        read=max(0, int(state.get(OF.key) or 0) - len(skipped) - known) if PARTS.key in state else 0,
        of=int(state.get(OF.key) or 0),
        skipped=skipped,
        inline=tuple(inline),
        rest=tuple(one for one in placed if one not in inline),
        fallen=tuple((str(one["title"]), str(one["why"])) for one in state.get(FALLEN.key) or ()),
        asked=(str(asked.get("does") or ""), str(asked.get("why") or "")),
        warning=str(state.get("review_warning") or ""),
        missed=tuple(map(str, state.get(MISSED.key) or ())),
        known=known,
        ran=ran_line(state),
    )


def comment(placed: PlacedFinding) -> str:
    """A finding as a comment on its lines; the suggestion is one that GitHub applies as it stands."""
    found = placed.finding
    parts = [f"**{phrase(found.title, 160)}** ({found.severity})", _sentences(found.reason, found.consequence)]
    if placed.suggestion is not None:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", placed.suggestion)), default=0))
        text = f"{placed.suggestion}\n" if placed.suggestion else ""  # an empty line would stay in their place
        parts.append(f"{fence}suggestion\n{text}{fence}")
    parts += [_printed(placed), _rests_on(placed)]
    return cut("\n\n".join(part for part in parts if part))


def body(report: ReviewReport, elsewhere: Sequence[PlacedFinding] = (), *, counted: ReviewReport | None = None) -> str:
    """The review's own text: what was read, what is folded since it has no line or there is more than fits inline.

    `elsewhere` are findings that were to stand on lines and could not be posted there.
    """
    parts = [f"**{(counted or report).count}.** {report.coverage}"]
    parts += [part for part in (report.warning, report.ran) if part]
    does, why = report.asked
    if does in _DOES:
        parts.append(f"{_DOES[does]}, as the model sees it: {phrase(why, 600)}" if why else f"{_DOES[does]}.")
    parts += [_in_body(one) for one in report.rest if one.finding.seen]
    if folded := (*elsewhere, *(one for one in report.rest if not one.finding.seen)):
        shown = "\n\n".join(_in_body(one) for one in folded)
        many = f"{len(folded)} finding{'' if len(folded) == 1 else 's'} not on a line"
        parts.append(f"<details><summary>{many}</summary>\n\n{shown}\n\n</details>")
    if report.fallen:
        rows = "\n".join(f"- {phrase(title, 160)}: {phrase(why, 300)}" for title, why in report.fallen[:_MOST_NAMED])
        many = f"{len(report.fallen)} candidate{'' if len(report.fallen) == 1 else 's'} not posted"
        parts.append(f"<details><summary>{many}</summary>\n\n{rows}\n\n</details>")
    parts.append("*Written by a model and checked against the code around it; a person decides. No verdict is given.*")
    return cut("\n\n".join(parts))


def document(report: ReviewReport) -> str:
    """The whole review as one text, for where there are no lines to comment on: each finding under its place."""
    parts = []
    for placed in report.findings:
        instead = f"Instead:\n\n{block(placed.suggestion)}" if placed.suggestion is not None else ""
        parts += [part for part in (_in_body(placed), instead, _rests_on(placed)) if part]
    bare = replace(report, inline=(), rest=())
    return cut("\n\n".join([*parts, body(bare, counted=report)]))


def rows(report: ReviewReport) -> list[str]:
    """A line for each finding: place, severity, title."""
    return [f"{where(one)}  {one.finding.severity}  {one.finding.title}" for one in report.findings]


def where(placed: PlacedFinding) -> str:
    """`path:12-14`, or the path alone."""
    at = placed.place
    if at is None:
        return placed.finding.path
    gone = " (removed)" if at.side == "LEFT" else ""
    return f"{at.path}:{at.start}{f'-{at.end}' if at.end != at.start else ''}{gone}"


def facts(placed: PlacedFinding) -> dict[str, Any]:
    """A finding as plain JSON."""
    one, at = placed.finding, placed.place
    return {
        "path": one.path,
        "start": at.start if at else None,
        "end": at.end if at else None,
        "side": at.side if at else None,
        "severity": one.severity.value,
        "title": one.title,
        "reason": one.reason,
        "consequence": one.consequence,
        "suggestion": placed.suggestion,
        "kept_back": placed.why or None,
        "quote": one.quote,
        "readings": list(one.eyes),
        "tried": one.tried,
        "command": one.seen.command if one.seen else None,
        "output": one.seen.output if one.seen else None,
    }


def _in_body(placed: PlacedFinding) -> str:
    found = placed.finding
    text = _sentences(found.reason, found.consequence)
    at = f", {code(where(placed), 200)}" if found.path else ""
    head = f"**{phrase(found.title, 160)}** ({found.severity}){at}\n\n{text}"
    return "\n\n".join(part for part in (head, _printed(placed)) if part)


def _printed(placed: PlacedFinding) -> str:
    """What shows a finding that was run: the command, and what it printed, folded."""
    seen = placed.finding.seen
    if seen is None:
        return ""
    shown = block(seen.output) if seen.output.strip() else "It printed nothing."
    if not seen.on_base:
        title, command = "Shown by running it on base and head", code(seen.command)
    else:
        title = "Shown by running a script that the model wrote, on the head"
        command = f"{block(seen.command)}\n\nOn the base {phrase(seen.on_base, 200)}. On the head it printed:"
    return f"<details><summary>{title}</summary>\n\n{command}\n\n{shown}\n\n</details>"


def _sentences(*texts: str) -> str:
    """Each text of a model as one paragraph: no heading, table or list in it can look like a part of ours."""
    return "\n\n".join(phrase(text, 1_000) for text in texts if text.strip())


def _rests_on(placed: PlacedFinding) -> str:
    found = placed.finding
    seen = f"Found reading for {' and '.join(found.eyes)}" if found.eyes else ""
    tried = f"tried to refute it: {phrase(found.tried, 300)}" if found.tried else ""
    return f"<sub>{'; '.join(part for part in (seen, tried) if part)}</sub>" if seen or tried else ""
