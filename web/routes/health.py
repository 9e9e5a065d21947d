"""Is the process alive, and can it do its work."""

from __future__ import annotations

from fastapi import APIRouter

from core.runtime import Runtime


def build_router(rt: Runtime) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/livez")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/healthz")
    async def healthy() -> dict[str, str]:
        await rt.db.ping()
        return {"status": "ok"}

    return router
