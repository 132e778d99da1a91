"""A generated repository of any size, the same each time: packages of plausible Python with tests and documents."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fakes.real_repository import make_repository

_TEXT = """
account archive batch buffer cache channel client cluster config cursor dataset driver event factory field
filter frame gateway graph handler index input journal kernel layer ledger limit loader lookup manifest mapper
matrix message metric module network node option output packet parser policy pool profile proxy query queue
range reader record region registry render report request resolver response result router runner schema scope
section segment sender session signal source stage status store stream table target task template thread token
trace tracker transport tree vector view visitor volume watcher window worker writer
"""
_WORDS = _TEXT.split()


def repository(directory: Path, files: int) -> str:
    """Make the repository with about 8 kB a file; returns its commit."""
    return make_repository(directory, contents(files))


def contents(files: int) -> dict[str, str]:
    chance = random.Random(files)
    made: dict[str, str] = {"README.md": "# Sample\n\nGenerated.\n", ".gitignore": "*.log\nbuild/\n"}
    while len(made) < files:
        package, name = chance.choice(_WORDS[:24]), "_".join(chance.sample(_WORDS, 2))
        path = f"tests/{package}/test_{name}.py" if chance.random() < 0.25 else f"src/{package}/{name}.py"
        made[path] = _module(chance, name)
    return made


def _module(chance: random.Random, name: str) -> str:
    title = "".join(word.capitalize() for word in name.split("_"))
    lines = [f'"""The {name.replace("_", " ")}."""', "", "from __future__ import annotations", "", ""]
    for number in range(chance.randint(2, 6)):
        lines += [f"class {title}{_camel(chance)}{number}:", f'    """A {chance.choice(_WORDS)}."""', ""]
        for _ in range(chance.randint(3, 8)):
            verb, noun, value = (chance.choice(_WORDS) for _ in range(3))
            lines += [
                f"    def {verb}_{noun}(self, {value}: int) -> int:",
                f'        """Return the {noun} of the {value}, as {chance.choice(_WORDS)} and {verb} have it."""',
                f"        if {value} < {chance.randint(1, 99)}:",
                f"            raise ValueError('{noun} of {verb} is too small')",
                f"        return self._{noun} + {value} * {chance.randint(2, 9)}",
                "",
            ]
    return "\n".join(lines) + "\n"


def _camel(chance: random.Random) -> str:
    return chance.choice(_WORDS).capitalize()
