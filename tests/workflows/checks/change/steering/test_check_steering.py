"""What of a change decides how it is checked is told; what does not is left alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from sandbox.journal import FileAction, FileChange
from workflows.checks.change.steering.check_steering import steering
from workflows.text.pull_request.verdict import judged
from workflows.verification import Check, CheckKind, Grade, Verdict, Verification

PYPROJECT = '[project]\nname = "x"\nversion = "1"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n'
PACKAGE = '{"name": "x", "version": "1", "scripts": {"test": "jest"}, "dependencies": {"a": "1"}}'


def told(before: Mapping[str, str], after: Mapping[str, str], commands: str = "", tasks: str = "") -> tuple[str, ...]:
    """What is told of the change from one set of files to the other."""
    blobs: dict[str, bytes] = {}

    def blob(files: Mapping[str, str], path: str) -> str | None:
        if path not in files:
            return None
        blobs[key := f"{len(blobs)}"] = files[path].encode(errors="surrogateescape")
        return key

    changes = []
    for path in sorted({*before, *after}):
        if before.get(path) == after.get(path):
            continue
        action = (
            FileAction.CREATED
            if path not in before
            else FileAction.DELETED
            if path not in after
            else FileAction.MODIFIED
        )
        old, new = blob(before, path), blob(after, path)
        changes.append(
            FileChange(
                path,
                action,
                before_mode="100644" if old else None,
                before_blob=old,
                after_mode="100644" if new else None,
                after_blob=new,
            )
        )
    return steering(changes, blobs.__getitem__, after, commands, tasks)


STEERING = """
conftest.py tests/conftest.py pytest.ini .pytest.toml tox.ini jest.config.ts vitest.config.mjs .mocharc.yml .rspec
spec/spec_helper.rb tests/bootstrap.php phpunit.xml.dist tsconfig.json .npmrc Makefile test/test_helper.exs
sitecustomize.py src/usercustomize.py x.pth node_modules/.bin/jest vendor/bin/phpunit
evil-1.0.dist-info/entry_points.txt evil.egg-info/entry_points.txt .venv/bin/pytest .cargo/config.toml .env
jest-preset.js vitest.workspace.ts .taprc test/mocha.opts wtr.config.mjs cypress.json nx.json turbo.json
apps/a/project.json .eslintignore prettier.config.js .stylelintrc .rspec-local .simplecov lib/tasks/test.rake
.rubocop_todo.yml features/support/env.rb config/environments/test.rb psalm.xml phpstan-baseline.neon phpcs.xml
codeception.yml behat.yml pint.json php.ini
src/test/resources/META-INF/services/org.junit.platform.launcher.TestExecutionListener
src/test/resources/META-INF/services/x.Y src/main/resources/META-INF/services/javax.annotation.processing.Processor
testng.xml config/checkstyle/checkstyle.xml .mvn/jvm.config .golangci.toml magefile.go rust-toolchain.toml
.clippy.toml Makefile.inc CTestCustom.cmake defs.bzl .justfile taskfile.yml mise-tasks/test tox.toml dodo.py
Earthfile ty.toml pylintrc.toml .coveragerc.toml behave.ini features/environment.py dart_test.yaml
analysis_options.yaml test/flutter_test_config.dart .swiftlint.yml a.runsettings xunit.runner.json
Directory.Build.props tests/testthat/setup.R .proverc test/test_helper.bash molecule/default/molecule.yml test.sh
patches/jest+29.patch .yarn/patches/a.patch vendor/github.com/stretchr/testify/assert/assertions.go
vendor/modules.txt vendor/autoload.php __mocks__/fs.js .pre-commit-config.yaml uv.toml setup-tests.js
"""
FREE = """
src/main/resources/META-INF/services/com.acme.Plugin t/test-basic.sh src/__mocks__/a.ts src/project.ts vendor/readme.md
src/setup.ts docs/Makefile.md src/configure.py src/patches/a.py app/vendor/views.py src/tasks.rs
app/tasks.py lib/tasks/mail.rake
"""


@pytest.mark.parametrize("path", FREE.split())
def test_files_that_only_look_like_it_are_not_told(path: str) -> None:
    assert told({path: "x"}, {path: "y"}) == ()


BUILDS = [
    # path, before, what says how tests run, what does not
    ("pom.xml", "<a>\n</a>\n", "<skipTests>true</skipTests>\n", "<dependency><scope>test</scope></dependency>\n"),
    ("pom.xml", "<a/>\n", "<testFailureIgnore>true</testFailureIgnore>\n", "<version>2</version>\n"),
    ("build.gradle", "x\n", "test { ignoreFailures = true }\n", "implementation 'a:b:1'\n"),
    ("app/build.gradle.kts", "x\n", "tasks.withType<Test> { onlyIf { false } }\n", 'testImplementation("a:b:1")\n'),
    ("gradle.properties", "x=1\n", "org.gradle.jvmargs=-javaagent:x.jar\n", "version=2\n"),
    ("Cargo.toml", "[package]\n", "[[test]]\nname = 'a'\nharness = false\n", "[dependencies]\nserde = '1'\n"),
    ("go.mod", "module a\n", "replace github.com/stretchr/testify => ./evil\n", "require a.b/c v1\n"),
    ("mix.exs", "x\n", "test_pattern: 'none'\n", "{:jason, '~> 1.0'}\n"),
    ("build.sbt", "x\n", "Test / testOptions := Nil\n", "libraryDependencies += a\n"),
    ("CMakeLists.txt", "x\n", "set_tests_properties(a PROPERTIES WILL_FAIL TRUE)\n", "add_test(NAME b COMMAND b)\n"),
    ("meson.build", "x\n", "test('a', a, should_fail: true)\n", "test('b', b)\n"),
    ("lib/BUILD.bazel", "x\n", "tags = ['manual'],\n", "srcs = ['b.cc'],\n"),
    ("a.csproj", "<a/>\n", "<Target Name='VSTest'/>\n", "<PackageReference Include='a'/>\n"),
    ("package.json", "{}", '{"pnpm": {"patchedDependencies": {"jest": "p"}}}', '{"pnpm": {"x": 1}}'),
    ("package.json", "{}", '{"bin": {"jest": "./x.js"}}', '{"bin": {"acme": "./x.js"}}'),
    ("deno.json", "{}", '{"imports": {"@std/assert": "./x.ts"}}', '{"version": "1"}'),
    ("pyproject.toml", "", "[project.scripts]\nruff = 'x:main'\n", "[project.scripts]\nacme = 'x:main'\n"),
]


@pytest.mark.parametrize(("path", "before", "steers", "free"), BUILDS)
def test_of_a_build_file_only_what_is_about_tests_is_told(path: str, before: str, steers: str, free: str) -> None:
    whole = path.endswith(("json", "pyproject.toml"))
    add = "" if whole else before
    assert told({path: before}, {path: add + steers}) == (f"{path}: changes settings of the checks",)
    assert told({path: add + steers}, {path: before}), "taking it away changes them, too"
    assert told({path: before}, {path: add + free}) == ()
    assert told({path: add + steers}, {path: free + add + steers if not whole else add + steers}) == ()


HANDS = [
    ("test/a.test.js", "test.failing('a', f)"),
    ("test/a.test.js", "process.exitCode = 0"),
    ("test/a.test.js", "process.stdout.write = f"),
    ("test/a.test.js", "it.concurrent.skip('a', f)"),
    ("spec/a_spec.rb", "  it 'a', skip: true do"),
    ("spec/a_spec.rb", "RSpec.configure { |c| c.filter_run x }"),
    ("a_test.go", "b.Skipf(x)"),
    ("a.go", "//go:linkname f testing.f"),
    ("tests/a.rs", "#[ctor]\nfn f() {}"),
    ("src/test/java/ATest.java", "assumeTrue(false);"),
    ("src/test/java/X.java", "class X implements TestExecutionListener {}"),
    ("tests/ATest.php", "#[RequiresPhp('>99')]"),
    ("Tests/ATests.cs", '[Fact(Skip = "later")]'),
    ("Tests/ATests.cs", "Environment.Exit(0);"),
    ("Tests/ATests.swift", 'throw XCTSkip("x")'),
    ("test/a_test.dart", "test('a', f, skip: true);"),
    ("tests/a_test.cc", "GTEST_SKIP();"),
    ("t/a.t", "plan skip_all => 'x';"),
    ("tests/testthat/test-a.R", "skip('x')"),
    ("test/ASpec.hs", "pendingWith x"),
    ("test/a.bats", "  skip"),
    ("test/a_test.exs", "  @describetag :skip"),
]


@pytest.mark.parametrize(("path", "code"), HANDS)
def test_a_test_that_is_skipped_or_lays_hands_on_its_runner_is_told_in_every_language(path: str, code: str) -> None:
    assert told({path: "x\n"}, {path: f"x\n{code}\n"})
    assert told({path: f"{code}\n"}, {path: f"x\n{code}\n"}) == ()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("src/main.c", "exit(0);"),
        ("lib/a.pl", "END { close }"),
        ("lib/main.dart", "exit(0);"),
        ("src/a.js", "return list.skip(1)"),
        ("src/skip.go", "s.Skip(1)"),
        ("R/a.R", "skip(1)"),
        ("src/A.cs", "list.Skip(1)"),
        ("spec/a_spec.rb", "expect(x).to eq :skipped"),
    ],
)
def test_a_program_may_end_and_skip_what_is_its_own(path: str, code: str) -> None:
    assert told({path: "x\n"}, {path: f"x\n{code}\n"}) == ()


@pytest.mark.parametrize("path", STEERING.split())
def test_files_that_say_how_checks_run_are_told(path: str) -> None:
    assert told({}, {path: "x"})
    assert told({path: "x"}, {path: "y"})
    assert told({path: "x"}, {})


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("pytest.py", {}),
        ("json.py", {}),
        ("unittest/__init__.py", {}),
        ("src/logging.py", {"src/app/__init__.py": ""}),
        ("tests/typing.py", {"tests/test_a.py": ""}),
        ("coverage/__init__.py", {}),
        ("_pytest/runner.py", {"_pytest/__init__.py": ""}),
        ("test_adder/__init__.py", {"test_adder.py": ""}),
        ("src/app/core/__init__.py", {"src/app/core.py": "", "src/app/__init__.py": ""}),
        ("conftest/__init__.py", {}),
    ],
)
def test_a_module_that_is_found_in_place_of_a_tool_or_of_pythons_own_is_told(path: str, beside: dict[str, str]) -> None:
    assert told({}, {path: "x = 1\n", **beside})


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("app/json.py", {"app/__init__.py": ""}),
        ("app/core/__init__.py", {"app/__init__.py": ""}),
        ("src/app/types.py", {"src/app/__init__.py": ""}),
        ("docs/calendar.py", {}),
        ("adder.py", {}),
        ("tests/unit/test_json.py", {}),
        ("src/json.js", {}),
    ],
)
def test_a_module_of_a_package_or_of_another_name_is_not(path: str, beside: dict[str, str]) -> None:
    assert told(beside, {**beside, path: "x = 1\n"}) == ()


@pytest.mark.parametrize(
    ("path", "before", "after", "is_told"),
    [
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace('"-q"', '"--deselect tests/test_a.py"'), True),
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace('version = "1"', 'version = "2"'), False),
        ("pyproject.toml", PYPROJECT, "[tool", True),
        ("setup.cfg", "[metadata]\nname = x\n", "[metadata]\nname = y\n", False),
        ("setup.cfg", "[metadata]\nname = x\n", "[metadata]\nname = x\n[tool:pytest]\naddopts = -k nothing\n", True),
        ("package.json", PACKAGE, PACKAGE.replace('"jest"', '"true"'), True),
        ("package.json", PACKAGE, PACKAGE.replace('"a": "1"', '"a": "2"'), False),
        ("package.json", PACKAGE, "[" * 100_000, True),
    ],
)
def test_of_a_file_with_many_purposes_only_the_settings_of_checks_count(
    path: str, before: str, after: str, is_told: bool
) -> None:
    assert bool(told({path: before}, {path: after})) is is_told


ADDED = [
    ("m.py", "import os; os._exit(0)"),
    ("m.py", "import atexit"),
    ("m.py", "import pytest"),
    ("test_m.py", "import _pytest.runner"),
    ("test_m.py", "from _pytest import junitxml"),
    ("test_m.py", "import pytest\n@pytest.mark.skip\ndef test_x(): pass"),
    ("test_m.py", "import pytest\npytestmark = pytest.mark.skipif(True, reason='')"),
    ("test_m.py", "from pytest import mark\n@mark\\\n.skip\ndef test_x(): pass"),
    ("test_m.py", "import unittest\n@unittest.skip('x')\nclass T: pass"),
    ("test_m.py", "class T:\n    def test(self):\n        self.skipTest('x')"),
    ("tests/plugin.py", "def pytest_runtest_makereport(item, call): pass"),
    ("m.py", "import sys\nsys.modules['json'] = 1"),
    ("m.py", "import unittest\nunittest.TestCase.run = lambda *a: None"),
    ("test_m.py", "import pytest\npytest.Function.runtest = lambda self: None"),
    ("test_m.py", "import unittest\nsetattr(unittest.TestCase, 'assertEqual', print)"),
    ("test_m.py", "import unittest as u\nT = u.TestCase\nT.assertEqual = print"),
    ("m.py", "from os import _exit\n_exit(0)"),
    ("m.py", "import os\nos . _exit(0)"),
    ("m.py", "import os\ngetattr(os, '_exit')(0)"),
    ("m.py", "import os\nos.execv('/bin/true', ['true'])"),
    ("m.py", "import ctypes\nctypes.CDLL(None)._exit(0)"),
    ("m.py", "x = 1;" + " " * 2_000 + "import os; os._exit(0)"),
    ("m.py", "import sys\nsys._getframe(9).f_locals['item'].obj = print"),
    ("m.py", "import builtins\nbuiltins.AssertionError = KeyboardInterrupt"),
    ("test_m.py", "def load_tests(loader, tests, pattern): return loader.suiteClass()"),
    ("m.py", "exec(open('notes.txt').read())"),
    ("m.py", "try: 1 / 0\nexcept ZeroDivisionError as e: f = e.__traceback__.tb_frame"),
    ("m.py", "g = (x for x in ())\nf = g.gi_frame.f_back"),
    ("m.py", "from inspect import stack\nstack()"),
    ("m.py", "import inspect as i\ni.currentframe()"),
    ("m.py", "for c in type.__subclasses__(object): pass"),
    ("m.py", "import sys as s\ns.modules.clear()"),
    ("m.py", "from sys import modules"),
    ("m.py", "import sys\ngetattr(sys, 'modules')"),
    ("m.py", "import sys\nvars(sys)['mod' + 'ules']"),
    ("m.py", "import sys\nsys.meta_path.insert(0, None)"),
    ("m.py", "from os import *"),
    ("m.py", "import importlib\nimportlib.import_module('_pytest.python')"),
    ("m.py", "import pkgutil\npkgutil.resolve_name('math')"),
    ("m.py", "import importlib.machinery as m\nm.SourceFileLoader('a', 'notes.txt').load_module()"),
    ("m.py", "import pickle\npickle.loads(b'c_pytest.python\\nFunction\\n.')"),
    ("m.py", "import os\nok = 'PYTEST_CURRENT_TEST' in os.environ"),
    ("m.py", "import sys\nok = sys.argv[0].endswith('/pytest')"),
    ("m.py", "import runpy"),
    ("test_m.py", "from unittest.mock import patch\npatch('_pytest.python.Function.runtest', print).start()"),
    ("test_m.py", "import pytest\npytest.MonkeyPatch().setattr('unittest.TestCase.assertEqual', print)"),
    ("test_m.py", "def test(request):\n    for one in request.session.items: one.x = 1"),
    ("test_m.py", "def test(pytestconfig): pytestconfig.pluginmanager.register(object())"),
    ("test_m.py", "import unittest\nclass T(unittest.TestCase):\n    def assertEqual(self, a, b): pass"),
    ("test_m.py", "import unittest\nclass T(unittest.TestCase):\n    assertEqual = print"),
    ("test_m.py", "import unittest\nclass T(unittest.TestCase):\n    def run(self, result=None): pass"),
    ("a.js", "process.exit(0);"),
    ("a.js", "assert.equal = () => {};"),
    ("a.js", "Object.assign(assert, { equal() {} });"),
    ("a.js", "Reflect.set(assert, 'equal', () => {});"),
    ("a.js", "assert['equal'] = () => {};"),
    ("m.py", "class N(int):\n    def __eq__(self, other):\n        return True"),
    ("m.py", "class N:\n    __eq__ = lambda self, other: True"),
    ("m.py", "class N(float):\n    def __eq__(self, other):\n        return abs(float(self) - other) < 1"),
    ("ATest.java", 'Path p = Paths.get("target/surefire-reports/TEST-A.xml");'),
    ("ATest.kt", 'File("build/test-results/test/x.xml").writeText(x)'),
    ("a.rs", "fn eq(&self, _: &i32) -> bool { true }"),
    ("a.rb", "def ==(other)\n  true\nend"),
    ("A.java", "public boolean equals(Object other) { return true; }"),
    ("A.kt", "override fun equals(other: Any?) = true"),
    ("a.js", "expect.extend({ toBe: () => ({ pass: true }) });"),
    ("a.js", "global.it = (name, does) => {};"),
    ("a.js", "const ok = process.env.JEST_WORKER_ID !== undefined;"),
    ("a.js", "import { vi } from 'vitest';"),
    ("a.ts", "Object.is = () => true;"),
    ("a.js", "const e = require('chai');"),
    ("a.js", "require.cache[key].exports = {};"),
    ("a.go", 'func init() { flag.Set("test.run", "^$") }'),
    ("a.go", "var ok = testing.Testing()"),
    ("a.rs", "#[cfg(not(test))]"),
    ("a.rb", "OK = defined?(RSpec)"),
    ("A.java", 'if (name.startsWith("org.junit")) {}'),
    ("a.php", "if (defined('PHPUNIT_COMPOSER_INSTALL')) {}"),
    ("a.test.js", "process.on('exit', () => { process.exitCode = 0 })"),
    ("a.test.ts", "it.skip('adds', () => {})"),
    ("a_test.rb", "at_exit { exit! 0 }"),
    ("a_test.go", "func TestMain(m *testing.M) { os.Exit(0) }"),
    ("ATest.java", "  @Disabled"),
    # the library's own functions, which the runner calls
    ("m.py", "import os\nos.makedirs = print"),
    ("m.py", "import sys as s\ns.exit = print"),
    ("m.py", "from os import path\nold, path.abspath = path.abspath, print"),
    ("m.py", "import os\nsetattr(os, 'makedirs', print)"),
    ("m.py", "import os\nos.__dict__['makedirs'] = print"),
    ("m.py", "import os\nvars(os)['makedirs'] = print"),
    ("m.py", "from pathlib import Path\nPath.mkdir = print"),
    ("m.py", "import json\nE = json.JSONEncoder\nE.default = print"),
    ("m.py", "import os\nfor os.makedirs in [print]: pass"),
    ("m.py", "import logging\nlogging.getLogger().handlers[0].emit.__globals__"),
    ("m.py", "import logging\nlogging.getLogger().handlers[0].__class__.emit = print"),
    ("m.py", "import logging\ntype(logging.getLogger().handlers[0]).emit = print"),
    ("m.py", "def f(): pass\ndef g(): pass\nf.__code__ = g.__code__"),
    ("m.py", "class All:\n    def __eq__(self, other): return True"),
    ("m.py", "class All:\n    __eq__ = lambda self, other: True"),
    ("test_m.py", "import time\ntime.perf_counter = print"),
    # what interrupts the process wherever its runner is
    ("m.py", "import signal\nsignal.setitimer(signal.ITIMER_REAL, 1)"),
    ("m.py", "from signal import alarm\nalarm(1)"),
    ("test_m.py", "import signal as s\ns.pthread_kill(1, 2)"),
    # modules and bytecode that nobody has looked at
    ("m.py", "import sys\nsys.path.insert(0, 'data.zip')"),
    ("m.py", "from sys import path\npath.append('data.bin')"),
    ("m.py", "import importlib.util as u\nu.MAGIC_NUMBER"),
    ("m.py", "open('__pycache__/test_m.cpython-311.pyc', 'wb')"),
    ("m.py", "open('/proc/self/mem', 'r+b')"),
    ("m.py", "open('difflib.py', 'w').write('import os\\nos._exit(0)\\n')"),
    ("m.py", "open('/tmp/reports/check-1', 'w')"),
    # ends of the process in other words
    ("a.js", "import { exit } from 'node:process'; exit(0);"),
    ("a.js", "const { exit: end } = require('process');"),
    ("a.js", "const { exit } = process;"),
    ("a.js", "const p = process;"),
    ("a.js", "process['exit'](0);"),
    ("a.js", "process.exit(code);"),
    ("a.js", "process.addListener('exit', f);"),
    ("a.js", "fs.writeFileSync = f;"),
    ("a.js", "Array.prototype.push = f;"),
    ("a.js", "import p from 'node:process'; p.exit(0);"),
    ("a.js", "import * as p from 'process';"),
    ("a.js", "const p = require('process');"),
    ("a.js", "process?.exit(0);"),
    ("a.js", "Reflect.get(process, name)(0);"),
    ("a.go", "os.Exit(len(a) - len(a))"),
    ("a.go", 'import o "os"'),
    ("a.rs", "use std::process as p;"),
    ("a.rs", 'extern "C" { fn _exit(code: i32) -> !; }'),
    ("a.go", "exit := os.Exit"),
    ("a.go", "syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)"),
    ("a.rs", "std::process::exit(a - a);"),
    ("a.rs", "use std::process::{self, exit};"),
    ("a.rb", "Process.exit!(true)"),
    ("a.rb", "exec 'true'"),
    ("A.java", "System.exit(code);"),
]


@pytest.mark.parametrize(("path", "lines"), ADDED)
def test_what_ends_or_replaces_the_runner_or_skips_tests_is_told(path: str, lines: str) -> None:
    (said,) = told({path: ""}, {path: f"{lines}\n"})
    assert said.startswith(f"{path}: skips tests, reaches into the runner or ends its process (")
    moved = told({path: f"{lines}\n"}, {path: f"b = 2\n{lines}\n"})
    assert moved == (), "what was there before is not the change's"


def test_an_archive_from_which_python_loads_modules_is_told_whatever_its_name() -> None:
    def packed(name: str, before: bytes = b"") -> str:
        data = io.BytesIO(before)
        data.seek(0, io.SEEK_END)
        with zipfile.ZipFile(data, "a") as archive:
            archive.writestr(name, "x" * 10)
        return data.getvalue().decode(errors="surrogateescape")

    for path in ("data.zip", "picture.png", "tests/data/case.bin"):
        assert told({}, {path: packed("helpful.py")}) == (f"{path}: is an archive from which Python can load modules",)
        assert told({}, {path: packed("helpful.txt")}) == ()
    assert told({}, {"a.bin": packed("deep/er.pyc", b"not the beginning of an archive\n" * 9)})
    assert told({}, {"a.bin": "PK\x05\x06 and so on"}), "what cannot be read may hold what Python can"


def test_code_that_is_too_large_to_be_looked_into_is_told() -> None:
    large = "# " + "a" * 2_000_000 + "\n"
    for path in ("m.py", "a.js", "a.go"):
        assert told({path: large}, {path: f"{large}import os; os._exit(0)\n"}) == (
            f"{path}: is too large to be looked into",
        )
    assert told({}, {"data.csv": large}) == ()


def test_what_comes_out_of_a_text_is_told_and_so_is_what_cannot_be_read() -> None:
    assert told({"m.py": ""}, {"m.py": "import os\nos.\uff3fexit(0)\n"}), "a wide letter for a narrow one"
    lines = "import os\nos._exit(0)\n"
    assert told({"m.py": f'"""\n{lines}"""\n'}, {"m.py": lines})
    assert told({"m.py": "a = 1\n"}, {"m.py": "# -*- coding: utf-7 -*-\nimport os\nos.+AF8-exit(0)\n"})
    assert told({"m.py": "a = 1\n"}, {"m.py": "print 'python 2'\n"})
    assert told({"m.py": "print 'python 2'\n"}, {"m.py": "print 'python 2 still'\n"}) == ()


_PROJECT = '[project]\nname = "x"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pyproject.toml", _PROJECT, _PROJECT + '[project.entry-points.pytest11]\nx = "adder"\n'),
        ("pyproject.toml", _PROJECT, _PROJECT + '[tool.poetry.plugins.pytest11]\nx = "adder"\n'),
        ("pyproject.toml", _PROJECT, _PROJECT + '[tool.hatch.envs.default.scripts]\ntest = "true"\n'),
        ("pyproject.toml", _PROJECT, _PROJECT + '[tool.poe.tasks]\ntest = "true"\n'),
        ("pyproject.toml", _PROJECT, _PROJECT + '[tool.pdm.scripts]\ntest = "true"\n'),
        ("setup.cfg", "[metadata]\nname = x\n", "[metadata]\nname = x\n[options.entry_points]\npytest11 =\n  x = a\n"),
        ("hatch.toml", "", '[envs.default.scripts]\ntest = "true"\n'),
        ("bunfig.toml", "", '[test]\npreload = ["./x.ts"]\n'),
        ("phpunit.dist.xml", "", "<phpunit/>"),
        ("tests/Pest.php", "", "<?php\n"),
        ("tasks.py", "", "from invoke import task\n@task\ndef test(c): pass\n"),
        ("run_tests.sh", "pytest\n", "true\n"),
        ("scripts/test", "pytest\n", "true\n"),
        ("sitecustomize/__init__.py", "", "x = 1\n"),
        ("sitecustomize.pyc", "", "x"),
        ("deno.jsonc", "", '{"tasks": {"test": "true"}}'),
    ],
)
def test_other_files_that_say_how_checks_run_are_told(path: str, before: str, after: str) -> None:
    assert told({path: before} if before else {}, {path: after})


@pytest.mark.parametrize(
    ("path", "commands", "tasks", "is_called"),
    [
        ("check.sh", "sh check.sh", "", True),
        ("check.sh", "./check.sh --all", "", True),
        ("check.sh", "make check", "check:\n\tsh check.sh\n", True),
        ("tools/run.py", "python tools/run.py", "", True),
        ("tests/test_a.py", "pytest tests/test_a.py", "", False),
        ("server.js", "npm test", '{"scripts": {"start": "node server.js", "test": "jest"}}', False),
        ("check.sh", "sh recheck.sh", "", False),
    ],
)
def test_a_program_that_the_checks_call_is_told(path: str, commands: str, tasks: str, is_called: bool) -> None:
    assert bool(told({path: "a\n"}, {path: "b\n"}, commands, tasks)) is is_called


@pytest.mark.parametrize("path", ["pytest.so", "pluggy.abi3.so", "adder.so", "json.cpython-311-x86_64-linux-gnu.so"])
def test_a_compiled_module_is_told(path: str) -> None:
    files = {"adder.py": "x = 1\n", "test_adder.py": ""}
    assert told(files, {**files, path: "\0_pytest"})


def test_a_change_that_steers_its_checks_is_not_verified_though_they_pass() -> None:
    passed = (Check(CheckKind.TEST, "pytest", Verdict.PASSED),)
    assert judged(Verification("t", passed)).grade is Grade.NOTHING_BROKE
    assert judged(Verification("t", passed, told({}, {"sitecustomize.py": "import os\n"}))).grade is Grade.NOT_VERIFIED


def test_honest_changes_are_left_alone() -> None:
    before = {
        "app/__init__.py": "",
        "app/main.py": "def skip(n):\n    return n\n",
        "tests/test_main.py": "def test_a(): pass\n",
    }
    after = {
        **before,
        "app/main.py": "import sys\n\n\ndef skip(n):\n    if n < 0:\n        sys.exit(2)\n    return n + 1\n",
        "tests/test_main.py": "import pytest\n\ndef test_a():\n    with pytest.raises(SystemExit):\n        skip(-1)\n",
        "app/point.py": "class P:\n    def __eq__(self, other):\n        if other is None:\n            return False\n"
        "        return True\n",
        "app/point.rs": "fn eq(&self, other: &Self) -> bool { self.x == other.x }\nfn is(&self) -> bool { true }\n",
        "tests/any.py": "class Any:\n    def __eq__(self, other):\n        return True\n",
        "README.md": "# os._exit is not used\n",
        "web/cli.ts": "process.exitCode = 1\nimport assert from 'node:assert';\nassert.equal(1, 1);\n",
        "web/a.test.ts": "import { expect, it } from 'vitest';\nit('a', () => expect(1).toBe(1));\n",
        "app/own.py": (
            "import json\nimport os\nimport signal\nimport sys\nimport threading\n"
            "from collections import namedtuple\n\nP = namedtuple('P', 'x')\nP.__doc__ = 'A point'\n"
            "threading.current_thread().name = 'main'\n"
            "sys.stdout = open('log', 'w')\nos.environ['A'] = 'b'\nsignal.signal(signal.SIGTERM, print)\n"
            "class C:\n    n = 0\n    def f(self):\n        self.__class__.n = 1\n        type(self).n = 2\n"
            "    def __eq__(self, other):\n        return self.n == other.n\n"
            "IGNORED = ('__pycache__', '*.pyc')\nTEMPLATE = 'import json\\n\\nprint(json.dumps({}))\\n'\n"
        ),
        "tests/test_path.py": "import sys\n\nsys.path.insert(0, 'src')\n",
        "web/b.mjs": "import process from 'node:process';\nimport { argv } from 'node:process';\n",
        "cmd/c.go": 'package main\n\nimport "os"\n\nvar A = os.Args\n',
        "cmd/b.go": 'package main\n\nimport (\n\t"os"\n\tsys "golang.org/x/sys/cpu"\n)\n\nvar A = os.Args\n',
        "web/a.cjs": "const url = new URL('a');\nurl.search = 'b';\nmodule.exports = { exit: 1 };\nprocess.exit(2);\n",
        "cmd/main.go": "package main\n\nfunc main() { os.Exit(1) }\n",
        "src/main.rs": "fn main() { std::process::exit(2) }\n",
        "app/told.py": '"""Run it with pytest."""\n\nHINT = "please run pytest"\nMORE = "https://docs.pytest.org"\n',
    }
    assert told(before, after) == ()


@pytest.mark.parametrize(
    ("path", "mark"),
    [("m.py", "# ruff: noqa"), ("m.py", "# mypy: ignore-errors"), ("web/m.ts", "// @ts-nocheck")],
)
def test_taking_a_file_from_its_checks_is_told_and_a_new_file_may_say_so(path: str, mark: str) -> None:
    text = "x = f()\n"
    assert told({path: text}, {path: f"{mark}\n{text}"}) == (f"{path}: takes a file from its checks ({mark})",)
    assert told({}, {path: f"{mark}\n{text}"}) == ()
    assert told({path: text}, {path: "x = f()  # noqa: F821\n"}) == ()


_PACKAGES = {"packages/a/a.js": "1", "packages/b/b.js": "1", "a/lib.rs": "1", "b/lib.rs": "1"}
MEMBERS = [
    ("pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n  - site\n", "packages:\n  - packages/a\n  - site\n"),
    ("pnpm-workspace.yaml", "packages:\n  - packages/*\n", "packages:\n  - packages/*\n  - '!packages/b'\n"),
    ("package.json", '{"workspaces": ["packages/*"]}', '{"workspaces": ["packages/a"]}'),
    ("package.json", '{"workspaces": {"packages": ["packages/*"]}}', '{"workspaces": {"packages": []}}'),
    ("Cargo.toml", '[workspace]\nmembers = ["a", "b"]\n', '[workspace]\nmembers = ["a"]\n'),
    ("Cargo.toml", '[workspace]\nmembers = ["*"]\n', '[workspace]\nmembers = ["*"]\nexclude = ["b"]\n'),
    ("go.work", "go 1.22\n\nuse (\n\t./a\n\t./b\n)\n", "go 1.22\n\nuse (\n\t./a\n)\n"),
    ("pyproject.toml", '[tool.uv.workspace]\nmembers = ["a", "b"]\n', '[tool.uv.workspace]\nmembers = ["a"]\n'),
    ("settings.gradle.kts", 'include(":a", ":b")\n', 'include(":a")\n'),
    ("pom.xml", "<modules><module>a</module><module>b</module></modules>", "<modules><module>a</module></modules>"),
    ("CMakeLists.txt", "add_subdirectory(a)\nadd_subdirectory(b)\n", "add_subdirectory(a)\n"),
    (
        "CMakeLists.txt",
        "add_test(NAME one COMMAND one)\nadd_test(NAME two COMMAND two)\n",
        "add_test(NAME one COMMAND one)\n",
    ),
    ("meson.build", "subdir('a')\ntest('b', b)\n", "subdir('a')\n"),
]


@pytest.mark.parametrize(("path", "before", "after"), MEMBERS)
def test_a_member_that_is_left_out_of_its_workspace_is_told(path: str, before: str, after: str) -> None:
    said = told({**_PACKAGES, path: before}, {**_PACKAGES, path: after})
    assert any("leaves parts of the project out" in one for one in said), said
    back = told({**_PACKAGES, path: after}, {**_PACKAGES, path: before})
    assert not any("leaves parts of the project out" in one for one in back), "what comes is nobody's loss"


@pytest.mark.parametrize(("named", "steers"), [("./fake.js", True), ("jsdom", False)])
def test_an_environment_of_its_own_that_a_test_names_is_told(named: str, steers: bool) -> None:
    before = "test('a', () => {})\n"
    said = told({"a.test.js": before}, {"a.test.js": f"/** @jest-environment {named} */\n{before}"})
    assert bool(said) is steers


def test_a_member_that_is_gone_with_its_files_is_no_loss() -> None:
    before = {"pnpm-workspace.yaml": "packages:\n  - packages/a\n  - packages/b\n", **_PACKAGES}
    after = {k: v for k, v in before.items() if not k.startswith("packages/b")}
    assert told(before, {**after, "pnpm-workspace.yaml": "packages:\n  - packages/a\n"}) == ()


@pytest.mark.parametrize(
    "line",
    [
        "globals().pop('test_' + 'a')",
        "globals()['test_' + 'a'] = len",
        "vars(T)['test_a']",
        "setattr(T, 'test_' + 'a', len)",
        "for name in dir(T):\n    delattr(T, name)",
        "type.__setattr__(T, 'test_a', len)",
    ],
)
def test_a_test_that_is_replaced_as_its_module_is_loaded_is_told(line: str) -> None:
    before = "class T:\n    def test_a(self): assert f()\n"
    assert told({"test_a.py": before}, {"test_a.py": f"{before}\n{line}\n"})
    within = "def test_b():\n    setattr(thing, 'a', 1)\n"
    assert not told({"test_a.py": before}, {"test_a.py": f"{before}\n{within}"})
    assert not told({"a.py": before}, {"a.py": f"{before}\n{line}\n"}), "code may do so for its own ends"
