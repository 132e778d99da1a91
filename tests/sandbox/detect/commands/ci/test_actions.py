"""Actions that stand for a command."""

from __future__ import annotations

import pytest

from sandbox.detect.commands.ci.actions import command


@pytest.mark.parametrize(
    ("name", "inputs", "line"),
    [
        (
            "someone/cargo-action",
            {"command": "test", "args": "--all-features\n --locked"},
            "cargo test --all-features --locked",
        ),
        ("someone/cargo", {"command": "clippy"}, "cargo clippy"),
        ("someone/gradle-cache-action", {"arguments": "check"}, "./gradlew check"),
        ("someone/actions-yarn", {"cmd": "test"}, "yarn test"),
        ("someone/maven-run", {"goals": "verify"}, "mvn verify"),
        ("someone/run-tox", {"command": "tox -e py"}, "tox -e py"),
        ("php-actions/phpunit", {"args": "--testsuite unit"}, "phpunit --testsuite unit"),
        ("someone/cargo-cache", {"command": "test"}, ""),
        ("someone/setup-uv", {"args": "x"}, ""),
        ("someone/retry", {"command": "pytest -x"}, "pytest -x"),
        ("someone/other", {"command": "test"}, ""),
        ("someone/cargo-action", {}, ""),
    ],
)
def test_an_action_named_after_a_tool_is_that_tool_with_what_it_is_told(
    name: str, inputs: dict[str, str], line: str
) -> None:
    assert command(name, inputs) == line
