"""Python: its suites, its set-up, and the lists of packages that it may need."""

from sandbox.detect.languages.python.project import find

__all__ = ["find"]
