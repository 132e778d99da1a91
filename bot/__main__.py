"""`pullwright`, and `python -m bot`: the command line, which may be interrupted while it is still being imported."""

from __future__ import annotations

import signal


def main() -> None:
    """Until the command line can say what an interruption means, it ends the process as quietly as any other's."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever started us has it ignored
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from bot.cli.main import main as command_line

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command_line()


if __name__ == "__main__":
    main()
