"""What GitHub says of a push that broke a rule or that is shut out, and what we say of it then: two tables of words."""

from __future__ import annotations

import re
from collections.abc import Callable

Told = tuple[str, str]
"""A sentence, and its remedy ("" for none)."""

HERE = "Let the App bypass that rule, or lift it"


_RULES: tuple[tuple[str, Callable[[str, str], Told]], ...] = (
    (
        r"(verified|valid) signatures",
        lambda line, branch: (
            "Its commits must be signed.",
            "Give the server a key whose owner GitHub knows (PULLWRIGHT_SIGNING_KEY), or let the App bypass that rule.",
        ),
    ),
    (
        r"creations? being restricted|cannot create",
        lambda line, branch: (
            f"A rule restricts who may create a branch called {branch}.",
            f"{HERE}, or choose names that it does not mean (`branch_prefix` in .github/pullwright.yml).",
        ),
    ),
    (r"cannot delete|deletion", lambda line, branch: (f"A rule forbids to delete {branch}.", f"{HERE}.")),
    (
        r"cannot update|cannot force-push",
        lambda line, branch: (
            f"A rule restricts who may push to {branch}.",
            f"{HERE}, or choose names that it does not mean (`branch_prefix` in .github/pullwright.yml).",
        ),
    ),
    (
        r"merge commits|linear history",
        lambda line, branch: (
            "Its history must be linear, without merges.",
            "Have the branch made anew on what the base is now, or lift the rule for it.",
        ),
    ),
    (
        r"locked branch|branch is locked",
        lambda line, branch: (f"{branch} is locked.", "Unlock it in the repository's settings."),
    ),
    (
        r"not authorized to push|restrict\w* who can push",
        lambda line, branch: (
            f"A rule restricts who may push to {branch}.",
            f"{HERE}, or choose names that it does not mean (`branch_prefix` in .github/pullwright.yml).",
        ),
    ),
    (
        r"files? (over|larger|bigger|exceed)|max\w* file size",
        lambda line, branch: (
            f"A rule says: {line.rstrip('.')}.",
            "Leave such files out of the change, or lift the rule.",
        ),
    ),
    (
        r"through (?:a|the) (pull request|merge queue)|approving review|conversations? must be resolved",
        lambda line, branch: (
            f"{branch} is changed by pull requests only.",
            "Let the rule be for the branches that are merged to, and not for those of pull requests.",
        ),
    ),
    (
        r"status check|deployment|code (scanning|quality)|required workflow|up to date",
        lambda line, branch: (
            f"{branch} asks for checks before a commit is on it: {line.rstrip('.')}.",
            "Let the rule be for the branches that are merged to, and not for those of pull requests.",
        ),
    ),
    (
        r"(author|committer).*e-?mail|e-?mail.*(author|committer|match|must)",
        lambda line, branch: (
            f"A rule says whose mail address commits may carry: {line.rstrip('.')}.",
            "Set PULLWRIGHT_AUTHOR_NAME and PULLWRIGHT_AUTHOR_EMAIL to what it takes.",
        ),
    ),
    (
        r"commit message",
        lambda line, branch: (f"A rule says how commit messages are: {line.rstrip('.')}.", f"{HERE}."),
    ),
    (
        r"branch name|ref name|name pattern",
        lambda line, branch: (
            f"A rule says how branches are called: {line.rstrip('.')}.",
            "Set `branch_prefix` in .github/pullwright.yml to what it takes.",
        ),
    ),
    (
        r"file (path|extension|size)|path (length|is)",
        lambda line, branch: (
            f"A rule says which files may be pushed: {line.rstrip('.')}.",
            "Leave them out of the change, or lift the rule.",
        ),
    ),
)


def broken(line: str, branch: str) -> Told:
    """One line of GitHub's about a rule, in a sentence."""
    for pattern, made in _RULES:
        if re.search(pattern, line, re.IGNORECASE):
            return made(line, branch)
    return f"A rule of the repository says: {line.rstrip('.')}.", f"{HERE}."


ACCESS: tuple[tuple[str, Told], ...] = (
    (r"^branch is locked$", ("The branch is locked.", "Unlock it in the repository's settings.")),
    (
        r"^protected tag hook declined$",
        ("A rule of the repository protects it.", f"{HERE}."),
    ),
    (
        r"^(push too large|object exceeds size limit)$|exceeds .{0,20}size limit",
        ("The push is larger than the other side takes.", "Leave large files out of the change."),
    ),
    (
        r"^(not allowed to push|permission denied)$|not allowed to push code to this project",
        ("The App may not push here.", "Grant it the permission contents: write in the installation's settings."),
    ),
    (
        r"^(branch name is too long|funny refname)$",
        ("The other side does not take this name for a branch.", "Choose another one (`branch_prefix`)."),
    ),
    (
        r"archived so it is read-only|(repository|it) (was|is|has been) archived",
        ("The repository is archived, so nothing can be changed in it.", "Unarchive it to go on."),
    ),
    (
        r"permission to .* denied|write access to repository not granted|resource not accessible",
        (
            "The App may not push to this repository.",
            "Grant it the permission contents: write in the installation's settings.",
        ),
    ),
    (
        r"IP allow list|IP address is not (permitted|allowed)",
        (
            "The organization takes connections from addresses of its list only.",
            "Have this server's address put on its IP allow list.",
        ),
    ),
    (
        r"SAML|single sign-?on",
        ("The organization asks for a single sign-on.", "Authorize the token for it on GitHub, or use the App."),
    ),
    (
        r"DMCA|disabled by GitHub|access (to this repository )?(has been )?(blocked|disabled)",
        ("GitHub has shut this repository.", "Its owner was told why; GitHub's support knows more."),
    ),
    (r"billing", ("GitHub has locked the account for its bills.", "Its owner has to settle them.")),
    (
        r"pack exceeds maximum allowed size|exceeds .{0,20}push size",
        ("The push is larger than the other side takes at once.", "Leave large files out of the change."),
    ),
    (
        r"^(fetch first|non-fast-forward|stale info|already exists|incorrect old value provided)$"
        r"|reference already exists|remote ref updated since checkout"
        r"|\bis at [0-9a-f]{4,64} but expected [0-9a-f]{4,64}",
        (
            "Somebody else has changed the branch meanwhile.",
            "What they did is kept; start again (`/fix new`), or delete the branch.",
        ),
    ),
    (
        r"fsck error|hasDot|badTree|missing necessary objects|shallow update",
        (
            "The other side does not take the commit's objects.",
            "Clone the repository anew (`pullwright doctor` looks at it).",
        ),
    ),
    (
        r"repository (is|has been) (locked|disabled|read-only)",
        ("The repository takes no pushes: it is locked or read-only.", "Its settings say why; unlock it to go on."),
    ),
    (
        r"invalid username or (token|password)|authentication failed|bad credentials",
        ("GitHub did not take the credentials for the push.", "Look at them with `pullwright doctor`."),
    ),
    (
        r"verify your email address",
        ("The account that pushes has a mail address that nobody has confirmed.", "Confirm it in its settings."),
    ),
    (r"account is suspended", ("GitHub has suspended the account.", "Its owner was told why.")),
    (
        r"(repository|disk).*(quota|over its data|size limit)",
        ("The repository is over its quota.", "Make room in it, or raise the quota."),
    ),
)
