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
from workflows.review_pr.anchors import ShownLine, anchor

LEAST = 0.96
_LINE = re.compile(r"(\d+) ([ +-])(.*)", re.DOTALL)


def figures() -> Iterator[Figure]:
    """The share of quotes that are found, and how each was."""
    place = os.environ.get("PULLWRIGHT_REVIEW_SAMPLES", "")
    if not place:
        print("Not measured: PULLWRIGHT_REVIEW_SAMPLES names no samples.json of kodustech/codereviewbench.")
        return
    found = Counter(how for sample in json.loads(Path(place).read_text()) for how in ways(sample))
    whole = sum(found.values())
    yield Figure(
        "quotes that are found, of 1,000", 1000 * (whole - found["none"]) / whole, most=1000 * LEAST, unit="/s"
    )
    for how, count in found.most_common():
        yield Figure(f"of {whole}: {how}", count, unit="/s")


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
