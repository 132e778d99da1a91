"""Runs the commands of a set-up, one after the other: what failed, what was done in its place, and what is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from posixpath import normpath

from sandbox.backend import MIB, Box, BoxCommand, CommandLimits, CommandOutcome, Kill
from sandbox.environment import first_use, pythons, substitutes, switches
from sandbox.environment.reasons import failed, is_hopeless
from sandbox.files.agent_files import read_below

ITSELF = "# the command itself:\n"
"""Stands before a repository's own command where lines of ours are run before it."""
_FIRST = 'export PATH="$HOME/venv/bin:$HOME/.local/bin:$PATH"\n'
# A virtual environment that got nothing but its installer hides the machine's own tools from `python -m`.
_DROP_EMPTY_VENV = (
    'cd "$HOME"/venv/lib/python*/site-packages 2>/dev/null || exit 0; '
    "ls | grep -qvE '^(pip|setuptools|wheel|pkg_resources|_distutils_hack|distutils-precedence|__pycache__)' "
    '|| rm -rf "$HOME/venv"'
)
_VENV = 'python3 -m venv "$HOME/venv"'
_INSTALLER = re.compile(r"(?:pip|pip3) install (?:-[\w-]+ )*(?:'?(?:pip|setuptools|wheel)[<>=.\d]*'? ?)+$")
"""A command that only brings installers up to date."""
_OWN = re.compile(r"-m pip install (?:-[\w-]+ )*-e '?\.(?=[\['\s]|$)")
"""A command that installs the tree itself."""
_IS_OWN = 'grep -qs "file://$PWD[/\\"]" "$HOME"/venv/lib/python*/site-packages/*.dist-info/direct_url.json'
_PRINTED = 4 * MIB
_END = (Kill.TIMEOUT, Kill.DISK)
"""After these nothing more is tried: the time, or the room, is gone."""


@dataclass(frozen=True, slots=True)
class SetupCommand:
    """One set-up command: a shell line, run in `cwd` relative to the tree."""

    command: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    instead: str = ""
    """Another command for the same, which is tried where this one fails."""
    optional: bool = False
    """Tests do without what it brings: where it fails, that is told, and the set-up has not failed."""
    part: str = ""
    """The ecosystem that it installs for ("python"), which others do without; "" where that is not known."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What one command printed, whole up to some megabytes, and how it ended."""

    command: str
    exit_code: int
    seconds: float
    output: str
    killed: str = ""


@dataclass(slots=True)
class Installed:
    """How a set-up went. `failures` are ends of sentences; `told` are sentences without their stops."""

    failures: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    printed: list[Printed] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    """The ecosystems whose commands failed, each with the first failure; "" for what is of none, or of all."""
    hopeless: bool = False
    """Whether a command failed for something that no source of the tree could mend: network, registry, time."""

    @property
    def failure(self) -> str:
        """The first failure: the others often follow from it. How many more there are."""
        others = len(self.failures) - 1
        if others < 1:
            return "".join(self.failures)
        return f"{self.failures[0]}, and {others} more {'command' if others == 1 else 'commands'} failed"

    @property
    def failed_parts(self) -> Mapping[str, str]:
        """The ecosystems that the set-up failed for where it went well for the others; none where it concerns all."""
        return {} if "" in self.parts else dict(self.parts)

    def tell(self, sentence: str) -> None:
        if sentence not in self.told:
            self.told.append(sentence)


Say = Callable[[CommandOutcome], None]


def inside(line: str) -> str:
    """The line as it is run in a prepared box: what the set-up installed comes first on PATH."""
    return _FIRST + line


@dataclass(slots=True)
class Installer:
    """One set-up in one box."""

    box: Box
    env: Mapping[str, str]
    hosts: frozenset[str]
    limits: CommandLimits
    done: Installed = field(default_factory=Installed)
    _uv: bool | None = None

    async def install(self, setup: Sequence[SetupCommand]) -> Installed:
        """Run all commands. What one failed at is told, and the next is tried nevertheless."""
        commands = [step.command for step in setup]
        for sentence in switches.told(_manifests(self.box.spec.tree, [step.cwd for step in setup])):
            self.done.tell(sentence)
        await self._bring_managers(commands, setup)
        optional: list[str] = []
        for step in setup:
            outcome = await self._step(step)
            if outcome.ok and step.command == _VENV:
                await self._fitting_python()
            if not outcome.ok:
                self.done.hopeless = self.done.hopeless or is_hopeless(outcome)
                why = failed(step.command, outcome)
                if step.optional:
                    self.done.tell(why)
                elif _INSTALLER.search(step.command):
                    optional.append(why)
                else:
                    self.done.failures.append(why)
                    self.done.parts.setdefault("" if outcome.killed in _END else step.part, why)
            if outcome.killed in _END:
                break
        await self._own_again(setup)
        await self._use_first(commands)
        if self.done.failures:
            self.done.failures[:0] = optional
            await self.box.run(BoxCommand(shell=_DROP_EMPTY_VENV, limits=self.limits.within(60)))
            await self._name_missing(commands)
        else:
            self.done.hopeless = False
            # The installers that are there were good enough.
            self.done.told += optional
        return self.done

    async def _step(self, step: SetupCommand) -> CommandOutcome:
        """The quickest way first; another where that did not lead to the end."""
        quicker = substitutes.quicker(step.command)
        if quicker and await self._has_uv():
            outcome = await self._run(replace(step, command=quicker), step.command)
            if outcome.ok or outcome.killed or outcome.refused:
                return outcome
            self.done.tell(f"uv could not do `{step.command[:120]}`, so pip was tried")
        mirrored = substitutes.from_pips_index(step.command)
        outcome = await (self._poetry(step, mirrored) if mirrored else self._run(step, step.command))
        without = substitutes.without_scripts(step.command)
        if not outcome.ok and outcome.killed is None and without and "YN0" not in outcome.output:
            again = await self._run(replace(step, command=without), without)
            if again.ok:
                self.done.tell(f"the packages were installed without their scripts, since `{step.command}` failed")
        if not outcome.ok and outcome.killed is None and step.instead:
            again = await self._step(replace(step, command=step.instead, instead=""))
            if again.ok:
                first = step.command.splitlines()[0][:120]
                self.done.tell(f"{failed(first, outcome)}, so pip installed what it would have")
                return again
        return outcome

    async def _poetry(self, step: SetupCommand, mirrored: str) -> CommandOutcome:
        """As poetry asks an index, then as pip does; an index that this machine is configured with comes first."""
        has = (await self._step(SetupCommand(substitutes.GET_MIRROR))).ok if self.env.get("PIP_INDEX_URL") else False
        first = await self._run(replace(step, command=mirrored if has else step.command), step.command)
        if first.ok or first.killed is not None:
            return first
        if not has and not (await self._step(SetupCommand(substitutes.GET_MIRROR))).ok:
            return first
        second = await self._run(replace(step, command=step.command if has else mirrored), step.command)
        if second.ok:
            way = "as it asks PyPI" if has else "as pip asks it"
            self.done.tell(f"{failed(step.command.splitlines()[0], first)}, so poetry asked the index {way}")
        return second

    async def _own_again(self, setup: Sequence[SetupCommand]) -> None:
        """Install the project once more where its own lists of packages brought a release of it in its place."""
        own = [number for number, step in enumerate(setup) if _OWN.search(step.command)]
        failed = {"", *(setup[number].part for number in own)} & self.done.parts.keys()
        if not own or own[-1] == len(setup) - 1 or failed:
            return
        if (await self.box.run(BoxCommand(shell=_IS_OWN, limits=self.limits.within(60)))).ok:
            return
        step = setup[own[-1]]
        if (await self._step(replace(step, command=f"{step.command} --no-deps", instead=""))).ok:
            self.done.tell("a package of the project's lists took the place of the project, which was installed again")
        else:
            self.done.failures.append("a package of the project's lists took the place of the project itself")
            self.done.parts.setdefault(step.part, self.done.failures[-1])

    async def _use_first(self, commands: Sequence[str]) -> None:
        for name, line in first_use.lines(commands).items():
            outcome = await self._run(SetupCommand(line), f"the first use of {name}")
            if outcome.ok and not outcome.output.strip():
                self.done.printed.pop()  # it is not there, and nothing was done
            if not outcome.ok:
                self.done.tell(failed(f"the first use of {name}", outcome))

    async def _fitting_python(self) -> None:
        """Another Python of the machine where the project does not take the one that comes first."""
        wanted = pythons.wanted(self.box.spec.tree)
        said = await self.box.run(BoxCommand(shell=pythons.ASK, limits=self.limits.within(60))) if wanted else None
        if said is None or pythons.fits(wanted, said.output):
            return
        made = None
        if await self._has_uv():
            made = await self._run(SetupCommand(substitutes.FIND_UV + pythons.again(wanted)), f"a Python {wanted}")
        if made is not None and made.ok:
            self.done.tell(f"the project asks for Python {wanted}, so another one of this machine was taken")
        else:
            self.done.tell(f"no Python of this machine is {wanted} (`uv python install` or pyenv installs one)")

    async def _has_uv(self) -> bool:
        if self._uv is None:
            self._uv = (await self._run(SetupCommand(substitutes.GET_UV), "uv --version")).ok
        return self._uv

    async def _bring_managers(self, commands: Sequence[str], setup: Sequence[SetupCommand]) -> None:
        for name in substitutes.managers(commands):
            if (await self.box.run(BoxCommand(shell=inside(f"command -v {name}"), limits=self.limits.within(60)))).ok:
                continue
            cwd = next((step.cwd for step in setup if name in step.command), ".")
            line = substitutes.get_manager(name, self.box.spec.tree, cwd)
            outcome = await self._run(SetupCommand(line, cwd), f"get {name}")
            if not outcome.ok:
                self.done.tell(f"{name} is not on this machine (`{substitutes.ELSEWHERE[name]}` installs it)")

    async def _name_missing(self, commands: Sequence[str]) -> None:
        for name in substitutes.called(commands):
            found = await self.box.run(BoxCommand(shell=inside(f"command -v {name}"), limits=self.limits.within(60)))
            if not found.ok:
                self.done.tell(f"{name} is not on this machine (`{substitutes.ELSEWHERE[name]}` installs it)")

    async def _run(self, step: SetupCommand, shown: str) -> CommandOutcome:
        limits = replace(self.limits, output_bytes=max(self.limits.output_bytes, _PRINTED))
        env = {**switches.ENV, **switches.LEFT_OUT, **self.env, **step.env}
        command = BoxCommand(shell=inside(step.command), cwd=step.cwd, env=env, limits=limits, network=self.hosts)
        outcome = await self.box.run(command)
        killed = outcome.killed.value if outcome.killed is not None else ""
        self.done.printed.append(Printed(shown, outcome.exit_code, outcome.seconds, outcome.output, killed))
        for refused in outcome.refused:
            self.done.tell(f"refused: {refused}")
        return outcome


def _manifests(tree: Path, places: Sequence[str]) -> str:
    found = (read_below(tree, normpath(f"{place}/package.json"), MIB) for place in dict.fromkeys((".", *places)))
    return "\n".join(data.decode("utf-8", "replace") for data in found if len(data) < MIB)
