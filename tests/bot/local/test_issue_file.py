"""Issues from files: whatever people write is an issue, and what is none is said."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local.issue_file import IssueError, read_issue, split


def issue_in(folder: Path, text: str | bytes, name: str = "issue.md") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# Title\n\nBody\n", "Title", "Body"),
        ("\ufeff# Title ##\r\nBody\r\n", "Title", "Body"),
        ("Title\n=====\nBody", "Title", "Body"),
        ("Only one line", "Only one line", ""),
        ("First\nsecond\n\nthird", "First", "second\n\nthird"),
        ("Before\n\n## Title\nAfter", "Title", "Before\n\nAfter"),
        ("```sh\n# no title\n```\n# Title\n", "Title", "```sh\n# no title\n```"),
        ("#hashtag first\n# Title", "Title", "#hashtag first"),
        ("# Support C#\nBody", "Support C#", "Body"),
        ("<!--\n# How to report\n-->\n# Title\nBody", "Title", "Body"),
        ("<!-- # one --> <!--\n# two\n-->\n# Title", "Title", ""),
        ("# Title <!-- told to none -->\n# Second", "Title", "# Second"),
        ("```html\n<!-- open\n```\n# Title", "Title", "```html\n<!-- open\n```"),
        ("# Title\rBody\r", "Title", "Body"),
        ("# Title\nBody".encode("utf-16"), "Title", "Body"),
        ("<!-- Thank you! -->\n**Title**\nBody", "Title", "Body"),
        ("<!-- one\ntwo -->\n\nTitle\nBody", "Title", "Body"),
        ("#Title\nBody", "Title", "Body"),
        ("#\n\nTitle\nBody", "Title", "Body"),
        ("---\ntitle: null\nlabels: ~\n---\n# Title\nBody", "Title", "Body"),
        ("---\ntitle: ~\n---\n# Title\nBody", "Title", "Body"),
    ],
)
def test_the_first_heading_is_the_title_and_the_rest_is_the_body(
    tmp_path: Path, text: str | bytes, title: str, body: str
) -> None:
    issue = read_issue(issue_in(tmp_path, text))
    assert (issue.title, issue.body) == (title, body)


@pytest.mark.parametrize(
    ("text", "name", "asked", "number"),
    [
        ("# T (#12)", "issue.md", None, 12),
        ("# T", "issue-7.md", None, 7),
        ("# T", "0042-slug.md", None, 42),
        ("# T (#12)", "issue-7.md", None, 12),
        ("# T (#12)", "issue-7.md", 3, 3),
        ("# [#12] T", "issue-7.md", None, 12),
        ("# #12: T", "issue-7.md", None, 12),
        ("# Issue 12: T", "issue.md", None, 12),
        ("# T", "PROJ-12-login.md", None, 0),
        ("+++\ntitle = 'T'\nnumber = 12\n+++\n", "x.md", None, 12),
        ("+++\nnumber = true\n+++\n# T", "x.md", None, 0),
        (';;;\n{"number": 12}\n;;;\n# T', "x.md", None, 12),
        ("---\r\nNumber: 12\r\n---\r\n# T", "x.md", None, 12),
        ("---\niid: 12\n---\n# T", "x.md", None, 0),  # GitLab's: another tracker's
        ("---\nid: 12\nkey: PROJ-12\n---\n# T", "x.md", None, 0),
        ("<!-- x -->\n---\nnumber: 12\n---\n# T", "x.md", None, 12),
        ("# T", "python3.md", None, 0),
        ("# T", "issues.md", None, 0),
        ("# T", "12.md", None, 12),
        ("# T", "#12.md", None, 12),
        ("# T", "Issue #12.md", None, 12),
        ("# T", "bug #12.md", None, 12),
        ("# T", "2026.md", None, 0),
        ("# T", "issue-2026.md", None, 2026),
        ("# T", "12026.md", None, 12026),
        ("# T", "gh-12-slugs-break.md", None, 12),
        ("# T", "bug-12.md", None, 12),
        ("# T", "2-factor-auth-fails.md", None, 0),
        ("# T", "3-way-merge.md", None, 0),
        ("# T", "404-page-is-missing.md", None, 0),
        ("# T", "2fa.md", None, 0),
        ("# T", "2026-11-29-login.md", None, 0),
        ("# T", "2026-11-29.md", None, 0),
        ("# T", "2026.11.29 login.md", None, 0),
        ("# T", "20261129.md", None, 0),
        ("# T", "issue-2026-11-29.md", None, 0),
        ("# T", "bug-2-factor-auth.md", None, 0),
        ("# T", "v2-api.md", None, 0),
        ("---\nnumber: 9\n---\n# T", "issue-7.md", None, 9),
        ("---\nissue: '#9'\n---\n# T", "issue.md", None, 9),
        ("---\nnumber: 9\n---\n# T", "issue.md", 3, 3),
        ("---\nnumber: -1\n---\n# T", "issue.md", None, 0),
        ("---\nnumber: true\n---\n# T", "issue.md", None, 0),
    ],
)
def test_the_number_is_the_asked_one_else_the_titles_else_the_files(
    tmp_path: Path, text: str, name: str, asked: int | None, number: int
) -> None:
    issue = read_issue(issue_in(tmp_path, text, name), number=asked)
    assert (issue.number, issue.title) == (number, "T")


@pytest.mark.parametrize(
    ("text", "title", "body", "labels"),
    [
        ("---\ntitle: Login fails\nlabels: bug, ui\n---\nBody\n", "Login fails", "Body", ("bug", "ui")),
        ("---\ntitle: Login: it fails\nlabels: bug\n---\nBody\n", "Login: it fails", "Body", ("bug",)),
        ("---\ntitle: 'Login: it fails'\nabout: @all\n---\nBody\n", "Login: it fails", "Body", ()),
        ('+++\ntitle = "Login fails"\nlabels = ["bug"]\n+++\nBody\n', "Login fails", "Body", ("bug",)),
        (';;;\n{"title": "Login fails"}\n;;;\nBody\n', "Login fails", "Body", ()),
        ("---\r\ntitle: Login fails\r\n---\r\n# Steps\r\nGo\r\n", "Login fails", "# Steps\nGo", ()),
        ("---\ntitle: Login fails\n---\n# Login fails\nBody", "Login fails", "Body", ()),
        ("---\nname: Bug report\nabout: x\ntitle: ''\nlabels: [bug]\n---\n# T\nBody", "T", "Body", ("bug",)),
        ("---\nlayout: post\ndate: 2026-11-29\n...\nOnly a line", "Only a line", "", ()),
        ("---\ntitle: 404\n---\n", "404", "", ()),
        # no front matter
        ("---\nText\n", "Text", "", ()),
        ("---\n\nText\n\n---\nMore", "Text", "\n---\nMore".lstrip("\n"), ()),
        ("---\n- a\n- b\n---\n# T", "- b", "---\n- a\n# T", ()),
        ("---\n: [broken\n---\n# T", ": [broken", "---\n# T", ()),
    ],
)
def test_front_matter_is_not_the_title_but_may_say_it(
    tmp_path: Path, text: str, title: str, body: str, labels: tuple[str, ...]
) -> None:
    issue = read_issue(issue_in(tmp_path, text))
    assert (issue.title, issue.body, issue.labels) == (title, body, labels)


@pytest.mark.parametrize(
    "text",
    [
        # gh issue view 12 > issue.md
        "title:\tLogin fails\nstate:\tOPEN\nauthor:\tx\nlabels:\tbug, ui\ncomments:\t0\nassignees:\t\nprojects:\t\n"
        "milestone:\t\nnumber:\t12\n--\nIt fails.\n",
        # gh issue view 12 --json title,body,number,labels; and GitHub's API
        '{"body": "It fails.", "labels": [{"id": "x", "name": "bug"}, {"name": "ui"}], "number": 12, '
        '"title": "Login fails"}\n',
    ],
)
def test_what_programs_say_of_an_issue_is_read(tmp_path: Path, text: str) -> None:
    issue = read_issue(issue_in(tmp_path, text))
    assert (issue.number, issue.title, issue.body, issue.labels) == (12, "Login fails", "It fails.", ("bug", "ui"))


def test_the_summary_of_another_tracker_is_the_title(tmp_path: Path) -> None:
    issue = read_issue(issue_in(tmp_path, "---\nkey: PROJ-12\nSummary: Login fails\n---\nIt fails.\n"))
    assert (issue.number, issue.title, issue.body) == (0, "Login fails", "It fails.")


@pytest.mark.parametrize("text", ["", " \n\n\t\n", "\ufeff\n", "---\n---\n", "---\nlabels: bug\n---\n\n"])
def test_an_empty_issue_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(IssueError, match="is empty"):
        read_issue(issue_in(tmp_path, text))


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"caf\xe9", b"a\0b"])
def test_what_is_not_text_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(IssueError, match="not text in UTF-8"):
        read_issue(issue_in(tmp_path, data))


def test_what_is_too_large_missing_or_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IssueError, match="larger than 1 MB"):
        read_issue(issue_in(tmp_path, b"x" * (1024 * 1024 + 1)))
    with pytest.raises(IssueError, match="cannot be read: No such file"):
        read_issue(str(tmp_path / "none.md"))
    with pytest.raises(IssueError, match="is not a file"):
        read_issue(str(tmp_path))


@pytest.mark.parametrize("title", ["#1 reason why people leave", "[12] T", "12: T", "Issue of 12 people"])
def test_other_figures_in_a_title_are_no_number(tmp_path: Path, title: str) -> None:
    issue = read_issue(issue_in(tmp_path, f"# {title}\n"))
    assert (issue.number, issue.title) == (0, title)


def test_labels_tell_a_bug() -> None:
    assert read_issue(__file__, labels=["type: bug"]).is_bug


@given(st.text())
def test_any_text_splits(text: str) -> None:
    title, body = split(text)
    assert "\n" not in title
    assert bool(title) or not text.strip() or "#" in text or body
