"""What systems other than GitHub's run: read lightly, for their commands alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from sandbox.detect.commands.ci import gitlab, jenkinsfiles
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source
from sandbox.detect.read.yamltree import Text

_FILES = (
    ".gitlab-ci.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    ".circleci/config.yml",
    ".cirrus.yml",
    "appveyor.yml",
    ".appveyor.yml",
    ".woodpecker.yml",
    ".drone.yml",
    "bitbucket-pipelines.yml",
    ".buildkite/pipeline.yml",
    ".semaphore/semaphore.yml",
    ".cirrus.yaml",
    ".woodpecker.yaml",
    ".drone.yaml",
    ".vela.yml",
    "buildspec.yml",
    "azure-pipelines.yaml",
    "codemagic.yaml",
    "bitrise.yml",
    "wercker.yml",
    "screwdriver.yaml",
    ".gitlab-ci.yaml",
    "azure-pipeline.yml",
    ".azure-pipelines.yml",
    ".ci/azure-pipelines.yml",
    ".circleci/continue_config.yml",
    ".circleci/continue-config.yml",
    ".appveyor.yaml",
    ".rwx/ci.yml",
)
_STEPS = ("cloudbuild.yaml", "cloudbuild.yml", ".cloudbuild/cloudbuild.yaml", ".build.yml", ".build.yaml")
"""Files that hold no plain scripts: of Cloud Build and SourceHut."""
_FOLDERS = (
    *(".woodpecker", ".gitea/workflows", ".forgejo/workflows", ".gitlab/ci", ".gitlab-ci", ".buildkite"),
    *("azure-pipelines", ".azure-pipelines", ".semaphore", ".github/azure-pipelines"),
)
_MOST_FILES = 30
_HOLDERS = frozenset({"script", "bash", "run", "command", "test_script", "cmd", "commands", "content", "code"})


_PLACES = ("working_directory", "workingDirectory", "working-directory")


@dataclass(frozen=True, slots=True)
class CiLine:
    """A script, where it runs, and whether its failure is tolerated."""

    path: str
    text: Text
    cwd: str = "."
    tolerated: bool = False


def scripts(source: Source) -> Iterator[CiLine]:
    """Lists and texts under the keys that hold commands. The lines of one list are one script."""
    for path in islice(dict.fromkeys((*_FILES, *_in_folders(source))), len(_FILES) + _MOST_FILES):
        text = source.text(path)
        if path in gitlab.FILES:
            for file, job in gitlab.jobs(source, path):
                yield from islice(_commands(job, False, CiLine(file, Text(""))), 20)
        elif text and len(text) < 60_000:
            yield from islice(_commands(yamltree.load(text), False, CiLine(path, Text(""))), 200)
    builds = [f".builds/{n}" for n in source.files(".builds") if n.endswith((".yml", ".yaml"))][:_MOST_FILES]
    for path in (*_STEPS, *builds):
        for script, cwd in jenkinsfiles.steps(yamltree.load(source.text(path))) if source.has(path) else ():
            yield CiLine(path, script, join(".", cwd))
    for path, script, cwd in jenkinsfiles.jenkins(source):
        yield CiLine(path, script, cwd)


def _in_folders(source: Source) -> Iterator[str]:
    """Files of CI by the folders that these systems read whole."""
    for folder in _FOLDERS:
        yield from (f"{folder}/{name}" for name in sorted(source.files(folder)) if name.endswith((".yml", ".yaml")))


def _commands(data: object, inside: bool, at: CiLine) -> Iterator[CiLine]:
    if isinstance(data, Text):
        if inside:
            yield replace(at, text=data)
    elif isinstance(data, list):
        lines = [item for item in data if isinstance(item, Text)]
        if inside and lines:
            yield replace(at, text=Text("\n".join(lines), lines[0].line))
        for item in data:
            if not isinstance(item, Text):
                yield from _commands(item, inside, at)
    elif isinstance(data, dict):
        allowed = data.get("allow_failure") or data.get("continueOnError")
        where = next((str(data[key]) for key in _PLACES if isinstance(data.get(key), str)), "")
        at = replace(at, tolerated=at.tolerated or str(allowed).lower() == "true")
        at = replace(at, cwd=join(".", where)) if where else at
        before, own = data.get("before_script"), data.get("script")
        if isinstance(before, list) and isinstance(own, list):
            data = {**data, "script": [*before, *own], "before_script": None}
        for key, value in data.items():
            holds = key in _HOLDERS or bool(re.search(r"_script$", key))
            yield from _commands(value, holds, at)
