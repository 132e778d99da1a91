"""Roles are GitHub's; what we do not know may nothing."""

import subprocess
import sys

import pytest

from workflows.runs.principal import Principal, Role, role_of


@pytest.mark.parametrize("name", ["none", "read", "triage", "write", "maintain", "admin"])
def test_a_role_is_read_as_github_names_it(name: str) -> None:
    assert str(role_of(name)) == name


@pytest.mark.parametrize("name", ["", "owner", "security-manager", "WRITE please"])
def test_a_role_that_is_not_known_may_nothing(name: str) -> None:
    assert role_of(name) is Role.NONE


def test_each_role_may_what_those_before_it_may() -> None:
    assert Role.NONE < Role.READ < Role.TRIAGE < Role.WRITE < Role.MAINTAIN < Role.ADMIN


def test_a_role_counts_in_its_own_repository_and_the_operators_everywhere() -> None:
    alice = Principal("alice", "github", Role.ADMIN, "github.com/octo/sample")
    assert alice.role_in("github.com/octo/sample") is Role.ADMIN
    assert alice.role_in("github.com/octo/other") is Role.NONE
    assert Principal("alice", "api").role_in("") is Role.NONE
    assert Principal("you", "cli", operator=True).role_in("/home/you/code") is Role.ADMIN


def test_the_actions_load_neither_a_face_nor_an_engine_nor_a_model() -> None:
    look = (
        "import sys, workflows.runs.actions\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('bot', 'dbos', 'numpy', 'litellm')])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
