"""Roles are GitHub's; what we do not know may nothing."""

import pytest

from workflows.principal import Role, role_of


@pytest.mark.parametrize("name", ["none", "read", "triage", "write", "maintain", "admin"])
def test_a_role_is_read_as_github_names_it(name: str) -> None:
    assert str(role_of(name)) == name


@pytest.mark.parametrize("name", ["", "owner", "security-manager", "WRITE please"])
def test_a_role_that_is_not_known_may_nothing(name: str) -> None:
    assert role_of(name) is Role.NONE


def test_each_role_may_what_those_before_it_may() -> None:
    assert Role.NONE < Role.READ < Role.TRIAGE < Role.WRITE < Role.MAINTAIN < Role.ADMIN
