"""What of a change decides how its own checks run: a check says less where what it calls is another one."""

from __future__ import annotations

from sandbox.git.objects import SYMLINK
from sandbox.trees.workspace import Workspace
from workflows.checks.change.steering.called import spread
from workflows.checks.change.steering.check_steering import steering
from workflows.checks.plan import Commands
from workflows.policy.check_files import is_task_file, says_how_checks_run

_MOST_TASKS = 200_000
_MOST_TASK_FILES = 50
"""Bytes of a file, and files, in which names of tasks are looked up."""


def steered(workspace: Workspace, base: str, head: str, found: Commands) -> tuple[str, ...]:
    """`PATH: what it does` for each such file that differs between the marks `base` and `head`."""
    commands = "\n".join(one.command for check in found.checks for one in check.candidates)
    read = workspace.objects.bytes_of
    listing = workspace.listing(base)

    def text(path: str) -> str:
        mode, blob = listing[path]
        return "" if mode == SYMLINK else read(blob)[:_MOST_TASKS].decode("utf-8", "replace")

    tasks, settings = (
        "\n".join(map(text, [path for path in listing if counts(path)][:_MOST_TASK_FILES]))
        for counts in (is_task_file, says_how_checks_run)
    )
    commands, tasks = spread(listing, text, commands, tasks, settings)
    return steering(workspace.changes(base, head), read, workspace.listing(head), commands, tasks)
