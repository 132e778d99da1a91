"""Why a push was refused: what stands on the reference's line and in the remarks of the other side, in a sentence each.

`git push --porcelain` prints the reason on stdout, on the line of the reference; GitHub explains itself on stderr
(`remote: ...`). Its codes: https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.errors import PushRefused, RepositoryError, TransientError
from sandbox.git.broken_rules import ACCESS, HERE, Told, broken

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
_IN_THE_WAY = re.compile(r"^directory file conflict$|there are still refs under '([^']+)'", re.MULTILINE)
_MOST = 300
_MANY = 5


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
    sentences = list(dict.fromkeys(sentence for sentence, _ in told if sentence))
    remedies = list(dict.fromkeys(remedy for _, remedy in told if remedy))
    return PushRefused(f"Branch {branch} was not accepted. {' '.join(sentences)}", " ".join(remedies))


# --- one kind of refusal each -------------------------------------------------------------------


def _occupied(words: _Words) -> Iterator[Told]:
    if found := _OCCUPIED.search(words.text):
        yield f"A branch called {found[1]} is in the way of one called {found[2]}.", "Rename or delete one of them."
    elif _IN_THE_WAY.search(words.text):
        above = words.branch.rpartition("/")[0]
        yield (
            f"Another branch is in the way of one called {words.branch}: {f'{above}, or ' if above else ''}"
            f"one below {words.branch}/.",
            "Rename or delete one of them.",
        )


_WORKFLOW = re.compile(
    r"refusing to allow (?:an? )?(.+?) to create or update (?:workflow (?:`([^`]+)`)?|`?(\.github/workflows/[^`\s)]+))",
    re.IGNORECASE,
)


def _workflows(words: _Words) -> Iterator[Told]:
    for found in _WORKFLOW.finditer(words.text):
        what = found[2] or found[3] or "a workflow file"
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


def _rules(words: _Words) -> Iterator[Told]:
    """Each rule of a ruleset (GH013) or of classic protection (GH006) that was broken."""
    ruleset, classic = "GH013" in words.text, "GH006" in words.text
    if not (ruleset or classic or "repository rule violations" in words.reason or "protected branch" in words.reason):
        return
    said = [(line.removeprefix("- "), of) for line, of in _with_details(words.remarks)]
    said += [(line.removeprefix("error: "), []) for line in words.remarks if classic and line.startswith("error: ")]
    # What stands in no words is a rule's detail: the path that it speaks of.
    these = [(line, of) for line, of in said if not _KNOWN_ELSEWHERE.search(line) and " " in line.strip()]
    for line, details in these[:_MANY]:
        about = f" ({_listed(details)})" if details else ""
        yield broken(_short(f"{line.rstrip('.')}{about}"), words.branch)
    page = re.search(r"https?://\S+/rules\?\S+", words.text)
    if not these and not re.search("PUSH PROTECTION|cannot contain|refusing to allow", words.text, re.IGNORECASE):
        yield f"A rule of the repository protects {words.branch}.", f"{HERE}."
    if page:
        yield "", f"The rules: {page[0]}"


def _with_details(remarks: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Each line that begins with a dash, with the files and words that stand below it; commits are no detail."""
    found: list[tuple[str, list[str]]] = []
    for line in remarks:
        if line.startswith("- "):
            found.append((line, []))
        elif found and not _NO_DETAIL.search(line):
            found[-1][1].append(line.removesuffix(" (?)"))
    return found


_NO_DETAIL = re.compile(
    r"^Found \d+ violation|^[0-9a-f]{4,64}$|^error: |^Review all|https?://|^\(\?\)|^—|:$", re.IGNORECASE
)
_KNOWN_ELSEWHERE = re.compile(
    r"^GH0\d\d|^(commit|blob( id)?|path): |PUSH PROTECTION|cannot contain secrets|refusing to allow|^Trace:|^See https",
    re.IGNORECASE,
)

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
    ("GH005", ("The branch's name is longer than GitHub takes.", "Choose a shorter one (`branch_prefix`).")),
)


def _codes(words: _Words) -> Iterator[Told]:
    yield from (told for code, told in _CODES if code in words.text)


def _access(words: _Words) -> Iterator[Told]:
    yield from (told for pattern, told in ACCESS if re.search(pattern, words.text, re.IGNORECASE | re.M))


_READERS = (_occupied, _workflows, _secrets, _large_files, _rules, _codes, _access)


# --- below --------------------------------------------------------------------------------------


def _remarks(stderr: str) -> Iterator[str]:
    for line in _ESCAPES.sub("", stderr).replace("\r", "\n").splitlines():
        text = line.removeprefix("remote:").strip() if line.startswith("remote:") else ""
        if text:
            yield text


_POINTER = re.compile(
    r"^(see )?https?://\S+$|^this repository moved|^please use the new location|^\(\?\)", re.IGNORECASE
)
"""What only says where to read on, or is told with whatever happens."""


def _last_word(words: _Words, stderr: str) -> str:
    """What is told of a refusal that is none of the known kinds: all that the other side said of it."""
    remarks = [line for line in words.remarks if not _POINTER.search(line)] or list(words.remarks)
    told = [line.removeprefix("error: ") for line in remarks if line.startswith(("error", "GH"))]
    rest = [line.strip() for line in stderr.splitlines() if line.strip()]
    some = told or ([] if words.reason not in _VAGUE else remarks)
    return "; ".join(some[:_MANY]) or words.reason or next(iter(remarks[-1:] or rest[-1:]), "no reason was given")


_VAGUE = ("", "hook declined", "pre-receive hook declined", "update hook declined", "remote rejected")


def _listed(items: Sequence[str]) -> str:
    some = list(dict.fromkeys(items))
    more = f" and {len(some) - _MANY} more" if len(some) > _MANY else ""
    return ", ".join(some[:_MANY]) + more


def _short(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _MOST else f"{line[:_MOST]}…"
