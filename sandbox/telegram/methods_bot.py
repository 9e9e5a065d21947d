"""What a bot says about itself: name, texts, commands, menu button."""

from __future__ import annotations

import re
from typing import Any

from sandbox.telegram.errors import bad_request
from sandbox.telegram.registry import Call, method
from sandbox.telegram.render import me_json
from sandbox.telegram.views import commands_for

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
}


@method("getMe")
async def get_me(call: Call) -> dict[str, Any]:
    return me_json(call.bot)


@method("logOut", "close")
async def log_out(_call: Call) -> bool:
    return True


def _commands_key(call: Call) -> str:
    scope = call.params.object("scope") or {}
    kind = str(scope.get("type", "default"))
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if kind.startswith("chat"):
        kind += f":{scope.get('chat_id')}"
    return f"{kind}|{_language(call)}"


def _language(call: Call) -> str:
    language = call.params.text("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


@method("setMyCommands")
async def set_my_commands(call: Call) -> bool:
    given = call.params.items("commands")
    if given is None or len(given) > 100:
        raise bad_request("can't parse commands: Expected an Array of at most 100 bot commands")
    commands = []
    for item in given:
        name = str(item.get("command", "")).lstrip("/") if isinstance(item, dict) else ""
        description = str(item.get("description", "")).strip() if isinstance(item, dict) else ""
        if not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        commands.append({"command": name, "description": description})
    _store_commands(call, commands)
    return True


@method("getMyCommands")
async def get_my_commands(call: Call) -> list[dict[str, Any]]:
    return call.bot.commands.get(_commands_key(call), [])


@method("deleteMyCommands")
async def delete_my_commands(call: Call) -> bool:
    _store_commands(call, [])
    return True


def _store_commands(call: Call, commands: list[dict[str, Any]]) -> None:
    key = _commands_key(call)
    if commands:
        call.bot.commands[key] = commands
    else:
        call.bot.commands.pop(key, None)
    call.world.save_bot(call.bot)
    for (bot_id, user_id), chat in call.world.chats.items():
        if bot_id == call.bot.bot_id and chat.started:
            commands = commands_for(call.bot, call.world.users[user_id])
            call.world.emit(bot_id, user_id, "commands", commands=commands)


def _set_text(call: Call, texts: dict[str, str], field: str, limit: int, error: str) -> bool:
    text = call.params.text(field) or ""
    if len(text) > limit:
        raise bad_request(error)
    language = _language(call)
    texts[language] = text
    if not text:
        del texts[language]
    call.world.save_bot(call.bot)
    return True


def _get_text(call: Call, texts: dict[str, str], field: str, fallback: str = "") -> dict[str, str]:
    return {field: texts.get(_language(call)) or texts.get("") or fallback}


@method("setMyName")
async def set_my_name(call: Call) -> bool:
    return _set_text(call, call.bot.names, "name", 64, "BOT_TITLE_INVALID")


@method("getMyName")
async def get_my_name(call: Call) -> dict[str, str]:
    return _get_text(call, call.bot.names, "name", call.bot.name)


@method("setMyDescription")
async def set_my_description(call: Call) -> bool:
    return _set_text(call, call.bot.descriptions, "description", 512, "BOT_DESCRIPTION_TOO_LONG")


@method("getMyDescription")
async def get_my_description(call: Call) -> dict[str, str]:
    return _get_text(call, call.bot.descriptions, "description")


@method("setMyShortDescription")
async def set_my_short_description(call: Call) -> bool:
    texts = call.bot.short_descriptions
    return _set_text(call, texts, "short_description", 120, "BOT_SHORT_DESCRIPTION_TOO_LONG")


@method("getMyShortDescription")
async def get_my_short_description(call: Call) -> dict[str, str]:
    return _get_text(call, call.bot.short_descriptions, "short_description")


@method("setChatMenuButton")
async def set_chat_menu_button(call: Call) -> bool:
    button = call.params.object("menu_button") or {"type": "default"}
    if str(button.get("type")) not in {"commands", "web_app", "default"}:
        raise bad_request("can't parse menu button: Unsupported type specified")
    if button["type"] == "web_app":
        target = button.get("web_app")
        url = str(target.get("url", "")) if isinstance(target, dict) else ""
        if not url.lower().startswith("https://"):
            raise bad_request(f"menu button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    chat_id = call.params.integer("chat_id")
    key = str(chat_id) if chat_id else ""
    if chat_id:
        call.world.chat_for_bot(call.bot.bot_id, chat_id)
    call.bot.menu_buttons[key] = button
    call.world.save_bot(call.bot)
    return True


@method("getChatMenuButton")
async def get_chat_menu_button(call: Call) -> dict[str, Any]:
    chat_id = call.params.integer("chat_id")
    buttons = call.bot.menu_buttons
    return buttons.get(str(chat_id)) or buttons.get("") or {"type": "commands"}
