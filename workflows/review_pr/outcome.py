"""What a review came to: its findings, and how much of the change was read. Never a verdict."""

from __future__ import annotations

from workflows.outcome import Conclusion, Outcome, Part
from workflows.review_pr.findings import Severity
from workflows.review_pr.history.pausing import said
from workflows.review_pr.report import MOST_INLINE, ReviewReport, document, facts, report_of, rows
from workflows.review_pr.state import BASE, HEAD, STANDING
from workflows.store.records import Run
from workflows.text.escape import code


def outcome_of(run: Run) -> Outcome:
    if same := str(run.state.get("review_same_as") or ""):
        words = f"The same change as at {code(same[:10])}, which was reviewed: nothing is said again."
        facts_ = {"base": run.state.get(BASE.key), "head": run.state.get(HEAD.key), "same_as": same}
        return Outcome(words, "neutral", 0, facts=facts_)
    if paused := int(run.state.get("review_paused") or 0):
        return Outcome(said(paused), "neutral", 2, facts={"paused": paused})
    report = report_of(run.state, int(run.state.get("review_inline", MOST_INLINE)))
    if STANDING.key not in run.state:
        return Outcome("Not reviewed.", "neutral", 2, advice=("retry",))
    clean = report.read > 0 and not (report.findings or report.unchecked or report.missed)
    return Outcome(
        headline=f"{report.count}. {report.coverage}",
        conclusion=_conclusion(report, str(run.state.get("review_fail_at") or "")),
        exit_code=0 if clean else 2,
        text="" if run.subject.forge else document(report),
        parts=(Part("finding", tuple(rows(report))),) if report.findings else (),
        parts_are="Findings",
        facts={
            "base": report.base,
            "head": report.head,
            "reviewed": report.read,
            "of": report.of,
            "skipped": [{"path": one.path, "why": one.why} for one in report.skipped],
            "findings": [facts(one) for one in report.findings],
            "not_posted": [{"title": title, "why": why} for title, why in report.fallen],
            "does_what_is_asked": report.asked[0] or None,
            "ran": report.ran or None,
        },
    )


def _conclusion(report: ReviewReport, fail_at: str) -> Conclusion:
    """Neutral, unless the repository asks for a failure at a severity: what was not read is never green."""
    if fail_at not in set(Severity):
        return "neutral"
    worst = min((one.finding.severity.rank for one in report.findings), default=len(Severity))
    return "failure" if worst <= Severity(fail_at).rank else "neutral"
