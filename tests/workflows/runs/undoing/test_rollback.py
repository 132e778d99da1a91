"""Whatever steps, people, deaths and rollbacks come: what is taken back is as it was, and nobody's work goes."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.app import make_services
from bot.database import open_store
from bot.local.detached import NoReporter
from bot.settings import Settings
from sandbox.errors import RollbackRefused
from sandbox.journal import EffectState
from sandbox.trees.rollback import Mode
from tests.fakes.mortal import Death, Fuse, MortalForge, MortalLedger
from tests.fakes.real_repository import git
from workflows.advice import RESUME
from workflows.definition import Definition, Done, Exit, Failed, Result, Step
from workflows.engine.walker import Walker
from workflows.issue_to_pr.branch.updating import update
from workflows.issue_to_pr.publishing import commit, open_pull, summarize
from workflows.runs.control import Asker, Runs
from workflows.runs.undoing.rollback import Undoing, plan_undoing
from workflows.services import Services, StepContext
from workflows.steps.source import create_branch, open_workspace
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs
from workflows.store.tables import workflow_steps
from workflows.values import Bounds, Issue, Options, RunStatus, to_json
from workflows.workspace.trees import Workspaces

BRANCH = "fix/issue-7"
ME = Asker("you", "cli")
FILES = {"adder.py": "def add(a, b):\n    return a - b\n", "docs/old.txt": "old\n"}
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["adder.py", "docs/old.txt", "docs/new.txt", "x"]), st.sampled_from([None, "1\n", "2\n"])
    ),
    max_size=3,
)
FUSES = st.integers(0, 9) | st.none()
ENDED = (RunStatus.FAILED, RunStatus.ABORTED, RunStatus.COMPLETED)


@dataclass
class Script:
    """What the steps that stand for the agent do next."""

    edits: list[tuple[str, str | None]] = field(default_factory=list)
    verdict: str = "fine"


@dataclass
class Was:
    """How things were when a step began, as a person sees them."""

    key: str
    tree: Mapping[str, str] | None
    branch: str | None
    """The tree of the branch's head."""
    pull: bool
    theirs: int
    """How many commits people had made on the branch."""
    ended: bool = False


def definition(script: Script) -> Definition[StepContext]:
    """The real steps around the agent, with a script in its place."""

    async def begin(ctx: StepContext) -> Result:
        commands: dict[str, list[str]] = {"setup": [], "checks": [], "left_out": [], "hosts": []}
        return Done({"requirements": [], "commands": commands, "summary": "It adds."})

    async def implement(ctx: StepContext) -> Result:
        tree = (await ctx.workspace()).tree
        for name, text in script.edits:
            path = tree / name
            path.parent.mkdir(exist_ok=True)
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(text)
        return Done({"implemented": ctx.state.get("implemented", 0) + 1})

    async def verify(ctx: StepContext) -> Result:
        verdict, script.verdict = script.verdict, "fine"
        if verdict == "again":
            return Exit("rework")
        return Failed("it does not add", advice=(RESUME,)) if verdict == "broken" else Done()

    return Definition(
        name="issue_to_pr",
        title="A run",
        items=(
            Step("begin", "Begin", begin),
            Step("workspace", "Open a workspace", open_workspace),
            Step("branch", "Create the branch", create_branch),
            Step("implement", "Implement", implement),
            Step("verify", "Verify", verify, exits={"rework": "implement"}, skipped={}),
            Step("commit", "Commit", commit),
            Step(
                "update",
                "Bring up to date",
                update,
                exits={"rework": "implement", "carried over": "verify", "commit again": "commit"},
                skipped={},
            ),
            Step("pull", "Open the pull request", open_pull, exits={"moved": "update"}),
            Step("summary", "Sum up", summarize),
        ),
    )


@cache
def template() -> Path:
    """A repository and an empty database, made once."""
    folder = Path(tempfile.mkdtemp(prefix="pullwright-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    git(folder, "init", "-q", "--bare", "-b", "main", "repository")
    import_commit(folder / "repository", "main", FILES)
    settings = Settings(data=folder / "data", sandbox="unsafe_local")
    settings.prepare()
    open_store(settings).close()
    return folder


def import_commit(repository: Path, branch: str, files: Mapping[str, str]) -> str:
    """A person's commit on a branch; returns it."""
    ref = f"refs/heads/{branch}"
    there = branch in git(repository, "for-each-ref", "--format=%(refname:short)").split("\n")
    lines = [f"commit {ref}\n", "committer Ada <ada@example.org> 1700000000 +0000\n", "data 6\nTheirs\n"]
    lines += [f"from {ref}^0\n"] if there else []
    lines += [f"M 100644 inline {name}\ndata {len(text)}\n{text}\n" for name, text in files.items()]
    git(repository, "fast-import", "--quiet", stdin="".join(lines).encode())
    return git(repository, "rev-parse", ref)


class AnyRun(RuleBasedStateMachine):
    """One run of the real walker over real git and SQLite, and all that can happen to it."""

    @initialize(edits=EDITS, places=st.sampled_from([9, 8, 5]), fuse=FUSES)
    def start(self, edits: list[tuple[str, str | None]], places: int, fuse: int | None) -> None:
        self.place = tempfile.TemporaryDirectory(prefix="pullwright-any-")
        self.folder = Path(self.place.name)
        shutil.copytree(template(), self.folder, dirs_exist_ok=True)
        self.repository = self.folder / "repository"
        self.settings = Settings(data=self.folder / "data", sandbox="unsafe_local")
        self.store: Store = open_store(self.settings)
        self.fuse, self.script = Fuse(), Script()
        self.next: tuple[int, int, str] | None = None
        self.way: list[Was] = []
        self.seen: set[tuple[int, int]] = set()
        self.theirs: list[str] = []
        self.heads: list[str] = []
        self.over = False
        self.count = 0
        self.boot()
        issue = Issue(7, "add() subtracts", "It does.", labels=("bug",))
        self.run_id = asyncio.run(
            self.runs.start(
                "issue_to_pr",
                repository=str(self.repository),
                title=issue.title,
                inputs={"issue": to_json(issue), "base_branch": "main"},
                options=Options(model="openai/x", bounds=Bounds(turns=0)),
                asker=ME,
            )
        ).id
        self.walk(places, edits or [("x", "1\n")], "fine", fuse, aborted=False)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.place.cleanup()

    def boot(self) -> None:
        """A process with fresh objects over what is on disk."""
        made = make_services(self.settings, self.store, NoReporter())
        ledger, own = MortalLedger(self.store, self.fuse), made.boxes.backend.own
        workspaces = Workspaces(self.settings.data, ledger, own, lambda run: made.forge(run).remote())
        self.services: Services = replace(
            made,
            ledger=ledger,
            workspaces=workspaces,
            forge=lambda run: MortalForge(made.forge(run), self.fuse),
            model=lambda run: NoModel(),  # type: ignore[arg-type,return-value]
        )
        definitions = {"issue_to_pr": definition(self.script)}
        self.walker: Walker[StepContext] = Walker(
            store=self.store,
            definitions=definitions,
            trees=workspaces,
            reporter=NoReporter(),
            context=self.context,
        )
        self.runs = Runs(self.store, self, definitions, NoReporter())

    def context(self, run: Run, here: StepRun) -> StepContext:
        """Where a step begins, and so where we look how things are."""
        if (here.segment, here.ordinal) not in self.seen:
            keys = [was.key for was in self.way]
            if here.ordinal == 0 and here.key in keys:
                index = len(keys) - 1 - keys[::-1].index(here.key)
                self.way = [*self.way[:index], replace(self.way[index], ended=False)]
            else:
                self.way.append(Was(here.key, self.tree(), self.branch_tree(), self.has_pull(), len(self.theirs)))
            self.seen.add((here.segment, here.ordinal))
        return StepContext(run, here, self.services)

    # --- the queue, as runs need it

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        self.next = (segment, 0, key)

    async def cancel(self, run_id: str, segment: int) -> None:
        self.next = None

    async def known(self, run_id: str, segment: int) -> str | None:
        return None

    # --- looking

    @property
    def run(self) -> Run:
        return self.store.read_now(runs.get_run, self.run_id)

    def tree(self) -> dict[str, str] | None:
        root = self.settings.data / "workspaces" / self.run_id / "tree"
        if not root.exists():
            return None
        return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}

    def branch_tree(self) -> str | None:
        return git(self.repository, "rev-parse", f"{BRANCH}^{{tree}}") if self.head() else None

    def head(self) -> str:
        return git(self.repository, "for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")

    def has_pull(self) -> bool:
        return any(self.settings.pulls.glob("*.md"))

    def facts(self) -> tuple[object, ...]:
        """Everything that a refusal leaves as it was."""
        return git(self.repository, "for-each-ref"), self.tree(), self.has_pull(), self.run

    # --- what happens

    @precondition(lambda self: self.next is not None)
    @rule(
        places=st.sampled_from([9, 2, 4, 20]),
        edits=EDITS,
        verdict=st.sampled_from(["fine", "again", "broken"]),
        fuse=FUSES,
        aborted=st.booleans(),
    )
    def walk(
        self, places: int, edits: list[tuple[str, str | None]], verdict: str, fuse: int | None, aborted: bool
    ) -> None:
        """Some places of the walk; where the process dies, a new one goes on, or somebody aborts the run."""
        self.script.edits, self.script.verdict, self.fuse.left = list(edits), verdict, fuse
        for _ in range(places):
            if self.next is None:
                break
            segment, ordinal, key = self.next
            try:
                told = asyncio.run(self.walker.take(self.run_id, segment, ordinal, key))
            except Death:
                self.boot()
                if aborted:
                    self.abort()
                continue
            assert "again_in" not in told
            self.way[-1].ended = True
            self.next = None if told["next"] is None else (segment, ordinal + 1, told["next"])
        self.fuse.left = None

    @precondition(lambda self: self.next is not None)
    @rule()
    def abort(self) -> None:
        asyncio.run(self.runs.abort(self.run_id, asker=ME))
        self.store.write_now(_seconds_pass, self.run_id)
        self.next = None

    @precondition(lambda self: not self.over and self.run.status in (RunStatus.FAILED, RunStatus.ABORTED))
    @rule()
    def resume(self) -> None:
        asyncio.run(self.runs.resume(self.run_id, asker=ME))

    @precondition(lambda self: not self.over and self.next is None and self.way)
    @rule(which=st.integers(0, 8))
    def retry(self, which: int) -> None:
        asyncio.run(self.runs.retry(self.run_id, self.way[which % len(self.way)].key, asker=ME))

    @precondition(lambda self: not self.over and self.has_pull() and not self.theirs and self.head())
    @rule()
    def person_commits(self) -> None:
        self.count += 1
        self.theirs.append(import_commit(self.repository, BRANCH, {f"theirs-{self.count}.txt": "mine\n"}))

    @precondition(lambda self: not self.over and self.count < 3)
    @rule()
    def base_moves(self) -> None:
        self.count += 1
        import_commit(self.repository, "main", {f"base-{self.count}.txt": "new\n"})

    @rule()
    def workspace_is_lost(self) -> None:
        """As where the next process is on another machine."""
        shutil.rmtree(self.settings.data / "workspaces", ignore_errors=True)
        self.boot()

    @precondition(lambda self: not self.over and self.run.status in ENDED and len(self.way) > 3)
    @rule(fuse=FUSES)
    def roll_back_hard(self, fuse: int | None) -> None:
        before = git(self.repository, "for-each-ref", "refs/heads/main")
        if self.roll_back(Mode.HARD, 0, fuse) is None:
            return
        self.over = True
        assert git(self.repository, "for-each-ref") == before
        assert not self.has_pull()
        assert self.tree() is None
        assert self.run.status is RunStatus.ROLLED_BACK
        assert not asyncio.run(plan_undoing(self.services, self.run, Mode.HARD)).planned.lines
        facts = self.facts()[:3]
        assert self.roll_back(Mode.HARD, 0, None) is not None
        assert self.facts()[:3] == facts, "a second one finds nothing to do"
        states = {entry.state for entry in self.services.ledger.entries(self.run_id) if entry.effect}
        assert EffectState.INTENDED not in states, "the journal is closed"

    @precondition(lambda self: not self.over and self.run.status in ENDED)
    @rule(fuse=FUSES)
    def roll_back_softly(self, fuse: int | None) -> None:
        before = self.facts()[:3]
        assert self.roll_back(Mode.SOFT, 0, fuse) is not None
        assert self.facts()[:3] == before

    @precondition(lambda self: not self.over and self.run.status in ENDED and any(was.ended for was in self.way))
    @rule(count=st.integers(1, 9), fuse=FUSES)
    def roll_back_steps(self, count: int, fuse: int | None) -> None:
        ended = [index for index, was in enumerate(self.way) if was.ended]
        count = min(count, len(ended))
        if self.roll_back(Mode.STEPS, count, fuse) is None:
            return
        self.way, undone = self.way[: ended[-count]], self.way[ended[-count] :]
        was = undone[0]
        if was.tree is not None and "base_commit" in self.run.state:
            assert self.tree() == was.tree
        if was.theirs == len(self.theirs):
            assert self.branch_tree() == was.branch
        assert self.has_pull() == was.pull
        assert (self.run.status, self.run.current_step) == (RunStatus.ABORTED, was.key)

    def roll_back(self, mode: Mode, count: int, fuse: int | None) -> Undoing | None:
        """Until it is done, in as many processes as it takes; None where it is refused, and then nothing is undone."""
        before = self.facts()
        self.fuse.left = fuse
        try:
            done = asyncio.run(self.roll_back_once(mode, count))
        except Death:
            self.boot()
            done = asyncio.run(self.roll_back_once(mode, count))
        self.fuse.left = None
        if isinstance(done, RollbackRefused):
            assert self.theirs, f"nobody but us was there: {done}"
            assert self.facts() == before
            return None
        return done

    async def roll_back_once(self, mode: Mode, count: int) -> Undoing | RollbackRefused:
        try:
            undoing = await plan_undoing(self.services, self.run, mode, count)
            await undoing.carry_out(ME)
        except RollbackRefused as refused:
            return refused
        return undoing

    # --- what always holds

    @invariant()
    def nobody_s_commit_is_lost_and_the_branch_is_never_forced(self) -> None:
        head = self.head()
        if self.theirs:
            assert head, "a branch with a person's commit stays"
        if head:
            kept = [*self.theirs, *self.heads]
            assert not kept or not git(self.repository, "rev-list", *kept, "--not", head)
        self.heads = [head] if head else []


def _seconds_pass(db: sa.Connection, run_id: str) -> None:
    """A step that was aborted counts as stopping for a while."""
    ended = workflow_steps.c.ended_at
    db.execute(workflow_steps.update().where(workflow_steps.c.run_id == run_id).values(ended_at=ended - 60))


class NoModel:
    """Never asked, since there is no budget for it."""

    name = "none"

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return None


@pytest.fixture
def run() -> Iterator[AnyRun]:
    made = AnyRun()
    yield made
    made.teardown()


def test_a_step_taken_back_begins_anew_where_that_very_time_began_not_where_an_earlier_or_later_one_did(
    run: AnyRun,
) -> None:
    run.start([("x", "1\n")], 4, None)
    run.walk(1, [], "again", None, aborted=False)
    run.walk(2, [("adder.py", "2\n")], "again", None, aborted=False)
    run.walk(2, [("docs/new.txt", "3\n")], "fine", None, aborted=False)
    run.abort()
    run.roll_back_steps(4, None)
    assert run.run.current_step == "implement"
    run.resume()
    run.walk(1, [], "fine", None, aborted=False)
    assert run.tree() == FILES | {"x": "1\n"}, "the second time began with what the first had done"


def test_a_push_that_nobody_knows_of_is_ours_though_another_was_meant_since(run: AnyRun) -> None:
    run.start([("x", "1\n")], 7, None)
    run.walk(1, [], "fine", 2, aborted=True)
    run.boot()
    pushed = run.services.ledger.entries(run.run_id)[-1]
    assert (pushed.effect and pushed.effect.kind, pushed.state) == ("push", EffectState.INTENDED)
    assert pushed.effect
    assert pushed.effect.undo["after"] == run.head()
    run.retry(3)
    run.walk(9, [("x", "2\n")], "fine", None, aborted=False)
    assert run.run.status is RunStatus.COMPLETED
    run.roll_back_hard(None)
    assert run.over


def test_a_rollback_that_dies_again_and_again_a_little_later_each_time_ends_like_one_that_does_not(
    run: AnyRun,
) -> None:
    run.start([("x", "1\n")], 7, None)
    run.walk(3, [], "fine", 1, aborted=False)
    deaths = 0
    while True:
        run.fuse.left = deaths
        try:
            asyncio.run(run.roll_back_once(Mode.STEPS, 3))
            break
        except Death:
            deaths += 1
            run.boot()
    run.fuse.left = None
    assert deaths > 6
    assert (run.branch_tree(), run.has_pull(), run.run.current_step) == (run.way[6].branch, False, "update")
    effects = [entry for entry in run.services.ledger.entries(run.run_id) if entry.effect]
    assert EffectState.INTENDED not in {entry.state for entry in effects}
    pushes = [entry for entry in effects if entry.effect and entry.effect.kind == "push"]
    assert len(pushes) == 2, "ours, and the one commit that takes it back"
    run.resume()
    run.walk(9, [], "fine", None, aborted=False)
    assert run.run.status is RunStatus.COMPLETED


TestAnyRun: Any = AnyRun.TestCase
TestAnyRun.settings = settings(
    max_examples=5,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
