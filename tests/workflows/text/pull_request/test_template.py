"""The repository's template is kept, and filled where it asks for what we have."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from workflows.text.pull_request.template import fill, template_path

SECTIONS = [("Summary", "It adds."), ("Changes", "- `a.py` changed"), ("Verification", "Verified."), ("Cost", "$0.10")]
TEMPLATE = """\
<!-- Thanks for your help! -->
Please read CONTRIBUTING first, @maintainers.

### What does this do? ###
<!-- say it -->

Fixes #(issue number)

### How has this been tested?

- [ ] by hand

### Checklist

- [ ] I have added an entry to the changelog

```sh
# not a heading
```
"""


def test_a_template_is_filled_under_its_own_headings_and_what_it_does_not_ask_for_stands_behind_it() -> None:
    assert fill(TEMPLATE, SECTIONS).replace("\u200b", "") == snapshot("""\
Please read CONTRIBUTING first, @maintainers.

### What does this do?

It adds.

### How has this been tested?

Verified.

- [ ] by hand

### Checklist

- [ ] I have added an entry to the changelog

```sh
# not a heading
```

## Changes

- `a.py` changed

## Cost

$0.10\
""")


def test_without_a_template_the_sections_stand_alone() -> None:
    assert fill("", SECTIONS[:1]) == "## Summary\n\nIt adds."


def test_headings_are_found_however_they_are_written_and_html_and_empty_items_are_left_out() -> None:
    template = (
        "What?\n=====\n\nType of change\n---\n- [ ] breaking<br>\n---\n\n"
        "### <b>Breaking changes</b>\n-\n\n<details><summary>More</summary>\n\n## Changes\n\n</details>\n"
    )
    assert fill(template, SECTIONS[:2]).replace("\u200b", "") == snapshot("""\
# What?

It adds.

## Type of change

- [ ] breaking
---

### Breaking changes

More

## Changes

- `a.py` changed\
""")


@pytest.mark.parametrize(
    "line", ["Fixes #", "Closes #123", "- Resolves: #<issue>", "Issue: #___", "**Fixes** #(issue)"]
)
def test_a_line_for_the_number_of_the_issue_is_left_to_ours(line: str) -> None:
    assert fill(f"{line}\n", []) == ""


def test_the_template_is_found_where_github_looks_for_it() -> None:
    assert template_path(["README.md"]) == ""
    assert template_path(["docs/pull_request_template.md", "PULL_REQUEST_TEMPLATE.md"]) == "PULL_REQUEST_TEMPLATE.md"
    assert template_path([".github/Pull_Request_Template.md", "pull_request_template.md"]).startswith(".github/")
    assert template_path(["a/b/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE/one.md"]) == ""
