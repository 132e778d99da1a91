"""What a throw-away repository in a box has to say of the run's base: its branch, and its tag where a build asks."""

from __future__ import annotations

import re

from sandbox.trees.workspace import Workspace
from workflows.store.records import Run

_BUILDS = ("pyproject.toml", "setup.py", "setup.cfg", "versioneer.py", "hatch.toml", "build.gradle", "package.json")
_TAGS = re.compile(
    rb"setuptools.scm|hatch.vcs|versioneer|vcs.versioning|dunamai|\bpbr\b|dynamic.versioning|versioningit"
    rb"|setuptools.git.versioning|version_format|git.describe|poetry-version|miniver|source\s*=\s*[\"']scm|semantic-release"
)
_MOST_BUILD = 500_000


def asks_for_tags(workspace: Workspace) -> bool:
    """Whether the project's build makes its version of git's tags."""
    listing = workspace.listing(workspace.base_tree)
    blobs = [listing[name][1] for name in _BUILDS if name in listing and listing[name][0] != "120000"]
    return any(_TAGS.search(workspace.objects.bytes_of(blob)[:_MOST_BUILD]) for blob in blobs)


def branch_of(run: Run) -> str:
    """The branch that the run is about, "main" where git could not be given its name as it is."""
    name = str(run.state.get("base_branch") or "main")
    return name if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", name) and ".." not in name else "main"
