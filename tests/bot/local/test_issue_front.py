"""What stands before an issue's text: read as people and programs write it, and left in the text where it is none."""

from __future__ import annotations

import pytest

from bot.local.issue_front import Front, front_matter


@pytest.mark.parametrize(
    ("text", "front"),
    [
        ("---\ntitle: A\nnumber: 7\nlabels: [bug, {name: x}, null]\n---\n", Front("A", 7, ("bug", "x"))),
        ("---\ntitle: Login: it fails\nnumber: '#7'\n---\n", Front("Login: it fails", 7)),
        ("<!-- c --> <!-- d -->\n---\nTitle: A\nIssue-Number: 7\n...\n", Front("A", 7)),
        ("+++\nsummary = 'A'\nissue = 7\nlabels = 'bug, x'\ndate = 2020-01-01\n+++\n", Front("A", 7, ("bug", "x"))),
        (';;;\n{"subject": " A \\n B "}\n;;;\n', Front("A B")),
        ("title:\tA: b\nnumber:\t7\nlabels:\tbug, x\n--\n", Front("A: b", 7, ("bug", "x"))),
        ("---\n---\n", Front()),
        ("---\ntitle: null\nsubject: ~\nsummary: C\n---\n", Front("C")),
        ("---\ntitle: A\nid: 5\niid: 6\nkey: 7\n---\n", Front("A")),
    ],
)
def test_it_is_read_and_what_stands_behind_it_is_the_text(text: str, front: Front) -> None:
    assert front_matter(f"{text}# Body\n---\nmore") == (front, "# Body\n---\nmore")


@pytest.mark.parametrize("number", ["0", "-1", "true", "1e3", "10000000000", "1.5", "[7]", "7 or 8", "A-7"])
def test_what_is_no_number_of_an_issue_closes_none(number: str) -> None:
    assert front_matter(f"---\ntitle: A\nnumber: {number}\n---\n")[0].number == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "---\ntitle: A",
        "----\ntitle: A\n----\n",
        "---\nonly words\n---\nb",
        "---\n- a list\n---\nb",
        "+++\nno toml\n+++\nb",
        "+++\na = " + "[" * 5000 + "\n+++\nb",
        ";;;\n[1]\n;;;\nb",
        "a\n---\ntitle: A\n---\n",
        '{"body": "no title"}',
        '{"title": "A"',
        '["title"]',
        '{"a":' * 100_000 + "}" * 100_000,
    ],
)
def test_what_is_no_front_matter_stays_in_the_text(text: str) -> None:
    assert front_matter(text) == (Front(), text)


def test_one_object_with_a_title_is_the_whole_issue() -> None:
    given = '{"title": "A", "body": "x\\r\\ny", "number": 7, "labels": [{"name": "bug"}, {"color": "red"}]}'
    assert front_matter(given) == (Front("A", 7, ("bug",)), "x\ny")
    for body in ("null", "5", '["x"]'):
        assert front_matter(f'\n {{"title": "A", "body": {body}}} \n') == (Front("A"), "")


@pytest.mark.parametrize("number", ["true", "-1", "10000000000", "null", "7.0"])
def test_an_object_s_number_is_one_or_none(number: str) -> None:
    assert front_matter(f'{{"title": "A", "number": {number}}}')[0] == Front("A")


def test_yaml_makes_no_objects_and_labels_without_end_are_bounded() -> None:
    assert front_matter("---\ntitle: !!python/object/apply:os.getcwd []\n---\nb")[0].title == ""
    assert len(front_matter(f"---\nlabels: [{', '.join(map(str, range(500)))}]\n---\n")[0].labels) == 20
    assert len(front_matter(f"---\ntitle: {'a' * 5000}\n---\n")[0].title) == 500
