"""What the steps of a withdrawal leave in the run's state."""

BACK = "tag_back"
"""Whether the tag is there after all."""
DRAFT = "withdrawn_draft"
"""What became of the draft, as a sentence; not there where there was none."""
PULLS = "withdrawn_pulls"
"""What became of pull requests, each as a sentence."""
