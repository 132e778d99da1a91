"""The model's answer about a report: only what there is counts of it."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.agent.questions import Unreadable
from workflows.triage.reading import reader
from workflows.triage.state import ReportKind

LABELS, SCALE, TAGS = ("bug", "Area/Slugs"), ("high", "low"), ("v1.2.0", "2.0", "release-3")


def told(**more: Any) -> dict[str, Any]:
    return {"kind": "bug", **more}


def test_what_is_made_up_is_left_out() -> None:
    read = reader(LABELS, SCALE, TAGS)
    found = read(told(priority="urgent", labels={"area/slugs": 0.7, "approved": 1.0}, worked_in="9.9"))
    assert (found.kind, found.priority, found.labels, found.worked_in) == (ReportKind.BUG, "", {"Area/Slugs": 0.7}, "")


@pytest.mark.parametrize(
    ("said", "tag"),
    [("1.2.0", "v1.2.0"), ("V1.2.0", "v1.2.0"), ("v2.0", "2.0"), ("release-3", "release-3"), ("1.2", ""), (2.0, "")],
)
def test_a_version_is_a_tag_with_or_without_its_v(said: Any, tag: str) -> None:
    assert reader(LABELS, SCALE, TAGS)(told(failed_in=said)).failed_in == tag


@pytest.mark.parametrize("share", [True, "0.9", None, 7, -1])
def test_how_sure_it_is_stays_a_share(share: Any) -> None:
    assert 0.0 <= reader(LABELS, SCALE, TAGS)(told(labels={"bug": share})).labels["bug"] <= 1.0


@pytest.mark.parametrize("data", [[], {}, {"kind": 3}, {"kind": "disaster"}, {"vulnerability": True}])
def test_without_a_kind_it_cannot_be_read(data: Any) -> None:
    with pytest.raises(Unreadable):
        reader(LABELS, SCALE, TAGS)(data)


def test_what_is_asked_is_one_line_each_and_not_many() -> None:
    found = reader(LABELS, SCALE, TAGS)(told(missing=["a\nb", "", 3, *"cdefgh"]))
    assert found.missing == ("a b", "c", "d")
