"""Which requirements are ticked, and what is said of the others."""

from __future__ import annotations

import pytest

from workflows.issue_to_pr.intake import with_claims
from workflows.text.claims import without_claims
from workflows.text.pull_request.requirements import placed, requirement_line, shown
from workflows.values import Requirement, RequirementState
from workflows.verification import Proof

MET = RequirementState.MET
PROOFS = (Proof("tests/test_slug.py::TestSlug::test_accents", "assert 1 == 2", "Pullwright"),)


@pytest.mark.parametrize(
    "named", ["tests/test_slug.py::TestSlug::test_accents", "TestSlug::test_accents", "test_accents"]
)
def test_only_what_a_proving_test_shows_is_ticked(named: str) -> None:
    (one,) = shown([Requirement("Accents are kept", MET, test=named)], PROOFS)
    told = requirement_line(one)
    assert told == "- [x] Accents are kept — shown by `tests/test_slug.py::TestSlug::test_accents`"


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (Requirement("A", MET, test="test_other"), "- [ ] A — open: the model holds it to be met, and names no place"),
        (Requirement("A", MET, "done", "slug.py:3"), "- [ ] A — seen by the model at `slug.py:3`: done"),
        (Requirement("A", MET, "see ./slug.py:3, all tests pass"), "- [ ] A — seen by the model at `slug.py:3`"),
        (
            Requirement("A", MET, "x", "gone.py:3"),
            "- [ ] A — open: the model holds it to be met, and names no place: x",
        ),
        (Requirement("A", RequirementState.UNMET, "no"), "- [ ] A **(not met)**: no"),
        (Requirement("A", RequirementState.SHOWN, test="test_accents"), "- [x] A — shown by"),
        (Requirement("A", RequirementState.SHOWN, test="gone"), "- [ ] A — open"),
        (Requirement("A"), "- [ ] A — open"),
    ],
)
def test_all_else_is_open_or_the_model_s_word(one: Requirement, told: str) -> None:
    (found,) = shown(placed([one], {"slug.py"}), PROOFS)
    assert requirement_line(found).startswith(told), requirement_line(found)


@pytest.mark.parametrize(
    "said",
    [
        *("1. Accents are kept", "1) accents are kept.", "- [x] Accents are kept", "R1: Accents are kept"),
        "2. `Accents` are kept",
        *("**Accents are kept**", '"Accents are kept"', "Requirement 1: Accents are kept", "Accents are  kept;"),
    ],
)  # fmt: skip
def test_a_claim_is_found_by_its_requirement_however_the_model_calls_it(said: str) -> None:
    wanted = [Requirement("Dots too"), Requirement("Accents are kept")]
    found = with_claims(wanted, [Requirement(said, MET, "yes")])
    assert [(one.text, one.state) for one in found] == [
        ("Dots too", RequirementState.OPEN),
        ("Accents are kept", MET),
    ]


def test_two_requirements_that_read_alike_are_claimed_as_one() -> None:
    wanted = [Requirement("adder.py: alice: Rename it."), Requirement("adder.py: alice: Rename it.")]
    for claims in ([Requirement(wanted[0].text, MET, "yes")], [Requirement(one.text, MET, "yes") for one in wanted]):
        assert [one.state for one in with_claims(wanted, claims)] == [MET, MET]


def test_a_claim_about_something_else_is_dropped() -> None:
    wanted = [Requirement("Accents are kept in titles"), Requirement("Accents are kept in file names")]
    assert with_claims(wanted, [Requirement("Titles are short", MET)]) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "All tests pass.",
        "The whole suite is green now.",
        "12 passed, 0 failed",
        "I ran pytest and everything passes",
        "mypy and ruff are clean",
        "This is verified.",
        "Verified with the existing tests.",
        "The change is fully tested.",
        "CI passes without any failures",
        "No regressions in the test suite.",
        "All green.",
        "0 failures",
        "Lint clean.",
        "Alle Tests bestanden.",
        "Tous les tests passent.",
        "Todos los tests pasan.",
        "\u6d4b\u8bd5\u5168\u90e8\u901a\u8fc7",
        "\u0412\u0441\u0435 \u0442\u0435\u0441\u0442\u044b \u043f\u0440\u043e\u0448\u043b\u0438",
        "\u30c6\u30b9\u30c8\u306f\u3059\u3079\u3066\u5408\u683c",
    ],
)
def test_what_a_model_says_about_results_of_checks_is_taken_out(said: str) -> None:
    assert without_claims(f"Slugs keep digits. {said}") == ("Slugs keep digits.", True)


@pytest.mark.parametrize(
    "said",
    [
        "The test passes the title to `slugify`.",
        "Adds a test for accents.",
        "`check` passes its argument through.",
        "Tests are added in tests/test_slug.py.",
        "A failing build is reported.",
        "Cleans up all clean rooms.",
        "The command ends with exit code 0 where it worked.",
    ],
)
def test_what_says_nothing_about_results_stays(said: str) -> None:
    assert without_claims(said) == (said, False)
