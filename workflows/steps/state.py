"""What the steps of issue-to-pull-request hand to each other in a run's state: each key with its kind of JSON.

Steps read and write these keys; the definition says which step needs and which gives what, and
is refused where one would run without. What a step only looks for (`state.get`) stands not here.
"""

from workflows.definition import Slot

REQUIREMENTS = Slot("requirements", list)
"""What the issue asks for, as `values.Requirement`."""
LAID_OUT_FROM = Slot("laid_out_from", str)
"""The commit that the run's tree and journal begin with; it never moves."""
BASE_BRANCH = Slot("base_branch", str)
BASE_COMMIT = Slot("base_commit", str)
"""The commit that the change is measured against; it moves when the change is carried over to a newer one."""
BASE_TREE = Slot("base_tree", str)
GUIDE = Slot("guide", dict)
"""The commit of the default branch whose instructions are followed, and their paths."""
BRANCH = Slot("branch", str)
TIP = Slot("tip", str)
"""Where our branch was left."""
RANKED = Slot("ranked", list)
"""The files that the issue is probably about, as `values.RankedFile`."""
COMMANDS = Slot("commands", dict)
"""How the project is set up and checked, as `checks.Commands`."""
VERIFY_ROUNDS = Slot("verify_rounds", int)
PLAN = Slot("plan", str)
SUMMARY = Slot("summary", str)
"""The agent's last words about its work."""
REVIEWED = Slot("reviewed", bool)
VERIFICATION = Slot("verification", dict)
"""What the checks said, as `values.Verification`; null where they were left out."""
COMMIT = Slot("commit", str)
PULL_TITLE = Slot("pull_title", str)
PULL_CHANGES = Slot("pull_changes", list)
PULL = Slot("pull", dict)
"""The pull request: its number, address, and whether it is a draft."""
READY = Slot("ready", bool)
"""Whether the pull request was offered as it is, and not as a draft."""
