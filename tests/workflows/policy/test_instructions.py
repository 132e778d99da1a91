"""What maintainers tell agents: which files count, how much of them, and what of them is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.repository import Repository
from tests.fakes.real_repository import commit, git, make_repository
from workflows.policy.instructions import MOST_CHARACTERS, guidance, guide_at


def read(folder: Path, files: dict[str, str | bytes]) -> str:
    """The guidance of a repository with these files."""
    head = make_repository(folder / "repository", files)
    repository = Repository.mirror(folder / "mirror.git")
    repository.fetch(str(folder / "repository"))
    return guidance(repository, guide_at(repository, head))


def test_what_is_written_for_agents_comes_under_its_names_and_each_content_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "CLAUDE.md": "Use tabs.\n",
        "AGENTS.md": "Use tabs.\n",
        ".github/copilot-instructions.md": "Write docs.\n",
        "CONTRIBUTING.md": "Sign the agreement.\n",
        "sub/AGENTS.md": "Elsewhere.\n",
    }
    found = read(tmp_path, files)
    assert found == "AGENTS.md:\n\nUse tabs.\n\n.github/copilot-instructions.md:\n\nWrite docs."


def test_the_contributors_guide_counts_where_nothing_is_written_for_agents(tmp_path: Path) -> None:
    found = read(tmp_path, {"docs/CONTRIBUTING.md": "Second.\n", ".github/CONTRIBUTING.md": "First. " * 5000})
    assert found.startswith(".github/CONTRIBUTING.md:\n\nFirst. ")
    assert len(found) < MOST_CHARACTERS / 2


def test_a_repository_without_any_gives_none(tmp_path: Path) -> None:
    assert read(tmp_path, {"AGENTS.md": "", "README.md": "Hello\n"}) == ""


def test_a_state_from_before_there_were_guides_gives_none(tmp_path: Path) -> None:
    assert guidance(Repository.mirror(tmp_path / "mirror.git"), None) == ""


@pytest.mark.parametrize("size", [900_000, 1_100_000])
def test_a_huge_guide_is_cut_or_left_out(tmp_path: Path, size: int) -> None:
    found = read(tmp_path, {"AGENTS.md": b"x" * size, "CLAUDE.md": "Short."})
    assert len(found) <= MOST_CHARACTERS + 50
    assert (found == "CLAUDE.md:\n\nShort.") == (size > 1_000_000)


def test_a_link_is_no_guide_wherever_it_leads(tmp_path: Path) -> None:
    head = make_repository(tmp_path / "repository", {"README.md": "x"})
    (tmp_path / "repository" / "AGENTS.md").symlink_to("/etc/passwd")
    head = commit(tmp_path / "repository", {})
    repository = Repository.mirror(tmp_path / "mirror.git")
    repository.fetch(str(tmp_path / "repository"))
    assert git(tmp_path / "repository", "ls-files", "AGENTS.md")
    assert guide_at(repository, head) == {"commit": head, "paths": []}
