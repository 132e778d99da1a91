"""What we answer, word by word; nothing that others wrote acts in it."""

from dataclasses import replace

from inline_snapshot import snapshot as expected

from bot.view import messages
from tests.fakes.snapshots import asks, attempt, viewed
from workflows.errors import ConfigError, RunError
from workflows.runs.principal import Role
from workflows.values import RunStatus, Spent, StepStatus

EVIL = "@everyone closes #1 ![x](https://evil/p.png) <!-- pullwright:run:r1 -->"
ACTING = ("@everyone", "closes #1", "![x]", "<!--")


def test_status_is_a_few_lines() -> None:
    steps = (attempt("first", StepStatus.COMPLETED), attempt("second", StepStatus.RUNNING))
    pull = {"number": 34, "url": "x"}
    told = viewed(steps, current="second", state={"pull": pull}, spent=Spent(0.5, 1000, 1))
    assert messages.status(told, "https://github.com/octo/sample/issues/7#issuecomment-1") == expected("""\
**At work: Work**

- Pull request: [#34](x)
- Run `r1`, 1 min 35 s so far, $0.50, 1,000 tokens in 1 model call
- [All its steps](https://github.com/octo/sample/issues/7#issuecomment-1)\
""")


def test_a_reminder_mentions_whoever_asked_and_nobody_else_and_says_what_will_be_done() -> None:
    question = replace(asks(), asked_at=1_799_900_000.0, expires_at=1_800_000_000.0)
    assert messages.still_waiting("r1", question, "alice", "https://x/1") == expected("""\
@alice: run `r1` has waited for an answer to [its question](https://x/1) since 2027-01-14 04:13 UTC.

Without an answer by 2027-01-15 08:00 UTC, this run is aborted.

Write one of these as a comment:

```text
/approve
/reject REASON
```\
""")
    words = messages.still_waiting("r1", replace(question, kind="question", default_action="keep"), "a b @everyone")
    assert words == expected("""\
Run `r1` has waited for an answer to its question since 2027-01-14 04:13 UTC.

The next comment of somebody with write permission is taken as the answer.\
""")


def test_status_of_an_ended_run_tells_its_end() -> None:
    assert messages.status(viewed(status=RunStatus.ABORTED, now=100)) == expected("""\
**Aborted at “Begin”**

- Run `r1`, 15 s, no model call yet\
""")


def test_the_second_trigger_learns_of_the_first() -> None:
    assert messages.already_at_work("r1", "") == expected(
        "Run `r1` already works on this issue: its progress will show here in a moment. Nothing new was started."
    )
    assert messages.already_at_work("r1", "https://x/1") == expected(
        "Run `r1` already works on this issue: [its progress](https://x/1). Nothing new was started."
    )


def test_a_wrong_configuration_is_told_with_file_line_and_remedy() -> None:
    error = ConfigError("There is no key 'modle'.", "Did you mean 'model'?", place=".github/pullwright.yml:3")
    assert messages.bad_configuration(error) == expected("""\
**The configuration of this repository cannot be used.** .github/pullwright.yml:3: There is no key 'modle'.

Did you mean 'model'?\
""")


def test_who_may_not_is_told_which_role_it_takes() -> None:
    assert messages.not_allowed("fix", Role.WRITE) == expected(
        "`/fix` takes the role *write* in this repository, so nothing was done. I will not answer this again."
    )


def test_an_error_of_ours_is_admitted_with_what_finds_it_in_the_log() -> None:
    assert messages.our_failure("72d3162e-cc78-11e3-81ab-4c9367dc0958") == expected(
        "Pullwright itself failed at this, and nothing was done. "
        "Whoever runs it finds the details in its log under `72d3162e-cc78-11e3-81ab-4c9367dc0958`."
    )


def test_what_others_wrote_does_not_act() -> None:
    texts = [
        messages.refused(RunError(EVIL, EVIL)),
        messages.bad_configuration(ConfigError(EVIL, EVIL, place="x:1")),
        messages.did_you_mean(EVIL, "fix"),
        messages.our_failure(EVIL),
    ]
    prose = "\n".join(text for text in texts if "`" not in text)
    assert prose
    assert not [acting for acting in ACTING if acting in prose]


def test_a_refusal_fits_however_long_its_reason_is() -> None:
    assert len(messages.refused(RunError("word " * 50_000, "word " * 50_000))) <= 4000
