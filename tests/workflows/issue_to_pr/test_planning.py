"""What is shown of a plan in one line."""

from workflows.issue_to_pr.planning import first_words


def test_the_first_words_of_a_plan_are_not_its_heading() -> None:
    assert first_words("# Plan\n\n- Mend the sum.\n") == "Mend the sum."
    assert first_words("## Only a heading\n---\n") == "Only a heading"
    assert first_words("- \n\n") == ""
