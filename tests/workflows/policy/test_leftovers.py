"""What belongs to a change, and what its commands left behind."""

from __future__ import annotations

import pytest

from sandbox.files.twins import twins
from sandbox.journal import FileAction, FileChange, JournalEntry, Where
from workflows.policy.leftovers import Made, Sorted, made_by, sentences, sort

BASE = {
    "a.py": ("100644", "1"),
    "tests/__snapshots__/a.ambr": ("100644", "2"),
    "dist/index.js": ("100644", "3"),
    "coverage.xml": ("100644", "4"),
}


def sorted_out(path: str, commands: str, *, keep: tuple[str, ...] = (), before: str = "") -> Sorted:
    action = FileAction.MODIFIED if path in BASE else FileAction.CREATED
    change = FileChange(path, action, before_blob=before, after_mode="100644", after_blob="9")
    return sort([change], BASE, Made(frozenset(), {path: commands}), keep)


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".coverage",
            ".coverage.host.123",
            "coverage.xml.orig",
            "sub/coverage.xml",
            "lcov.info",
            "htmlcov/index.html",
        ),
        *(
            "pkg.egg-info/PKG-INFO",
            "src/pkg.egg-info/SOURCES.txt",
            "build/lib/a.py",
            "app/dist/app.js",
            "target/debug/x",
        ),
        *("a.py.orig", "a.py.rej", ".DS_Store", "docs/.DS_Store", ".env", "sub/.env", "a.py~", "#a.py#", "run.log"),
        *(
            "junit.xml",
            "venv/bin/python",
            "env/lib/python3.11/site-packages/x.py",
            "venv/pyvenv.cfg",
            "coverage.out",
            "db.sqlite3",
            "web/.next/trace",
            "a.out",
            ".phpunit.cache/x",
            "test-results.xml",
            "test-results/x.zip",
            "tests/__snapshots__/b.snap.new",
            "nohup.out",
            "Main.class",
        ),
        *("cov.xml", "nosetests.xml", ".env.test", "db.sqlite3-journal", "cypress/videos/a.mp4", "TestResults/a.trx"),
        *("erl_crash.dump", ".stestr/0", "CMakeFiles/x", ".idea/workspace.xml", ".phpstan.cache", ".#a.py"),
        # other tool chains
        *(".vs/x", "x64/Debug/a.o", "lib/a.so", "a.pdb", ".stack-work/x", "dist-newstyle/x", ".metals/x", ".bloop/x"),
        *(".yarn/cache/a.zip", ".pnp.cjs", ".eslintcache", ".env.production", ".bash_history", "callgrind.out.12"),
        *(
            "id_rsa",
            "vgcore.7",
            "a.dSYM/Contents/x",
            "App/Pods/x",
            "ebin/a.beam",
            ".vagrant/x",
            "gmon.out",
            "cover/x.html",
        ),
        *("dependency-reduced-pom.xml", "allure-results/x.json", "__debug_bin123", "a.py,cover", "cmake_install.cmake"),
        *("terraform.tfstate", "zig-out/bin/x", ".elixir_ls/x", "npm-debug.log.1", ".swc/x", "storybook-static/x"),
    ],
)
def test_what_tests_and_builds_leave_is_taken_out(path: str) -> None:
    assert sorted_out(path, "make all && cp .env.example .env; pytest --cov") == Sorted(out=(path,))


@pytest.mark.parametrize(
    ("path", "commands"),
    [
        ("migrations/0002_auto.py", "python manage.py makemigrations"),
        ("dist/index.js", "npm run build"),
        ("dist/chunk.js", "npm run build"),
        ("coverage.xml", "pytest --cov"),
        ("a.py", "ruff format ."),
        ("distribution/a.py", "make"),
        ("gradle/wrapper/gradle-wrapper.jar", "gradle wrapper"),
        ("package-lock.json", "npm install"),
        ("locale/de/LC_MESSAGES/a.mo", "msgfmt"),
        ("reports/models.py", "python manage.py startapp report"),
        (".github/workflows/x.yml", "make ci"),
        (".husky/pre-commit", "npm run prepare"),
        (".env.example", "make env"),
    ],
)
def test_what_a_command_made_that_does_not_name_it_is_told(path: str, commands: str) -> None:
    assert sorted_out(path, commands) == Sorted(told=(path,))


@pytest.mark.parametrize(
    ("path", "commands"),
    [
        ("a.py", "sed -i s/x/y/ a.py"),
        ("build/gen.py", "cat > build/gen.py <<EOF\nx = 1\nEOF"),
        ("out/gen.py", "mkdir out; cp /tmp/gen.py ./out/gen.py"),
        ("new.py", "printf x | tee new.py"),
        ("src/build/plan.py", "python - <<E\nopen('src/build/plan.py', 'w').write('x')\nE"),
        ("lib/log/logger.go", "node -e \"fs.writeFileSync('lib/log/logger.go', '')\""),
        ("cmd/dist/main.go", "mygen --out=cmd/dist/main.go"),
    ],
)
def test_what_a_command_was_told_to_write_is_meant(path: str, commands: str) -> None:
    assert sorted_out(path, commands) == Sorted()


def test_a_secret_file_is_left_out_also_where_a_command_wrote_it_by_name_but_not_where_the_agent_keeps_it() -> None:
    assert sorted_out(".env", "echo KEY=1 > .env") == Sorted(out=(".env",))
    assert sorted_out(".env", "echo KEY=1 > .env", keep=(".env",)) == Sorted()


SNAPSHOT = "tests/__snapshots__/a.ambr"


@pytest.mark.parametrize("commands", ["pytest", "make test", "npx jest", "pytest tests/"])
def test_a_snapshot_that_a_test_run_rewrote_is_put_back(commands: str) -> None:
    assert sorted_out(SNAPSHOT, commands) == Sorted(back=(SNAPSHOT,))


@pytest.mark.parametrize(
    "commands",
    [
        "pytest --snapshot-update",
        "npx jest -u",
        "npm test -- --updateSnapshot",
        "UPDATE_GOLDENS=1 make",
        "cargo insta accept",
    ],
)
def test_a_snapshot_that_was_to_be_renewed_stays_and_is_told(commands: str) -> None:
    assert sorted_out(SNAPSHOT, commands) == Sorted(told=(SNAPSHOT,))


def test_the_journal_says_who_made_what() -> None:
    def entry(seq: int, tool: str, turn: int, path: str, old: str = "") -> JournalEntry:
        change = FileChange(path, FileAction.RENAMED if old else FileAction.CREATED, after_blob="9", old_path=old)
        return JournalEntry(seq, Where("r", "implement", 1, turn, tool), 0.0, change=change)

    made = made_by(
        [
            entry(1, "write", 1, "dist/a.js"),
            entry(2, "shell", 2, "dist/a.js"),
            entry(3, "shell", 2, ".coverage"),
            entry(4, "shell", 3, "dist/b.js", old="dist/a.js"),
            entry(5, "", 0, "set-up"),
        ],
        {2: "pytest", 3: "git mv"},
    )
    assert made.meant == {"dist/a.js", "dist/b.js"}
    assert made.by_command[".coverage"].strip() == "pytest"
    changes = [FileChange(path, FileAction.CREATED, after_blob="9") for path in (".coverage", "dist/b.js", "set-up")]
    assert sort(changes, {}, made) == Sorted(out=(".coverage",))


def test_a_reviewer_is_told() -> None:
    assert sentences([], [], []) == []
    assert sentences([".coverage"], ["a.snap"], ["b.py"]) == [
        "Made by commands and left out, as what tests and builds leave behind: .coverage.",
        "Snapshots that a command rewrote without being asked to were put back: a.snap.",
        "Changed by commands that do not name them, not by an edit: b.py.",
    ]


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("README.md", "readme.md"),
        ("caf\u00e9.txt", "cafe\u0301.txt"),
        ("Stra\u00dfe.txt", "STRASSE.txt"),
        ("docs/A.md", "Docs/a.md"),
        ("README.md", "README\u200b.md"),
        ("a.py", "\u0430.py"),
        ("a.txt", "a.txt."),
        ("A.txt", "\uff21.txt"),
        ("a b.txt", "a\u00a0b.txt"),
    ],
)
def test_names_that_are_one_file_elsewhere_are_found(there: str, new: str) -> None:
    assert twins([there, new, "other"], [new]) == [(new, there)]
    assert twins([there, "other"], ["other"]) == []


def test_a_directory_that_is_one_with_another_elsewhere_is_found_and_one_that_was_there_is_not() -> None:
    assert twins(["docs/b.md", "Docs/a.md"], ["Docs/a.md"]) == [("Docs", "docs")]
    assert twins(["docs/b.md", "Docs/c.md", "Docs/a.md"], ["Docs/a.md"]) == []
