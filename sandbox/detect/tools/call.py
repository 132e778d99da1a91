"""What a recognised command is, and the ways of making a rule that recognises one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Words = tuple[str, ...]
CheckKind = Literal["test", "lint", "types"]

_SAFE = re.compile(r"(?!.*\*\*)[\w@%+=:,./{}!\[\]~^*-]+")
NOISE = re.compile(
    r"(-v+|-q+|--verbose|--quiet|--colou?r(=.*)?|--show-diff-on-failure|--output-format=.*|--out-format=.*|--stats"
    r"|--format=(github|gitlab|checkstyle|junit).*|--github|--[a-z-]+-report=.*|--install-types|--non-interactive|--no-progress|--error-format=.*|--cache(=.*)?|--reporter=(github|dot|junit).*)"
)
FIXING = frozenset(
    [
        *("--fix", "--fix-only", "--unsafe-fixes", "--exit-non-zero-on-fix", "--write", "-w", "--apply"),
        *("--apply-unsafe", "-a", "-A", "--auto-correct", "--autocorrect", "--autocorrect-all", "--auto-correct-all"),
        *("--in-place", "-i", "--fix-dry-run", "--show-fixes", "--exit-non-zero-on-format", "--allow-dirty"),
        *("--allow-staged", "--unsafe"),
    ]
)
_FIXING = re.compile(
    r"--(auto-?)?(fix|write|apply|correct)(-(only|all|unsafe|suggestions|dangerously|layout))?(=(?!false$|none$|0$).*)?"
    r"|--(reformat|in-?place|(safe-)?auto-?correct)(=.*)?"
)
SNAPSHOTS = re.compile(
    r"--?update(-?[sS]napshots?)?(=(all|true|new))?"
    r"|--(snapshot-update|snapshot|test-update-snapshots|accept|bless|force-regen)|-u"
)
"""What has a test run write down what it finds as what is right."""


def rewrites(word: str) -> bool:
    """Whether a flag has a tool change the files that it looks at."""
    return word in FIXING or bool(_FIXING.fullmatch(word))


@dataclass(frozen=True, slots=True)
class ToolLine:
    """A recognised command. `key` names tool and mode; `words` never rewrites files.

    `mended` says that the repository's own command rewrites and this one was made from it.
    `skip` is the reason why it must not be run here, else empty.
    """

    kind: CheckKind
    key: str
    ecosystem: str
    words: Words
    mended: bool = False
    skip: str = ""
    raw: str = ""
    """The command line where it is more than words."""

    @property
    def line(self) -> str:
        return self.raw or " ".join(map(as_given if self.ecosystem == "javascript" else quoted, self.words))


def as_given(word: str) -> str:
    """A word for a tool that fills in patterns itself: the shell would hand on what it does not find."""
    return shlex.quote(word) if re.search(r"[*{]", word) else quoted(word)


def quoted(word: str) -> str:
    """A word as the shell reads it."""
    return word if _SAFE.fullmatch(word) else shlex.quote(word)


PIPED = "<piped>"
"""The first word of a command that stands for a listing piped into xargs; the second is the listing."""


Rule = Callable[[Words], ToolLine | None]
"""Takes an unwrapped command whose first word is the bare name of the tool."""


def flags(words: Words, *, drop: frozenset[str] = FIXING) -> Words:
    fixing = drop is FIXING
    return tuple(w for w in words if w not in drop and not (fixing and rewrites(w)) and not NOISE.fullmatch(w))


def static(words: Words, fallback: Words) -> Words:
    """The words, or the fallback where they hold something that only a CI run knows."""
    return fallback if any(map(_unknown, words)) else words


def _unknown(word: str) -> bool:
    return bool(re.search(r"[$`]|\*\*\*", word)) or ("{" in word and not re.search(r"\{[\w.,*/-]+\}", word))


def plain(kind: CheckKind, ecosystem: str, default: str = "", skip: str = "") -> Rule:
    def rule(words: Words) -> ToolLine | None:
        clean = static(flags(words), (words[0], *default.split()))
        if len(clean) == 1 and default:
            clean += tuple(default.split())
        return ToolLine(kind, words[0], ecosystem, clean, mended=any(map(rewrites, words)), skip=skip)

    return rule


def formatter(ecosystem: str, check: str, also: str = "", default: str = ".", shows: str = "") -> Rule:
    """A tool that rewrites unless it is asked to check. `also` are other words for that; with those of `shows` it
    rewrites nothing and passes all the same."""

    def rule(words: Words) -> ToolLine | None:
        checks = frozenset((check, *also.split()))
        # `-ir` is `-i -r`.
        words = tuple(w.replace("i", "") if re.fullmatch(r"-[a-zA-Z]{2,4}", w) and "i" in w else w for w in words)
        mended = not any(w.split("=")[0] in checks | {*shows.split()} for w in words)
        clean = static(flags(words), (words[0], check, default))
        if not any(w.split("=")[0] in checks for w in clean):
            clean = (clean[0], check, *(clean[1:] or (default,)))
        elif all(w.startswith("-") for w in clean[1:]):
            clean += (default,)
        return ToolLine("lint", words[0], ecosystem, clean, mended=mended)

    return rule


def only(kind: CheckKind, ecosystem: str, *modes: str, default: str = "") -> Rule:
    """A tool that checks only in some of its subcommands."""

    def rule(words: Words) -> ToolLine | None:
        if len(words) < 2 or words[1] not in modes:
            return None
        clean = static(flags(words), words[:2])
        return ToolLine(kind, words[0], ecosystem, clean, mended=any(map(rewrites, words)))

    return rule
