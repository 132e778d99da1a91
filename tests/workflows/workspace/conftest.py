"""Real boxes for the trees of runs."""

from tests.fakes.boxes import box_machine

__all__ = ["box_machine"]
