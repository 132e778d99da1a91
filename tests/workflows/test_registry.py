"""The table of workflows, and which of them are started by whom."""

from workflows.registry import STARTED_BY_HAND, WORKFLOWS


def test_what_only_an_event_can_start_no_page_and_no_program_can() -> None:
    assert set(WORKFLOWS) - set(STARTED_BY_HAND) == {"fix_check", "review_reply"}
