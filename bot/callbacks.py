"""Callback data: 64 bytes at most, short prefixes, one id. Every press is checked again, it may be a year old."""

from __future__ import annotations

from uuid import UUID

from aiogram.filters.callback_data import CallbackData


class LanguageCb(CallbackData, prefix="lg"):
    locale: str


class ProfileCb(CallbackData, prefix="pf"):
    verb: str


class SearchCb(CallbackData, prefix="se"):
    verb: str
    search: UUID | None = None


class UpworkCb(CallbackData, prefix="up"):
    verb: str


class CardCb(CallbackData, prefix="cd"):
    verb: str
    card: UUID
    arg: str = ""


class DraftCb(CallbackData, prefix="dr"):
    verb: str
    draft: UUID
    arg: str = ""


class ApproveCb(CallbackData, prefix="ok"):
    """Carries the nonce: whoever presses this button approves exactly the bytes it was shown with."""

    nonce: str


class ActionCb(CallbackData, prefix="ac"):
    verb: str
    action: UUID


class RoomCb(CallbackData, prefix="rm"):
    verb: str
    room: UUID
