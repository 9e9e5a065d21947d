"""Keyboards: what Telegram accepts, and what of it a chat shows."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.links import checked_link

ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
STYLES = {"danger", "success", "primary"}
BUTTON_LIMIT = 100

Markup = dict[str, Any]


def checked_markup(given: dict[str, Any] | None, *, inline_only: bool = False) -> Markup | None:
    """The reply markup in canonical form; None when there is nothing to show."""
    if not given:
        return None
    if "inline_keyboard" in given:
        rows = _rows(given["inline_keyboard"], "inline keyboard", _inline_button)
        return {"inline_keyboard": rows} if rows else None
    if inline_only:
        raise bad_request("inline keyboard expected")
    if "keyboard" in given:
        rows = _rows(given["keyboard"], "reply keyboard", _reply_button)
        extras = {
            name: given[name]
            for name in ("resize_keyboard", "one_time_keyboard", "input_field_placeholder", "is_persistent")
            if given.get(name)
        }
        return {"keyboard": rows, **extras}
    if given.get("remove_keyboard"):
        return {"remove_keyboard": True}
    if given.get("force_reply"):
        placeholder = str(given.get("input_field_placeholder") or "")
        if len(placeholder) > 64:
            raise bad_request("input field placeholder is too long")
        return {"force_reply": True} | ({"input_field_placeholder": placeholder} if placeholder else {})
    return None


def _rows(given: Any, what: str, parse: Any) -> list[list[dict[str, Any]]]:
    if not isinstance(given, list):
        raise bad_request(f'field "{what.replace(" ", "_")}" must be of type Array')
    rows = []
    for row in given:
        if not isinstance(row, list):
            raise bad_request(f"{what} row must be an Array")
        buttons = [button for button in map(parse, row) if button["text"]]
        if buttons:
            rows.append(buttons)
    if sum(map(len, rows)) > BUTTON_LIMIT:
        raise bad_request("reply markup is too long")
    return rows


def _reply_button(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        return {"text": given}
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise bad_request("can't parse keyboard button: Object expected as a keyboard button")
    asked = {name: True for name in ("request_contact", "request_location") if given.get(name) is True}
    style = {"style": given["style"]} if _known_style(given.get("style")) else {}
    return {"text": given["text"], **asked, **style}


def _known_style(style: Any) -> bool:
    return isinstance(style, str) and style in STYLES


def _inline_button(given: Any) -> dict[str, Any]:
    def refuse(reason: str) -> ApiError:
        return bad_request(f"can't parse inline keyboard button: {reason}")

    if not isinstance(given, dict):
        raise refuse("Object expected")
    if not isinstance(given.get("text"), str):
        raise refuse('Can\'t find field "text"')
    actions = [name for name in ACTIONS if given.get(name) is not None and given.get(name) is not False]
    if not actions:
        raise refuse("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise refuse(f"Exactly one action must be specified, found {', '.join(actions)}")
    action = actions[0]
    style = given.get("style")
    if style is not None and not _known_style(style):
        raise refuse("Invalid button style specified")
    button = {"text": given["text"], action: _action_value(action, given[action])}
    if style:
        button["style"] = style
    if given.get("icon_custom_emoji_id"):
        button["icon_custom_emoji_id"] = str(given["icon_custom_emoji_id"])
    return button


def _action_value(action: str, value: Any) -> Any:
    match action:
        case "callback_data":
            if not isinstance(value, str) or not 1 <= len(value.encode("utf-8", "replace")) <= 64:
                raise bad_request("BUTTON_DATA_INVALID")
        case "url":
            link = checked_link(str(value))
            if link is None:
                raise bad_request(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
            return link
        case "web_app":
            url = str(value.get("url", "")) if isinstance(value, dict) else ""
            if not url.lower().startswith("https://") or checked_link(url) is None:
                raise bad_request(
                    f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
                )
        case "login_url":
            url = str(value.get("url", "")) if isinstance(value, dict) else ""
            link = checked_link(url)
            if link is None:
                raise bad_request(f"inline keyboard button login URL '{url}' is invalid: Wrong HTTP URL")
            return {"url": link}
        case "copy_text":
            text = value.get("text") if isinstance(value, dict) else None
            if not isinstance(text, str) or not 1 <= len(text) <= 256:
                raise bad_request("BUTTON_COPY_TEXT_INVALID")
            return {"text": text}
        case "disabled":
            return {}
        case _:
            pass
    return value


def shown_button(button: dict[str, Any]) -> dict[str, Any]:
    """A button of the user API: label, kind, and what the kind needs."""
    shown: dict[str, Any] = {"label": button["text"], "kind": "callback"}
    if "url" in button or "login_url" in button:
        shown |= {"kind": "url", "url": button.get("url") or button["login_url"]["url"]}
    elif "copy_text" in button:
        shown |= {"kind": "copy", "copy_text": button["copy_text"]["text"]}
    elif "web_app" in button:
        shown |= {"kind": "web_app", "url": button["web_app"]["url"]}
    if "style" in button:
        shown["style"] = button["style"]
    if "disabled" in button:
        shown["disabled"] = True
    return shown
