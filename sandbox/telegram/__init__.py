"""A loopback stand-in of Telegram: its Bot API, and the people who talk to the bots."""
