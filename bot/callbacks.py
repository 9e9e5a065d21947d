"""Callback data: 64 bytes at most, short prefixes, one id. Every press is checked again, it may be a year old."""

from __future__ import annotations

from uuid import UUID

from aiogram.filters.callback_data import CallbackData


class LanguageCb(CallbackData, prefix="lg"):
    locale: str


class PauseCb(CallbackData, prefix="pz"):
    """`verb` says what is wanted, not "the other state": pressing twice changes nothing."""

    verb: str


class ProfileCb(CallbackData, prefix="pf"):
    verb: str


class SearchCb(CallbackData, prefix="se"):
    verb: str
    search: UUID | None = None


class UpworkCb(CallbackData, prefix="up"):
    verb: str


class JobsCb(CallbackData, prefix="jb"):
    page: int


class CardCb(CallbackData, prefix="cd"):
    verb: str
    card: UUID
    arg: str = ""


class DraftCb(CallbackData, prefix="dr"):
    """`version` is the one the button stood under: a press under an older text must not change the newer one."""

    verb: str
    draft: UUID
    version: int = 0
    arg: str = ""


class MediaCb(CallbackData, prefix="md"):
    verb: str
    media: UUID


class TemplateCb(CallbackData, prefix="tp"):
    verb: str
    template: UUID | None = None


class ExperimentCb(CallbackData, prefix="ex"):
    """`arg` is a variant's place, or the factor a new one is about."""

    verb: str
    experiment: UUID | None = None
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


class StepUpCb(CallbackData, prefix="su"):
    """Goes on where a passed challenge found its person (see `bot.features.stepup`)."""

    challenge: UUID


class LimitCb(CallbackData, prefix="lm"):
    verb: str
    limit: str
    value: str = ""


class PrivacyCb(CallbackData, prefix="pv"):
    verb: str
    export: UUID | None = None


class MemoryCb(CallbackData, prefix="my"):
    """`family` is the kind of number a rule or a leaning is about, or the trait of the person's writing; a total from
    which to ring."""

    verb: str
    family: str = ""


class SecurityCb(CallbackData, prefix="sy"):
    verb: str


class AlertCb(CallbackData, prefix="al"):
    verb: str
    alert: UUID


class AuditCb(CallbackData, prefix="au"):
    """`before` is the number of the oldest event on the page above."""

    before: int | None = None


class JoinCb(CallbackData, prefix="jn"):
    """Carries the one-time token of a web login: whoever presses this joins that login's account."""

    token: str
