"""Text messages through any service that speaks Twilio's messages API.

Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import httpx

from core.errors import Invalid, Unavailable
from core.settings import Settings

_NOT_A_NUMBER = frozenset({21211, 21214, 21217, 21604, 21610, 21614})


async def send_sms(http: httpx.AsyncClient, settings: Settings, *, to: str, text: str) -> bool:
    """Send `text` to a number in E.164. False when no account is set: nothing can be texted then.

    Raises Unavailable when the service did not take it, Invalid (`what`: "phone") when it never will for this number, and
    NetworkInTransaction.
    """
    if settings.sms_token is None or not settings.sms_account:
        return False
    url = f"{settings.sms_api_base.rstrip('/')}/2010-04-01/Accounts/{settings.sms_account}/Messages.json"
    try:
        answer = await http.post(
            url,
            data={"To": to, "From": settings.sms_from, "Body": text},
            auth=(settings.sms_account, settings.sms_token.get_secret_value()),
        )
    except httpx.HTTPError as error:
        raise Unavailable("sms", kind=type(error).__name__) from None
    if answer.status_code == 201:
        return True
    if answer.status_code == 400 and _code(answer) in _NOT_A_NUMBER:
        raise Invalid(what="phone")
    raise Unavailable(
        "sms", kind=f"http {answer.status_code}", retry_after=30.0 if answer.status_code == 429 else 5.0
    )


def _code(answer: httpx.Response) -> int:
    try:
        code = answer.json().get("code")
    except (ValueError, AttributeError):
        return 0
    return code if isinstance(code, int) else 0
