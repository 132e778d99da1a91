"""What we answer on GitHub, as pure functions from facts to Markdown; a run's own comment is `bot.view.progress`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bot.view.progress import cost, paused
from bot.view.run_view import RunView
from bot.view.steps import duration
from sandbox.errors import RollbackStopped, UserError
from workflows.engine.questions import moment, unanswered
from workflows.runs.principal import Role
from workflows.store.records import Pause, Question
from workflows.text.escape import block, cell, code, cut, line, plain
from workflows.values import RunStatus

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")


class DescribedCommand(Protocol):
    """A command as its help needs it."""

    @property
    def usage(self) -> str: ...

    @property
    def help(self) -> str: ...

    @property
    def role(self) -> Role: ...

    @property
    def stricter(self) -> Mapping[str, Role]: ...


def help_text(commands: Iterable[DescribedCommand]) -> str:
    """The table of commands."""
    rows = "\n".join(
        f"| {cell(code(command.usage))} | {cell(command.help)} | {_roles(command)} |" for command in commands
    )
    return (
        "Write one of these at the start of a line of a comment:\n\n"
        f"| Command | What it does | Role it takes |\n|---|---|---|\n{rows}\n\n"
        "What stands in code or in a quote is not read as a command."
    )


class DescribedValue(Protocol):
    """A value of a configuration, with where it comes from."""

    @property
    def key(self) -> str: ...

    @property
    def value(self) -> str: ...

    @property
    def place(self) -> str: ...


class DescribedConfig(Protocol):
    """What holds in a repository; `problem` says what is wrong with its file."""

    @property
    def values(self) -> Sequence[DescribedValue]: ...

    @property
    def there(self) -> bool: ...

    @property
    def problem(self) -> str: ...

    @property
    def remedy(self) -> str: ...


def configuration(config: DescribedConfig, key: str = "") -> str:
    """What holds here: what somebody decided first, the defaults folded; with `key`, that one and what is below it."""
    named = [one for one in config.values if not key or one.key == key or one.key.startswith(f"{key}.")]
    if not named:
        return f"There is no key {code(key, 80)}. `/config` shows all of them."
    if config.problem:
        above = f"The repository's file is not used: {line(config.problem)} {line(config.remedy)}"
    else:
        above = "" if config.there else "There is no `.github/pullwright.yml` on the default branch."
    decided = [one for one in named if key or not one.place.startswith(("by default", "found", "the default"))]
    rest = [one for one in named if one not in decided]
    many = f"<details><summary>{len(rest)} more by default</summary>\n\n{_values(rest)}\n\n</details>" if rest else ""
    return cut("\n\n".join(part for part in (above, _values(decided) if decided else "", many) if part))


def _values(values: Sequence[DescribedValue]) -> str:
    rows = "\n".join(
        f"| {cell(code(one.key))} | {cell(code(one.value, 200)) if one.value else ''} | {cell(line(one.place))} |"
        for one in values
    )
    return f"| Key | Value | From |\n|---|---|---|\n{rows}"


def _roles(command: DescribedCommand) -> str:
    return ", ".join([str(command.role), *(f"{word}: {role}" for word, role in command.stricter.items())])


def too_many(left: Sequence[str], most: int) -> str:
    """Which commands of a comment were not carried out, since there were more than are taken from one."""
    shown = ", ".join(code(one, 200) for one in left[:20])
    return f"Of one comment {most} commands are carried out. Not done: {shown}. Write them in another comment."


def did_you_mean(name: str, closest: str) -> str:
    return f"There is no command {code('/' + name, 60)}. Did you mean `/{closest}`? `/help` lists them all."


def not_allowed(name: str, role: Role) -> str:
    """To somebody who may not; said once to each person in a repository."""
    return f"`/{name}` takes the role *{role}* in this repository, so nothing was done. I will not answer this again."


def already_at_work(run_id: str, link: str, status: RunStatus = RunStatus.RUNNING) -> str:
    """A second trigger for an issue that a run works on already; `link` leads to the run's comment, "" without one."""
    where = f"[its progress]({link})" if link else "its progress will show here in a moment"
    does = {
        RunStatus.PENDING: "stands in line for this issue already",
        RunStatus.WAITING: "on this issue waits for an answer",
    }.get(status, "already works on this issue")
    return f"Run {code(run_id)} {does}: {where}. Nothing new was started."


def status(view: RunView, link: str = "") -> str:
    """Where a run stands, in a few lines; `link` leads to its comment."""
    so_far = "" if view.ended else " so far"
    lines = [f"**{view.headline}**", ""]
    if view.pull is not None:
        lines.append(f"- Pull request: [#{view.pull.number}]({view.pull.url})")
    lines.append(f"- Run {code(view.id)}, {duration(max(0.0, view.seconds))}{so_far}, {cost(view.spent)}")
    if view.pause is not None:
        lines.append(f"- {paused(view.pause)}")
    if link:
        lines.append(f"- [All its steps]({link})")
    return "\n".join(lines)


def still_waiting(run_id: str, question: Question, login: str, link: str = "") -> str:
    """To whoever asked for a run (`login`, the only one that is mentioned) of its question that nobody has answered."""
    who = f"@{login}: run" if _LOGIN.fullmatch(login) else "Run"
    asked = f"[its question]({link})" if link else "its question"
    default = unanswered(question)
    lines = [f"{who} {code(run_id)} has waited for an answer to {asked} since {moment(question.asked_at)}.", default]
    if question.kind == "approval":
        how = f"Write one of these as a comment:\n\n{block('/approve' + chr(10) + '/reject REASON')}"
    else:
        how = "The next comment of somebody with write permission is taken as the answer."
    return "\n\n".join(line for line in (*lines, how) if line)


def would_undo(lines: Sequence[str], kept: Sequence[str]) -> str:
    """A rollback's dry run."""
    if kept:
        return f"Nothing would be undone; {_branches(kept)} would be kept for you to go on with."
    if not lines:
        return "Nothing is left to undo."
    return f"This would be undone:\n\n{_listed(lines)}\n\nNothing was done: this was a dry run."


def rolled_back(run_id: str, lines: Sequence[str], steps: Sequence[str], left: Sequence[str] = ()) -> str:
    """`lines` are what was undone, `steps` the keys of the steps that a partial rollback took back.

    `left` are sentences about what stays, since somebody else changed it.
    """
    what = f"The last {f'{len(steps)} steps' if len(steps) > 1 else 'step'} of run" if steps else "Run"
    verb = "are" if len(steps) > 1 else "is"
    undone = f" Undone:\n\n{_listed(lines)}" if lines else " Nothing was left to undo."
    if left:
        undone += "\n\nLeft as it is:\n\n" + "\n".join(f"- {line(sentence)}" for sentence in left)
    again = "`/retry` goes on from there." if steps else "`/fix` starts a new run."
    return f"{what} {code(run_id)} {verb} taken back.{undone}\n\n{again}"


def handed_over(branches: Sequence[str]) -> str:
    """After a soft rollback: how a person goes on."""
    if not branches:
        return "Nothing of it is outside of Pullwright, so there is nothing to go on with by hand."
    commands = "\n".join(f"git fetch origin {branch}\ngit switch {branch}" for branch in branches)
    return (
        f"It is yours: {_branches(branches)} stays as it is.\n"
        "An open pull request is a draft now, or says in its title whose it is where there are no drafts. "
        f"To go on by hand:\n\n{block(commands)}\n\n`/rollback hard` still takes all of it back, "
        "as long as nobody built on it."
    )


def _branches(branches: Sequence[str]) -> str:
    return ", ".join(code(branch) for branch in branches)


_MOST_LINES = 30


def _listed(lines: Sequence[str]) -> str:
    more = [f"and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return "\n".join(f"- {one}" for one in [*(code(line) for line in lines[:_MOST_LINES]), *more])


def no_run() -> str:
    return "No run has worked on this issue yet. `/fix` starts one."


def paused_now(pause: Pause) -> str:
    """To whoever paused a repository."""
    why = f" Why: {plain(pause.why.rstrip('.'))}." if pause.why else ""
    return (
        f"This repository is paused.{why} Nothing new begins here, and what is at work stops as soon as it can be "
        "left; its work is kept. What is asked for meanwhile waits in line. `/abort` and `/rollback` still work.\n\n"
        "`/unpause` has everything go on by itself."
    )


def unpaused(was: Pause | None, still: Pause | None) -> str:
    """To whoever ended a repository's pause; `still` is that of everything, which ends where the server runs."""
    if still is not None:
        mine = "This repository's own pause is ended, but everything" if was is not None else "Everything"
        return f"{mine} on this server is paused. {paused(still)}"
    return "It goes on, in order." if was is not None else "This repository was not paused."


def refused(error: UserError) -> str:
    """Something that the reader can mend: what is wrong, and what to do about it."""
    remedy = f"\n\n{plain(error.remedy)}" if error.remedy else ""
    what = "Stopped half-way." if isinstance(error, RollbackStopped) else "Nothing was done."
    return cut(f"**{what}** {plain(error.sentence)}{remedy}", 4000)


def bad_configuration(error: UserError) -> str:
    """The repository's own configuration cannot be used; the error names file and line."""
    remedy = f"\n\n{plain(error.remedy)}" if error.remedy else ""
    return cut(f"**The configuration of this repository cannot be used.** {plain(error.sentence)}{remedy}", 4000)


def our_failure(reference: str) -> str:
    """A bug of ours; `reference` is what the operator finds in the log."""
    return (
        "Pullwright itself failed at this, and nothing was done. "
        f"Whoever runs it finds the details in its log under {code(reference)}."
    )
