"""How many quotes of real models are found: kodustech/codereviewbench's answers, where its samples.json is at hand.

`PULLWRIGHT_REVIEW_SAMPLES` names the file; without it nothing is measured. None of it is kept here.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from workflows.review_pr.diff.anchors import ShownLine, anchor
from workflows.review_pr.diff.changes import ChangedFile, Hunk, HunkLine
from workflows.review_pr.diff.placing import is_valid, place
from workflows.review_pr.findings import Finding

LEAST = 0.96
_LINE = re.compile(r"(\d+) ([ +-])(.*)", re.DOTALL)


def figures() -> Iterator[Figure]:
    """The share of quotes that are found, and how each was."""
    place = os.environ.get("PULLWRIGHT_REVIEW_SAMPLES", "")
    if not place:
        print("Not measured: PULLWRIGHT_REVIEW_SAMPLES names no samples.json of kodustech/codereviewbench.")
        return
    samples = json.loads(Path(place).read_text())
    found = Counter(how for sample in samples for how in ways(sample))
    whole = sum(found.values())
    found_share = (whole - found["none"]) / whole
    yield Figure("quotes that are found", 100 * found_share, most=100 * LEAST, unit="%")
    for how, count in found.most_common():
        yield Figure(f"of {whole}: {how}", count, unit="")

    known = {sample["patch"]: sample for sample in samples}
    told = Counter(where for sample in known.values() for where in told_places(sample))
    share = told["on its lines"] / (sum(told.values()) - told["not in the diff"])
    yield Figure("reference bugs in the diff that would stand on their lines", 100 * share, most=100, unit="%")
    for where, count in told.most_common():
        yield Figure(f"of {sum(told.values())} reference bugs: {where}", count, unit="")


def told_places(sample: Mapping[str, Any]) -> Iterator[str]:
    """Where each reference bug of a sample would be posted, had a model told it by its lines."""
    for bug in sample["referenceBugs"]:
        path, first, last = str(bug["relevantFile"]), bug["relevantLinesStart"], bug["relevantLinesEnd"]
        change = change_of(sample["patch"], path)
        wanted = [line for hunk in change.hunks for line in hunk.lines if first <= line.new <= last]
        if len({line.new for line in wanted}) != last - first + 1:
            yield "not in the diff"
            continue
        quote = "\n".join(line.text for line in wanted)
        found = place(Finding(path, quote, "bug", "bug", line=first), change, None).place
        filled = [line.new for line in wanted if line.text.strip()]
        right = found is not None and is_valid(found, change) and (found.start, found.end) == (filled[0], filled[-1])
        yield "on its lines" if right else "elsewhere"


def change_of(patch: str, path: str) -> ChangedFile:
    """A sample's file as a change, with the hunks that its patch shows of it."""
    hunks: list[Hunk] = []
    lines: list[HunkLine] = []
    for line in [*new_lines(patch).get(path, []), None]:
        if lines and (line is None or line.number != lines[-1].new + 1):
            hunks.append(Hunk(lines[0].new, lines[0].new, tuple(lines)))
            lines = []
        if line is not None:
            lines.append(HunkLine(" ", line.text, line.number, line.number))
    return ChangedFile(path, "modified", tuple(hunks), mode="100644")


def ways(sample: Mapping[str, Any]) -> Iterator[str]:
    """How each answer's quote in one sample was found; "none" where it was not."""
    shown, lines = new_lines(sample["patch"]), named_lines(sample)
    for number, answer in enumerate(sample["response"]):
        quote, path = str(answer.get("existingCode") or ""), str(answer.get("relevantFile") or "")
        of_file = shown.get(path.strip("'\"")) or next(iter(shown.values()))
        near = lines[number] if number < len(lines) else 0
        found = anchor(quote, of_file, near)
        yield str(found.how) if found else "none"


def new_lines(patch: str) -> dict[str, list[ShownLine]]:
    """What a sample's patch shows of each file as it is after the change."""
    shown: dict[str, list[ShownLine]] = {}
    path, new = "", False
    for line in patch.split("\n"):
        if line.startswith("## file:"):
            path = line.partition(":")[2].strip().strip("'\"")
        elif line.startswith("__"):
            new = line == "__new hunk__"
        elif line.startswith("@@"):
            new = False
        elif new and (match := _LINE.fullmatch(line)):
            shown.setdefault(path, []).append(ShownLine(int(match[1]), match[3]))
    return shown


def named_lines(sample: Mapping[str, Any]) -> Sequence[int]:
    """The line that the model named for each answer, as far as its raw answer can be read."""
    return [int(one) for one in re.findall(r'"relevantLinesStart":\s*"?(\d+)', str(sample.get("responseRaw") or ""))]
