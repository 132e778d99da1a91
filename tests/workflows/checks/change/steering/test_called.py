"""A program that the checks call may call others: these decide as much."""

from __future__ import annotations

import pytest

from tests.workflows.checks.change.steering.test_check_steering import told
from workflows.checks.change.steering.called import spread

TREE = {
    "Makefile": "include rules.inc conf/*.more\n\nall:\n",
    "rules.inc": "test:\n\tpytest -q\n",
    "conf/a.more": "X = 1\n",
    "check.sh": ". ./env\nsh tools/inner.sh\n",
    "env": "A=1\n",
    "tools/inner.sh": "exec tools/last\n",
    "tools/last": "pytest -q\n",
    "checks/run.py": "import suite, os\nfrom more import x\nsuite.main()\n",
    "checks/suite.py": "from deep.down import y\n",
    "checks/more.py": "x = 1\n",
    "checks/deep/down.py": "y = 1\n",
    "adder.py": "import other\n",
    "runtests.py": "import adder\n",
    "other.sh": "true\n",
    "app/main.py": "import suite\n",
}


def called(path: str, commands: str) -> bool:
    """Whether a change of that file is told."""
    wide, tasks = spread(TREE, TREE.__getitem__, commands, TREE["Makefile"])
    return bool(told(TREE, {**TREE, path: "changed = 1\n"}, wide, tasks))


@pytest.mark.parametrize(
    ("commands", "path"),
    [
        ("make test", "rules.inc"),
        ("make test", "conf/a.more"),
        ("sh check.sh", "env"),
        ("sh check.sh", "tools/inner.sh"),
        ("./check.sh", "tools/last"),
        ("python3 checks/run.py", "checks/suite.py"),
        ("cd checks && python3 run.py", "checks/more.py"),
        ("python3 checks/run.py", "checks/deep/down.py"),
    ],
)
def test_what_a_called_program_calls_is_told(commands: str, path: str) -> None:
    assert called(path, commands)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("[pytest]\naddopts = -q -p plug\n", "plug.py"),
        ('addopts = ["-p", "lib.plug"]', "src/lib/plug.py"),
        ("pytest_plugins = ['lib.plug']", "src/lib/plug.py"),
        ('{"jest": {"setupFilesAfterEnv": ["<rootDir>/config/env.js"]}}', "config/env.js"),
        ("export default { test: { globalSetup: './config/env' } }", "config/env.js"),
        ("module.exports = { require: ['./config/env.js'] }", "config/env.js"),
        ("require:\n  - config/env.js\n", "config/env.js"),
        ('{"scripts": {"test": "mocha -r ./config/env"}}', "config/env.js"),
        ('<phpunit bootstrap="lib/boot.php">', "lib/boot.php"),
    ],
)
def test_what_settings_load_is_told(settings: str, path: str) -> None:
    tree = {"plug.py": "", "src/lib/plug.py": "", "config/env.js": "", "lib/boot.php": "", "app.py": "", "index.js": ""}
    wide, tasks = spread(tree, tree.__getitem__, "npm test", "", settings)
    assert told(tree, {**tree, path: "changed = 1\n"}, wide, tasks)
    assert not told(tree, {**tree, "app.py": "changed = 1\n", "index.js": "1;\n"}, wide, tasks)


@pytest.mark.parametrize(
    ("commands", "path"),
    [
        ("pytest -q", "other.sh"),
        ("python3 runtests.py", "adder.py"),
        ("python3 -m app.main", "checks/suite.py"),
        ("sh check.sh", "checks/more.py"),
    ],
)
def test_the_code_itself_and_what_nothing_calls_are_left_alone(commands: str, path: str) -> None:
    assert not called(path, commands)


@pytest.mark.parametrize(
    "command",
    [
        *("mypy -p app", "python -m mypy -p app --strict", "dmypy run -- -p app", "mkdir -p app", "isort -p app ."),
        *("cp -r app build", "grep -r app .", "python -m unittest discover -p app.py", "pylint -r app"),
    ],
)
def test_what_looks_at_a_package_does_not_load_it_for_the_tests(command: str) -> None:
    tree = {"app/__init__.py": "", "src/app.py": ""}
    for path in tree:
        assert not told(
            tree, {**tree, path: "changed = 1\n"}, *spread(tree, tree.__getitem__, f"pytest\n{command}", "")
        )
    loads = spread(tree, tree.__getitem__, f"{command} && pytest -p app", "")
    assert told(tree, {**tree, "app/__init__.py": "changed = 1\n"}, *loads)


@pytest.mark.parametrize(
    "settings",
    ['{"exports": {".": {"import": "./index.js", "require": "./index.js"}}}', "deps =\n  -r requirements.txt\n"],
)
def test_what_a_package_exports_or_needs_is_left_alone(settings: str) -> None:
    tree = {"index.js": "", "requirements.txt": ""}
    wide, tasks = spread(tree, tree.__getitem__, "npm test", "", settings)
    assert not told(tree, {"index.js": "1;\n", "requirements.txt": "a\n"}, wide, tasks)


def test_scripts_that_call_each_other_come_to_an_end() -> None:
    tree = {"a.sh": "sh b.sh\n", "b.sh": "sh a.sh\n"}
    assert spread(tree, tree.__getitem__, "sh a.sh", "")[1].count("sh a.sh") == 1
