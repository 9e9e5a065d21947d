"""OAuth 2.0 endpoints: consent page, token, revocation."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox.upwork import consent, misbehave, tokens
from sandbox.upwork.accounts import new_account
from sandbox.upwork.faults import Faults
from sandbox.upwork.gate import Gate, foreign_origin
from sandbox.upwork.records import Account
from sandbox.upwork.tokens import OAuthError
from sandbox.upwork.world import World

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
Fields = Mapping[str, str]


class BadRequestPage(Exception):
    """The request cannot even be redirected: the sentence is shown to the person."""


def with_query(address: str, **values: str | None) -> str:
    """The address with the given parameters appended to its query."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [(name, value) for name, value in values.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _text(values: QueryParams | FormData) -> dict[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


class OAuth:
    """The endpoints over one world."""

    def __init__(self, world: World, gate: Gate, faults: Faults) -> None:
        self._world = world
        self._gate = gate
        self._faults = faults

    def _check_request(self, values: Fields) -> str | None:
        """The error to send back to the client, or None; BadRequestPage when there is nowhere to send it."""
        client_id, redirect_uri = values.get("client_id", ""), values.get("redirect_uri", "")
        if not client_id:
            raise BadRequestPage("The address has no client_id.")
        if urlsplit(redirect_uri).scheme not in {"http", "https"} or not urlsplit(redirect_uri).netloc:
            raise BadRequestPage("redirect_uri must be a full http or https address.")
        known = self._world.applications.get(client_id)
        if known and known.redirect_uris and redirect_uri not in known.redirect_uris:
            raise BadRequestPage("redirect_uri is not the callback address of this key.")
        if values.get("response_type") != "code":
            return "unsupported_response_type"
        if "scope" in values:
            return "invalid_scope"
        challenge = values.get("code_challenge")
        if challenge is not None and (
            values.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(challenge)
        ):
            return "invalid_request"
        return None

    async def page(self, request: Request) -> Response:
        """The consent page."""
        self._gate.count("oauth.authorize")
        values = _text(request.query_params)
        try:
            error = self._check_request(values)
        except BadRequestPage as problem:
            return consent.problem_page(str(problem))
        if error:
            return RedirectResponse(
                with_query(values["redirect_uri"], error=error, state=values.get("state")), 302
            )
        application = self._world.applications.get(values["client_id"])
        return consent.consent_page(
            values, accounts=list(self._world.accounts.values()), application=application
        )

    async def decide(self, request: Request) -> Response:
        """The posted consent form: back to the client with a code or with an error."""
        if foreign_origin(request):
            return consent.problem_page("This form was sent from another site.", status=403)
        values = _text(await request.form())
        try:
            error = self._check_request(values)
            if error is None and values.get("decision") != "authorize":
                error = "access_denied"
            account = None if error else self._chosen(values)
        except BadRequestPage as problem:
            return consent.problem_page(str(problem))
        redirect_uri, state = values["redirect_uri"], values.get("state") or None
        if account is None:
            return RedirectResponse(with_query(redirect_uri, error=error, state=state), 302)
        code = tokens.issue_code(
            self._world,
            client_id=values["client_id"],
            redirect_uri=redirect_uri,
            account_id=account.id,
            challenge=values.get("code_challenge") or None,
        )
        return RedirectResponse(with_query(redirect_uri, code=code.id, state=state), 302)

    def _chosen(self, values: Fields) -> Account:
        choice = values.get("account", "")
        if choice == "new":
            name = values.get("new_name", "").strip()
            if not name:
                raise BadRequestPage("A new account needs a name. Go back and fill it in.")
            account = new_account(
                name=name[:80],
                title=values.get("new_title", "")[:120],
                skills=values.get("new_skills", "")[:500].split(","),
            )
            self._world.add_account(account)
            return account
        try:
            return self._world.accounts[choice]
        except KeyError:
            raise BadRequestPage("Choose an account first. Go back and pick one.") from None

    async def stylesheet(self, _request: Request) -> Response:
        return consent.stylesheet()

    async def token(self, request: Request) -> Response:
        """Exchange or refresh."""
        refusal = self._gate.refuse(request)
        if refusal is not None:
            return refusal
        values = _text(await request.form())
        operation = "oauth.refresh" if values.get("grant_type") == "refresh_token" else "oauth.token"
        self._gate.count(operation)
        fault = self._faults.take([operation])
        broken = await misbehave.before(fault, self._gate)
        if broken is not None:
            return broken
        uncached = {"Cache-Control": "no-store"}
        try:
            answer = JSONResponse(self._answer(request, values), headers=uncached)
        except OAuthError as problem:
            body = {"error": problem.error, "error_description": problem.description}
            answer = JSONResponse(body, problem.status, headers=uncached)
        return misbehave.after(fault, answer)

    def _answer(self, request: Request, values: Fields) -> dict[str, Any]:
        grant = values.get("grant_type", "")
        client_id = self._authenticate(request, values)
        if "scope" in values:
            raise OAuthError("invalid_scope", "Scopes belong to the key; do not send any.")
        if grant == "authorization_code":
            return tokens.exchange_code(
                self._world,
                client_id=client_id,
                code=values.get("code", ""),
                redirect_uri=values.get("redirect_uri", ""),
                verifier=values.get("code_verifier"),
            )
        if grant == "refresh_token":
            return tokens.refresh(
                self._world, client_id=client_id, refresh_token=values.get("refresh_token", "")
            )
        if grant == "client_credentials":
            raise OAuthError("unauthorized_client", "This grant is for enterprise keys.")
        raise OAuthError("unsupported_grant_type", "Use authorization_code or refresh_token.")

    def _authenticate(self, request: Request, values: Fields) -> str:
        client_id, secret = values.get("client_id", ""), values.get("client_secret", "")
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(encoded, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise OAuthError("invalid_client", "Unreadable Basic credentials.", 401) from None
            basic_id, _, basic_secret = pair.partition(":")
            client_id, secret = unquote(basic_id), unquote(basic_secret)
        known = self._world.applications.get(client_id)
        wrong = known is not None and known.client_secret is not None and known.client_secret != secret
        if not client_id or not secret or wrong:
            raise OAuthError("invalid_client", "Unknown client or wrong secret.", 401)
        return client_id

    async def revoke(self, request: Request) -> Response:
        """Revoke a token and everything from the same consent."""
        refusal = self._gate.refuse(request)
        if refusal is not None:
            return refusal
        self._gate.count("oauth.revoke")
        fault = self._faults.take(["oauth.revoke"])
        broken = await misbehave.before(fault, self._gate)
        if broken is not None:
            return broken
        values = _text(await request.form())
        try:
            client_id = self._authenticate(request, values)
        except OAuthError as problem:
            return JSONResponse({"error": problem.error}, problem.status)
        tokens.revoke_token(self._world, client_id=client_id, token=values.get("token", ""))
        return misbehave.after(fault, Response(status_code=200))
