"""What the model's answers to the single questions mean: requirements, review findings, a pull request's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.agent.frame import own_words
from workflows.agent.questions import Unreadable
from workflows.values import Issue, Requirement, RequirementState

MOST = 12
"""Items of any list."""
LONGEST = 600
"""Characters of one item."""


def _object(**fields: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _list(of: Mapping[str, object]) -> dict[str, object]:
    return {"type": "array", "items": of}


_TEXT: Mapping[str, object] = {"type": "string"}
PARSED = _object(requirements=_list(_TEXT), acceptance=_list(_TEXT))
"""The forms of answers, for servers that enforce them."""
REVIEW = _object(
    findings=_list(_object(path=_TEXT, line={"type": "integer"}, problem=_TEXT, severity=_TEXT)),
    requirements=_list(_object(text=_TEXT, met={"type": "boolean"}, note=_TEXT)),
)
PULL_TEXT = _object(title=_TEXT, changes=_list(_TEXT))


@dataclass(frozen=True, slots=True)
class Parsed:
    """An issue as a list of things to do and of observations that would show them."""

    requirements: tuple[Requirement, ...]
    acceptance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SelfReviewFinding:
    """What a review found in a change. `line` 0 means the file as a whole."""

    path: str
    line: int
    problem: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A review's findings, and which requirements it holds to be met."""

    findings: tuple[SelfReviewFinding, ...] = ()
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class PullText:
    """A pull request's title and its list of changes."""

    title: str
    changes: tuple[str, ...]


def read_parsed(data: Any) -> Parsed:
    """The answer to parse_issue."""
    requirements = tuple(Requirement(text) for text in _texts(_field(data, "requirements")))
    if not requirements:
        raise Unreadable('"requirements" is empty or no list of texts.')
    return Parsed(requirements, tuple(_texts(data.get("acceptance"))))


def without_model(issue: Issue) -> Parsed:
    """What an issue requires where no answer could be read: what its title says."""
    return Parsed((Requirement(issue.title.strip() or "Resolve the issue."),))


def read_review(data: Any) -> Review:
    """The answer to review. Findings without a path or a problem are dropped."""
    findings = tuple(finding for item in _items(_field(data, "findings")) if (finding := _finding(item)))
    return Review(findings, tuple(_claims(data.get("requirements"))))


@dataclass(frozen=True, slots=True)
class TestReading:
    """Whether a test asserts what an issue asks for; `quote` is the issue's sentence."""

    quote: str
    agrees: bool
    why: str


def read_reading(data: Any) -> TestReading:
    """The answer to test_reading."""
    why = data.get("why") if isinstance(data, dict) else ""
    return TestReading(_line(_field(data, "quote")), _field(data, "agrees") is True, _line(why))


def read_pull_text(data: Any) -> PullText:
    """The answer to pull_text."""
    title, changes = _line(_field(data, "title")), tuple(_texts(_field(data, "changes")))
    if not title or not changes:
        raise Unreadable('"title" and "changes" must not be empty.')
    return PullText(title if len(title) <= 72 else f"{title[:71].rstrip()}…", changes)


def _finding(item: Any) -> SelfReviewFinding | None:
    if not isinstance(item, dict):
        return None
    path, problem, line = _line(item.get("path")), _line(item.get("problem")), item.get("line")
    if not path or not problem:
        return None
    number = line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else 0
    return SelfReviewFinding(path, number, problem, "block" in _line(item.get("severity")).lower())


def _claims(data: Any) -> Iterable[Requirement]:
    for item in _items(data):
        if isinstance(item, dict) and (text := _line(item.get("text"))):
            state = RequirementState.MET if item.get("met") is True else RequirementState.UNMET
            yield Requirement(text, state, *(_line(item.get(key)) for key in ("note", "place", "test")))


def _field(data: Any, name: str) -> Any:
    if not isinstance(data, dict) or name not in data:
        raise Unreadable(f"there is no {name!r} in it.")
    return data[name]


def _items(data: Any) -> list[Any]:
    return data[:MOST] if isinstance(data, list) else []


def _texts(data: Any) -> Iterable[str]:
    if isinstance(data, dict) and all(str(key).strip("R.").isdigit() for key in data):
        data = list(data.values())  # {"1": "...", "2": "..."}
    return [text for item in _items([data] if isinstance(data, str) else data) if (text := _line(_named(item)))]


def _named(item: Any) -> Any:
    """Models like to answer {"text": "..."} where a text was asked for."""
    if not isinstance(item, dict):
        return item
    told = [item[key] for key in _SAYING if isinstance(item.get(key), str)]
    # {"id": "R1", "what": "Keep the order"}: the id is not it.
    return next(iter(told), max((value for value in item.values() if isinstance(value, str)), key=len, default=""))


_SAYING = ("text", "requirement", "description", "statement", "content")


def _line(value: Any) -> str:
    return own_words(value, LONGEST)
