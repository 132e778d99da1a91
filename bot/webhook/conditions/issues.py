"""What on an issue asks for work, and what takes it away."""

from __future__ import annotations

from bot.commands import comment_text
from bot.commands.table import parse
from bot.webhook.decisions import Asked, Ignore, NoteEdit, Wish, Withdraw
from bot.webhook.events.conversation import IssueAssigned, IssueChanged, IssueLabeled, IssueOpened
from bot.webhook.facts import Facts
from sandbox.errors import TransientError
from workflows.runs.principal import Role
from workflows.runs.withdrawal import withdrawal
from workflows.triage.state import has_asked, has_read


async def assigned(event: IssueAssigned, facts: Facts) -> Asked:
    ours = facts.names.assignee
    if not ours or event.assignee.lower() != ours.lower():
        return Ignore("it is assigned to somebody else")
    return Wish()


async def labeled(event: IssueLabeled, facts: Facts) -> Asked:
    config = await facts.config()
    wanted = config.label or facts.names.label
    return Wish() if event.label.lower() == wanted.lower() else Ignore("it is another label")


async def bug_labeled(event: IssueLabeled, facts: Facts) -> Asked:
    rules = (await facts.config()).triage_rules()
    wanted = {name.lower() for name in rules.bug_labels}
    return Wish() if event.label.lower() in wanted else Ignore("it is no label of bugs")


async def with_command(event: IssueOpened, facts: Facts) -> Asked:
    for call in parse(event.issue.body, to=facts.names.slug):
        if call.name in ("fix", "plan"):
            return Wish(call.arguments, approve=call.name == "plan")
    return Ignore("its text gives no command")


async def with_mention(event: IssueOpened, facts: Facts) -> Asked:
    said = comment_text.mentions(event.issue.body, facts.names.slug)
    return Wish() if said else Ignore("its text does not mention us")


async def opened(event: IssueOpened, facts: Facts) -> Asked:
    return Wish()


async def withdrawn(event: IssueChanged, facts: Facts) -> Asked:
    if event.change == "edited":
        return Ignore("its text is another one")
    run = await facts.at_work()
    if run is None:
        return Ignore("nothing is at work on it")
    why = withdrawal(event.change, event.reason, (event.name, event.id), run.inputs.get("asked_by") or {})
    return Withdraw(why) if why else Ignore("what started the work is still there")


async def edited(event: IssueChanged, facts: Facts) -> Asked:
    if event.change != "edited":
        return Ignore("its text is what it was")
    run = await facts.at_work()
    if run is None:
        return Ignore("nothing is at work on it")
    return NoteEdit(await facts.role(event.sender.login) >= Role.WRITE)


async def told_more(event: IssueChanged, facts: Facts) -> Asked:
    """People who are asked for more often write it into the report itself."""
    if event.change != "edited" or event.sender.login.lower() != event.issue.author.lower():
        return Ignore("it is no edit of whoever reported it")
    return await answers_triage(facts)


async def answers_triage(facts: Facts) -> Asked:
    """What whoever reported it adds has it looked through again where the last triage asked for something.

    One that has read the report and is at work yet may be about to ask: that is waited for, or the answer is lost.
    TransientError as long as it is.
    """
    run = await facts.run()
    if has_read(run):
        raise TransientError("a triage is at work, which may ask for what was just said", _LATER_SECONDS, away=True)
    return Wish() if has_asked(run) else Ignore("nothing was asked for")


_LATER_SECONDS = 5.0
