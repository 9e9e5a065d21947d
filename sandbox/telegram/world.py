"""The sandbox's memory in use: who exists, what was said, which updates wait for which bot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.telegram.errors import UserApiError, bad_request
from sandbox.telegram.hub import Channel, Event, Hub
from sandbox.telegram.state import (
    Bot,
    Callback,
    Chat,
    Message,
    StoredFile,
    Update,
    User,
    bot_from_json,
    chat_from_json,
)
from sandbox.telegram.store import Store

FIRST_USER_ID = 700_000_001
FIRST_UPDATE_ID = 100_000_001
UPDATE_LIFE = 24 * 3600
# Telegram leaves these out unless the bot asks for them by name.
OPT_IN_UPDATES = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(slots=True)
class Tuning:
    """What tests and benchmarks may change; times in seconds."""

    flood: bool = False
    flood_burst: int = 5
    callback_ttl: float = 60.0
    draft_ttl: float = 30.0
    webhook_backoff: float = 1.0


@dataclass(slots=True)
class World:
    """All bots, people and chats of one sandbox."""

    store: Store
    hub: Hub = field(default_factory=Hub)
    tuning: Tuning = field(default_factory=Tuning)
    bots: dict[int, Bot] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[tuple[int, int], Chat] = field(default_factory=dict)
    messages: dict[tuple[int, int], dict[int, Message]] = field(default_factory=dict)
    updates: dict[int, dict[int, Update]] = field(default_factory=dict)
    callbacks: dict[str, Callback] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    first_seq: int = 0

    # Reading -----------------------------------------------------------------

    def newest_bot(self) -> Bot:
        if not self.bots:
            raise UserApiError(503, "No bot has connected to the sandbox yet. Start the bot, then try again.")
        return max(self.bots.values(), key=lambda bot: bot.rank)

    def user(self, user_id: int) -> User:
        user = self.users.get(user_id)
        if user is None:
            raise UserApiError(404, f"There is no user {user_id}. Create one with POST /user/sessions.")
        return user

    def chat(self, bot_id: int, user_id: int) -> Chat:
        """The chat as its user sees it; it exists from the first look on."""
        return self.chats.setdefault((bot_id, user_id), Chat(bot_id, user_id))

    def chat_for_bot(self, bot_id: int, chat_id: int | None) -> Chat:
        """The chat as the bot may see it: only after its user wrote first."""
        chat = self.chats.get((bot_id, chat_id or 0))
        if chat is None or not chat.started:
            raise bad_request("chat not found")
        return chat

    def chat_messages(self, bot_id: int, user_id: int) -> list[Message]:
        """Visible messages, oldest first."""
        return [item for item in self.messages.get((bot_id, user_id), {}).values() if not item.deleted]

    def message(self, bot_id: int, chat_id: int, message_id: int | None) -> Message | None:
        found = self.messages.get((bot_id, chat_id), {}).get(message_id or 0)
        return None if found is None or found.deleted else found

    def pending(self, bot_id: int) -> Iterator[Update]:
        """Updates not yet confirmed, in the order they were made."""
        queue = self.updates.setdefault(bot_id, {})
        now = time.time()
        for update in list(queue.values()):
            if update.expires_at < now:
                self.forget_update(update)
            else:
                yield update

    # Counting ----------------------------------------------------------------

    def next_id(self, counter: str, first: int = 1) -> int:
        value = self.counters.get(counter, first - 1) + 1
        self.set_counter(counter, value)
        return value

    def set_counter(self, counter: str, value: int) -> None:
        self.counters[counter] = value
        self.store.put("counter", counter, {"name": counter, "value": value})

    @property
    def seq(self) -> int:
        return self.counters.get("seq", 0)

    # Writing -----------------------------------------------------------------

    def register_bot(self, bot_id: int) -> Bot:
        bot = self.bots.get(bot_id)
        if bot is None:
            username = f"gigwright{bot_id}_bot" if self.bots else "gigwright_bot"
            bot = Bot(bot_id, self.next_id("bot_rank"), username, "Gigwright")
            self.bots[bot_id] = bot
            self.save_bot(bot)
        return bot

    def save_bot(self, bot: Bot) -> None:
        self.store.put("bot", str(bot.bot_id), bot)

    def save_user(self, user: User) -> None:
        self.users[user.user_id] = user
        self.store.put("user", str(user.user_id), user)

    def save_chat(self, chat: Chat) -> None:
        self.chats[chat.bot_id, chat.user_id] = chat
        self.store.put("chat", f"{chat.bot_id}:{chat.user_id}", chat)

    def save_message(self, message: Message) -> None:
        self.messages.setdefault((message.bot_id, message.chat_id), {})[message.message_id] = message
        self.store.put("message", f"{message.bot_id}:{message.message_id}", message)

    def save_callback(self, callback: Callback) -> None:
        self.callbacks[callback.callback_id] = callback
        self.store.put("callback", callback.callback_id, callback)

    def save_file(self, stored: StoredFile, data: bytes) -> None:
        self.files[stored.file_id] = stored
        self.store.put_blob(stored.file_id, data)
        self.store.put("file", stored.file_id, stored)

    def forget_update(self, update: Update) -> None:
        self.updates.get(update.bot_id, {}).pop(update.serial, None)
        self.store.drop("update", str(update.serial))

    def push_update(self, bot_id: int, kind: str, body: dict[str, Any], *, queue: int) -> None:
        """Queue an update unless the bot did not ask for its kind. Updates of one `queue` keep their order."""
        allowed = self.bots[bot_id].allowed_updates
        if kind in allowed if allowed else kind not in OPT_IN_UPDATES:
            self._queue_update(bot_id, {kind: body}, None, queue)

    def push_raw(self, bot_id: int, body: dict[str, Any], update_id: int | None) -> int:
        """Queue anything as an update, under a new number or under one that was used before."""
        return self._queue_update(bot_id, body, update_id, 0)

    def _queue_update(self, bot_id: int, body: dict[str, Any], fixed: int | None, queue: int) -> int:
        update_id = self.next_id(f"update:{bot_id}", FIRST_UPDATE_ID) if fixed is None else fixed
        serial, expires_at = self.next_id("update_serial"), time.time() + UPDATE_LIFE
        update = Update(serial, bot_id, update_id, queue, body, expires_at, forced=fixed is not None)
        self.updates.setdefault(bot_id, {})[serial] = update
        self.save_update(update)
        self.hub.bot_signal(bot_id).notify()
        return update_id

    def save_update(self, update: Update) -> None:
        self.store.put("update", str(update.serial), update)

    def emit(self, bot_id: int, user_id: int, kind: str, **body: Any) -> int:
        """Tell the chat's watchers; returns the event's number."""
        event = Event(self.next_id("seq"), kind, body)
        channel: Channel = self.hub.channel(bot_id, user_id)
        channel.events.append(event)
        channel.signal.notify()
        return event.seq

    def reset(self, *, forget_bots: bool = False) -> None:
        """Forget people, chats and updates; never the counters, so no id is given twice.

        Bots stay as they are unless asked for: one that is running would not introduce itself again.
        """
        counters = dict(self.counters)
        for memory in (self.users, self.chats, self.messages, self.updates, self.callbacks, self.files):
            memory.clear()
        if forget_bots:
            self.bots.clear()
        self.tuning = Tuning()
        self.store.clear()
        for bot in self.bots.values():
            self.save_bot(bot)
        for name, value in counters.items():
            self.set_counter(name, value)
        self.hub.clear()
        for bot_id, user_id in self.hub.watched():
            self.emit(bot_id, user_id, "resync")


def open_world(state_dir: Path | None) -> World:
    """A world as it was left in `state_dir`, or an empty one in memory."""
    store = Store(state_dir)
    world = World(store)
    world.counters = {item["name"]: item["value"] for item in store.all("counter")}
    world.bots = {bot.bot_id: bot for bot in map(bot_from_json, store.all("bot"))}
    world.users = {item["user_id"]: User(**item) for item in store.all("user")}
    chats = map(chat_from_json, store.all("chat"))
    world.chats = {(chat.bot_id, chat.user_id): chat for chat in chats}
    for item in sorted(store.all("message"), key=lambda item: int(item["message_id"])):
        message = Message(**item)
        world.messages.setdefault((message.bot_id, message.chat_id), {})[message.message_id] = message
    for item in sorted(store.all("update"), key=lambda item: int(item["serial"])):
        world.updates.setdefault(item["bot_id"], {})[item["serial"]] = Update(**item)
    world.callbacks = {item["callback_id"]: Callback(**item) for item in store.all("callback")}
    world.files = {item["file_id"]: StoredFile(**item) for item in store.all("file")}
    world.first_seq = world.seq
    return world
