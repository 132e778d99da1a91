"""Which commands are run: detection's, with the configuration's in their place."""

from __future__ import annotations

import pytest

from sandbox.backend import CommandLimits
from sandbox.detect.read.values import Detection, Evidence, Found, Note
from sandbox.limits.machine import memory
from workflows.checks.plan import Candidate, Planned, commands
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import RepoConfig
from workflows.verification import CheckKind

DETECTED = Detection(
    ecosystems=("python",),
    setup=(Found("setup", "pip install -e .", network=True),),
    test=(
        Found("test", "pytest", (Evidence("ci.yml", 12, "run: pytest"), Evidence("tox.ini", 0, ""))),
        Found("test", "tox", cwd="sub", env={"A": "1"}),
    ),
    lint=(Found("lint", "ruff check ."), Found("lint", "black --check .")),
    types=(Found("types", "mypy"),),
    not_run=(Note("e2e", "it needs a browser."),),
)


def test_without_configuration_detection_decides_and_tests_are_one_check_with_candidates() -> None:
    found = commands(RepoConfig(), DETECTED)
    assert [step.command for step in found.setup] == ["pip install -e ."]
    assert found.checks[0] == Planned(
        CheckKind.TEST,
        (Candidate("pytest", evidence="ci.yml:12, tox.ini"), Candidate("tox", cwd="sub", env={"A": "1"})),
    )
    assert [check.candidates[0].command for check in found.checks[1:]] == ["ruff check .", "black --check .", "mypy"]
    assert found.left_out == ("e2e: it needs a browser.",)


def test_limits_of_the_file_bound_every_command() -> None:
    found = commands(parse("limits: {memory: 1g, minutes: 0.5}"), DETECTED)
    bounded = found.within(CommandLimits(processes=7))
    assert (bounded.memory_bytes, bounded.wall_seconds, bounded.processes) == (1024**3, 30.0, 7)
    assert commands(RepoConfig(), DETECTED).within(CommandLimits()) == CommandLimits()


def test_no_file_lets_one_command_take_the_machine_s_memory() -> None:
    machine = memory()
    bounded = commands(parse("limits: {memory: 1000g}"), DETECTED).within(CommandLimits(memory_bytes=1024**2))
    assert bounded.memory_bytes == machine // 2
    assert (
        commands(parse("limits: {memory: 1000g}"), DETECTED).within(CommandLimits(memory_bytes=machine)).memory_bytes
        == machine
    )


def test_what_is_configured_takes_the_place_of_what_was_detected() -> None:
    found = commands(
        parse("# hi\ntest: make test\nsetup: [a, b]\nlint: false\nnetwork: x.org\nchecks: {docs: d}"), DETECTED
    )
    assert [step.command for step in found.setup] == ["a", "b"]
    assert [(check.kind, check.candidates) for check in found.checks] == [
        (CheckKind.TEST, (Candidate("make test", evidence=".github/pullwright.yml:2"),)),
        (CheckKind.TYPES, (Candidate("mypy"),)),
        (CheckKind.OTHER, (Candidate("d", evidence=".github/pullwright.yml:6"),)),
    ]
    assert found.hosts == {"x.org"}
    assert "lint: switched off in .github/pullwright.yml:4." in found.left_out


def test_several_configured_test_commands_are_all_run() -> None:
    found = commands(parse("test: [make unit, make doc]"), DETECTED)
    assert [c.candidates for c in found.checks if c.kind is CheckKind.TEST] == [
        (Candidate("make unit", evidence=".github/pullwright.yml:1"),),
        (Candidate("make doc", evidence=".github/pullwright.yml:1"),),
    ]


def test_set_up_can_be_switched_off() -> None:
    assert commands(parse("setup: false"), DETECTED).setup == ()


def test_each_suite_is_a_check_of_its_own_and_its_commands_stand_in_for_each_other_only() -> None:
    suites = Detection(
        ("python", "javascript"),
        test=(
            Found("test", "pytest", suite="python"),
            Found("test", "npm run unit", suite="javascript"),
            Found("test", "python -m unittest", suite="python"),
            Found("test", "npm test", suite="javascript"),
            Found("test", "npm test", cwd="web", suite="javascript in web"),
        ),
    )
    checks = commands(RepoConfig(), suites).checks
    assert [[(c.cwd, c.command) for c in check.candidates] for check in checks] == [
        [(".", "pytest"), (".", "python -m unittest")],
        [(".", "npm run unit"), (".", "npm test")],
        [("web", "npm test")],
    ]
    assert {check.kind for check in checks} == {CheckKind.TEST}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("run: python -m pytest tests", "python -m pytest tests"),
        ("\t@$(PYTHON) -m pytest tests", "python -m pytest tests"),
        ("coverage run -m pytest tests", "python -m pytest tests"),
        ("run: pytest tests", "pytest tests"),
        ("pytest -m 'not slow' tests", "pytest tests"),
        ("", "pytest tests"),
    ],
)
def test_pytest_is_called_as_the_repository_calls_it(text: str, command: str) -> None:
    install = Found("setup", '"$HOME/venv/bin/python" -m pip install -e .', ())
    found = Detection(setup=(install,), test=(Found("test", "pytest tests", (Evidence("ci.yml", 3, text),)),))
    assert [one.command for one in commands(RepoConfig(), found).checks[0].candidates] == [command]


def test_where_nothing_installs_the_tree_tests_may_find_modules_beside_their_folder() -> None:
    tests = (Found("test", "pytest -q", ()), Found("test", "tox", ()))
    lists = Found("setup", '"$HOME/venv/bin/python" -m pip install -r requirements.txt', ())
    found = Detection(setup=(lists,), test=tests)
    lines = [one.command for one in commands(RepoConfig(), found).checks[0].candidates]
    assert lines == ["pytest -q", "tox", "python -m pytest -q"]
