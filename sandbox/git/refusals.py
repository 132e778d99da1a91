"""Why a push was refused: what stands on the reference's line and in the remarks of the other side, in a sentence each.

`git push --porcelain` prints the reason on stdout, on the line of the reference; GitHub explains itself on stderr
(`remote: ...`). Its codes: https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sandbox.errors import PushRefused, RepositoryError, TransientError

_LINE = re.compile(r"^!\t[^\t\n]*\t\[(?P<how>[^\]\n]*)\](?: \((?P<why>.*)\))?$", re.MULTILINE)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PASSING = re.compile(
    r"internal (server )?error|fatal error in commit_refs|failed to report status|^failure$|unpacker error"
    r"|abnormal exit|remote unpack failed|failed to (update|lock)|cannot lock ref|\.lock'?: file exists"
    r"|(temporarily|currently) (unavailable|locked|read-only)|timed? ?out|try again|maintenance"
    r"|unexpected(ly)? disconnect|hook (could not|failed to) (run|respond)|service unavailable|bad gateway"
    r"|error: 5\d\d|overloaded|migrat|rate limit|too many requests|abuse detection|wait a few minutes",
    re.IGNORECASE | re.MULTILINE,
)
"""What the other side failed at by itself: the same push may be taken a moment later."""
_OCCUPIED = re.compile(r"'refs/heads/([^']+)' exists; cannot create 'refs/heads/([^']+)'")
_MOST = 300
_MANY = 5

Told = tuple[str, str]
"""A sentence, and its remedy ("" for none)."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What was said about one push: the reason on the line, and the other side's remarks, without what is empty."""

    branch: str
    reason: str
    remarks: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join((self.reason, *self.remarks))


def refusal(branch: str, stdout: str, stderr: str) -> RepositoryError | TransientError:
    """The error for a push of `branch` that git said was not done: TransientError where trying again may help."""
    found = _LINE.search(stdout)
    words = _Words(branch, found["why"] or found["how"] if found else "", tuple(_remarks(stderr)))
    told = [one for reader in _READERS for one in reader(words)]
    if not told and (passing := _PASSING.search(words.text)):
        said = next((line for line in words.text.splitlines() if passing[0] in line), passing[0])
        return TransientError(f"The other side could not take the push of {branch} just now: {_short(said)}.")
    if not told:
        return RepositoryError(f"Branch {branch} was not accepted: {_short(_last_word(words, stderr))}.")
    sentences = list(dict.fromkeys(sentence for sentence, _ in told))
    remedies = list(dict.fromkeys(remedy for _, remedy in told if remedy))
    return PushRefused(f"Branch {branch} was not accepted. {' '.join(sentences)}", " ".join(remedies))


# --- one kind of refusal each -------------------------------------------------------------------


def _occupied(words: _Words) -> Iterator[Told]:
    if found := _OCCUPIED.search(words.text):
        yield f"A branch called {found[1]} is in the way of one called {found[2]}.", "Rename or delete one of them."


_WORKFLOW = re.compile(r"refusing to allow (?:an? )?(.+?) to create or update workflow (?:`([^`]+)`)?", re.IGNORECASE)


def _workflows(words: _Words) -> Iterator[Told]:
    for found in _WORKFLOW.finditer(words.text):
        what = found[2] or "a workflow file"
        yield (
            f"GitHub lets no App without the permission `workflows` change {what}, and Pullwright does not ask for it.",
            "Leave that file out, and change it yourself; where it came with the base, try again.",
        )


_SECRET_PLACE = re.compile(r"path: (.+)$")
_UNBLOCK = re.compile(r"https?://\S+/unblock-secret/\S+")
_KIND = re.compile(r"^—— (.+?) —+$")


def _secrets(words: _Words) -> Iterator[Told]:
    if "PUSH PROTECTION" not in words.text.upper() and "GH009" not in words.text:
        return
    places = [found[1] for line in words.remarks if (found := _SECRET_PLACE.search(line))]
    kinds = [found[1] for line in words.remarks if (found := _KIND.search(line))]
    links = _UNBLOCK.findall(words.text)
    what = f" ({_listed(kinds)})" if kinds else ""
    where = f" at {_listed(places)}" if places else ""
    allow = f" or, where it is none, allow it at {_listed(links)}" if links else ""
    yield f"GitHub's push protection found a secret{what}{where}.", f"Have it taken out{allow}; then try again."


_TOO_LARGE = re.compile(
    r"File (.+) is ([\d.]+ [KMGT]?B); this (?:exceeds|is larger than) GitHub's (.+?) of ([\d.]+ \w+)"
)


def _large_files(words: _Words) -> Iterator[Told]:
    found = [match for match in _TOO_LARGE.finditer(words.text) if "recommended" not in match[3]]
    if not found and "GH001" not in words.text:
        return
    files = _listed([f"{match[1]} ({match[2]})" for match in found]) or "A file"
    most = f"larger than the {found[0][4]} that GitHub takes" if found else "larger than GitHub takes"
    yield f"{files} is {most}.", "Leave it out of the change, or keep it in Git LFS."


_HERE = "Let the App bypass that rule, or lift it"


def _rules(words: _Words) -> Iterator[Told]:
    """Each rule of a ruleset (GH013) or of classic protection (GH006) that was broken."""
    ruleset, classic = "GH013" in words.text, "GH006" in words.text
    if not (ruleset or classic or "repository rule violations" in words.reason or "protected branch" in words.reason):
        return
    said = [line.removeprefix("- ") for line in words.remarks if line.startswith("- ")] if ruleset else []
    said += [line.removeprefix("error: ") for line in words.remarks if classic and line.startswith("error: ")]
    # What stands in no words is a rule's detail: the path that it speaks of.
    broken = [line for line in said if not _KNOWN_ELSEWHERE.search(line) and " " in line.strip()]
    for line in broken[:_MANY]:
        yield _rule(line, words.branch)
    page = re.search(r"https?://\S+/rules\?\S+", words.text)
    if not broken and not re.search("PUSH PROTECTION|cannot contain|refusing to allow", words.text, re.IGNORECASE):
        yield f"A rule of the repository protects {words.branch}.", f"{_HERE}."
    if page:
        yield "", f"The rules: {page[0]}"


_KNOWN_ELSEWHERE = re.compile(
    r"^GH0\d\d|^commit: |PUSH PROTECTION|cannot contain secrets|refusing to allow|^Trace:|^See https", re.I
)

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
            f"{_HERE}, or choose names that it does not mean (`branch_prefix` in .github/pullwright.yml).",
        ),
    ),
    (r"cannot delete|deletion", lambda line, branch: (f"A rule forbids to delete {branch}.", f"{_HERE}.")),
    (
        r"cannot update|cannot force-push",
        lambda line, branch: (
            f"A rule restricts who may push to {branch}.",
            f"{_HERE}, or choose names that it does not mean (`branch_prefix` in .github/pullwright.yml).",
        ),
    ),
    (
        r"merge commits",
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
            f"{_HERE}, or choose names that it does not mean (`branch_prefix` in .github/pullwright.yml).",
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
        r"through (?:a|the) (pull request|merge queue)",
        lambda line, branch: (
            f"{branch} is changed by pull requests only.",
            "Let the rule be for the branches that are merged to, and not for those of pull requests.",
        ),
    ),
    (
        r"status check|deployment",
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
        lambda line, branch: (f"A rule says how commit messages are: {line.rstrip('.')}.", f"{_HERE}."),
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


def _rule(line: str, branch: str) -> Told:
    for pattern, made in _RULES:
        if re.search(pattern, line, re.IGNORECASE):
            return made(_short(line), branch)
    return f"A rule of the repository says: {_short(line)}.", f"{_HERE}."


_CODES: tuple[tuple[str, Told], ...] = (
    (
        "GH007",
        (
            "GitHub takes no commit that would publish an address which its owner keeps private.",
            "Set PULLWRIGHT_AUTHOR_EMAIL to an address that may be seen, such as one of users.noreply.",
        ),
    ),
    ("GH008", ("The push names contents of Git LFS that were never uploaded.", "Push those with git lfs push --all.")),
    ("GH003", ("GitHub takes no force-push to this branch.", "")),
    ("GH002", ("GitHub does not take this name for a branch.", "Choose another one (`branch_prefix`).")),
)


def _codes(words: _Words) -> Iterator[Told]:
    yield from (told for code, told in _CODES if code in words.text)


_ACCESS: tuple[tuple[str, Told], ...] = (
    (
        r"archived so it is read-only|repository was archived",
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
        ("The push is larger than GitHub takes at once.", "Leave large files out of the change."),
    ),
    (
        r"^(fetch first|non-fast-forward|stale info|reference already exists)$",
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
    (r"account is suspended", ("GitHub has suspended the account.", "Its owner was told why.")),
    (
        r"(repository|disk).*(quota|over its data|size limit)",
        ("The repository is over its quota.", "Make room in it, or raise the quota."),
    ),
)


def _access(words: _Words) -> Iterator[Told]:
    yield from (told for pattern, told in _ACCESS if re.search(pattern, words.text, re.IGNORECASE | re.M))


_READERS = (_occupied, _workflows, _secrets, _large_files, _rules, _codes, _access)


# --- below --------------------------------------------------------------------------------------


def _remarks(stderr: str) -> Iterator[str]:
    for line in _ESCAPES.sub("", stderr).replace("\r", "\n").splitlines():
        text = line.removeprefix("remote:").strip() if line.startswith("remote:") else ""
        if text:
            yield text


def _last_word(words: _Words, stderr: str) -> str:
    """What is told of a refusal that is none of the known kinds: what the other side said of it."""
    told = [line for line in words.remarks if line.startswith(("error", "GH"))]
    vague = words.reason in (
        "",
        "hook declined",
        "pre-receive hook declined",
        "update hook declined",
        "remote rejected",
    )
    rest = [line.strip() for line in stderr.splitlines() if line.strip()]
    return next(iter(told[-1:]), "") or ("" if vague else words.reason) or _one(words.remarks, words.reason, rest)


def _one(remarks: Sequence[str], reason: str, rest: Sequence[str]) -> str:
    return (list(remarks) or [reason] if remarks or reason else list(rest) or ["no reason was given"])[-1]


def _listed(items: Sequence[str]) -> str:
    some = list(dict.fromkeys(items))
    more = f" and {len(some) - _MANY} more" if len(some) > _MANY else ""
    return ", ".join(some[:_MANY]) + more


def _short(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _MOST else f"{line[:_MOST]}…"
