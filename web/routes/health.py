"""Is the process alive, and can it do its work."""

from __future__ import annotations

from fastapi import APIRouter

from core.runtime import Runtime
from web.shapes import refusals


def build_router(rt: Runtime) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/livez")
    async def live() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    @router.get("/healthz", responses=refusals(503))
    async def healthy() -> dict[str, str]:
        """Whether the database answers too."""
        await rt.db.ping()
        return {"status": "ok"}

    return router
