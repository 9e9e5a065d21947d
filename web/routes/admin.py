"""The console of those who run an installation: JSON for programs, pages without a script for people, the same data for both.

Every answer holds ids, states, counts and times. The database role behind it can read nothing of what people write.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from core.access import overview
from core.access.permissions import STAFF, NotPermitted, Role, role_of
from core.accounts.models import Tenant
from core.errors import Conflict, NotFound
from core.security import audit
from core.security.lock import lock, unlock
from web import shapes
from web.console_entry import Console, add_entry
from web.doors import Doors, Visitor, may
from web.pages import language_of, page, wants_html
from web.security import allow_form_to
from web.shapes import HTML, refusals
from web.words.console import words_in

_PAGES = (
    ("/admin", "health", "see_health"),
    ("/admin/users", "users", "see_users"),
    ("/admin/alerts", "alerts", "see_alerts"),
    ("/admin/audit", "audit", "see_audit"),
    ("/admin/cost", "cost", "see_cost"),
)


def build_router(doors: Doors) -> APIRouter:
    router = APIRouter(tags=["admin"])
    add_entry(router, doors)
    _add_reading(router, doors)
    _add_acting(router, doors)
    return router


def _add_reading(router: APIRouter, doors: Doors) -> None:
    rt = doors.rt

    @router.get("/admin/users", response_model=shapes.Users, responses={**HTML, **refusals(401, 403, 503)})
    async def users(request: Request, seen: Console, before: datetime | None = None) -> Any:
        """Accounts, the newest first."""
        found = await overview.users(rt.overview, before=_aware(before))
        later = found[-1].opened_at if len(found) == overview.PAGE else None
        if wants_html(request):
            return await _page(doors, request, seen, "users", rows=found, later=later)
        return shapes.Users(
            users=[shapes.User.model_validate(one, from_attributes=True) for one in found], next_before=later
        )

    @router.get(
        "/admin/alerts", response_model=shapes.StaffAlerts, responses={**HTML, **refusals(401, 403, 503)}
    )
    async def alerts(request: Request, seen: Console) -> Any:
        """The newest alerts of all accounts."""
        found = await overview.alerts(rt.overview)
        if wants_html(request):
            return await _page(doors, request, seen, "alerts", rows=found)
        return shapes.StaffAlerts(
            alerts=[shapes.StaffAlert.model_validate(one, from_attributes=True) for one in found]
        )

    @router.get("/admin", response_class=Response, responses={**HTML, **refusals(401, 403, 503)})
    async def health(request: Request, seen: Console) -> Response:
        """A page: how the background work and Upwork are doing."""
        found = await overview.health(rt.overview)
        return await _page(doors, request, seen, "health", health=found)

    @router.get("/admin/audit", response_class=Response, responses={**HTML, **refusals(401, 403, 503)})
    async def audited(
        request: Request,
        seen: Console,
        user: Annotated[UUID | None, Query()] = None,
        before: datetime | None = None,
    ) -> Response:
        """A page: what happened, of everybody or of one account, without details."""
        found = await overview.audit_events(rt.overview, user=user, before=_aware(before))
        later = found[-1].at if len(found) == overview.PAGE else None
        return await _page(doors, request, seen, "audit", rows=found, later=later, user=user)

    @router.get("/admin/cost", response_class=Response, responses={**HTML, **refusals(401, 403, 503)})
    async def cost(request: Request, seen: Console) -> Response:
        """A page: what the model's makers charged."""
        found = await overview.cost(rt.overview)
        return await _page(doors, request, seen, "cost", cost=found)


def _add_acting(router: APIRouter, doors: Doors) -> None:
    clock = doors.rt.clock

    @router.post(
        "/admin/users/{user_id}/lock",
        response_model=shapes.LockState,
        responses={303: {"description": "From a page: back to it."}, **refusals(401, 403, 404, 409)},
    )
    async def lock_user(request: Request, seen: Console, user_id: UUID) -> Any:
        """Lock an account: nothing leaves any more, nobody is logged in any more. Its owner is told."""
        async with doors.noting(seen.tenant_id, seen.login.id), doors.rt.db.begin(user_id) as session:
            await _refuse_unfit(session, seen, user_id)
            changed = await lock(session, clock=clock, reason="console", actor=_actor(seen))
        return _done(request, user_id, locked=True, changed=changed)

    @router.post(
        "/admin/users/{user_id}/unlock",
        response_model=shapes.LockState,
        responses={303: {"description": "From a page: back to it."}, **refusals(401, 403, 404, 409)},
    )
    async def unlock_user(request: Request, seen: Console, user_id: UUID) -> Any:
        """Open a locked account again."""
        async with doors.noting(seen.tenant_id, seen.login.id), doors.rt.db.begin(user_id) as session:
            await _refuse_unfit(session, seen, user_id)
            changed = await unlock(session, clock=clock)
            if changed:
                audit.record(session, "account.unlocked_by_staff", actor=_actor(seen))
        return _done(request, user_id, locked=False, changed=changed)


async def _refuse_unfit(session: Any, seen: Visitor, user_id: UUID) -> None:
    """Raises NotFound for nobody's id, Conflict for one's own, NotPermitted when a moderator would act on staff."""
    if await session.get(Tenant, user_id) is None:
        raise NotFound
    if user_id == seen.tenant_id:
        raise Conflict(reason="own_account")
    if seen.role is not Role.ADMIN and await role_of(session) in STAFF:
        raise NotPermitted(permission="lock_staff")


def _actor(seen: Visitor) -> str:
    return f"staff:{seen.tenant_id}"


def _done(request: Request, user_id: UUID, *, locked: bool, changed: bool) -> shapes.LockState | Response:
    if wants_html(request):
        return RedirectResponse("/admin/users", status_code=303)
    return shapes.LockState(id=user_id, locked=locked, changed=changed)


async def _page(doors: Doors, request: Request, seen: Visitor, name: str, **context: Any) -> Response:
    allowed = may(seen.role)
    response: Response = page(
        request,
        f"admin_{name}.html",
        w=words_in(language_of(request)),
        here=name,
        pages=[(path, label) for path, label, permission in _PAGES if permission in allowed],
        allowed=allowed,
        role=seen.role,
        me=seen.tenant_id,
        csrf=seen.csrf,
        **context,
    )
    allow_form_to(response, doors.rt.settings.public_url)
    if seen.by_cookie and seen.login.console:
        await doors.open_console(response, seen.login)
    return response


def _aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is meant as ours."""
    return moment.astimezone() if moment is not None and moment.tzinfo is None else moment
