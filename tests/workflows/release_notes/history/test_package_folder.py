"""Which folder a tag's prefix means, in repositories of several packages; in doubt none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.repository import Repository
from tests.fakes.real_repository import make_repository
from workflows.release_notes.history.package_folder import folder_of

FILES = {
    "package.json": '{"name": "root", "private": true}',
    "packages/ui-kit/package.json": '{"name": "@acme/ui"}',
    "packages/core/package.json": '{"name": "@acme/core"}',
    "packages/deep/package.json": "[" * 3000,
    "crates/engine/Cargo.toml": '[package]\nname = "acme-engine"\n',
    "crates/broken/Cargo.toml": "[package\nname =",
    "python/client/pyproject.toml": '[project]\nname = "acme_client"\n',
    "python/old/pyproject.toml": '[tool.poetry]\nname = "acme-old"\n',
    "api/go.mod": "module example.org/acme/api\n",
    "gems/mailer/mailer.gemspec": "",
    "one/twin/package.json": "{}",
    "two/twin/package.json": "{}",
    "examples/plain/main.py": "",
}


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        ("@acme/ui@", "packages/ui-kit"),
        ("@acme/core@", "packages/core"),
        ("acme-engine-", "crates/engine"),
        ("acme_engine-", "crates/engine"),
        ("acme-client/", "python/client"),
        ("acme-old==", ""),
        ("acme-old@", "python/old"),
        ("api/", "api"),
        ("crates/broken/", "crates/broken"),
        ("mailer-", "gems/mailer"),
        ("deep@", "packages/deep"),
        ("root@", ""),
        ("twin@", ""),
        ("plain-", ""),
        ("nothing-", ""),
        ("", ""),
        ("../", ""),
    ],
)
def test_the_folder_that_a_prefix_means(tmp_path: Path, prefix: str, folder: str) -> None:
    head = make_repository(tmp_path / "source", FILES)
    repository = Repository.mirror(tmp_path / "mirror.git")
    repository.fetch(str(tmp_path / "source"))
    assert folder_of(repository, head, prefix) == folder
