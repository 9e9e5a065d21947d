"""What the forms of the protection page do, step by step."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

import segno
from markupsafe import Markup
from starlette.responses import Response

from core.access.sessions import end_all_sessions
from core.errors import AppError, LimitReached, NotFound
from core.security.assurance import ACCOUNT, Act
from core.security.factors import contacts, recovery, service
from core.security.factors.contacts import CODE_KINDS, BadAddress
from core.security.factors.models import ContactKind, FactorKind
from core.security.factors.passkeys import NoNameForPasskeys, TooManyPasskeys
from core.security.factors.recovery import NoWayBack
from core.security.factors.service import LastFactor
from core.security.factors.totp import TotpOffer
from core.security.stepup import passing
from core.security.stepup import service as stepup
from core.upwork import linking
from web.errors import Malformed
from web.pages import language_of
from web.passkeys import passkey_script
from web.routes.protect_visit import Open, Visit, uuid_in
from web.words.upwork import words_in as upwork_words

Fields = Mapping[str, str]


class Step(StrEnum):
    TOTP = "totp"
    TOTP_CONFIRM = "totp-confirm"
    PASSKEY = "passkey"
    PASSKEY_CONFIRM = "passkey-confirm"
    PAPER = "paper"
    REMOVE = "remove"
    CONTACT = "contact"
    CONTACT_CONFIRM = "contact-confirm"
    CONTACT_REMOVE = "contact-remove"
    SESSIONS = "sessions"
    RECOVER = "recover"
    RECOVER_CONFIRM = "recover-confirm"


async def _totp(visit: Visit, fields: Fields) -> Response:
    async def run(opened: Open) -> Response:
        offer = await service.begin_totp(
            opened.session, opened.keys, clock=visit.rt.clock, by=opened.by, via=opened.link.id
        )
        return _scan(visit, offer)

    return await visit.change(Step.TOTP, fields, Act.ADD_FACTOR, lambda _: FactorKind.TOTP.value, run)


def _scan(visit: Visit, offer: TotpOffer, *, wrong: bool = False) -> Response:
    drawn = segno.make(offer.uri, error="m", micro=False)
    groups = [offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4)]
    return visit.page(
        "protect_app.html",
        status=422 if wrong else 200,
        # Attributes only: the content policy lets no style into a page.
        qr=Markup(drawn.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=1)),  # noqa: S704 - segno's own
        secret=" ".join(groups),
        uri=offer.uri,
        wrong=wrong,
    )


async def _totp_confirm(visit: Visit, fields: Fields) -> Response:
    async with visit.open() as opened:
        first = not await service.has_strong_factor(opened.session)
        right = await service.confirm_totp(
            opened.session,
            opened.keys,
            code=fields.get("code", ""),
            clock=visit.rt.clock,
            via=opened.link.id,
        )
        if right:
            codes = await _enrolled(visit, opened, FactorKind.TOTP, first=first)
            connects = await linking.goes_on(opened.session, opened.link)
        else:
            offer = await service.pending_totp(
                opened.session, opened.keys, via=opened.link.id, clock=visit.rt.clock
            )
    if not right:
        return visit.back() if offer is None else _scan(visit, offer, wrong=True)
    return (
        await _paper_page(visit, codes, first=first, connects=connects) if codes else visit.back(done="app")
    )


async def _enrolled(visit: Visit, opened: Open, kind: FactorKind, *, first: bool) -> tuple[str, ...]:
    """After a factor was added. The first one is a proof by itself, and brings the first codes on paper along."""
    if not first:
        return ()
    clock = visit.rt.clock
    await stepup.prove(opened.session, by=opened.by, kind=kind, clock=clock)
    await passing.enrolled(opened.session, by=opened.by, clock=clock)
    return await service.new_backup_codes(opened.session, by=opened.by, clock=clock)


async def _paper_page(
    visit: Visit, codes: tuple[str, ...], *, first: bool, connects: bool = False
) -> Response:
    """`connects` offers to go straight on to Upwork, because that is what the person had come from."""
    return visit.page(
        "protect_codes.html",
        codes=codes,
        first=first,
        bot_url=await visit.bot.url(),
        go_on=f"/connect/after/{visit.token}" if connects else "",
        words=upwork_words(language_of(visit.request)),
    )


async def _passkey(visit: Visit, fields: Fields) -> Response:
    async def run(opened: Open) -> Response:
        options = await service.begin_passkey(
            opened.session, opened.keys, visit.rt.settings, by=opened.by, clock=visit.rt.clock
        )
        return visit.page(
            "protect_passkey.html",
            options=options.options,
            challenge=options.challenge_id,
            script=passkey_script(),
        )

    try:
        return await visit.change(
            Step.PASSKEY, fields, Act.ADD_FACTOR, lambda _: FactorKind.PASSKEY.value, run
        )
    except (NoNameForPasskeys, TooManyPasskeys) as error:
        return await visit.stay(error, visit.words.problems[error.code])


async def _passkey_confirm(visit: Visit, fields: Fields) -> Response:
    async with visit.open() as opened:
        first = not await service.has_strong_factor(opened.session)
        made = await service.finish_passkey(
            opened.session,
            opened.keys,
            visit.rt.settings,
            challenge_id=uuid_in(fields, "challenge"),
            answer=fields.get("credential", ""),
            by=opened.by,
            clock=visit.rt.clock,
        )
        codes = await _enrolled(visit, opened, FactorKind.PASSKEY, first=first) if made else ()
        connects = await linking.goes_on(opened.session, opened.link)
    if not made:
        return visit.back(problem="make_wrong")
    if not codes:
        return visit.back(done="passkey")
    return await _paper_page(visit, codes, first=first, connects=connects)


async def _paper(visit: Visit, fields: Fields) -> Response:
    async def run(opened: Open) -> Response:
        codes = await service.new_backup_codes(opened.session, by=opened.by, clock=visit.rt.clock)
        return await _paper_page(visit, codes, first=False)

    return await visit.change(Step.PAPER, fields, Act.ADD_FACTOR, lambda _: FactorKind.BACKUP_CODE.value, run)


async def _remove(visit: Visit, fields: Fields) -> Response:
    factor_id = uuid_in(fields, "factor")

    async def run(opened: Open) -> Response:
        await service.remove_factor(opened.session, factor_id=factor_id, by=opened.by, clock=visit.rt.clock)
        # Some of the proofs may have been made with what is gone now.
        await _end_others(visit, opened)
        return visit.back(done="removed")

    try:
        return await visit.change(Step.REMOVE, fields, Act.REMOVE_FACTOR, lambda _: str(factor_id), run)
    except LastFactor as error:
        return await visit.stay(error, visit.words.problems["last_factor"])
    except NotFound as error:
        if type(error) is not NotFound:
            raise
        return await visit.stay(error, visit.words.problems["not_found"])


async def _contact(visit: Visit, fields: Fields) -> Response:
    kind, address = _kind(fields), fields.get("address", "")
    try:
        normal = contacts.normal(kind, address)
    except BadAddress as error:
        problem = visit.words.problems[f"bad_{kind.value}"]
        return await visit.stay(error, problem, typed={kind.value: address})
    pending = None

    async def run(opened: Open) -> Response:
        nonlocal pending
        pending = await contacts.set_contact(
            opened.session, opened.keys, kind=kind, address=normal, by=opened.by, clock=visit.rt.clock
        )
        return _code_page(visit, {"contact": str(pending.id), "sent": str(pending.issued.id)}, kind, normal)

    try:
        answer = await visit.change(
            Step.CONTACT,
            fields,
            Act.CHANGE_CONTACT,
            lambda keys: contacts.subject_of(keys, kind, normal),
            run,
        )
    except LimitReached as limit:
        return await _too_many(visit, limit)
    if pending is not None and not await visit.send(kind, normal, pending.issued):
        return visit.back(problem="sent_failed")
    return answer


def _kind(fields: Fields) -> ContactKind:
    try:
        return ContactKind(fields.get("kind", ""))
    except ValueError:
        raise Malformed from None


def _code_page(
    visit: Visit, carried: Fields, kind: ContactKind, address: str, *, wrong: bool = False
) -> Response:
    w = visit.words
    return visit.page(
        "protect_code.html",
        status=422 if wrong else 200,
        step=Step.CONTACT_CONFIRM.value,
        title=w.sent_title,
        text=w.sent_text.format(address=address),
        problem=w.sent_wrong if wrong else "",
        fields={**carried, "kind": kind.value, "address": address},
        inputs=[("digits", w.sent_field)],
        button=w.sent_button,
    )


async def _contact_confirm(visit: Visit, fields: Fields) -> Response:
    kind, contact_id, sent_id = _kind(fields), uuid_in(fields, "contact"), uuid_in(fields, "sent")

    async def attempt() -> bool:
        async with visit.open() as opened:
            confirmed = await contacts.confirm_contact(
                opened.session,
                opened.keys,
                contact_id=contact_id,
                code_id=sent_id,
                code=fields.get("digits", ""),
                by=opened.by,
                clock=visit.rt.clock,
            )
        return confirmed is not None

    if await visit.counted(CODE_KINDS[kind], attempt):
        return visit.back(done=kind.value)
    carried = {"contact": str(contact_id), "sent": str(sent_id)}
    return _code_page(visit, carried, kind, fields.get("address", "")[:254], wrong=True)


async def _contact_remove(visit: Visit, fields: Fields) -> Response:
    kind = _kind(fields)

    async def run(opened: Open) -> Response:
        await contacts.remove_contact(opened.session, kind=kind, by=opened.by, clock=visit.rt.clock)
        return visit.back(done="address")

    return await visit.change(Step.CONTACT_REMOVE, fields, Act.CHANGE_CONTACT, lambda _: kind.value, run)


async def _sessions(visit: Visit, fields: Fields) -> Response:
    async def run(opened: Open) -> Response:
        session, clock = opened.session, visit.rt.clock
        await stepup.require(session, Act.END_SESSIONS, subject=ACCOUNT, by=opened.by, clock=clock)
        await _end_others(visit, opened)
        await end_all_sessions(session, clock=clock)
        return visit.back(done="sessions")

    return await visit.change(Step.SESSIONS, fields, Act.END_SESSIONS, lambda _: ACCOUNT, run)


async def _end_others(visit: Visit, opened: Open) -> None:
    """Whatever other sessions have proven is over; this one has just proven itself."""
    await stepup.forget_proofs(opened.session, clock=visit.rt.clock)
    if opened.proven is not None:
        await stepup.prove(opened.session, by=opened.by, kind=opened.proven, clock=visit.rt.clock)


async def _recover(visit: Visit, _fields: Fields) -> Response:
    try:
        async with visit.open() as opened:
            begun = await recovery.begin(opened.session, opened.keys, by=opened.by, clock=visit.rt.clock)
    except NoWayBack as error:
        return await visit.stay(error, visit.words.problems["no_way_back"])
    except LimitReached as limit:
        return await _too_many(visit, limit)
    mailed = await visit.send(ContactKind.EMAIL, begun.email, begun.by_email)
    texted = await visit.send(ContactKind.PHONE, begun.phone, begun.by_sms)
    if not (mailed and texted):
        return visit.back(problem="sent_failed")
    w = visit.words
    return visit.page(
        "protect_code.html",
        step=Step.RECOVER_CONFIRM.value,
        title=w.recover_title,
        text=w.recover_text.format(email=contacts.masked(begun.email), phone=contacts.masked(begun.phone)),
        problem="",
        fields={"email_sent": str(begun.by_email.id), "sms_sent": str(begun.by_sms.id)},
        inputs=[("email_digits", w.recover_email_field), ("sms_digits", w.recover_sms_field)],
        button=w.recover_button,
    )


async def _recover_confirm(visit: Visit, fields: Fields) -> Response:
    offer: TotpOffer | None = None

    async def attempt() -> bool:
        nonlocal offer
        async with visit.open() as opened:
            offer = await recovery.finish(
                opened.session,
                opened.keys,
                email_id=uuid_in(fields, "email_sent"),
                email_code=fields.get("email_digits", ""),
                sms_id=uuid_in(fields, "sms_sent"),
                sms_code=fields.get("sms_digits", ""),
                by=opened.by,
                via=opened.link.id,
                clock=visit.rt.clock,
            )
        return offer is not None

    await visit.counted(FactorKind.SMS, attempt)
    return visit.back(problem="recover_wrong") if offer is None else _scan(visit, offer)


async def _too_many(visit: Visit, limit: AppError) -> Response:
    minutes = math.ceil(limit.retry_after / 60) if isinstance(limit, LimitReached) else 1
    return await visit.stay(limit, visit.words.problems["many_codes"].format(minutes=minutes))


STEPS: Mapping[Step, Callable[[Visit, Fields], Awaitable[Response]]] = {
    Step.TOTP: _totp,
    Step.TOTP_CONFIRM: _totp_confirm,
    Step.PASSKEY: _passkey,
    Step.PASSKEY_CONFIRM: _passkey_confirm,
    Step.PAPER: _paper,
    Step.REMOVE: _remove,
    Step.CONTACT: _contact,
    Step.CONTACT_CONFIRM: _contact_confirm,
    Step.CONTACT_REMOVE: _contact_remove,
    Step.SESSIONS: _sessions,
    Step.RECOVER: _recover,
    Step.RECOVER_CONFIRM: _recover_confirm,
}
