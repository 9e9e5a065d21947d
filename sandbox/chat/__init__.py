"""The sandbox's messenger: one page in the browser that talks to the user API of the Telegram side."""
