"""JavaScript and TypeScript: package.json's scripts, and which of them test something."""

from sandbox.detect.languages.javascript.project import find

__all__ = ["find"]
