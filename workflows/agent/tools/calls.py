"""The tools as the model sees them: their arguments, and how a raw call becomes checked ones.

Models misspell names, invent arguments and send what is not JSON. `parse` turns each of
these into a sentence that helps with the next try.
"""

from __future__ import annotations

import difflib
import json
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflows.agent.frame import own_words
from workflows.ports import ToolCall, ToolSpec
from workflows.text.for_model import clean
from workflows.text.loose_json import loosely
from workflows.values import Requirement, RequirementState

Path = Annotated[str, Field(description="Path relative to the repository's root.", min_length=1)]


class BadCall(Exception):
    """A call that cannot be carried out as it is; the text is for the model."""


class Arguments(BaseModel):
    """What every tool's arguments have in common. The docstring of a tool is its description for the model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: ClassVar[str]
    writes: ClassVar[bool] = False
    """Whether the tree may be different afterwards."""


class Shell(Arguments):
    """Run a command with bash in the repository's root, inside a sandbox without network.

    Output is stdout and stderr together. Each call starts a new shell; nothing keeps running after it.
    """

    tool = "shell"
    writes = True
    command: str = Field(min_length=1)
    timeout: int = Field(default=120, ge=1, le=3600, description="Seconds.")


class Read(Arguments):
    """Read a text file, or a range of its lines. Lines are shown with their numbers."""

    tool = "read"
    path: Path
    start: int = Field(default=1, ge=1, description="First line.")
    end: int | None = Field(default=None, ge=1, description="Last line, included.")


class Edit(Arguments):
    """Replace a piece of a file. `old` must be there exactly once, with its whitespace and without line numbers."""

    tool = "edit"
    writes = True
    path: Path
    old: str = Field(min_length=1)
    new: str


class Write(Arguments):
    """Create a file, or replace all of it. Missing directories are made."""

    tool = "write"
    writes = True
    path: Path
    content: str


class Search(Arguments):
    """Search the files with a regular expression (ripgrep). Answers with path:line:text."""

    tool = "search"
    pattern: str = Field(min_length=1)
    path: str = Field(default="", description='Directory, file or glob such as "src/**/*.py"; empty for everything.')


class Ask(Arguments):
    """Ask the people behind the issue a question, if it cannot be decided otherwise. Work stops until they answer."""

    tool = "ask"
    question: str = Field(min_length=1, max_length=4000)


class Claim(BaseModel):
    """A requirement, and whether it is met now."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str
    met: bool
    note: str = Field(default="", description="What is missing, or how it is met.")
    place: str = Field(default="", description="Where the code meets it, as PATH:LINE.")
    test: str = Field(default="", description="The test that fails without the change and shows it, by its id.")


class Finish(Arguments):
    """End the task: the change is complete, and you have checked it."""

    tool = "finish"
    summary: str = Field(min_length=1, description="What was changed and why, for the pull request.")
    requirements: tuple[Claim, ...] = Field(default=(), description="Each requirement of the task, met or not.")
    keep: tuple[str, ...] = Field(
        default=(),
        description="Paths that commands made and that belong to the change although they look like build output,"
        " reports or left-overs; all such others are taken out.",
    )

    def as_requirements(self) -> tuple[Requirement, ...]:
        states = {True: RequirementState.MET, False: RequirementState.UNMET}
        said = [(own_words(one.text, 600), one) for one in self.requirements]
        return tuple(
            Requirement(text, states[one.met], own_words(one.note, 600), one.place, one.test)
            for text, one in said
            if text
        )


class GiveUp(Arguments):
    """End the task because it cannot be done, and say why."""

    tool = "give_up"
    reason: str = Field(min_length=1)


TOOLS: tuple[type[Arguments], ...] = (Shell, Read, Edit, Write, Search, Ask, Finish, GiveUp)
_BY_NAME = {kind.tool: kind for kind in TOOLS}


def spec(kind: type[Arguments]) -> ToolSpec:
    """The tool as it is declared to the model."""
    return ToolSpec(kind.tool, " ".join((kind.__doc__ or "").split()), _plain(kind.model_json_schema()))


def parse(call: ToolCall) -> Arguments:
    """The checked arguments of a call; BadCall says what is wrong with it."""
    kind = _BY_NAME.get(call.name)
    if kind is None:
        raise BadCall(
            f"There is no tool {call.name[:80]!r}.{_closest(call.name, _BY_NAME)} Tools: {', '.join(_BY_NAME)}."
        )
    data = _object(call)
    for name, value in data.items():
        if isinstance(value, str):
            _check_text(name, value)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        problems = [_problem(kind, item) for item in error.errors(include_url=False, include_input=False)[:5]]
        raise BadCall(f"Wrong arguments for {kind.tool}: {'; '.join(problems)}.") from None


def ending_of(call: ToolCall) -> Finish | GiveUp | None:
    """What a call says about the end of the task, if it is such a call and a valid one."""
    if call.name not in (Finish.tool, GiveUp.tool):
        return None
    try:
        arguments = parse(call)
    except BadCall:
        return None
    return arguments if isinstance(arguments, Finish | GiveUp) else None


def _object(call: ToolCall) -> dict[str, Any]:
    if len(call.arguments) > 4_000_000:
        raise BadCall(f"The arguments of {call.name} are too long ({len(call.arguments)} characters).")
    data: Any = call.arguments.strip() or "{}"
    for _ in range(2):  # some models encode their JSON twice
        try:
            data = json.loads(data, strict=False) if isinstance(data, str) else data
        except RecursionError:
            raise BadCall(f"The arguments of {call.name} are nested too deeply.") from None
        except ValueError as error:
            # What is written into files is taken as it was meant, or not at all: a guess would be in the change.
            data = None if call.name in (Edit.tool, Write.tool) else loosely(_unfenced(data))
            if not isinstance(data, dict):
                raise BadCall(f"The arguments of {call.name} are not JSON: {error}. Send one JSON object.") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadCall(f"The arguments of {call.name} are not a JSON object.")
    return data


def _unfenced(text: str) -> str:
    """What stands between fences, where nothing else is there."""
    text = text.strip()
    if len(text) < 6 or not (text.startswith("```") and text.endswith("```")):
        return text
    return text[3:-3].lstrip("abcdefghijklmnopqrstuvwxyz")


def _check_text(name: str, value: str) -> None:
    """Refuse what no operating system takes as an argument or a path."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise BadCall(f"{name!r} is not valid Unicode: it holds half of a surrogate pair.") from None
    if name in ("command", "pattern", "path"):
        if "\0" in value:
            raise BadCall(f"{name!r} holds a NUL character.")
        if size > 100_000:
            raise BadCall(f"{name!r} is too long ({size} bytes): write it to a file first.")


def _problem(kind: type[Arguments], error: Any) -> str:
    name = clean(".".join(str(part) for part in error["loc"]))[:80]
    if error["type"] == "missing":
        return f"{name!r} is missing"
    if error["type"] == "extra_forbidden":
        known = ", ".join(kind.model_fields)
        return f"there is no argument {name!r}{_closest(name, kind.model_fields, ' ')} (it takes {known})"
    return f"{name!r}: {error['msg'][:1].lower()}{error['msg'][1:200]}"


def _closest(name: str, known: Any, before: str = " ") -> str:
    close = difflib.get_close_matches(name[:80], list(known), n=1)
    return f"{before}Did you mean {close[0]!r}?" if close else ""


def _plain(schema: Any) -> Any:
    """A JSON Schema without the titles and references that some providers refuse."""
    definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}

    def walk(node: Any, *, named: bool = False) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return walk(definitions[node["$ref"].rpartition("/")[2]])
        drop = () if named else ("title", "$defs", "default")
        return {key: walk(value, named=key == "properties") for key, value in node.items() if key not in drop}

    return walk(schema)
