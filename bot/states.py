"""Everything the bot can be waiting for in a chat. Each has exactly one handler, and its words for a picture sent instead."""

from __future__ import annotations

from enum import StrEnum

from core.accounts import dialogs


class State(StrEnum):
    PROFILE = "profile"
    PROFILE_MORE = "profile_more"
    RATE = "rate"
    SEARCH = "search"
    LINK_CODE = dialogs.LINK_CODE
    INSTRUCT = "instruct"
    PRICE = "price"
    ANSWER = "answer"
    BRIEF = "brief"
    LIMIT = "limit"
    TEMPLATE = "template"
    TEMPLATE_EDIT = "template_edit"
    TEMPLATE_IMPORT = "template_import"
