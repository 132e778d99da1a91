"""What the texts of the likeliest files say of an issue: its quotes, and the lines that tell why."""

from __future__ import annotations

from workflows.localize import evidence
from workflows.localize.index import Index
from workflows.localize.parsing.features import extract
from workflows.localize.query import read

CART = b"import sys\n\n\nclass Cart:\n    def total_price(self):\n        return 'basket is empty'\n"
MAIL = b"def send():\n    return Cart().total_price()\n"
EMPTY: Index = Index.build(extract([(CART, []), (MAIL, [])]))


def test_a_quote_counts_by_how_few_files_it_stands_in() -> None:
    query = read('It says "basket is empty".')
    one = evidence.quoted({0: CART, 1: MAIL}, query)
    assert one[0] == 1.0
    assert one[1] == 0.0
    both = evidence.quoted({0: CART, 1: CART, 2: MAIL}, query)
    assert 0 < both[0] == both[1] < 1


def test_lines_that_quote_or_use_what_the_issue_names_are_shown_with_their_numbers() -> None:
    found = evidence.telling_lines(EMPTY, {0: CART, 1: MAIL}, read('`total_price` says "basket is empty"'))
    assert found[0] == ("5: def total_price(self):", "6: return 'basket is empty'")
    assert found[1] == ("2: return Cart().total_price()",)


def test_of_a_long_or_odd_line_only_what_can_be_printed_is_shown() -> None:
    text = b"x = 'basket is empty \x1b[31m\xff" + b"y" * 5000
    (line,) = evidence.telling_lines(EMPTY, {0: text}, read('It says "basket is empty".'))[0]
    assert line.startswith("1: x = 'basket is empty [31m")
    assert len(line) < 200
    assert line.isprintable()


def test_a_text_that_says_nothing_of_it_has_no_lines() -> None:
    assert evidence.telling_lines(EMPTY, {0: b"", 1: b"\n\n"}, read("`total_price` fails")) == {0: (), 1: ()}
