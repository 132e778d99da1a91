"""The table of workflows, and which of them are started by whom."""

from workflows.registry import STARTED_BY_HAND, WORKFLOWS, title_of


def test_what_only_an_event_can_start_no_page_and_no_program_can() -> None:
    assert set(WORKFLOWS) - set(STARTED_BY_HAND) == {"fix_check", "notes_withdrawal", "review_reply"}


def test_a_workflow_is_called_by_its_title_and_one_that_is_gone_by_its_name() -> None:
    assert title_of("issue_to_pr") == "Issue to pull request"
    assert title_of("say_hello") == "say hello"
