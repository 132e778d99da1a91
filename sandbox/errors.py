"""The errors of every floor grow from the two roots in this file.

    Exception
    ├── UserError              the user can mend it: a sentence, and a remedy
    │   ├── SandboxUnavailable   no backend can hold the promised limits here
    │   ├── RepositoryError      the repository cannot be used as it is
    │   │   └── PushRefused        the other side does not take a push, and says why
    │   ├── TreeRefused          a tree holds something that is never let onto the host
    │   ├── PathRefused          a file tool was asked to leave the tree
    │   ├── RollbackRefused      a human built on top; undoing would destroy it
    │   ├── RollbackStopped      it was under way when something was refused; it can be gone on with
    │   └── (workflows.errors, bot.settings add theirs)
    └── TransientError         it may pass by itself: retried with backoff
        └── NoRoom               this machine has no room for anything: waited out, as a service that is away

Whatever is neither is a bug of ours: it is logged, fails a test, and the user reads one
honest sentence with the run's id.
"""

import errno
import os

_ROOM_SECONDS = 15.0
_EXHAUSTED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS, errno.EIO})
"""What a machine lacks at times, whatever was asked of it."""


class UserError(Exception):
    """Something the user can mend.

    `sentence` says what is wrong, `remedy` what to do about it (may be empty).
    `str()` gives both, ready to print.
    """

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence, remedy)
        self.sentence = sentence
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".rstrip()


class SandboxUnavailable(UserError):
    """No sandbox backend can be had, or not with the limits that were asked for."""


class RepositoryError(UserError):
    """The repository cannot be used as it is: not git, bare, dirty, detached, unreachable."""


class PushRefused(RepositoryError):
    """The other side does not take a push as it is: a rule, a file, a secret, a name. Trying again changes nothing."""


class TreeRefused(UserError):
    """A tree holds something that the host never takes in: nested repository, device, huge file."""


class PathRefused(UserError):
    """A path leaves the tree, or passes through a symlink on its way."""


class RollbackRefused(UserError):
    """Undoing would destroy what somebody else did; the sentence names what stands in the way."""


class RollbackStopped(UserError):
    """Undoing was refused when a part was undone already; the same rollback goes on from there."""


class TransientError(Exception):
    """A failure that may pass by itself (network, rate limit, busy database).

    `retry_after` is in seconds, None where the other side did not say. `away` says that a
    whole service does not answer anybody at the moment, so that it is nobody's own failure.
    """

    def __init__(self, sentence: str, retry_after: float | None = None, *, away: bool = False) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        self.away = away


class NoRoom(TransientError):
    """This machine lacks room on a disk, open files or memory. That is no failure of whoever meets it."""

    def __init__(self, why: str) -> None:
        words = f"This machine has no room for it at the moment: {why.rstrip('.')}. It goes on when somebody made room."
        super().__init__(words, _ROOM_SECONDS, away=True)


def no_room(error: BaseException | None) -> NoRoom | None:
    """What an error comes from, where that is a lack of this machine's, however it is called by now."""
    if error is None or isinstance(error, NoRoom):
        return error
    if isinstance(error, OSError) and error.errno in _EXHAUSTED:
        return NoRoom(os.strerror(error.errno))
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else (error.__cause__ or error.__context__,)
    return next((found for one in inner if (found := no_room(one)) is not None), None)
