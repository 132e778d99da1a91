"""A review as people read it: the same value as the body of a review, comments on lines, rows and facts."""

from __future__ import annotations

from typing import Any

from inline_snapshot import snapshot

from workflows.review_pr.diff.placing import PlacedFinding, Placement
from workflows.review_pr.findings import Finding, Severity
from workflows.review_pr.report import body, comment, document, facts, report_of, rows
from workflows.review_pr.state import ASKED, BASE, FALLEN, HEAD, OF, PARTS, SKIPPED, STANDING
from workflows.values import to_json


def finding(number: int = 1, **given: Any) -> PlacedFinding:
    fields: dict[str, Any] = {
        "path": "src/shares.py",
        "quote": f"    return share(total, {number})",
        "title": "A half is a third",
        "reason": "`half` divides by three.",
        "consequence": "Whoever asks for a half gets too little.",
        "severity": Severity.HIGH,
        "eyes": ("correctness", "contracts"),
        "tried": "half(6) gives 2",
    }
    placed = {"place": Placement("src/shares.py", number, number + 1), "suggestion": None, "why": ""}
    placed |= {key: given.pop(key) for key in list(given) if key in placed}
    return PlacedFinding(Finding(**{**fields, **given}), **placed)  # type: ignore[arg-type]


def state(*standing: PlacedFinding, **more: Any) -> dict[str, Any]:
    return {
        BASE.key: "a" * 40,
        HEAD.key: "b" * 40,
        PARTS.key: [["src/shares.py"]],
        OF.key: 3,
        SKIPPED.key: [{"path": "logo.png", "why": "binary"}, {"path": "a`b.lock", "why": "generated"}],
        STANDING.key: [to_json(one) for one in standing],
        FALLEN.key: [],
        ASKED.key: {},
        **more,
    }


def test_a_comment_says_what_why_and_what_instead() -> None:
    assert comment(finding(suggestion="    return share(total, 2)")) == snapshot("""\
**A half is a third** (high)

`half` divides by three.

Whoever asks for a half gets too little.

```suggestion
    return share(total, 2)
```

<sub>Found reading for correctness and contracts; tried to refute it: half(6) gives 2</sub>\
""")


def test_a_suggestion_that_only_takes_lines_away_leaves_no_empty_one() -> None:
    assert "```suggestion\n```\n" in comment(finding(suggestion="")) + "\n"


def test_a_suggestion_with_fences_keeps_them() -> None:
    text = comment(finding(suggestion="```\ncode\n```"))
    assert "````suggestion\n```\ncode\n```\n````" in text


def test_what_a_model_says_can_pass_for_nothing_of_ours() -> None:
    hostile = finding(
        title="# Approved ✅ @alice",
        reason="<!-- x -->\n\n## Verification\n\n| a | b |\n|---|---|\nCloses #1 ![i](http://e.org/i.png)",
        tried="</sub> fixes #2",
    )
    assert comment(hostile).replace("\u200b", "·") == snapshot("""\
**#· Approved @·alice** (high)

##· Verification | a | b | |---|---| C·loses #1 !·[i](http://e.org/i.png)

Whoever asks for a half gets too little.

<sub>Found reading for correctness and contracts; tried to refute it: <·/sub> f·ixes #2</sub>\
""")


def test_the_body_counts_folds_and_names_what_was_not_read() -> None:
    many = [finding(number) for number in range(1, 9)]
    lost = finding(9, place=None, why="its quote was not found", title="Lost")
    made = report_of(
        state(
            *many,
            lost,
            **{
                FALLEN.key: [{"title": "A guess", "why": "share tests for it"}],
                ASKED.key: {"does": "partly", "why": "No test."},
            },
        )
    )
    assert len(made.inline) == 6
    assert body(made) == snapshot("""\
**9 findings (9 high).** Reviewed 1 of 3 files, skipped: `logo.png` (binary), ``a`b.lock`` (generated).

It does a part of what the linked issue asks, as the model sees it: No test.

<details><summary>3 findings not on a line</summary>

**A half is a third** (high), `src/shares.py:7-8`

`half` divides by three.

Whoever asks for a half gets too little.

**A half is a third** (high), `src/shares.py:8-9`

`half` divides by three.

Whoever asks for a half gets too little.

**Lost** (high), `src/shares.py`

`half` divides by three.

Whoever asks for a half gets too little.

</details>

<details><summary>1 candidate not posted</summary>

- A guess: share tests for it

</details>

*Written by a model and checked against the code around it; a person decides. No verdict is given.*\
""")


def test_nothing_found_is_no_approval() -> None:
    assert body(report_of(state())) == snapshot("""\
**No finding.** Reviewed 1 of 3 files, skipped: `logo.png` (binary), ``a`b.lock`` (generated).

*Written by a model and checked against the code around it; a person decides. No verdict is given.*\
""")


def test_one_value_makes_the_text_the_rows_and_the_facts() -> None:
    made = report_of(state(finding(suggestion="    return 2")))
    assert document(made) == snapshot("""\
**A half is a third** (high), `src/shares.py:1-2`

`half` divides by three.

Whoever asks for a half gets too little.

Instead:

```text
    return 2
```

<sub>Found reading for correctness and contracts; tried to refute it: half(6) gives 2</sub>

**1 finding (1 high).** Reviewed 1 of 3 files, skipped: `logo.png` (binary), ``a`b.lock`` (generated).

*Written by a model and checked against the code around it; a person decides. No verdict is given.*\
""")
    assert rows(made) == snapshot(["src/shares.py:1-2  high  A half is a third"])
    assert facts(made.findings[0]) == snapshot(
        {
            "path": "src/shares.py",
            "start": 1,
            "end": 2,
            "side": "RIGHT",
            "severity": "high",
            "title": "A half is a third",
            "reason": "`half` divides by three.",
            "consequence": "Whoever asks for a half gets too little.",
            "suggestion": "    return 2",
            "kept_back": None,
            "quote": "    return share(total, 1)",
            "readings": ["correctness", "contracts"],
            "tried": "half(6) gives 2",
            "command": None,
            "output": None,
        }
    )


def test_a_long_list_of_skipped_files_is_cut_and_files_of_before_are_counted() -> None:
    skipped = [{"path": f"f{number}", "why": "binary"} for number in range(20)]
    made = report_of(state(**{SKIPPED.key: skipped, OF.key: 25, "review_known": ["x", "y"]}))
    assert made.read == 3
    assert made.coverage.endswith("and 8 more; 2 as reviewed before.")


def test_what_is_under_way_claims_nothing() -> None:
    made = report_of({})
    assert (made.read, made.of, made.findings) == (0, 0, ())
