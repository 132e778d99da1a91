"""Which kind of report one is, learned from a repository's own 300 labels, on NLBSE'24: without a model.

The data is nlbse2024/issue-report-classification: its git repository, or its two files `issues_train.csv` and
`issues_test.csv` in a folder of that name. F1 is the mean of three kinds, and of five repositories.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator, Mapping, Sequence

from sandbox.git.history import History
from tests.bench.figures import Figure
from tests.bench.histories import folder, repository
from workflows.effects.items import ListedIssue
from workflows.triage.labels.kind_prior import learn
from workflows.triage.labels.label_names import kind_of
from workflows.triage.state import ReportKind

NAME = "issue-report-classification"
LEAST = 0.757

Row = Mapping[str, str]


def figures() -> Iterator[Figure]:
    """F1 of each repository, and of all."""
    rows = {name: read(f"issues_{name}.csv") for name in ("train", "test")}
    if not all(rows.values()):
        print(f"Not measured: {NAME} (of nlbse2024) is not in {folder() or 'the folder that --data names'}.")
        return
    began, found = time.monotonic(), []
    for repo in sorted({row["repo"] for row in rows["train"]}):
        known, asked = ([row for row in rows[name] if row["repo"] == repo] for name in ("train", "test"))
        found.append(100 * f1_of(known, asked))
        yield Figure(f"{repo}: F1 of {len(asked)} issues from {len(known)} labels", found[-1], unit="%")
    if found:
        yield Figure("F1 of all", sum(found) / len(found), most=100 * LEAST, unit="%")
        yield Figure("seconds for each repository", (time.monotonic() - began) / len(found))


def f1_of(known: Sequence[Row], asked: Sequence[Row]) -> float:
    """The mean F1 of the kinds, from 0 to 1."""
    issues = [ListedIssue(n, row["title"], row["body"], labels=(row["label"],)) for n, row in enumerate(known)]
    prior = learn(issues, kind_of)
    assert prior is not None, "there are a hundred of each kind"
    pairs = []
    for row in asked:
        shares = prior.of(row["title"], row["body"])
        pairs.append((ReportKind(row["label"]), max(shares, key=lambda kind: shares[kind])))
    scores = []
    for kind in prior.weights:
        right = sum(true is kind and said is kind for true, said in pairs)
        wrong = sum((true is kind) != (said is kind) for true, said in pairs)
        scores.append(2 * right / max(1, 2 * right + wrong))
    return sum(scores) / len(scores)


def read(name: str) -> list[Row]:
    """The rows of one of its files; none where it is not at hand."""
    place, git = folder(), repository(NAME)
    text = ""
    if git is not None:
        history = History(git)
        paths = [file for file in history.files("HEAD") if file.path.rpartition("/")[2] == name]
        text = history.read_blob(paths[0].blob).decode("utf-8", "replace") if paths else ""
    elif place is not None and (place / NAME / name).is_file():
        text = (place / NAME / name).read_text()
    csv.field_size_limit(10_000_000)
    return list(csv.DictReader(io.StringIO(text, newline="")))
