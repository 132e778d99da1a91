"""What is said about patches of which it is known what holds: `python -m tests.bench.verdicts CASES.jsonl`.

Each line of the file is one case, a JSON object:

    repository   path of a git repository (relative to the file's folder)
    base         the commit that the patch is for
    issue        the issue's text: a heading, then Markdown
    patch        a unified diff, or the path of one; "" for none
    test_patch   the same, of tests; "" for none
    expected     "proven", "nothing broke" or "not verified", or a list of those that are right
    name         optional: what the case is called
    agrees       optional: true where a wrong patch comes with tests that agree with it. Those are counted apart:
                 no check of ours can tell them from right ones, and how often they are called proven is what is told.

The whole of `pullwright solve` is run, with a model server that applies the patches: it plans what they define, as a
model would, writes the files through the agent's tools, and finishes. Settings of `PULLWRIGHT_*` are taken over, but
for those of the model. One line is printed for each case: name, verdict, ground, counts, seconds by phase.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.scripted_model import Conversation, ScriptedModel, Turn, call

_GIT = ("git", "-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "core.hooksPath=/dev/null")
_AT_ONCE = 12
"""Tool calls in one answer of the model."""
_MOST_LINE = 60_000
_DEFINES = re.compile(
    r"^\+.*?\b(?:def|class|function|func|fn|const|let|type|interface|struct|enum|trait|module)\s+(\w+)", re.M
)
_SETS = re.compile(r"^\+\s*(?:self\.|this\.)?(\w+)\s*(?::[^=\n]+)?=(?!=)", re.M)
_TAKES = re.compile(r"^\+.*?(?:def|function|func|fn)\s+\w+\s*\(([^)\n]*)", re.M)
_FILE = re.compile(r"^\+\+\+ b/(\S+)", re.M)
_MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    repository: Path
    base: str
    issue: str
    patch: str
    tests: str
    expected: tuple[str, ...]
    agrees: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How one case came out. `verdict` is "failed" where the run did not come to one."""

    case: Case
    verdict: str
    outcome: str
    ground: str
    counts: str
    seconds: Mapping[str, float]

    @property
    def right(self) -> bool:
        return self.verdict in self.case.expected

    @property
    def line(self) -> str:
        mark = "measured" if self.case.agrees else "ok" if self.right else f"NOT {' or '.join(self.case.expected)}"
        phases = " ".join(f"{key}={took:.1f}" for key, took in self.seconds.items() if took >= 0.05)
        parts = (self.case.name, self.verdict, mark, self.outcome, self.ground, self.counts, phases)
        return " | ".join(" ".join(part.split()) for part in parts)


def cases(file: Path) -> Iterator[Case]:
    """The cases of a file; what is missing or odd in one stops with its line."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if line.strip():
            try:
                yield _case(json.loads(line), file.parent, number)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SystemExit(f"{file}:{number}: {type(error).__name__}: {error}") from None


def run(case: Case, folder: Path, timeout: float | None = None) -> Result:
    """Solve one case in a folder of its own below `folder`."""
    place = Path(tempfile.mkdtemp(prefix="case-", dir=folder))
    place.chmod(0o711)
    repository, issue = place / "repository", place / "issue.md"
    _git(folder, "clone", "-q", "--no-checkout", str(case.repository), str(repository))
    _git(repository, "checkout", "-q", "-B", "main", case.base)
    issue.write_text(case.issue if case.issue.lstrip().startswith("#") else f"# {case.issue}")
    with ScriptedModel(_script(case, _turns(case, repository, place / "patched"))) as model:
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULLWRIGHT_MODEL")},
            "PULLWRIGHT_DATA": str(folder / "data"),
            "PULLWRIGHT_MODEL": "openai/scripted",
            "PULLWRIGHT_API_BASE": model.url,
            "PULLWRIGHT_API_KEY": "sk-scripted",
        }
        program = Path(sys.executable).with_name("pullwright")
        words = [str(program), "solve", str(repository), "--issue", str(issue), "--json", "--max-minutes", "600"]
        done = subprocess.run(
            words,
            env=env,
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )
    return _result(case, done, folder / "data" / "app.sqlite")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all cases; 1 where one came out otherwise than expected."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.verdicts", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("cases", type=Path, metavar="CASES.jsonl")
    parser.add_argument("--only", default="", metavar="WORD", help="only cases whose name holds it")
    parser.add_argument("--keep", action="store_true", help="keep the folder with repositories, runs and data")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="pullwright-verdicts-"))
    folder.chmod(0o711)
    results = []
    for case in cases(options.cases):
        if options.only in case.name:
            results.append(run(case, folder))
            print(results[-1].line, flush=True)
    print(summary(results))
    if options.keep:
        print(f"Kept in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return int(any(not result.right for result in results if not result.case.agrees))


def summary(results: Sequence[Result]) -> str:
    known = [result for result in results if not result.case.agrees]
    agreeing = [result for result in results if result.case.agrees]
    told = f"{sum(result.right for result in known)} of {len(known)} as expected."
    if agreeing:
        proven = sum(result.verdict == "proven" for result in agreeing)
        told += f" Of {len(agreeing)} wrong patches with tests that agree with them {proven} are called proven."
    return told


def _case(item: Mapping[str, Any], folder: Path, number: int) -> Case:
    def one(*names: str, default: Any = None) -> Any:
        for name in names:
            if name in item:
                return item[name]
        if default is None:
            raise KeyError(names[0])
        return default

    expected = one("expected", "expected_verdict", "verdict", default="")
    return Case(
        name=str(one("name", "id", default=f"case {number}")),
        repository=(folder / one("repository", "repository_path", "repo", "path")).resolve(),
        base=one("base", "base_commit", "commit"),
        issue=one("issue", "issue_text", "text"),
        patch=_diff(one("patch", default=""), folder),
        tests=_diff(one("test_patch", "tests", default=""), folder),
        expected=tuple(_plain(each) for each in ([expected] if isinstance(expected, str) else expected) if each),
        agrees=bool(one("agrees", default=False)),
    )


def _plain(verdict: str) -> str:
    return verdict.lower().replace("-", " ").replace("_", " ").replace("nothing broken", "nothing broke")


def _diff(value: str, folder: Path) -> str:
    return (folder / value).read_text() if value and "\n" not in value else value


def _turns(case: Case, repository: Path, patched: Path) -> list[Turn]:
    """What the agent does: it writes every file as the patches have it, some at once, and finishes."""
    _git(repository.parent, "clone", "-q", str(repository), str(patched))
    for diff in (case.patch, case.tests):
        if diff.strip():
            whole = diff if diff.endswith("\n") else f"{diff}\n"
            _git(patched, "apply", "--whitespace=nowarn", "--recount", "-", stdin=whole.encode())
    _git(patched, "add", "-A", "-f")
    listed = _git(patched, "diff", "--cached", "--name-status", "--no-renames", "-z").split("\0")
    calls = [
        each for status, path in zip(listed[::2], listed[1::2], strict=False) for each in _calls(patched, status, path)
    ]
    turns = [Turn(calls=tuple(calls[at : at + _AT_ONCE])) for at in range(0, len(calls), _AT_ONCE)]
    claims = [{"text": _title(case), "met": True, "note": "as the patch does it"}]
    return [*turns, Turn(calls=(call("finish", summary="The patch is applied.", requirements=claims),))]


def _calls(patched: Path, status: str, path: str) -> Iterator[Any]:
    here, quoted = patched / path, shlex.quote(path)
    if status == "D":
        yield call("shell", command=f"rm -f -- {quoted}")
        return
    if here.is_symlink():
        yield call(
            "shell",
            command=f"mkdir -p -- {quoted}; rmdir -- {quoted}; ln -sfn -- {shlex.quote(os.readlink(here))} {quoted}",
        )
        return
    data = here.read_bytes()
    try:
        yield call("write", path=path, content=data.decode())
    except UnicodeDecodeError:
        packed = base64.b64encode(data).decode()
        yield call("write", path=path, content="")
        for at in range(0, len(packed), _MOST_LINE):
            yield call("shell", command=f"echo {packed[at : at + _MOST_LINE]} | base64 -d >> {quoted}")
    if os.access(here, os.X_OK):
        yield call("shell", command=f"chmod +x -- {quoted}")


def _script(case: Case, turns: Sequence[Turn]) -> list[Conversation]:
    names = [name for pattern in (_DEFINES, _SETS) for name in pattern.findall(case.patch)]
    names += [name for listed in _TAKES.findall(case.patch) for name in re.findall(r"(\w+)\s*(?:[:=,]|$)", listed)]
    files = _FILE.findall(case.patch)
    plan = f"Change {', '.join(files) or 'nothing'}."
    if names:
        plan += f" It defines {', '.join(list(dict.fromkeys(names))[:_MOST_NAMES])}."
    title = _title(case)
    claims = [{"text": title, "met": True, "note": "as the patch does it"}]
    return [
        Conversation("List what this issue requires", (_said({"requirements": [title], "acceptance": []}),)),
        Conversation("Write the plan for resolving this issue", (Turn(plan),)),
        Conversation("Review this change against the issue", (_said({"findings": [], "requirements": claims}),)),
        Conversation(
            "Write the title and the description of changes", (_said({"title": title[:70], "changes": ["As asked."]}),)
        ),
        Conversation("Write a test that fails", (Turn(calls=(call("finish", summary="Tests come with the patch."),)),)),
        Conversation("Resolve this issue", tuple(turns), repeat_last=True),
    ]


def _said(answer: Any) -> Turn:
    return Turn(json.dumps(answer))


def _title(case: Case) -> str:
    return case.issue.strip().partition("\n")[0].strip("# ") or "The issue"


def _result(case: Case, done: subprocess.CompletedProcess[str], database: Path) -> Result:
    try:
        data = json.loads(done.stdout)
    except ValueError:
        return Result(
            case, "failed", f"exit {done.returncode}: {(done.stderr.strip() or 'no word')[-300:]}", "", "", {}
        )
    verdict = data.get("verdict") if data.get("status") == "completed" else "failed"
    counts = "; ".join(map(_counted, data.get("checks", ())))
    if lost := data.get("lost"):
        counts += f"; lost: {', '.join(lost)}"
    outcome = str(data.get("outcome") or data.get("error"))
    return Result(
        case, str(verdict), outcome, " ".join(data.get("ground", ())), counts, _phases(database, data.get("run"))
    )


def _counted(check: Mapping[str, Any]) -> str:
    sides = []
    for side in ("base", "head"):
        ran = check.get(side) or {}
        counts = ran.get("counts")
        sides.append(f"{counts['passed']}/{counts['failed']}" if counts else f"exit {ran.get('exit_code', '-')}")
    return f"{check['kind']} {sides[0]} -> {sides[1]}"


def _phases(database: Path, run_id: str | None) -> dict[str, float]:
    """Seconds by step, all attempts together."""
    if run_id is None or not database.exists():
        return {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT key, SUM(ended_at - started_at) FROM workflow_steps WHERE run_id = ? AND ended_at IS NOT NULL"
            " GROUP BY key ORDER BY MIN(started_at)",
            (run_id,),
        ).fetchall()
    return {str(key): float(took) for key, took in rows}


def _git(directory: Path, *words: str, stdin: bytes = b"") -> str:
    done = subprocess.run([*_GIT, "-C", str(directory), *words], input=stdin, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {words[0]} in {directory}: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout.decode("utf-8", "surrogateescape")


if __name__ == "__main__":
    sys.exit(main())
