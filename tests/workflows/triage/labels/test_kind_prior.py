"""What a repository's own labels say of the kind of a report: learned anew, always alike, and never from too little."""

from __future__ import annotations

import pytest

from workflows.effects.items import ListedIssue
from workflows.triage.labels.kind_prior import LEAST_EACH, KindPrior, combined, learn
from workflows.triage.labels.label_names import kind_of
from workflows.triage.state import ReportKind

BUG, FEATURE, QUESTION = ReportKind.BUG, ReportKind.FEATURE, ReportKind.QUESTION


def issues(count: int = LEAST_EACH) -> list[ListedIssue]:
    """So many reports each of bugs, wishes and questions, in the words of different people."""
    things = ("parser", "slug", "cache", "editor", "index")
    found = []
    for n in range(count):
        thing, more = things[n % 5], things[n * 3 % 5]
        crash = f"{thing} crashes since {n}.0\n```\nTraceback: KeyError\n```\nExpected: no crash"
        found += [
            ListedIssue(3 * n, f"{thing} fails with KeyError", crash, labels=("bug", "area/x")),
            ListedIssue(
                3 * n + 1, f"Support {more} in {thing}", f"It would be nice to have {more}.", labels=("enhancement",)
            ),
            ListedIssue(3 * n + 2, f"How do I use {thing}?", f"I do not understand the {more}.", labels=("question",)),
        ]
    return found


def learned(known: list[ListedIssue]) -> KindPrior:
    prior = learn(known, kind_of)
    assert prior is not None
    return prior


def likeliest(prior: KindPrior, title: str, body: str = "") -> ReportKind:
    shares = prior.of(title, body)
    return max(shares, key=lambda kind: shares[kind])


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("renderer fails with KeyError", "```\nTraceback: KeyError\n```", BUG),
        ("Support colours in renderer", "It would be nice.", FEATURE),
        ("How do I use the renderer?", "", QUESTION),
        ("HOW DO I USE IT?", "I do not understand " * 500, QUESTION),
    ],
)
def test_the_repositorys_own_labels_tell_the_kind(title: str, body: str, kind: ReportKind) -> None:
    assert likeliest(learned(issues()), title, body) is kind


def test_shares_are_whole_and_the_same_each_time() -> None:
    one, other = (learned(issues()).of("slug fails?", "Support it") for _ in range(2))
    assert one == other
    assert sum(one.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "known",
    [
        [],
        issues(LEAST_EACH - 1),
        [one for one in issues() if "bug" in one.labels],
        [ListedIssue(one.number, one.title, one.body) for one in issues()],
        [ListedIssue(one.number, one.title, one.body, labels=("bug", "question")) for one in issues()],
        [ListedIssue(one.number, one.title, one.body, labels=("good first issue",)) for one in issues()],
    ],
)
def test_too_little_says_nothing(known: list[ListedIssue]) -> None:
    assert learn(known, kind_of) is None


@pytest.mark.parametrize("text", ["", "\0", "😀" * 5_000, "```" * 9_000, "<!--" * 9_000, "日本語の報告", "#" * 50_000])
def test_any_text_has_a_kind(text: str) -> None:
    assert sum(learned(issues()).of(text, text).values()) == pytest.approx(1)


def test_other_languages_count_too() -> None:
    known = [
        ListedIssue(n, title, body, labels=(label,))
        for n in range(LEAST_EACH)
        for title, body, label in (("Ошибка при запуске", "падает", "bug"), ("Добавить поддержку", "хочу", "feature"))
    ]
    assert likeliest(learned(known), "Ошибка в парсере") is BUG


@pytest.mark.parametrize(
    ("prior", "said", "kind"),
    [
        ({}, BUG, BUG),
        ({BUG: 0.3, QUESTION: 0.7}, BUG, BUG),
        ({BUG: 0.05, QUESTION: 0.95}, BUG, QUESTION),
        ({BUG: 0.99, QUESTION: 0.01}, FEATURE, FEATURE),
        ({BUG: 0.5, FEATURE: 0.5}, FEATURE, FEATURE),
        ({BUG: 1.0}, FEATURE, FEATURE),
    ],
)
def test_the_models_word_counts_more_than_a_likelihood(
    prior: dict[ReportKind, float], said: ReportKind, kind: ReportKind
) -> None:
    assert combined(prior, said) is kind
