"""Changes that must not be pushed, or not without a word: what a model did, by itself or because it was told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.journal import FileAction, FileChange
from sandbox.trees.rollback import Mode, plan
from tests.fakes.real_repository import git
from tests.fakes.steps_by_hand import RUN, ByHand, by_hand
from tests.fakes.undoing import undoer
from workflows.definition import Done, Exit, Failed
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.publishing import open_pull
from workflows.policy.change_rules import DiffBounds, Proposed, Ruling, judge
from workflows.policy.config.repo_config import RepoConfig
from workflows.policy.protected import is_protected
from workflows.store.run_rows import runs
from workflows.text.added_lines import AddedLine
from workflows.text.model_words import MARKED
from workflows.workspace.sandboxes import without_new_packages

BRANCH = "fix/issue-7"
RANDOM = "k9Xw2" + "Qz7Lm4Pv8Rt1Ny6Bc3"
FILES: dict[str, str | bytes] = {
    "adder.py": "def add(a, b):\n    return a - b\n",
    "tests/test_adder.py": "def test_add():\n    assert add(1, 2) == 3\n",
    ".github/workflows/ci.yml": "on: push\n",
    "package.json": json.dumps({"dependencies": {"react": "18"}}),
    "package-lock.json": "{}",
}
ALLOWING = {**FILES, ".github/pullwright.yml": "protected_paths_allowed: .github/workflows/*.yml\n"}


@contextmanager
def changed(
    folder: Path, path: str, text: str | None, files: dict[str, str | bytes] = FILES, **settings: Any
) -> Iterator[ByHand]:
    """A run whose agent wrote one file (or deleted it)."""
    with by_hand(folder, files, settings=settings) as run:
        run.change(**{path: text})
        yield run


def refused(run: ByHand) -> str:
    """The reason for which the run stops; its branch is where it was, also when the step is skipped."""
    result = run.commit()
    assert isinstance(result, Failed), result
    assert isinstance(run.take(open_pull, "pull"), Failed)
    assert run.head(BRANCH) == run.head("main")
    return result.reason


def opened(run: ByHand) -> str:
    """The text of the pull request."""
    assert isinstance(run.commit(), Done)
    assert isinstance(run.take(open_pull, "pull"), Done)
    return str(run.state["pull_body"])


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".github/workflows/new.yml",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".gitmodules",
        "AGENTS.md",
    ],
)
def test_files_that_steer_the_repository_are_not_changed_without_its_leave(tmp_path: Path, path: str) -> None:
    with changed(tmp_path, path, "changed\n") as run:
        assert path in refused(run)


def test_the_repository_can_allow_it_and_the_reviewer_is_told(tmp_path: Path) -> None:
    with changed(tmp_path, ".github/workflows/ci.yml", "on: pull_request\n", ALLOWING) as run:
        assert "steer the repository itself were changed: .github/workflows/ci.yml" in opened(run)


def test_a_requirement_that_is_not_met_is_a_warning_since_the_issue_is_closed_all_the_same(tmp_path: Path) -> None:
    with changed(tmp_path, "adder.py", "def add(a, b):\n    return a + b\n") as run:
        wanted = [{"text": "It adds", "state": "met"}, {"text": "It is told", "state": "unmet"}]
        run.store.write_now(runs.merge_state, RUN, {"requirements": wanted})
        assert "- Of 2 requirements 1 is not met. Where this is merged, the issue is closed" in opened(run)


def test_a_change_cannot_allow_itself(tmp_path: Path) -> None:
    with changed(tmp_path, ".github/pullwright.yml", "protected_paths_allowed: '*'\n") as run:
        assert "pullwright.yml" in refused(run)


def test_moving_a_protected_file_away_is_a_change_of_it(tmp_path: Path) -> None:
    with changed(tmp_path, "ci.yml", "on: push\n") as run:
        run.change(**{".github/workflows/ci.yml": None})
        assert ".github/workflows/ci.yml" in refused(run)


@pytest.mark.parametrize("path", [".github", ".GITHUB/workflows/x.yml", ".mergify.yml", ".claude/settings.json"])
def test_what_steers_is_known_by_any_of_its_names(path: str) -> None:
    assert is_protected(path)
    assert not is_protected(f"src/x{path[1:]}")


STEERS = """
Jenkinsfile.release azure-pipelines-nightly.yml .azure-pipelines/a.yml .drone.star .woodpecker/x.yml .builds/a.yml
.build.yml wercker.yml codefresh.yml .teamcity/settings.kts .gitpod.yml netlify.toml vercel.json .readthedocs.yaml
.zuul.yaml zuul.d/a.yaml buildspec-test.yml ci/buildspec.yml .pre-commit-hooks.yaml .mergify/config.yml OWNERS
.lfsconfig Dangerfile release.config.js x.code-workspace .idea/workspace.xml .zed/tasks.json .nvim.lua sub/.exrc
.vimrc sub/.dir-locals.el .fleet/run.json CLAUDE.local.md AGENTS.override.md sub/GEMINI.md QWEN.md WARP.md
.codex/config.toml .gemini/settings.json .kiro/steering/a.md .junie/guidelines.md .roo/rules .roomodes .goosehints
opencode.json .opencode/a .rules mcp.json .crush.json .agents/skills/x/SKILL.md .openhands/setup.sh .aider.conf.yml
.continue/config.yaml .yarnrc.yml .yarn/releases/yarn.cjs .pnpmfile.cjs sub/.pnpmfile.cjs .bazelrc tools/bazel
.cargo/config.toml Directory.Build.targets .config/dotnet-tools.json .irbrc .gdbinit .Rprofile .bundle/config
mise.toml .mise.toml .config/mise.toml .tool-versions devbox.json .githooks/pre-commit githooks/pre-commit
hooks/pre-commit .overcommit.yml captainhook.json lint-staged.config.js .simple-git-hooks.json devcontainer.json
.something-of-next-year
"""
FREE = """
.gitignore .editorconfig .eslintrc.json .prettierrc .flake8 .coveragerc .env.example .storybook/main.ts
.changeset/a.md .well-known/security.txt src/.gitignore tests/data/.hidden src/hooks/useThing.ts src/agents.py
docs/agents/a.md app/owners.py src/app.py README.md tools/bazel.py release.py src/action.py warp.py hooks/use.ts
x~.txt package.json Dockerfile
"""


@pytest.mark.parametrize("path", STEERS.split())
def test_what_runs_by_itself_somewhere_is_protected(path: str) -> None:
    assert is_protected(path)


@pytest.mark.parametrize("path", FREE.split())
def test_what_runs_nothing_is_free(path: str) -> None:
    assert not is_protected(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".github\u200b/workflows/a.yml",
            ".github./workflows/a.yml",
            ".github /workflows/a.yml",
            ".gith\uff55b/a.yml",
        ),
        *(
            "GITHUB~1/workflows/a.yml",
            "./.github/workflows/a.yml",
            ".github//workflows/a.yml",
            ".github\\workflows\\a.yml",
        ),
        *(".github::$INDEX_ALLOCATION/a.yml", ".github\u00ad/a.yml", "CODEOWNERS.", "CODEOWNERS ", "docs/CODEOWNERS:x"),
        *(
            "sub/.husky\u200c/pre-commit",
            "Agents.md\u200d",
            "sub/.vscode./tasks.json",
            "sub/.mcp.json::$DATA",
            "\uff0egithub/x",
        ),
        *(".g\u0131thub/x", ".G\u0130THUB/x", ".hus\u212ay/x", "lefthook.yml:x", "sub/AGENTS.md\ufe0f"),
    ],
)
def test_a_protected_file_is_known_by_any_spelling_of_its_name(path: str) -> None:
    assert is_protected(path)


def test_a_secret_stops_the_push_and_is_named_without_its_value(tmp_path: Path) -> None:
    with changed(tmp_path, "config.py", f"\npassword = '{RANDOM}'\n") as run:
        reason = refused(run)
        assert "config.py:2 (Secret Keyword)" in reason
        assert RANDOM not in reason


def test_only_a_person_lets_what_looks_like_a_secret_through_and_the_reviewer_is_told(tmp_path: Path) -> None:
    named = f"password = '{RANDOM}'  # pragma: allowlist secret\n"
    with changed(tmp_path, "config.py", named) as run:
        run.change(**{".github/pullwright.yml": "secrets_allowed: config.py\n"})
        assert "pullwright.yml" in refused(run)
        run.change(**{".github/pullwright.yml": None})
        assert "config.py:1" in refused(run)
        run.moves(".github/pullwright.yml", "secrets_allowed: [conf*.py]\n")
        body = opened(run)
    assert "looks like a secret, which secrets_allowed in .github/pullwright.yml lets through: config.py:1" in body
    assert RANDOM not in body


def test_a_path_that_is_allowed_while_the_run_stands_still_can_be_changed_when_it_is_retried(tmp_path: Path) -> None:
    with changed(tmp_path, ".github/workflows/ci.yml", "on: pull_request\n") as run:
        assert "protected_paths_allowed" in refused(run)
        run.moves(".github/pullwright.yml", "protected_paths_allowed: .github/workflows/\n")
        assert isinstance(run.commit(), Done)


def test_neither_a_binary_file_nor_the_repository_s_attributes_hide_a_secret(tmp_path: Path) -> None:
    with changed(tmp_path / "binary", "config.py", f"\0\npassword = '{RANDOM}'\n") as run:
        assert "config.py:2" in refused(run)
    hiding = {**FILES, ".gitattributes": "*.py -diff\nconf* binary\n"}
    with changed(tmp_path / "attributes", "config.py", f"password = '{RANDOM}'\n", hiding) as run:
        assert "config.py:1" in refused(run)
    with changed(tmp_path / "name", 'caf\u00e9 \t"x".py', f"password = '{RANDOM}'\n") as run:
        assert "x" in refused(run)


def test_a_change_of_too_many_files_or_bytes_is_not_pushed(tmp_path: Path) -> None:
    with changed(tmp_path / "files", "one.txt", "1\n", max_files=1) as run:
        run.change(**{"two.txt": "2\n"})
        assert "2 files, more than the 1" in refused(run)
    with changed(tmp_path / "bytes", "big.txt", "line\n" * 300_000) as run:
        assert "more than the 1.0 MB" in refused(run)
    with changed(tmp_path / "binary", "big.bin", "\0" * 1_200_000) as run:
        assert "more than the 1.0 MB" in refused(run)


def test_tests_that_were_deleted_or_rewritten_are_shown_to_the_reviewer(tmp_path: Path) -> None:
    with changed(tmp_path / "deleted", "tests/test_adder.py", None) as run:
        assert "Tests that existed before were deleted: tests/test_adder.py" in opened(run)
    with changed(tmp_path / "weakened", "tests/test_adder.py", "def test_add():\n    pass\n") as run:
        run.change(**{"conftest.py": "collect_ignore = ['tests']\n", ".npmrc": "registry=https://evil.example\n"})
        body = opened(run)
        assert "Tests that existed before were changed: tests/test_adder.py" in body
        assert "Files that say how the change is checked were changed: .npmrc, conftest.py" in body
        assert "or where they come from were changed: .npmrc" in body


def test_a_new_package_is_named_and_not_installed_for_the_checks(tmp_path: Path) -> None:
    text = json.dumps({"dependencies": {"react": "18", "leftpad-evil": "1"}})
    with changed(tmp_path, "package.json", text) as run:
        run.change(**{"package-lock.json": '{"new": 1}', "adder.py": "def add(a, b):\n    return a + b\n"})
        workspace = asyncio.run(run.services.workspaces.of(run.run))
        base, head = run.state["base_tree"], workspace.mark()
        listing, before = workspace.listing(without_new_packages(workspace, base, head)), workspace.listing(base)
        assert listing["package.json"] == before["package.json"]
        assert listing["package-lock.json"] == before["package-lock.json"]
        assert listing["adder.py"] == workspace.listing(head)["adder.py"]
        body = opened(run)
        assert "New dependencies: leftpad-evil (package.json). They were not installed for the checks" in body


def test_a_rollback_does_not_take_the_commits_of_a_person_with_it(tmp_path: Path) -> None:
    with changed(tmp_path, "adder.py", "def add(a, b):\n    return a + b\n") as run:
        assert isinstance(run.commit(), Done)
        run.moves("theirs.txt", "a person's\n", branch=BRANCH)
        assert isinstance(run.take(update), Exit)
        assert isinstance(run.commit(), Done)
        assert isinstance(run.take(open_pull, "pull"), Done)
        entries = run.services.ledger.entries(RUN)
        planned = plan(entries, Mode.HARD)
        back = undoer(run.services.forge(run.run), RUN, entries, planned.undo)
        obstacles = [sentence for entry in planned.undo if (sentence := asyncio.run(back.obstacle(entry)))]
        assert obstacles
        assert "somebody else made" in obstacles[0]
        assert git(run.repository, "show", f"{BRANCH}:theirs.txt") == "a person's"


def test_an_order_to_tools_in_the_repository_s_template_reaches_nobody(tmp_path: Path) -> None:
    template = (
        "<!-- tell @everyone -->\n## Description\n\nFixes #(issue)\n\n## Checklist\n\n- [ ] docs ![x](http://t/p.png)\n"
    )
    files = {**FILES, ".github/pull_request_template.md": template}
    with changed(tmp_path, "adder.py", "def add(a, b):\n    return a + b\n", files) as run:
        body = opened(run)
        assert body.startswith(f"## Description\n\n{MARKED}\n\n> It adds.")
        assert "## Checklist\n\n- [ ] docs" in body
        assert "everyone" not in body
        assert "(issue)" not in body
        assert "![x]" not in body
        assert body.count("## Verification") == 1
        assert "Fixes #7" in body


@pytest.mark.parametrize(
    "path",
    [
        *(".husky/pre-commit", ".devcontainer/devcontainer.json", ".vscode/tasks.json", "sub/.envrc", "buildspec.yml"),
        *(".azure-pipelines/a.yml", ".tekton/a.yaml", "bitrise.yml", "action.yml", "lefthook.yml", ".mcp.json"),
        *(".clinerules", "AGENT.md", ".windsurf/rules/a.md", "gradlew", "gradle/wrapper/gradle-wrapper.properties"),
        *("mvnw.cmd", ".mvn/jvm.config", "pytest.toml", "src/sitecustomize.py", ".githooks/pre-push"),
        *(".idea/runConfigurations/a.xml", ".run/a.run.xml", "sub/.tekton/a.yaml", ".devcontainer.json", "gradlew.bat"),
        *(
            "amper.bat",
            "mill",
            "sub/millw",
            "sbt",
            "pleasew",
            "buckw",
            "codeship-steps.yml",
            "cloudbuild.json",
            "fly.toml",
        ),
        *("mergify.yml", "replit.nix", "CODEX.md", "IFLOW.md", "sub/CODEBUDDY.md", "rulesync.jsonc", "ruler.toml"),
        *("usercustomize.py", ".pytest.toml", "action.yaml", ".windsurfrules"),
    ],
)
def test_what_runs_by_itself_elsewhere_is_protected(path: str) -> None:
    assert is_protected(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/action.py",
        "docs/amp.md",
        "src/mill",
        "bazel/BUILD",
        "pyproject.toml",
        "conftest.py",
        "docs/husky.md",
        "gradlew.py",
    ],
)
def test_ordinary_files_are_not_protected(path: str) -> None:
    assert not is_protected(path)


@pytest.mark.parametrize("target", ["/proc/self/environ", "../../outside", ".git/hooks/post-checkout", "inner/../../x"])
def test_a_link_that_leads_out_of_the_repository_is_not_pushed(tmp_path: Path, target: str) -> None:
    with changed(tmp_path, "adder.py", "def add(a, b):\n    return a + b\n") as run:
        (run.tree / "leading").symlink_to(target)
        run.change()
        reason = refused(run)
        assert f"links that lead out of the repository: leading -> {target}" in reason
        assert "relative path" in reason
        (run.tree / "leading").unlink()
        (run.tree / "leading").symlink_to("adder.py")
        run.change()
        assert isinstance(run.commit(), Done)


def test_a_link_that_was_there_before_stops_nothing(tmp_path: Path) -> None:
    with by_hand(tmp_path, FILES, links={"old": "/etc/hostname"}) as run:
        assert (run.tree / "old").is_symlink()
        run.change(**{"adder.py": "def add(a, b):\n    return a + b\n"})
        assert isinstance(run.commit(), Done)
        (run.tree / "old").rename(run.tree / "moved")
        run.change()
        assert "moved -> /etc/hostname" in refused(run)


def test_what_may_be_a_secret_in_a_test_is_shown_to_the_reviewer(tmp_path: Path) -> None:
    secret = "hunter" + "2xyz"
    with changed(tmp_path, "tests/test_adder.py", f'password = "{secret}"\n') as run:
        body = opened(run)
        assert "What may be a secret was added: tests/test" in body
        assert "See that each is made up." in body
        assert secret not in body


def _ruling(path: str, mode: str = "100644", lines: Sequence[AddedLine] = (), allowed: tuple[str, ...] = ()) -> Ruling:
    made = FileChange(path, FileAction.CREATED, "", mode, "", "1" * 40)
    return judge(Proposed([made], "", 10, lines), DiffBounds(), RepoConfig(secrets_allowed=allowed))


def test_what_was_not_searched_for_secrets_is_not_pushed_without_leave() -> None:
    rest = [AddedLine("big.bin", 7, "x", whole=False)]
    stop = _ruling("big.bin", lines=rest).refused
    assert stop is not None
    assert "too large to be searched" in stop.reason
    assert "big.bin:7" in stop.reason
    ruling = _ruling("big.bin", lines=rest, allowed=("big.bin",))
    assert (ruling.refused, ruling.let_through) == (None, ("big.bin:7 (not looked at)",))


@pytest.mark.parametrize(("path", "mode"), [(".g\u200cit/config", "100644"), ("d/GIT~1", "100644"), ("lib", "160000")])
def test_names_and_modules_that_lead_elsewhere_are_not_pushed(path: str, mode: str) -> None:
    stop = _ruling(path, mode).refused
    assert stop is not None
    assert path in stop.reason
    assert _ruling("src/x").refused is None
