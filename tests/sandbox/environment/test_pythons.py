"""Whether the machine's Python is one that a project takes."""

from pathlib import Path

import pytest

from sandbox.environment import pythons


@pytest.mark.parametrize(
    ("wanted", "here", "fits"),
    [
        (">=3.9", "3.11.7", True),
        (">=3.12", "3.11.7", False),
        (">=3.9,<3.12", "3.11.7", True),
        (">=3.9,<3.11", "3.11.7", False),
        ("<3.11.9", "3.11.7", True),
        ("<3.12.0", "3.12.1", False),
        ("~=3.10", "3.11.7", True),
        ("==3.12.*", "3.11.7", False),
        ("==3.11.*", "3.11.7", True),
        (">3.11", "3.11.7", False),
        (">=3", "3.11.7", True),
        ("!=3.11.2,>=3.8", "3.11.7", True),
        ("", "3.11.7", True),
        (">=3.12", "nothing", True),
    ],
)
def test_a_python_fits_where_every_clause_holds(wanted: str, here: str, fits: bool) -> None:
    assert pythons.fits(wanted, f"Python {here}") is fits


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[project]\nrequires-python = ">= 3.10, <4"', ">=3.10,<4"),
        ("[project]\nrequires-python = \">=3.10'; rm -rf ~; echo '\"", ""),
        ('[project]\nrequires-python = "$(id)"', ""),
        ("[project]\nrequires-python = 3", ""),
        ('[tool.poetry]\npython = "^3.9"', ""),
        ("project = 3", ""),
        ("[", ""),
    ],
)
def test_only_what_is_understood_is_asked_for(tmp_path: Path, text: str, wanted: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert pythons.wanted(tmp_path) == wanted
