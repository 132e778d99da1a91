"""How near tests are to a change, by what they edit, import, are called like and speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.change.nearness import nearness
from workflows.checks.change.suite_parts import SuitePart, suite_parts
from workflows.checks.change.touched_tests import TouchedTests
from workflows.reports.narrow import files_of_tests

PYTHON = {
    "src/shop/__init__.py": "",
    "src/shop/prices.py": "def price(): return 1\n",
    "src/shop/basket.py": "from shop.prices import price\n",
    "src/shop/views.py": "from . import basket\n",
    "src/shop/users.py": "import os\n",
    "tests/conftest.py": "import pytest\n",
    "tests/test_prices.py": "",
    "tests/test_money.py": "import shop.prices\n",
    "tests/test_basket.py": "def test_b():\n    from shop.basket import Basket\n",
    "tests/test_views.py": "from shop import views\n",
    "tests/test_users.py": "from shop.users import User\n",
    "tests/test_words.py": "def test_w():\n    assert 'round_price'\n",
    "tests/api/conftest.py": "from shop.basket import total\n",
    "tests/api/test_api.py": "",
    "tests/test_broken.py": "def (",
}
PYTHON_NEAR = {
    "tests/test_prices.py": 1,
    "tests/test_money.py": 1,
    "tests/test_basket.py": 2,
    "tests/test_views.py": 3,
    "tests/test_words.py": 4,
    "tests/api/test_api.py": 3,
}
JAVASCRIPT = {
    "src/cart/index.ts": "export * from './total'\n",
    "src/cart/total.ts": "export const total = 1\n",
    "src/shop.js": "const cart = require('./cart')\n",
    "src/other.js": "",
    "src/cart/total.test.ts": "",
    "test/cart.spec.js": "import { total } from '../src/cart/index.js'\n",
    "test/shop.spec.js": "import shop from '@/src/shop'\n",
    "test/other.spec.js": "import other from '../src/other'\nimport fs from 'fs'\n",
    "test/lazy.spec.js": "const it = await import('../src/cart/total')\n",
}
JAVASCRIPT_NEAR = {"src/cart/total.test.ts": 1, "test/cart.spec.js": 2, "test/shop.spec.js": 3, "test/lazy.spec.js": 1}
RUBY = {
    "lib/shop/price.rb": "",
    "lib/shop.rb": "require 'shop/price'\n",
    "spec/shop_spec.rb": "require_relative '../lib/shop'\n",
    "spec/price_spec.rb": "",
    "spec/far_spec.rb": "require 'json'\n",
}
GO = {
    "price/price.go": "package price\n",
    "price/deep_test.go": "package price\n",
    "shop/shop.go": 'import (\n\t"fmt"\n\tp "example.org/x/price"\n)\n',
    "shop/all_test.go": "package shop\n",
    "far/far_test.go": 'package far\n\nimport "fmt"\n',
}


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        (PYTHON, "src/shop/prices.py", PYTHON_NEAR),
        (JAVASCRIPT, "src/cart/total.ts", JAVASCRIPT_NEAR),
        (RUBY, "lib/shop/price.rb", {"spec/price_spec.rb": 1, "spec/shop_spec.rb": 2}),
        (GO, "price/price.go", {"price/deep_test.go": 1, "shop/all_test.go": 2}),
    ],
    ids=["python", "javascript", "ruby", "go"],
)
def test_the_fewer_imports_lead_to_the_change_the_nearer_it_is(
    files: Mapping[str, str], source: str, expected: Mapping[str, int]
) -> None:
    mixed = Mixed(sources=(source,), defined=frozenset({"round_price"}), paths=frozenset(files))
    assert _near(files, mixed) == expected


def test_what_the_change_edits_itself_is_nearest() -> None:
    mixed = Mixed(sources=("src/shop/users.py",), fresh=("tests/test_views.py",), edited=("tests/test_money.py",))
    assert _near(PYTHON, mixed) == {"tests/test_views.py": 0, "tests/test_money.py": 0, "tests/test_users.py": 1}


def test_imports_in_a_circle_come_to_an_end() -> None:
    files = {"a.py": "import b\n", "b.py": "import a\n", "test_x.py": "import b\n"}
    assert _near(files, Mixed(sources=("a.py",))) == {"test_x.py": 2}


def _near(files: Mapping[str, str], mixed: Mixed) -> Mapping[str, int]:
    def read(blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        return ((blob, files[blob].encode()) for blob in blobs)

    listing = {path: ("100644", path) for path in files}
    tests = [path for path in files if any(word in path for word in ("test_", "spec.", "_test.go", ".test.", "_spec"))]
    return nearness(listing, read, mixed, tests)


def test_a_file_is_one_part_and_one_with_many_tests_is_several() -> None:
    many = [f"t/test_m.py::test_{number}[{value}]" for number in range(90) for value in "ab"]
    sides = {"t/test_a.py": ["t/test_a.py::test_1", "t/test_a.py::test_2"], "t/test_m.py": many}
    touched = {"t/test_m.py": TouchedTests(frozenset({"test_89"}))}
    parts = suite_parts(sides, {**sides, "t/test_n.py": ["t/test_n.py::test_n"]}, {"t/test_m.py": 0}, touched)
    assert [(part.file, len(part.on_head), part.tests, part.near) for part in parts] == [
        ("t/test_m.py", 1, 2, 0),
        ("t/test_m.py", 40, 80, 1),
        ("t/test_m.py", 40, 80, 1),
        ("t/test_m.py", 9, 18, 1),
        ("t/test_a.py", 1, 2, 99),
        ("t/test_n.py", 1, 1, 99),
    ]
    assert parts[-1] == SuitePart("t/test_n.py", (), ("t/test_n.py",), 1)


PATHS = (
    "tests/test_a.py",
    "tests/helper.py",
    "src/a_test.py",
    "web/a.test.ts",
    "web/__tests__/b.js",
    "web/b.js",
    "test/c.js",
    "test/fixtures/d.js",
    "node_modules/x/e.test.js",
    "spec/f_spec.rb",
    "pkg/g_test.go",
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("pytest -q", {"tests/test_a.py", "src/a_test.py"}),
        ("python -m pytest tests", {"tests/test_a.py"}),
        ("npx jest --ci", {"web/a.test.ts", "web/__tests__/b.js"}),
        ("npm test", {"web/a.test.ts", "web/__tests__/b.js"}),
        ("npx mocha", {"web/a.test.ts", "test/c.js"}),
        ("bundle exec rspec", {"spec/f_spec.rb"}),
        ("go test ./...", {"pkg/g_test.go"}),
        ("make test", set()),
        ("tox", set()),
        ("pytest && true", set()),
    ],
)
def test_the_files_that_a_runner_takes_for_tests_are_told_by_their_names(line: str, found: set[str]) -> None:
    assert set(files_of_tests(line, PATHS, ".", b'{"scripts": {"test": "vitest run"}}')) == found
