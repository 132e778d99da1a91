"""What can be done to runs while no engine, or another process's, is at work on them: see `bot.acting`."""

from bot.acting import NoEngine as NoEngine
from bot.acting import NoReporter as NoReporter
from bot.acting import detached as detached
