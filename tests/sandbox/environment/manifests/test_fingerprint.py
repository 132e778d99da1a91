"""What a prepared environment depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.environment.manifests.fingerprint import fingerprint, new_paths, paths_in

PIP = '"$HOME/venv/bin/python" -m pip install'


def _digest(tree: Path, *recipe: str, tree_id: str = "t1", repository: str = "r", versions: str = "v") -> str:
    return fingerprint(tree, [f"{line}\0.\0[]" for line in recipe], repository, tree_id, versions, [])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/dev.txt").write_text("pytest\n")
    (tmp_path / "a.py").write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "requirements/dev.txt", "requirements-test.txt", "sub/package-lock.json"]
)
def test_a_changed_or_new_manifest_is_another_environment(tree: Path, name: str) -> None:
    before = _digest(tree, "npm ci")
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("something else")
    assert _digest(tree, "npm ci") != before


def test_a_changed_source_is_not(tree: Path) -> None:
    before = _digest(tree, f"{PIP} -e .")
    (tree / "a.py").write_text("x = 2\n")
    assert _digest(tree, f"{PIP} -e .", tree_id="t2") == before


def test_recipe_repository_and_tool_versions_count(tree: Path) -> None:
    digests = {
        _digest(tree, "npm ci"),
        _digest(tree, "npm install"),
        _digest(tree, "npm ci", repository="other"),
        _digest(tree, "npm ci", versions="node 22"),
    }
    assert len(digests) == 4


@pytest.mark.parametrize(
    "line",
    [
        'python3 -m venv "$HOME/venv"',
        f"{PIP} --upgrade 'pip>=25.1' setuptools wheel",
        f"{PIP} -e '.[dev,test]' --group dev",
        f"{PIP} -r requirements/dev.txt",
        f"{PIP} 'pip>=25.1; python_version > \"3\"'",
        f"{PIP} --group test",
        'UV_PYTHON="$HOME/venv/bin/python" "$HOME/venv/bin/uv" sync --frozen --inexact',
        'VIRTUAL_ENV="$HOME/venv" "$HOME/poetry/bin/poetry" install --no-interaction',
        'python3 -m venv "$HOME/venv" && "$HOME/venv/bin/pip" install -e .',
        "npm ci",
        "yarn install --frozen-lockfile",
        "go mod download",
    ],
)
def test_a_set_up_of_dependencies_alone_is_shared_by_trees_with_the_same_manifests(tree: Path, line: str) -> None:
    assert _digest(tree, line, tree_id="t1") == _digest(tree, line, tree_id="t2")


@pytest.mark.parametrize(
    "line",
    [f"{PIP} .", f"{PIP} '.[dev]'", f"{PIP} ./sub", "make deps", "npm ci && npm run build", "python setup.py develop"],
)
def test_a_set_up_that_copies_or_builds_sources_belongs_to_one_tree(tree: Path, line: str) -> None:
    assert _digest(tree, line, tree_id="t1") != _digest(tree, line, tree_id="t2")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", "setup(ext_modules=[Extension('a', ['a.c'])])"),
        ("pyproject.toml", "[build-system]\nrequires = ['maturin']"),
        ("package.json", '{"scripts": {"prepare": "tsc"}}'),
    ],
)
def test_manifests_that_build_on_installation_belong_to_one_tree_too(tree: Path, name: str, text: str) -> None:
    (tree / name).write_text(text)
    assert _digest(tree, "npm ci", tree_id="t1") != _digest(tree, "npm ci", tree_id="t2")


BERRY = "nodeLinker: node-modules\n\nyarnPath: .yarn/releases/yarn-4.4.1.cjs\n"
LOCK = '{"packages": {"node_modules/a": {"resolved": "https://r.example.org/a/-/a-1.tgz", "dependencies": {"b": "1"}}}}'


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": '{"dependencies": {"a": "^1"}, "scripts": {"prepublishOnly": "x", "prepack": "x"}}'},
        {"package.json": '{"dependencies": {"a": "~1.2", "b": "npm:c@1", "d": "workspace:*"}, "files": ["./dist"]}'},
        {"package.json": "{}", "package-lock.json": LOCK},
        {
            "package.json": '{"packageManager": "yarn@4.4.1"}',
            ".yarnrc.yml": BERRY,
            "yarn.lock": "a@npm:1:\n  version: 1\n",
        },
        {"package.json": "{}", ".npmrc": "# ours\nsave-exact=true\n@o:registry=https://r.example.org\n"},
        {
            "package.json": "{}",
            "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
            "pnpm-lock.yaml": "b: link:../b\n",
        },
    ],
)
def test_packages_of_javascript_are_shared_where_their_installation_runs_nothing_of_the_tree(
    tmp_path: Path, files: dict[str, str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    for line in ("npm ci", "pnpm install --frozen-lockfile", "yarn install --immutable"):
        assert _digest(tmp_path, line, tree_id="t1") == _digest(tmp_path, line, tree_id="t2")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("package.json", f'{{"scripts": {{"{script}": "x"}}}}')
            for script in ("postinstall", "prepare", "dependencies")
        ),
        ("package.json", '{"devDependencies": {"a": "file:./a"}}'),
        ("package.json", '{"dependencies": {"a": "vendor/a.tgz"}}'),
        ("package.json", '{"dependencies": {"a": "../a"}}'),
        ("package.json", '{"resolutions": {"a": "patch:a@npm%3A1#./p.patch"}}'),
        ("package.json", '{"pnpm": {"overrides": {"a": "link:./a"}}}'),
        ("package.json", '{"pnpm": {"patchedDependencies": {"a": "patches/a.patch"}}}'),
        ("package.json", '{"scripts": []}'),
        ("package.json", "{,}"),
        ("binding.gyp", "{}"),
        ("sub/package.json", '{"scripts": {"install": "x"}}'),
        ("target/package.json", '{"scripts": {"install": "x"}}'),
        (".npmrc", "script-shell=./x.sh"),
        (".npmrc", "node-options=--require ./x.js"),
        (".pnpmfile.cjs", "module.exports = {}"),
        (".yarnrc.yml", "yarnPath: ./x.cjs"),
        (".yarnrc.yml", "plugins:\n  - path: x.cjs\n"),
        (".yarnrc.yml", "{yarnPath: ./x.cjs}"),
        (".yarnrc", 'yarn-path "./x.js"'),
        ("yarn.lock", '"a@patch:a@npm%3A1#./a.patch":\n'),
        ("yarn.lock", '"a@file:./a":\n'),
        ("package-lock.json", '{"packages": {"a": {"resolved": "file:a.tgz"}}}'),
        ("pnpm-lock.yaml", "patchedDependencies:\n  a: {hash: x, path: patches/a.patch}\n"),
        ("pnpm-workspace.yaml", "configDependencies:\n  a: 1\n"),
        ("bunfig.toml", "preload = ['./x.ts']\n"),
    ],
)
def test_an_installation_that_may_run_or_read_the_tree_belongs_to_one_tree(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert _digest(tmp_path, "npm ci", tree_id="t1") != _digest(tmp_path, "npm ci", tree_id="t2")


def test_yarn_s_own_release_in_the_tree_counts(tmp_path: Path) -> None:
    digests = set()
    for text in ("Extension()", "two"):
        (tmp_path / ".yarn/releases").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".yarn/releases/yarn-4.4.1.cjs").write_text(text)
        digests.add(_digest(tmp_path, "yarn install", tree_id="t1"))
        digests.add(_digest(tmp_path, "yarn install", tree_id="t2"))
    assert len(digests) == 2


SETUP_PY = "import helper\nfrom setuptools import setup\nsetup(name='x', **helper.more)\n"


@pytest.mark.parametrize(
    ("command", "same", "path", "link"),
    [
        ("pip install -r deps.txt", {}, "deps.txt", False),
        (
            "pip install -r requirements.txt",
            {"requirements.txt": "./wheels/a-1-py3-none-any.whl"},
            "wheels/a-1.whl",
            False,
        ),
        ("pip install -r requirements.txt", {"requirements.txt": "-r more.lst"}, "more.lst", False),
        ("pip install -r requirements.txt", {}, "prod.lst", True),
        ("pip install -e .", {"setup.py": SETUP_PY}, "helper.py", False),
        ("poetry run python tools/build.py", {"pyproject.toml": ""}, "tools/build.py", False),
        ("hatch run build", {"pyproject.toml": ""}, "hatch.toml", False),
        ("npm ci & sh x.sh", {"package.json": "{}"}, "x.sh", False),
        ("npm ci | sh x.sh", {"package.json": "{}"}, "x.sh", False),
        ("npm ci", {"package.json": '{"scripts": {"preprepare": "sh x.sh"}}'}, "x.sh", False),
        ("pip install -r a/b/c/d/e/f/g/requirements.txt", {}, "a/b/c/d/e/f/g/requirements.txt", False),
    ],
)
def test_the_key_counts_all_that_the_set_up_reads(
    tmp_path: Path, command: str, same: dict[str, str], path: str, link: bool
) -> None:
    keys = set()
    for tree_id in ("good", "evil"):
        tree = tmp_path / tree_id
        for name, text in {**same, path: tree_id}.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
        if link:
            (tree / "requirements.txt").symlink_to(path)
        keys.add(fingerprint(tree, [f"{command}\0.\0[]"], "r", tree_id, "", []))
    assert len(keys) == 2


def test_a_manifest_that_is_a_link_is_never_followed(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("host") / "secret"
    outside.write_text("one")
    (tree / "package.json").symlink_to(outside)
    before = _digest(tree, "npm ci")
    outside.write_text("two")
    assert _digest(tree, "npm ci") == before


def test_new_paths_are_the_outermost_ones(tree: Path) -> None:
    before = paths_in(tree)
    (tree / "node_modules/a/b").mkdir(parents=True)
    (tree / "requirements/new.txt").write_text("")
    (tree / "link").symlink_to("/")
    assert new_paths(tree, before) == ["link", "node_modules", "requirements/new.txt"]
