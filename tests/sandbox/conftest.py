"""Boxes for the tests of the sandbox."""

from tests.fakes.boxes import box, box_backend, box_machine, box_spec

__all__ = ["box", "box_backend", "box_machine", "box_spec"]
