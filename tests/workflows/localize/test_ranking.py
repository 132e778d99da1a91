"""From a tree and an issue to a ranking, on small trees with real parsers and a real cache."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.localize.cache import IndexCache
from workflows.localize.ranking import rank


@dataclass(frozen=True)
class File:
    path: str
    blob: str
    size: int
    mode: str = "100644"


class Tree:
    """Files in memory, with a count of the blobs that were read."""

    def __init__(self, files: dict[str, str | bytes]) -> None:
        contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self._blobs = {hashlib.sha1(data).hexdigest(): data for data in contents.values()}
        self.files = [File(path, hashlib.sha1(data).hexdigest(), len(data)) for path, data in contents.items()]
        self.read: list[str] = []

    def read_blobs(self, blobs: list[str]) -> Iterator[tuple[str, bytes]]:
        for blob in blobs:
            self.read.append(blob)
            if blob in self._blobs:
                yield blob, self._blobs[blob]

    def paths(self, issue: str, cache: IndexCache | None = None) -> list[str]:
        return [file.path for file in rank(self.files, self.read_blobs, issue, cache=cache)]


FILLER = {f"shop/part{n}.py": f"def step_{n}(value):\n    return value + {n}\n" for n in range(8)}
SHOP = FILLER | {
    "shop/__init__.py": "from shop.cart import Cart\n",
    "shop/cart.py": "class Cart:\n    def total_price(self):\n        return sum(i.price for i in self.items)\n",
    "shop/export/csv_writer.py": "def write_rows(rows):\n    raise ValueError('cannot export an empty basket')\n",
    "shop/mail.py": "def send(message):\n    return message\n",
    "tests/test_cart.py": "from shop.cart import Cart\n\n\ndef test_total_price():\n    Cart().total_price()\n",
    "docs/guide.md": "Use Cart.total_price\n",
}


def test_the_file_that_defines_what_the_issue_names_comes_first() -> None:
    ranked = rank(Tree(SHOP).files, Tree(SHOP).read_blobs, "total_price is wrong\n\nFor two items it adds only one.")
    assert ranked[0].path == "shop/cart.py"
    assert "2: def total_price(self):" in ranked[0].lines


def test_a_dotted_module_leads_to_its_file() -> None:
    assert Tree(SHOP).paths("Crash\n\nCalling `shop.export.csv_writer` hangs")[0] == "shop/export/csv_writer.py"


def test_the_deepest_frame_inside_of_the_repository_wins() -> None:
    trace = (
        "It fails\n\n```\nTraceback (most recent call last):\n"
        '  File "/home/me/app.py", line 3, in <module>\n    main()\n'
        '  File "/usr/lib/python3/site-packages/shop/part1.py", line 1, in go\n    run()\n'
        '  File "/usr/lib/python3/site-packages/shop/mail.py", line 2, in send\n    run()\n'
        "TypeError: no\n```\n"
    )
    assert Tree(SHOP).paths(trace)[0] == "shop/mail.py"


def test_a_quoted_message_leads_to_the_file_that_says_it() -> None:
    ranked = Tree(SHOP).paths('Strange refusal\n\nI get "cannot export an empty basket" although it has items.')
    assert ranked[0] == "shop/export/csv_writer.py"


def test_tests_and_documents_appear_only_when_their_path_is_named() -> None:
    assert "tests/test_cart.py" not in Tree(SHOP).paths("total_price of Cart is wrong")
    named = Tree(SHOP).paths("total_price of Cart is wrong\n\nsee tests/test_cart.py and docs/guide.md")
    assert named.index("shop/cart.py") < named.index("tests/test_cart.py")
    assert "docs/guide.md" in named


def test_a_tree_of_tests_alone_is_ranked_too() -> None:
    assert Tree({"tests/test_a.py": "def test_turbine(): ...\n"}).paths("turbine fails") == ["tests/test_a.py"]


@pytest.mark.parametrize("files", [{}, {"README.md": "hello"}, {"empty.py": ""}])
def test_a_tree_without_code_gives_nothing_and_no_error(files: dict[str, str | bytes]) -> None:
    assert Tree(files).paths("Something is wrong with the turbine") == []


def test_symlinks_submodules_and_unreadable_blobs_are_left_out() -> None:
    tree = Tree({"a.py": "def turbine(): ...\n"})
    tree.files += [File("link.py", "1" * 40, 4, "120000"), File("module", "2" * 40, 0, "160000")]
    tree.files += [File("gone.py", "3" * 40, 10)]
    assert tree.paths("the turbine stops") == ["a.py"]
    assert "1" * 40 not in tree.read


def test_the_second_time_only_the_shown_files_are_read(tmp_path: Path) -> None:
    tree = Tree({f"pkg/m{n}.py": f"def turbine_{n}(): ...\n" for n in range(100)})
    first = tree.paths("turbine_7 stops", IndexCache(tmp_path))
    assert len(tree.read) > 100
    tree.read.clear()
    assert tree.paths("turbine_7 stops", IndexCache(tmp_path)) == first
    assert len(tree.read) <= 40


def test_one_changed_file_costs_one_extraction(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"pkg/m{n}.py": f"def valve_{n}(): ...\n" for n in range(100)}
    Tree(files).paths("valve", IndexCache(tmp_path))
    changed = Tree(files | {"pkg/m3.py": "def turbine(): ...\n"})
    assert changed.paths("the turbine stops", IndexCache(tmp_path))[0] == "pkg/m3.py"
    assert len(changed.read) <= 41


def test_with_and_without_a_cache_the_answer_is_the_same(tmp_path: Path) -> None:
    text = "total_price of `Cart` is wrong"
    cached = IndexCache(tmp_path)
    assert rank(Tree(SHOP).files, Tree(SHOP).read_blobs, text, cache=cached) == rank(
        Tree(SHOP).files, Tree(SHOP).read_blobs, text
    )


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}\.(py|txt|html)", fullmatch=True), st.binary(max_size=300)), st.text())
def test_any_bytes_and_any_text_are_survived(files: dict[str, bytes], text: str) -> None:
    ranked = Tree(dict(files)).paths(text)
    assert set(ranked) <= files.keys()
    assert len(ranked) == len(set(ranked))
