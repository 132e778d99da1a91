"""Takes away one defence at a time, in a copy, and sees that the tests that are there for it fail, and no others.

    python -m tests.hostile.defences [WORD ...]     only those whose name holds one of the words

Each defence is a replacement in one file. All tests of the files in which its own tests lie are
run with it: those named must fail, and all others must pass. A test that does not fail where
its defence is missing proves nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 600.0


@dataclass(frozen=True)
class Defence:
    """`old` is replaced by `new` in `file`; `tests` are PATH::NAME of the test functions that must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


WALLS = "tests/hostile/test_box_walls.py"
ENVIRONMENT = "tests/sandbox/test_environment.py"
BOXES = "tests/workflows/test_boxes.py"
REAL = "tests/workflows/test_verify_real.py"
JUDGE = "tests/workflows/test_judge.py"
STEERING = "tests/workflows/test_check_steering.py"

DEFENCES = (
    Defence(
        "the box's /tmp lies where no box can write",
        "sandbox/backend.py",
        'return self.home.with_name(f"{self.home.name}.tmp")',
        'return self.home / ".tmp"',
        (f"{WALLS}::test_a_link_planted_in_the_home_does_not_lead_the_next_box_astray",),
    ),
    Defence(
        "places of mounts within are made without following links",
        "sandbox/inner.py",
        "flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC if is_file else PATH_ONLY",
        "flags = os.O_PATH | os.O_CLOEXEC",
        (f"{WALLS}::test_the_place_of_a_tool_chain_that_lies_within_is_not_looked_up_again",),
    ),
    Defence(
        "no capability is left in a box",
        "sandbox/view.py",
        '"--cap-drop", "ALL", ',
        "",
        (f"{WALLS}::test_no_capability_is_left",),
    ),
    Defence(
        "nothing of the environment goes in",
        "sandbox/view.py",
        ', "--clearenv"]',
        "]",
        (f"{WALLS}::test_there_is_nothing_in_the_environment_to_print",),
    ),
    Defence(
        "a home is emptied before a set-up",
        "sandbox/environment.py",
        "await asyncio.to_thread(empty, spec.home)\n    user",
        "user",
        (f"{ENVIRONMENT}::test_what_lay_in_the_home_before_a_set_up_is_neither_kept_nor_left",),
    ),
    Defence(
        "an environment is taken only as it was written",
        "sandbox/environment_cache.py",
        'known is not None and known["digest"] != _digest(entry)',
        "False",
        (f"{ENVIRONMENT}::test_an_environment_that_is_not_as_it_was_written_is_given_to_nobody",),
    ),
    Defence(
        "an environment in use is not removed",
        "sandbox/environment_cache.py",
        " or _in_use(self._root / key)",
        "",
        (f"{ENVIRONMENT}::test_an_environment_stays_while_a_workspace_has_it_below_its_home",),
    ),
    Defence(
        "only what is made of the base is for other runs",
        "workflows/boxes.py",
        'if untouched and mark == run.state["base_tree"] else []',
        "",
        (f"{BOXES}::test_what_a_changed_tree_makes_is_for_its_own_checks_alone",),
    ),
    Defence(
        "a report is written once",
        "workflows/reports/pipe.py",
        "            self._parts.append(data)\n",
        "            self._parts[:] = [data]\n",
        (
            "tests/workflows/reports/test_pipe.py::test_a_second_report_does_not_replace_the_first",
            "tests/workflows/reports/test_pipe.py::test_a_report_larger_than_a_pipe_comes_out_whole",
        ),
    ),
    Defence(
        "a pipe is made where no link leads",
        "workflows/reports/pipe.py",
        "at = os.open(DIRECTORY, PATH_ONLY, dir_fd=top)",
        "at = os.open(DIRECTORY, os.O_PATH, dir_fd=top)",
        ("tests/workflows/reports/test_pipe.py::test_what_lies_in_the_way_is_not_followed",),
    ),
    Defence(
        "a report that is none is never a pass",
        "workflows/judge.py",
        "    if ran.garbled:\n",
        "    if False:\n",
        (f"{JUDGE}::test_a_report_that_is_none_is_never_a_pass",),
    ),
    Defence(
        "what contradicts a report is heard",
        "workflows/judge.py",
        "    if not ran.reported or counts is None:\n",
        "    if True:\n",
        (f"{JUDGE}::test_a_report_that_something_contradicts_is_never_a_pass",),
    ),
    Defence(
        "tests that are lost are named",
        "workflows/judge.py",
        "lost = _lost(base, head) if verdict is Verdict.PASSED else ()",
        "lost: tuple[str, ...] = ()",
        (f"{REAL}::test_tests_that_ran_before_and_do_not_now_are_named",),
    ),
    Defence(
        "what steers the checks keeps a change from being verified",
        "workflows/values.py",
        " or self.steering)",
        ")",
        ("tests/hostile/test_solve.py::test_no_forged_pass_is_verified",),
    ),
    Defence(
        "a repository does not choose any model",
        "bot/choices.py",
        'if name not in settings.models or "://" in name:',
        "if False:",
        ("tests/bot/test_choices.py::test_a_repository_cannot_choose_where_requests_and_keys_go",),
    ),
    Defence(
        "a listed model gets no key of ours",
        "bot/settings.py",
        "return model in self.models and model != self.model",
        "return False",
        (
            "tests/bot/test_choices.py::test_a_repository_may_choose_what_is_listed_and_it_gets_neither_our_key_nor_our_address",
            "tests/bot/test_choices.py::test_a_listed_model_needs_its_provider_s_own_key",
        ),
    ),
)


def main(words: list[str]) -> int:
    chosen = [defence for defence in DEFENCES if not words or any(word in defence.name for word in words)]
    wrong = 0
    for number, defence in enumerate(chosen, 1):
        began = time.monotonic()
        said = _tried(defence)
        wrong += bool(said)
        took = f"{time.monotonic() - began:.0f} s"
        print(f"{number}/{len(chosen)} {'NO' if said else 'ok'}  without: {defence.name} [{took}]", flush=True)
        for line in said:
            print(f"      {line}", flush=True)
    print(f"{len(chosen) - wrong} passed, {wrong} failed", flush=True)
    return 1 if wrong else 0


def _tried(defence: Defence) -> list[str]:
    """What is not as it should be without a defence, as sentences."""
    with tempfile.TemporaryDirectory(prefix="pullwright-defence-") as place:
        os.chmod(place, 0o755)
        copy = Path(place, "copy")
        _copied(copy)
        file = copy / defence.file
        text = file.read_text()
        if text.count(defence.old) != 1:
            return [f"{defence.file} holds {text.count(defence.old)} times what should be replaced."]
        file.write_text(text.replace(defence.old, defence.new))
        files = sorted({test.partition("::")[0] for test in defence.tests})
        failed, output = _failing(copy, files)
    wanted = set(defence.tests)
    said = [f"{test} passes without it." for test in sorted(wanted - failed)]
    said += [f"{test} fails, too." for test in sorted(failed - wanted)]
    return [*said, *output.splitlines()[-5:]] if said else []


def _copied(copy: Path) -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, copy / name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def _failing(copy: Path, files: list[str]) -> tuple[set[str], str]:
    """The test functions that fail in the copy, as PATH::NAME without parameters."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n",
            "2",
            "--dist",
            "loadgroup",
            "-rfE",
            *files,
        ],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    found = re.findall(r"^(?:FAILED|ERROR) ([^\s:]+::[^\s\[]+)", done.stdout, re.MULTILINE)
    return set(found), done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
