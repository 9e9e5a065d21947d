"""The web process as an ASGI app: pages, the OAuth callback, Telegram's webhook, health."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from core.limits import SoftLimits
from core.runtime import Runtime
from core.settings import Environment
from web.botlink import BotLink
from web.console_entry import LogInFirst, lead_to_login
from web.doors import Doors
from web.errors import respond
from web.limits import Meter
from web.pages import STATIC
from web.routes import (
    admin,
    auth,
    entry,
    export,
    health,
    home,
    killswitch,
    privacy,
    protect,
    security,
    telegram,
    upwork,
    verify,
)
from web.security import Gate, Shell


class _Styles(StaticFiles):
    """The only answers a browser may keep: their address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


async def _respond(request: Request, error: Exception) -> Response:
    return respond(request, error)


def create_app(rt: Runtime) -> FastAPI:
    """Build the app over an open runtime. The interactive docs pages load foreign scripts, so only the schema is offered."""
    production = rt.settings.environment is Environment.PRODUCTION
    app = FastAPI(
        title="Gigwright",
        docs_url=None,
        redoc_url=None,
        openapi_url=None if production else "/openapi.json",
        redirect_slashes=False,
    )
    bot = BotLink(rt)
    doors = app.state.doors = Doors(rt)
    for router in (
        home.build_router(bot),
        health.build_router(rt),
        upwork.build_router(rt, bot),
        protect.build_router(rt, bot),
        privacy.build_router(rt),
        export.build_router(rt),
        telegram.build_router(rt),
        verify.build_router(rt, bot),
        killswitch.build_router(rt, bot),
        auth.build_router(doors, bot),
        security.build_router(doors),
        admin.build_router(doors),
        entry.build_router(doors),
    ):
        app.include_router(router)
    app.mount("/static", _Styles(directory=STATIC), name="static")
    app.add_exception_handler(LogInFirst, lead_to_login)
    app.add_exception_handler(HTTPException, _respond)
    app.add_exception_handler(RequestValidationError, _respond)
    # The one added last is the outermost.
    app.add_middleware(Meter, settings=rt.settings, limits=SoftLimits(rt.redis))
    app.add_middleware(Gate, settings=rt.settings)
    app.add_middleware(Shell, settings=rt.settings)
    return app
