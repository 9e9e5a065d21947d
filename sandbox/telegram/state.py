"""What the sandbox remembers: bots, people, private chats, messages, files and waiting updates.

Message content is kept in the shape the Bot API shows it, so rendering adds the surroundings and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class User:
    user_id: int
    name: str
    language_code: str = "en"
    username: str | None = None


@dataclass(slots=True)
class Webhook:
    """Where updates go; `token` is the one that set it, in whose name its answers are executed."""

    url: str = ""
    token: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass(slots=True)
class Bot:
    """One bot. `commands` is keyed by scope and language, the texts by language ("" is the default)."""

    bot_id: int
    rank: int
    username: str
    name: str
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    menu_buttons: dict[str, dict[str, Any]] = field(default_factory=dict)
    allowed_updates: list[str] | None = None
    webhook: Webhook = field(default_factory=Webhook)


@dataclass(slots=True)
class Draft:
    draft_id: int
    text: str
    entities: list[dict[str, Any]]
    can_stop: bool
    keep_on_stop: bool
    expires_at: float


@dataclass(slots=True)
class Chat:
    """The private chat of one user with one bot; its Bot API id is the user's id."""

    bot_id: int
    user_id: int
    started: bool = False
    blocked: bool = False
    draft: Draft | None = None
    stopped_draft_id: int | None = None
    action: str | None = None
    action_until: float = 0.0


@dataclass(slots=True)
class Message:
    """One message. `content` holds the Bot API fields text, entities, caption, photo, document and so on."""

    bot_id: int
    chat_id: int
    message_id: int
    from_bot: bool
    date: int
    content: dict[str, Any]
    markup: dict[str, Any] | None = None
    reply_to: int | None = None
    quote: dict[str, Any] | None = None
    forward_origin: dict[str, Any] | None = None
    media_group_id: str | None = None
    effect_id: str | None = None
    edit_date: int | None = None
    pinned: bool = False
    protected: bool = False
    deleted: bool = False
    user_reactions: list[dict[str, Any]] = field(default_factory=list)
    bot_reactions: list[dict[str, Any]] = field(default_factory=list)
    changed_seq: int = 0
    changed_count: int = 0

    @property
    def inline_keyboard(self) -> list[list[dict[str, Any]]] | None:
        rows: list[list[dict[str, Any]]] | None = (self.markup or {}).get("inline_keyboard")
        return rows or None


@dataclass(slots=True)
class Update:
    """A waiting update. A `forced` one (from the control API) is handed out once whatever the poll's offset."""

    serial: int
    bot_id: int
    update_id: int
    queue: int
    body: dict[str, Any]
    expires_at: float
    forced: bool = False
    delivered: bool = False


@dataclass(slots=True)
class Callback:
    callback_id: str
    bot_id: int
    user_id: int
    message_id: int
    created_at: float
    answer: dict[str, Any] | None = None


@dataclass(slots=True)
class StoredFile:
    """A file's description; its bytes live in the store under `file_id`."""

    file_id: str
    unique_id: str
    bot_id: int
    kind: str
    path: str
    name: str
    mime: str
    size: int
    width: int = 0
    height: int = 0


def bot_from_json(data: dict[str, Any]) -> Bot:
    return Bot(**{**data, "webhook": Webhook(**data["webhook"])})


def chat_from_json(data: dict[str, Any]) -> Chat:
    draft = data["draft"]
    return Chat(**{**data, "draft": Draft(**draft) if draft else None})
