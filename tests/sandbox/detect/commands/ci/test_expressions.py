"""What of an expression is known without a run."""

from __future__ import annotations

import pytest

from sandbox.detect.commands.ci.expressions import combinations, excluded, substituted


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("cargo test ${{ env['FLAGS'] }}", "cargo test --workspace"),
        ("cargo test ${{ env[matrix.options] }}", "cargo test --workspace"),
        ("cargo test ${{ env[matrix.unknown] }}", "cargo test "),
        ("echo ${{ matrix.steps }}", "echo "),
    ],
)
def test_a_variable_may_be_named_by_another_value(text: str, filled: str) -> None:
    values = {"env.FLAGS": "--workspace", "matrix.options": "FLAGS", **combinations(JOB)[0]}
    assert substituted(text, values) == filled


JOB = {
    "strategy": {"matrix": {"leg": [{"steps": ["fmt", "test"]}], "steps": [["a", "b"]]}},
    "steps": "matrix.leg matrix.steps",
}


@pytest.mark.parametrize(
    ("condition", "out"),
    [
        ("contains(matrix.leg.steps, 'fmt')", False),
        ("contains(matrix.leg.steps, 'clippy')", True),
        ("!contains(matrix.leg.steps, 'test')", True),
        ("${{ contains(matrix.leg.steps, 'test') && !contains(matrix.leg.skip, 'test') }}", False),
        ("contains(matrix.leg.steps, 'clippy') || always()", False),
    ],
)
def test_a_step_for_some_legs_only_is_left_out_of_the_others(condition: str, out: bool) -> None:
    assert excluded(condition, combinations(JOB)[0]) == out


@pytest.mark.parametrize(
    ("condition", "left_out"),
    [
        ("${{ inputs.a }}", True),
        ("inputs.a && inputs.b", True),
        ("inputs.b && !inputs.a", False),
        ("!inputs.b", True),
        ("inputs.a == true", True),
        ("inputs.b == true", False),
        ("inputs.a != true", False),
        ("inputs.a || inputs.b", False),
        ("inputs.unknown", False),
        ("inputs.empty", True),
    ],
)
def test_a_switch_by_itself_decides(condition: str, left_out: bool) -> None:
    assert excluded(condition, {"inputs.a": "false", "inputs.b": "true", "inputs.empty": ""}) is left_out
