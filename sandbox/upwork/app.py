"""The stand-in of Upwork as one application, to be mounted under a prefix."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.upwork import feed as feed_module
from sandbox.upwork.behaviour import Clients, archive_closed
from sandbox.upwork.control import Control
from sandbox.upwork.engine import Engine
from sandbox.upwork.faults import Faults
from sandbox.upwork.feed import FeedSettings
from sandbox.upwork.gate import Gate
from sandbox.upwork.oauth import OAuth
from sandbox.upwork.world import World

__all__ = ["FeedSettings", "create_upwork_app"]


class Pulse:
    """Before a request: let time pass in the world. Before its answer leaves: make the changes durable."""

    def __init__(self, app: ASGIApp, world: World, feed: FeedSettings, clients: Clients) -> None:
        self._app = app
        self._world = world
        self._feed = feed
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        feed_module.start(self._world, self._feed)
        feed_module.advance(self._world, self._feed)
        self._clients.advance()
        archive_closed(self._world)

        async def durable(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._world.store.commit()
            await send(message)

        await self._app(scope, receive, durable)


def create_upwork_app(state_dir: Path | None, *, feed: FeedSettings) -> Starlette:
    """The application. With ``state_dir`` everything survives a restart; without it, everything is in memory.

    Nothing runs in the background: the feed and the simulated clients catch up whenever a request arrives.
    """
    world = World(state_dir, speed=feed.speed)
    gate, faults = Gate(world), Faults()
    clients = Clients(world, feed.reply_seconds)
    oauth = OAuth(world, gate, faults)
    engine = Engine(world, gate, faults, clients)
    control = Control(world, feed, gate, faults, clients)
    authorize = "/ab/account-security/oauth2/authorize"

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        world.store.close()

    app = Starlette(
        routes=[
            Route(authorize, oauth.page, methods=["GET"]),
            Route(authorize, oauth.decide, methods=["POST"]),
            Route("/ab/account-security/oauth2/consent.css", oauth.stylesheet, methods=["GET"]),
            Route("/api/v3/oauth2/token", oauth.token, methods=["POST"]),
            Route("/api/v3/oauth2/token/revoke", oauth.revoke, methods=["POST"]),
            Route("/graphql", engine.endpoint, methods=["POST"]),
            *control.routes(),
        ],
        max_body_size=2_000_000,
        lifespan=lifespan,
    )
    app.state.world = world
    app.add_middleware(Pulse, world=world, feed=feed, clients=clients)
    return app
