"""Tests of Ruby as CI calls them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("runs", "test", "named"),
    [
        (
            [
                "bundle exec rspec spec --exclude-pattern=spec/integration/{a,b_*}/*_spec.rb",
                "bundle exec rspec spec/integration/a",
            ],
            "bundle exec rspec spec --exclude-pattern=spec/integration/{a,b_*}/*_spec.rb",
            ["bundle exec rspec spec/integration/a"],
        ),
        (["bundle exec rspec --tag ~feature spec"], "bundle exec rspec --tag ~feature spec", []),
        (["bundle exec rspec spec/system"], "bundle exec rspec", ["bundle exec rspec spec/system"]),
    ],
)
def test_what_a_call_leaves_out_does_not_make_it_one_of_a_browser(
    write: Write, runs: list[str], test: str, named: list[str]
) -> None:
    steps = "".join(f"      - run: {json.dumps(r)}\n" for r in runs)
    files = {"Gemfile": "gem 'rspec'", ".rspec": "", "spec/a_spec.rb": ""}
    found = detect(write({**files, ".github/workflows/ci.yml": f"on: push\njobs:\n  t:\n    steps:\n{steps}"}))
    assert found.test[0].command == test
    assert [n.subject for n in found.not_run] == named
