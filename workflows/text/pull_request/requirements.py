"""What an issue asks for, and what is known of each thing: shown by a test, seen by the model, or open."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from workflows.text.claims import without_claims
from workflows.text.escape import code
from workflows.text.model_words import phrase
from workflows.values import Requirement, RequirementState
from workflows.verification import Proof

_PLACE = re.compile(r"(?<![\w./-])([\w./-]{1,300}\.\w{1,20})(:\d{1,6})")
CLAIMED = (
    "*Ticked is what a proving test shows, as the model says which. All else is its word, which nothing has checked.*"
)


def requirement_line(one: Requirement) -> str:
    """One item of a list, as Markdown. Only what a test shows is ticked."""
    said = phrase(without_claims(one.note)[0])
    text, note = phrase(one.text), f": {said}" if said else ""
    match one.state:
        case RequirementState.SHOWN:
            return f"- [x] {text} \u2014 shown by {code(one.test, 160)}"
        case RequirementState.MET if one.place:
            return f"- [ ] {text} \u2014 seen by the model at {code(one.place, 160)}{note}"
        case RequirementState.MET:
            return f"- [ ] {text} \u2014 open: the model holds it to be met, and names no place{note}"
        case RequirementState.UNMET:
            return f"- [ ] {text} **(not met)**{note}"
        case _:
            return f"- [ ] {text} \u2014 open"


def placed(requirements: Iterable[Requirement], paths: Collection[str]) -> list[Requirement]:
    """The requirements, each with a place that there is: its own, or one that its note names."""
    return [replace(one, place=_place(one, paths)) for one in requirements]


def _place(one: Requirement, paths: Collection[str]) -> str:
    """`PATH:LINE` of a file that there is, as the model gave it or wrote it in its note; "" for none."""
    named = (found[1].removeprefix("./") + found[2] for found in _PLACE.finditer(f"{one.place} {one.note}"))
    return next((place for place in named if place.rpartition(":")[0] in paths), "")


def shown(requirements: Iterable[Requirement], proofs: Iterable[Proof]) -> list[Requirement]:
    """The requirements, with those as shown whose test, as the model names it, is one that proves the change."""
    tests = [proof.test for proof in proofs]
    return [_shown(one, tests) for one in requirements]


def _shown(one: Requirement, tests: list[str]) -> Requirement:
    before = replace(one, state=RequirementState.MET) if one.state is RequirementState.SHOWN else one
    if before.state is not RequirementState.MET or not one.test.strip():
        return before
    test = next((test for test in tests if _same(test, one.test.strip())), "")
    return replace(one, state=RequirementState.SHOWN, test=test) if test else before


def _same(test: str, named: str) -> bool:
    """Whether a model means that test: by its whole id, or by the end of it that names one function."""
    return test == named or any(test.endswith(f"{mark}{named}") for mark in ("::", "/", " > ", ".", " "))
