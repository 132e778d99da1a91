"""What holds for every test: how the tests were started does not reach what they start."""

from __future__ import annotations

import signal

# A shell's background and nohup have these ignored, which programs inherit; tests interrupt programs by them.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)
