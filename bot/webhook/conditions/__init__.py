"""Under which conditions an event asks for something: each a function of `bot.webhook.triggers`' rows."""
