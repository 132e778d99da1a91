"""Whether a triage sees bugs happen that did, and none that did not: on known fix commits of real repositories.

    python -m tests.bench.reproduced REPOSITORY... [--most 40] [--only COMMIT...]

A fix is a commit that changed both code and one file of tests, of which that file fails on the parent (as assertion or
error of the code, by pytest alone) and passes on the fix. Its message and the failure are the report. The model's first
answer is a test that shows nothing (in turn a broken import, an assertion of something else, a race against the clock,
a call of the network), its second the fix's own file of tests: so each run of `pullwright triage` on the parent has to
refuse one and to end as reproduced, by that file. On the fix the same file has to be called not reproduced.

Repositories whose tests need nothing but pytest: nothing is installed. One line is printed for each commit.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.scripted_model import Conversation, ScriptedModel, Turn, call

_WORDS = r"fix|bug|correct|wrong|crash|handle|guard|avoid|off.by|regress|error|fail"
_TEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
_CODE = re.compile(r"^(?!.*(?:^|/)(?:tests?|docs?|examples?)/)(?!(?:setup|conftest|noxfile)\.py$).*\.py$")
_SAID = re.compile(r"^E  +(.*)$", re.MULTILINE)
_SETTINGS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short", "-rf")
_CONTROL = "\n\ndef test_control_of_the_report():\n    assert True\n"
_SHOWS_NOTHING = {
    "import": "import missing_here_too\n\n\ndef test_report():\n    raise RuntimeError({said!r})\n",
    "assertion": "def test_report():\n    assert len([1, 2]) == 3, 'something else'\n",
    "clock": (
        "import time\n\n\ndef test_report():\n    began = time.monotonic()\n    time.sleep(0.01)\n"
        "    assert time.monotonic() - began < 0.01\n"
    ),
    "network": (
        "import urllib.request\n\n\ndef test_report():\n"
        "    assert urllib.request.urlopen('http://example.org/', timeout=3).status == 200\n"
    ),
}
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Fix:
    """One known fix. `test` is its file of tests, `said` what fails of it on the parent."""

    commit: str
    subject: str
    report: str
    test: str
    text: str
    said: str


@dataclass(frozen=True, slots=True)
class Seen:
    """How one fix came out: what was refused first, whether the parent's and the fix's runs were right, and why not."""

    refused: bool
    reproduced: bool
    mended: bool
    why: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all; 1 where precision is below 100% or recall below 95%."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.reproduced", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("repositories", type=Path, nargs="+", metavar="REPOSITORY")
    parser.add_argument("--most", type=int, default=40, help="fixes in all (40)")
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="COMMIT", help="these fixes alone, by their beginnings"
    )
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="pullwright-reproduced-"))
    folder.chmod(0o711)
    results: list[Seen] = []
    try:
        for share, repository in enumerate(options.repositories, 1):
            wanted = options.most * share // len(options.repositories) - len(results)
            clone = folder / f"clone-{share}"
            _git(folder, "clone", "-q", str(repository), str(clone))
            for fix in _first(fixes(clone, tuple(options.only)), wanted):
                kind = list(_SHOWS_NOTHING)[len(results) % len(_SHOWS_NOTHING)]
                results.append(seen(fix, kind, clone, folder))
                print(f"{fix.commit[:10]} {fix.subject[:60]} | {kind} | {results[-1].why or 'ok'}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _told(results)


def _told(results: Sequence[Seen]) -> int:
    if not results:
        print("Not measured: no fix was found whose tests can be run here.")
        return 1
    right = sum(one.reproduced for one in results)
    wrong = sum(not one.refused for one in results) + sum(not one.mended for one in results)
    precision, recall = 100 * right / max(1, right + wrong), 100 * right / len(results)
    print(f"{len(results)} fixes: precision {precision:.1f} % (goal 100), recall {recall:.1f} % (goal 95).")
    return int(precision < 100 or recall < 95)


def fixes(clone: Path, only: tuple[str, ...] = ()) -> Iterator[Fix]:
    """The known fixes, newest first; with `only` those whose commits begin so."""
    for line in _git(clone, "log", "--no-merges", "-i", "-E", f"--grep={_WORDS}", "--format=%H %P").splitlines():
        commit, *parents = line.split()
        if only and not commit.startswith(only):
            continue
        changed = _git(clone, "diff-tree", "--no-commit-id", "--name-status", "-r", commit).splitlines()
        tests = [
            path for mark, _, path in (one.partition("\t") for one in changed) if _TEST.search(path) and mark == "M"
        ]
        if len(parents) != 1 or len(tests) != 1 or not any(_CODE.match(one.partition("\t")[2]) for one in changed):
            continue
        text = _git(clone, "show", f"{commit}:{tests[0]}")
        before, after = (_tried(clone, place, tests[0], text) for place in (parents[0], commit))
        counted = re.findall(r"(\d+) (failed|passed|errors?)", before.rpartition("\n")[2] or before)
        if after or not before or "error" in {what for _, what in counted} or not _SAID.search(before):
            continue
        subject = _git(clone, "show", "-s", "--format=%s", commit).strip()
        body = _git(clone, "show", "-s", "--format=%b", commit).strip()
        said = _said(before)
        report = f"# {subject}\n\n{body}\n\nThis is what comes instead:\n\n```\n{said}\n```\n"
        yield Fix(commit, subject, report, tests[0], text, said)


def _said(output: str) -> str:
    return "\n".join(line for line in _SAID.findall(output)[:60])[:6_000]


def _tried(clone: Path, commit: str, path: str, text: str) -> str:
    """What pytest prints of this file on a commit's code; "" where all of it passes."""
    _git(clone, "checkout", "-q", "-f", "--detach", commit)
    (clone / path).write_text(text)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    words = (sys.executable, "-m", "pytest", *_SETTINGS, path)
    try:
        done = subprocess.run(
            words, cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return "stopped"
    finally:
        _git(clone, "checkout", "-q", "-f", commit)
    return "" if done.returncode == 0 else (done.stdout.strip() if done.returncode == 1 else "1 error")


def seen(fix: Fix, kind: str, clone: Path, folder: Path) -> Seen:
    """Triage on the parent, with a test that shows nothing first; then on the fix, with its own alone."""
    own = fix.test.replace("test_", "test_reported_", 1) if "/" not in fix.test else _renamed(fix.test)
    nothing = _SHOWS_NOTHING[kind].format(said=fix.said) + _CONTROL
    first = triaged(fix, f"{fix.commit}^", [(own, nothing), (own, fix.text + _CONTROL)], clone, folder)
    then = triaged(fix, fix.commit, [(own, fix.text + _CONTROL)], clone, folder)
    kept = str((first.get("files") or {}).get(own, ""))
    verdict, after = str(first.get("verdict")), str(then.get("verdict"))
    refused = not (verdict == "reproduced" and kept == nothing)
    why = []
    if not refused:
        why.append(f"NOT refused: {first.get('why')}")
    elif verdict != "reproduced":
        why.append(f"NOT reproduced: {verdict}: {first.get('why')}")
    if after != "not reproduced":
        why.append(f"NOT mended: {after}: {then.get('why')}")
    return Seen(
        refused, refused and verdict == "reproduced", after == "not reproduced", " ".join("; ".join(why).split())[:400]
    )


def triaged(fix: Fix, commit: str, written: Sequence[tuple[str, str]], clone: Path, folder: Path) -> dict[str, Any]:
    """What `pullwright triage` says of the reproduction at a commit, where the model writes these files in turn."""
    place = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    place.chmod(0o711)
    repository, issue = place / "repository", place / "issue-7.md"
    _git(place, "clone", "-q", "--shared", "--no-checkout", str(clone), str(repository))
    _git(repository, "checkout", "-q", "-B", "main", commit)
    (repository / ".github").mkdir(exist_ok=True)
    (repository / ".github/pullwright.yml").write_text(
        f"setup: false\nlint: false\ntypes: false\ntest: python -m pytest -q {fix.test.rpartition('/')[0] or '.'}\n"
    )
    _git(repository, "add", "-A", "-f")
    _git(repository, "commit", "-q", "-m", "How it is tested")
    issue.write_text(fix.report)
    program = Path(sys.executable).with_name("pullwright")
    with ScriptedModel(_script(written)) as model:
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULLWRIGHT_")},
            "PULLWRIGHT_DATA": str(place / "data"),
            "PULLWRIGHT_MODEL": "openai/scripted",
            "PULLWRIGHT_API_BASE": model.url,
            "PULLWRIGHT_API_KEY": "sk-scripted",
            "PULLWRIGHT_TOOLCHAINS": sys.prefix,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        words = [str(program), "triage", str(repository), "--issue", str(issue), "--json"]
        done = subprocess.run(
            words, env=env, cwd=place, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    shutil.rmtree(place, ignore_errors=True)
    try:
        found = json.loads(done.stdout).get("reproduction")
    except ValueError:
        return {"verdict": "failed", "why": (done.stderr.strip() or "no word")[-300:]}
    return found if isinstance(found, dict) else {"verdict": "failed", "why": done.stdout[-300:]}


def _script(written: Sequence[tuple[str, str]]) -> list[Conversation]:
    """What the model says: it writes one file after the other, each until its end; and no sentence is found alike."""
    finish = Turn(calls=(call("finish", summary="The report happens.", requirements=[]),))
    turns = [turn for path, text in written for turn in (Turn(calls=(call("write", path=path, content=text),)), finish)]
    said = {
        "vulnerability": False,
        "kind": "bug",
        "priority": "high",
        "why": "It is wrong.",
        "labels": {},
        "missing": [],
    }
    alone = (
        ("Hold this test against the report", {"quote": "", "agrees": False}),
        ("Judge this report", said),
        ("Say which of these issues report the same", {"same": []}),
    )
    return [
        Conversation("Find out whether this happens", tuple(turns * 2)),
        *(Conversation(match, (Turn(json.dumps(answer)),), repeat_last=True) for match, answer in alone),
    ]


def _renamed(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/test_reported_{name.removeprefix('test_')}"


def _first(found: Iterator[Fix], most: int) -> Iterator[Fix]:
    for number, fix in enumerate(found):
        if number >= most:
            return
        yield fix


def _git(directory: Path, *words: str) -> str:
    settings = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "core.hooksPath=/dev/null")
    done = subprocess.run(("git", *settings, "-C", str(directory), *words), capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {words[0]} in {directory}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
