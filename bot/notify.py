"""The only sender outside handlers: reads the row, renders it in the user's language, remembers what was sent where."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import PASSING, has_left
from bot.files import fetch
from bot.foreign import markup
from bot.memory import note, remember
from bot.sending import refresh_card
from bot.texts import DEFAULT_LOCALE, Words
from bot.ui import Screen, redraw, send, units
from bot.views import alerts, linking, pages, privacy
from bot.views.cards import card_screen, list_screen
from bot.views.media import media_page, note_status
from bot.views.stepup import outcome_screen
from bot.views.stories import story_screens
from bot.views.templates import offer_screen
from core.accounts.service import Account, load_account, mark_unreachable
from core.drafting.lint import reveal
from core.drafting.service import stream_number
from core.errors import Unavailable
from core.jobs_feed import service as feed
from core.jobs_feed.models import CardState
from core.log import get_logger
from core.messaging import service as messaging
from core.notifications.models import Subject
from core.notifications.notifier import DraftWatcher, Trouble
from core.notifications.report import Report
from core.privacy.export import export_view, page_url
from core.privacy.models import ExportState
from core.runtime import Runtime
from core.security.alerts.models import Alert, AlertKind
from core.security.alerts.service import get_alert
from core.security.page_links import Purpose, new_page_link
from core.security.stepup.passing import outcome_of
from core.templates.improving import Improvement
from core.templates.service import get_template
from core.upwork.confirming import link_news

log = get_logger(__name__)

_FRAME_SECONDS = 0.9
_FRAME_LIMIT = 4000
_MOST_DELETED = 100  # Telegram's limit for one call


class TelegramNotifier:
    """Implements `core.notifications.Notifier`. Raises Unavailable when Telegram did not take a message that matters."""

    def __init__(self, rt: Runtime, bot: Bot) -> None:
        self._rt = rt
        self._bot = bot

    async def card(self, tenant_id: UUID, card_id: UUID) -> None:
        rt = self._rt
        account = await self._reachable(tenant_id)
        if account is None:
            return
        async with rt.db.begin(tenant_id) as session:
            card = await feed.get_card(session, card_id=card_id, lock=True)
            if card.row.delivered_at is not None or card.posting is None:
                return
            card.row.sending_at = rt.clock.now()
            recent = await feed.recent_totals(session)
        screen = card_screen(Words(account.locale), card, now=rt.clock.now(), recent=recent)
        message_id = await self._send(account, screen)
        if message_id is None:
            return
        async with rt.db.begin(tenant_id) as session:
            row = (await feed.get_card(session, card_id=card_id, lock=True)).row
            row.delivered_at = rt.clock.now()
            row.chat_id, row.message_id = account.chat_id, message_id
            if row.state == CardState.NEW:
                row.state = CardState.SHOWN
            await _note(session, account, message_id, Subject.CARD, card_id)
            read_meanwhile = card.reading is None and (await feed.get_card(session, card_id=card_id)).reading
        if read_meanwhile:
            await self._reopen(account, card_id)

    async def reading(self, tenant_id: UUID, card_id: UUID) -> None:
        account = await self._reachable(tenant_id)
        if account is not None:
            await self._reopen(account, card_id)

    async def digest(self, tenant_id: UUID) -> None:
        rt = self._rt
        account = await self._reachable(tenant_id)
        if account is None:
            return
        async with rt.db.begin(tenant_id) as session:
            cards = [card for card in await feed.waiting_for_digest(session) if card.posting is not None]
        if not cards:
            return
        words = Words(account.locale)
        message_id = await self._send(
            account, list_screen(words, words("digest.heading", n=len(cards)), cards)
        )
        if message_id is None:
            return
        async with rt.db.begin(tenant_id) as session:
            for card in cards:
                row = (await feed.get_card(session, card_id=card.id, lock=True)).row
                row.delivered_at = rt.clock.now()
                if row.state == CardState.NEW:
                    row.state = CardState.SHOWN

    def draft_watcher(self, tenant_id: UUID, draft_id: UUID) -> DraftWatcher:
        return _Stream(self._rt, self._bot, tenant_id, draft_id)

    async def draft(self, tenant_id: UUID, draft_id: UUID) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        page = await pages.draft_page(self._rt, account, draft_id=draft_id)
        if page.replaces is not None:
            with suppress(TelegramAPIError):
                await self._bot.edit_message_reply_markup(chat_id=account.chat_id, message_id=page.replaces)
        last = None
        for screen in page.screens:
            last = await self._send(account, screen, reply_to=page.reply_to)
            if last is not None:
                await remember(self._rt, account, last, Subject.DRAFT, draft_id)
        if last is not None:
            await pages.note_draft_message(self._rt, account, draft_id=draft_id, message_id=last)
        await self._reopen(account, page.reopened)

    async def _reopen(self, account: Account, card_id: UUID | None) -> None:
        """The job card says again what can be done with it. It is a courtesy: Telegram's refusal changes nothing."""
        with suppress(TelegramAPIError):
            await refresh_card(self._rt, account, self._bot, card_id)

    async def template(self, tenant_id: UUID, template_id: UUID, outcome: Improvement) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        words = Words(account.locale)
        if outcome is Improvement.OFFERED:
            async with self._rt.db.begin(tenant_id) as session:
                keys = await self._rt.keys(session)
                letter = await get_template(session, keys, template_id=template_id)
            await self._send(account, offer_screen(words, letter))
        elif outcome is not Improvement.GONE:
            await self._send(account, Screen(words(f"template.improve_{outcome.value}")))

    async def fetch(self, tenant_id: UUID, file_id: str, *, most: int) -> bytes:
        account = await self._reachable(tenant_id)
        if account is not None:
            with suppress(TelegramAPIError):
                await self._bot.send_chat_action(account.chat_id, ChatAction.TYPING)
        return await fetch(self._bot, file_id, most=most)

    async def media(self, tenant_id: UUID, media_id: UUID) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        page = await media_page(self._rt, account, media_id=media_id)
        if page is None:
            return
        [first, *others] = page.screens
        try:
            shown = page.status_id is not None and await redraw(
                self._bot, account.chat_id, page.status_id, first
            )
        except TelegramForbiddenError:
            await self._gone(account)
            return
        except PASSING as error:
            raise Unavailable("telegram") from error
        for screen in others if shown else page.screens:
            sent = await self._send(account, screen, reply_to=page.reply_to)
            if sent is not None:
                await note_status(self._rt, account, page, sent)

    async def action(self, tenant_id: UUID, action_id: UUID) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        page = await pages.action_page(self._rt, account, action_id=action_id)
        await self._reopen(account, page.reopened)
        if page.message_id is not None:
            try:
                if await redraw(self._bot, account.chat_id, page.message_id, page.screen):
                    return
            except TelegramForbiddenError:
                await self._gone(account)
                return
            except PASSING as error:
                raise Unavailable("telegram") from error
        message_id = await self._send(account, page.screen)
        if message_id is not None:
            await pages.note_action_message(self._rt, account, action_id=action_id, message_id=message_id)
            await remember(self._rt, account, message_id, Subject.DRAFT, page.draft_id)

    async def stories(self, tenant_id: UUID, room_id: UUID) -> None:
        """One after another: the first opens the thread that the others answer."""
        async with self._rt.db.begin(tenant_id) as session:
            waiting = await messaging.undelivered(session, room_id=room_id)
        for story_id in waiting:
            account = await self._reachable(tenant_id)
            if account is None:
                return
            await self._story(account, story_id)

    async def _story(self, account: Account, story_id: UUID) -> None:
        rt, tenant_id = self._rt, account.tenant_id
        async with rt.db.begin(tenant_id) as session:
            card = await messaging.get_story_card(session, await rt.keys(session), story_id=story_id)
            if card.story.delivered_at is not None or card.text is None:
                return
            card.story.sending_at = rt.clock.now()
            head = card.room.head_message_id
        screens = story_screens(Words(account.locale), card, first=head is None)
        sent = [await self._send(account, screen, reply_to=head) for screen in screens]
        delivered = [message_id for message_id in sent if message_id is not None]
        if len(delivered) < len(sent):
            return
        async with rt.db.begin(tenant_id) as session:
            card = await messaging.get_story_card(session, await rt.keys(session), story_id=story_id)
            card.story.delivered_at = rt.clock.now()
            if card.room.head_message_id is None:
                card.room.head_message_id = delivered[0]
            for message_id in delivered:
                await _note(session, account, message_id, Subject.ROOM, card.room.id)

    async def link(self, tenant_id: UUID, ref: UUID) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        async with self._rt.db.begin(tenant_id) as session:
            news = await link_news(session, self._rt.vault, self._rt.clock, ref=ref)
            await linking.expect_code(session, account, news)
        if news is not None:
            await self._send(account, linking.news_screen(Words(account.locale), news))

    async def step_up(self, tenant_id: UUID, challenge_id: UUID) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        async with self._rt.db.begin(tenant_id) as session:
            row = await outcome_of(session, challenge_id)
        if row is None or (row.passed_at is None and row.failed_at is None) or row.resumed_at is not None:
            return
        screen = outcome_screen(Words(account.locale), row)
        try:
            if row.message_id is not None and await redraw(
                self._bot, account.chat_id, row.message_id, screen
            ):
                return
        except TelegramForbiddenError:
            await self._gone(account)
            return
        except PASSING as error:
            raise Unavailable("telegram") from error
        await self._send(account, screen)

    async def alert(self, tenant_id: UUID, alert_id: UUID) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        async with self._rt.db.begin(tenant_id) as session:
            alert = await get_alert(session, alert_id=alert_id)
        if alert.told_at is not None:
            return
        # Whoever locked the account or typed Upwork's code in the chat has read there what came of it.
        read = alert.kind == AlertKind.LOCKED and alert.facts.get("reason") in ("chat", "alert")
        if not read and alert.kind != AlertKind.UPWORK_LINKED:
            screen = alerts.alert_screen(Words(account.locale), alert)
            if await self._send(account, screen) is None:
                return
        async with self._rt.db.begin(tenant_id) as session:
            (await get_alert(session, alert_id=alert_id)).told_at = self._rt.clock.now()

    async def watcher(self, chat_id: int, locale: str | None, news: Alert | Trouble) -> None:
        words = Words(locale or DEFAULT_LOCALE)
        screen = (
            alerts.trouble_screen(words, news)
            if isinstance(news, Trouble)
            else alerts.operators_screen(words, news)
        )
        try:
            await send(self._bot, chat_id, screen)
        except (TelegramForbiddenError, TelegramBadRequest) as error:
            log.error("watcher.not_told", error=str(error))
        except PASSING as error:
            raise Unavailable("telegram") from error

    async def report(self, tenant_id: UUID, report: Report) -> None:
        account = await self._reachable(tenant_id)
        if account is not None:
            await self._send(account, alerts.report_screen(Words(account.locale), report))

    async def webhook_url(self) -> str:
        try:
            return (await self._bot.get_webhook_info()).url
        except PASSING as error:
            raise Unavailable("telegram") from error

    async def export(self, tenant_id: UUID, export_id: UUID, *, done: int, total: int) -> None:
        account = await self._reachable(tenant_id)
        if account is None:
            return
        words, rt = Words(account.locale), self._rt
        async with rt.db.begin(tenant_id) as session:
            view = await export_view(session, export_id=export_id)
            if done < total:
                screen = privacy.progress_screen(words, done=done, total=total)
            elif view is not None and view.state is ExportState.READY:
                token = await new_page_link(session, Purpose.EXPORT, clock=rt.clock, ref=export_id)
                screen = privacy.ready_screen(words, view, page_url(rt.settings, token))
            else:
                screen = privacy.over_screen(words)
        if view is None:
            return
        with suppress(TelegramAPIError):
            if view.message_id is not None and await redraw(
                self._bot, account.chat_id, view.message_id, screen
            ):
                return
        if done == total:
            await self._send(account, screen)

    async def unsend(self, chat_id: int, message_ids: Sequence[int]) -> None:
        for start in range(0, len(message_ids), _MOST_DELETED):
            with suppress(TelegramAPIError):
                await self._bot.delete_messages(chat_id, list(message_ids[start : start + _MOST_DELETED]))

    async def farewell(self, account: Account, *, revoked: bool) -> None:
        with suppress(TelegramAPIError):
            text = privacy.farewell_text(Words(account.locale), revoked=revoked)
            await send(self._bot, account.chat_id, Screen(text))

    async def _reachable(self, tenant_id: UUID) -> Account | None:
        """The account, unless its user blocked the bot: then nothing is sent until they come back."""
        account = await load_account(self._rt.db, tenant_id=tenant_id)
        return None if account is None or account.unreachable else account

    async def _send(self, account: Account, screen: Screen, *, reply_to: int | None = None) -> int | None:
        """The message's id, or None when the user cannot be reached. A message that Telegram refuses is our bug: logged."""
        try:
            return (await send(self._bot, account.chat_id, screen, reply_to=reply_to)).message_id
        except TelegramForbiddenError:
            await self._gone(account)
            return None
        except TelegramBadRequest as error:
            if has_left(error):
                await self._gone(account)
            else:
                log.error("telegram.refused", error=str(error))
            return None
        except TelegramRetryAfter as error:
            raise Unavailable("telegram", retry_after=error.retry_after) from error
        except PASSING as error:
            raise Unavailable("telegram") from error

    async def _gone(self, account: Account) -> None:
        log.info("user.unreachable", tenant_id=str(account.tenant_id))
        async with self._rt.db.begin(account.tenant_id) as session:
            await mark_unreachable(session, clock=self._rt.clock)


async def _note(
    session: AsyncSession, account: Account, message_id: int, subject: Subject, subject_id: UUID
) -> None:
    await note(
        session, chat_id=account.chat_id, message_id=message_id, subject=subject, subject_id=subject_id
    )


class _Stream:
    """Shows a draft growing. Frames are throttled; a frame that Telegram does not take is dropped, the next carries more."""

    def __init__(self, rt: Runtime, bot: Bot, tenant_id: UUID, draft_id: UUID) -> None:
        self._rt = rt
        self._bot = bot
        self._tenant_id = tenant_id
        self._draft_number = stream_number(draft_id)
        self._chat_id: int | None = None
        self._next_frame = 0.0

    async def progress(self, text: str) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_frame:
            return
        self._next_frame = now + _FRAME_SECONDS
        try:
            await self._show(text)
        except TelegramRetryAfter as error:
            self._next_frame = now + error.retry_after
        except Exception as error:  # noqa: BLE001 - whatever keeps a frame back, the draft itself must go on
            log.info("draft.frame_lost", error=type(error).__name__)

    async def _show(self, text: str) -> None:
        if self._chat_id is None:
            account = await load_account(self._rt.db, tenant_id=self._tenant_id)
            if account is None or account.unreachable:
                return
            self._chat_id = account.chat_id
            await self._bot.send_chat_action(self._chat_id, ChatAction.TYPING)
        await self._bot.send_message_draft(
            chat_id=self._chat_id,
            draft_id=self._draft_number,
            text=markup(_end_of(reveal(text))),
            can_stop=True,
            keep_on_stop=True,
        )


def _end_of(text: str) -> str:
    """What is being written right now: of a long text only the end fits a frame."""
    return text if units(text) <= _FRAME_LIMIT else f"…{text[-_FRAME_LIMIT // 2 :]}"
