"""The table of `tests.hostile.defences` is in step with the code; the run itself is a part of `make walls`."""

from __future__ import annotations

import pytest

from tests.hostile.defence_table import DEFENCES, Defence
from tests.hostile.defences import wrong_in


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda defence: defence.name)
def test_what_is_to_be_taken_away_is_there_and_so_are_its_tests(defence: Defence) -> None:
    assert wrong_in(defence) == []


def test_no_two_defences_have_one_name() -> None:
    assert len({defence.name for defence in DEFENCES}) == len(DEFENCES)
