"""Labels that fit: only such as there are, one for the kind, one for the priority, and those that are sure."""

from __future__ import annotations

import pytest

from workflows.policy.config.repo_config import TriageRules
from workflows.triage.labels.label_names import kind_of
from workflows.triage.labels.labelling import fitting
from workflows.triage.reading import SCALE, Reading
from workflows.triage.state import ReportKind

KNOWN = ("bug", "kind/bug", "enhancement", "priority: high", "P1", "area/slugs", "good first issue", "debugging")


def read(**more: object) -> Reading:
    return Reading(ReportKind.BUG, "high", labels={"area/slugs": 0.9, "good first issue": 0.5}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("there", "rules", "wanted"),
    [
        ((), {}, ["bug", "priority: high", "area/slugs"]),
        (("kind/bug",), {}, ["priority: high", "area/slugs"]),
        (("enhancement", "Priority: High"), {}, ["area/slugs"]),
        (("bug", "AREA/slugs"), {}, ["priority: high"]),
        ((), {"sure": 0.95}, ["bug", "priority: high"]),
        ((), {"thresholds": {"Good First Issue": 0.4}}, ["bug", "priority: high", "area/slugs", "good first issue"]),
    ],
)
def test_which_fit(there: tuple[str, ...], rules: dict[str, object], wanted: list[str]) -> None:
    assert fitting(read(), KNOWN, there, TriageRules.model_validate(rules), SCALE) == wanted


def test_a_scale_of_the_repositorys_own_is_its_labels() -> None:
    found = fitting(Reading(ReportKind.OTHER, "P1"), KNOWN, (), TriageRules(), ("P0", "P1"))
    assert found == ["P1"]


def test_nothing_is_made_up() -> None:
    assert fitting(read(), (), (), TriageRules(), SCALE) == ["area/slugs"]
    assert fitting(Reading(ReportKind.BUG, "high"), ("high", "debugging", "bug hunt"), (), TriageRules(), SCALE) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bug", ReportKind.BUG),
        ("Type: Bug", ReportKind.BUG),
        ("C-bug", ReportKind.BUG),
        ("feature request", ReportKind.FEATURE),
        ("docs", ReportKind.DOCUMENTATION),
        ("debug", None),
        ("bug hunt", None),
        ("documentation needed", None),
    ],
)
def test_what_a_label_means(name: str, kind: ReportKind | None) -> None:
    assert kind_of(name) is kind
