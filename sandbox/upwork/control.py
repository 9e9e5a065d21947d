"""The control API: what tests, the tour and the benchmarks do to the stand-in. Loopback only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox.upwork import feed as feed_module
from sandbox.upwork import orders, tokens
from sandbox.upwork.accounts import new_account
from sandbox.upwork.behaviour import Clients
from sandbox.upwork.faults import Fault, Faults
from sandbox.upwork.feed import FeedSettings
from sandbox.upwork.gate import Gate, foreign_caller
from sandbox.upwork.records import Application, Proposal, TokenFamily
from sandbox.upwork.resolvers.jobs import ciphertext
from sandbox.upwork.world import World, new_id

Handler = Callable[[Request], Awaitable[Any]]


class Unknown(Exception):
    """Nothing exists under that id."""


class Control:
    """Handlers over one world. Bodies are JSON; an unreadable one is answered with 422 and the reasons."""

    def __init__(
        self, world: World, feed: FeedSettings, gate: Gate, faults: Faults, clients: Clients
    ) -> None:
        self._world = world
        self._feed = feed
        self._gate = gate
        self._faults = faults
        self._clients = clients

    def routes(self) -> list[Mount]:
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/state", self.state),
            ("POST", "/reset", self.reset),
            ("POST", "/settings", self.change_settings),
            ("POST", "/clock", self.shift_clock),
            ("POST", "/feed", self.steer_feed),
            ("GET", "/counters", self.counters),
            ("DELETE", "/counters", self.clear_counters),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.arm_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/applications", self.configure_application),
            ("GET", "/accounts", self.list_accounts),
            ("POST", "/accounts", self.create_account),
            ("POST", "/grants", self.grant),
            ("GET", "/jobs", self.list_jobs),
            ("POST", "/jobs", self.post_job),
            ("POST", "/jobs/{id}/applicants", self.add_applicants),
            ("POST", "/jobs/{id}/close", self.close_job),
            ("POST", "/jobs/{id}/repost", self.repost_job),
            ("GET", "/proposals", self.list_proposals),
            ("POST", "/proposals/{id}/{act}", self.act_on_proposal),
            ("GET", "/rooms", self.list_rooms),
            ("GET", "/rooms/{id}/stories", self.list_stories),
            ("POST", "/rooms/{id}/write", self.write),
        ]
        return [
            Mount(
                "/control",
                routes=[Route(path, self._guarded(act), methods=[verb]) for verb, path, act in table],
            )
        ]

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if foreign_caller(request):
                return JSONResponse({"error": "the control API is for this machine only"}, 403)
            try:
                return JSONResponse(await handler(request))
            except Unknown as problem:
                return JSONResponse({"error": f"unknown: {problem}"}, 404)
            except ValidationError as problem:
                return JSONResponse({"error": "unreadable", "details": _details(problem)}, 422)

        return endpoint

    async def state(self, _request: Request) -> dict[str, Any]:
        world = self._world
        return {
            "now": world.clock.now(),
            "settings": asdict(world.settings),
            "postings": len(world.postings),
            "open_postings": len(world.open_postings()),
            "accounts": len(world.accounts),
            "proposals": len(world.proposals),
            "rooms": len(world.rooms),
            "planned": [asdict(item) for item in world.happenings.values()],
        }

    async def reset(self, _request: Request) -> dict[str, Any]:
        self._world.reset()
        self._gate.reset()
        self._faults.armed.clear()
        feed_module.start(self._world, self._feed)
        return {"ok": True}

    async def change_settings(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.SettingsOrder)
        for name, value in order.model_dump(exclude_unset=True, exclude={"reply_seconds"}).items():
            setattr(self._world.settings, name, value)
        if "reply_seconds" in order.model_fields_set:
            self._clients.reply_seconds = order.reply_seconds
        self._world.touch_settings()
        return asdict(self._world.settings) | {"reply_seconds": self._clients.reply_seconds}

    async def shift_clock(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.ClockOrder)
        self._world.clock.offset += order.advance
        self._world.settings.clock_offset = self._world.clock.offset
        self._world.touch_settings()
        return {"now": self._world.clock.now(), "offset": self._world.clock.offset}

    async def steer_feed(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.FeedOrder)
        if order.on is not None:
            self._world.settings.feed_on = order.on
            self._world.touch_settings()
        now = self._world.clock.now()
        created = [feed_module.publish(self._world, self._feed, now) for _ in range(order.now)]
        return {
            "on": self._world.settings.feed_on,
            "created": [_posting_ids(posting.id, ciphertext(posting), posting.title) for posting in created],
        }

    async def counters(self, _request: Request) -> dict[str, Any]:
        return {"operations": dict(self._gate.counters), "refused": dict(self._gate.refused)}

    async def clear_counters(self, _request: Request) -> dict[str, Any]:
        self._gate.reset()
        return {"ok": True}

    async def list_faults(self, _request: Request) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults.armed]

    async def arm_fault(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.FaultOrder)
        fault = Fault(**order.model_dump())
        self._faults.armed.append(fault)
        return asdict(fault)

    async def clear_faults(self, _request: Request) -> dict[str, Any]:
        self._faults.armed.clear()
        return {"ok": True}

    async def configure_application(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.ApplicationOrder)
        known = self._world.applications.get(order.client_id)
        values = (asdict(known) if known else {}) | order.model_dump(exclude_unset=True)
        application = Application(**values)
        self._world.applications[application.client_id] = application
        self._world.store.put(application)
        return asdict(application)

    async def list_accounts(self, _request: Request) -> list[dict[str, Any]]:
        return [asdict(account) for account in self._world.accounts.values()]

    async def create_account(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.AccountOrder)
        account = new_account(**order.model_dump())
        self._world.add_account(account)
        return asdict(account)

    async def grant(self, request: Request) -> dict[str, Any]:
        """Tokens without the consent page, in the form of the token endpoint."""
        order = await orders.read(request, orders.GrantOrder)
        account = order.account or next(iter(self._world.accounts))
        if account not in self._world.accounts:
            raise Unknown(account)
        family = TokenFamily(
            id=new_id(),
            client_id=order.client_id,
            account_id=account,
            refresh_token=tokens.new_token(),
            refresh_expires_at=self._world.clock.now() + tokens.REFRESH_SECONDS,
        )
        return tokens.grant(self._world, family)

    async def list_jobs(self, _request: Request) -> list[dict[str, Any]]:
        return [
            asdict(posting)
            | {
                "ciphertext": ciphertext(posting),
                "open": self._world.is_open(posting),
                "applicants": self._world.applicants(posting),
                "company": asdict(self._world.companies[posting.company_id]),
            }
            for posting in self._world.postings.values()
        ]

    async def post_job(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.JobOrder)
        if order.company_id is not None and order.company_id not in self._world.companies:
            raise Unknown(order.company_id)
        posting = orders.posted_job(self._world, order)
        return {
            **_posting_ids(posting.id, ciphertext(posting), posting.title),
            "company_id": posting.company_id,
        }

    async def add_applicants(self, request: Request) -> dict[str, Any]:
        order = await orders.read(request, orders.ApplicantsOrder)
        posting = self._found(self._world.postings, request)
        posting.extra_applicants += order.count
        self._world.store.put(posting)
        return {"applicants": self._world.applicants(posting)}

    async def close_job(self, request: Request) -> dict[str, Any]:
        posting = self._found(self._world.postings, request)
        posting.closed_at = self._world.clock.now()
        self._world.store.put(posting)
        return {"open": False}

    async def repost_job(self, request: Request) -> dict[str, Any]:
        posting = self._found(self._world.postings, request)
        again = feed_module.repost(self._world, self._feed, posting)
        return _posting_ids(again.id, ciphertext(again), again.title)

    async def list_proposals(self, _request: Request) -> list[dict[str, Any]]:
        return [asdict(proposal) for proposal in self._world.proposals.values()]

    async def act_on_proposal(self, request: Request) -> dict[str, Any]:
        """view, answer, offer, hire or decline; ``message`` replaces the words of answer."""
        order = await orders.read(request, orders.MessageOrder)
        proposal: Proposal = self._found(self._world.proposals, request)
        act = request.path_params["act"]
        story = None
        match act:
            case "view":
                self._clients.view(proposal)
            case "answer":
                story = self._clients.answer(proposal, order.message)
            case "offer":
                story = self._clients.offer(proposal)
            case "hire":
                story = self._clients.hire(proposal)
            case "decline":
                story = self._clients.decline(proposal)
            case _:
                raise Unknown(act)
        return {
            "status": proposal.status,
            "room_id": proposal.room_id,
            "story": asdict(story) if story else None,
        }

    async def list_rooms(self, _request: Request) -> list[dict[str, Any]]:
        return [
            asdict(room) | {"stories": len(self._world.stories.get(room.id, []))}
            for room in self._world.rooms.values()
        ]

    async def list_stories(self, request: Request) -> list[dict[str, Any]]:
        room = self._found(self._world.rooms, request)
        return [asdict(story) for story in self._world.stories.get(room.id, [])]

    async def write(self, request: Request) -> dict[str, Any]:
        """The client writes now: the given message, or the next turn of its own."""
        order = await orders.read(request, orders.MessageOrder)
        room = self._found(self._world.rooms, request)
        if order.message is not None:
            return asdict(self._world.add_story(room, "client", order.message))
        story = self._clients.turn(room)
        return asdict(story) if story else {"silent": True}

    def _found(self, records: dict[str, Any], request: Request) -> Any:
        try:
            return records[request.path_params["id"]]
        except KeyError:
            raise Unknown(request.path_params["id"]) from None


def _posting_ids(posting_id: str, cipher: str, title: str) -> dict[str, Any]:
    return {"id": posting_id, "ciphertext": cipher, "title": title}


def _details(problem: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']}" for item in problem.errors()]
