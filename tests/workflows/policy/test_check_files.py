"""Which files are tests by their paths, where no report names any."""

from __future__ import annotations

import pytest

from workflows.policy.check_files import is_test

TESTS = """
tests/a.py test_a.py a_test.go a.spec.ts a.cy.js t/a.t xt/a.t spec/a_spec.rb src/__tests__/a.js src/__snapshots__/a.snap
__mocks__/lodash.js src/__fixtures__/a.json features/a.feature src/a.feature features/steps/a.py
features/step_definitions/a.rb atest/a.robot a.robot a.bats api/a.hurl a.tavern.yaml a.test-d.ts Adder.Tests.ps1
AdderTests/Helper.cs src/Adder.Tests/Helper.cs src/it/java/AdderIT.java AdderIT.java AdderSuite.scala adder_SUITE.erl
adder_unittest.cc src/integrationTest/kotlin/A.kt conftest.py
"""
CODE = """
src/a.py latest.py src/contest.js attestation/a.go src/SpeedTest/Runner.cs ABTest/a.java AUDIT.md suite.py
src/adder.ts lib/features/a.rb benches/a.rs examples/a.rs profit.java src/latests/a.js
"""


@pytest.mark.parametrize("path", TESTS.split())
def test_a_file_of_tests_is_known_by_its_path(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize("path", CODE.split())
def test_code_that_is_called_like_a_test_is_none(path: str) -> None:
    assert not is_test(path)
