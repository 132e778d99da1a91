"""What the steps of a review hand to each other: each key of the run's state with its kind of JSON."""

from __future__ import annotations

from workflows.definition import Slot

BASE = Slot("review_base", str)
"""The commit that the change begins at: what base and head have in common."""
HEAD = Slot("review_head", str)
"""The commit that is reviewed."""
RULES = Slot("review_rules", str)
"""The commit of the base branch, whose configuration and guides count."""
PARTS = Slot("review_parts", list)
"""Paths of the files that are read, by call."""
SKIPPED = Slot("review_skipped", list)
"""Files that are not read, as {"path": ..., "why": ...}."""
OF = Slot("review_of", int)
"""How many files the change has."""
NO_BUDGET, NO_ANSWER = "the budget was spent", "the model's answer could not be read"
CHECKS = Slot("review_checks", dict)
"""What its checks said on base and head, as {"verification": values.Verification}; else {"why": why none was run}."""
UNRUN = "review_unrun"
"""Why nothing of the change may be run, as the end of a sentence; "" where it may."""
BASE_BRANCH = "review_base_branch"
"""The branch that the pull request led to when it was fetched."""
JUDGED = "review_judged"
"""What was said of each candidate until now, by its key, while that is under way."""
UNREAD = (NO_BUDGET, NO_ANSWER)
"""Why a file was not read that another review may read."""
UNCHECKED = "not checked:"
"""How the reason begins of a candidate that nobody tried to refute."""
CANDIDATES = Slot("review_candidates", list)
"""What the readings found, as `findings.Finding`."""
READINGS = Slot("review_readings", dict)
"""The answers of readings that are under way, by part and eyes; empty when all are in."""
MISSED = Slot("review_missed", list)
"""The eyes with which not all was read."""
UNREAD_WHY = Slot("review_unread", str)
"""Why there is no reading at all, "" where there is one."""
STANDING = Slot("review_standing", list)
"""What was not refuted, with its place, as `placing.PlacedFinding`."""
FALLEN = Slot("review_fallen", list)
"""What was, as {"title": ..., "why": ...}."""
ASKED = Slot("review_asked", dict)
"""Whether the change does what the linked issue asks: {"does": ..., "why": ...}; empty where none is linked."""
