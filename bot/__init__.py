"""The face: command line, HTTP, GitHub, Telegram, admin page.

The upper floor. `bot.app` is the composition root; nothing below imports from here.
"""
