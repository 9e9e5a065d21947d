"""POST /graphql: who may ask, what goes wrong on purpose, execution, and the shape of the answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    default_field_resolver,
    execute_sync,
    parse,
    validate,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.upwork import answers, guards, misbehave
from sandbox.upwork.behaviour import Clients
from sandbox.upwork.faults import Fault, Faults
from sandbox.upwork.gate import Gate
from sandbox.upwork.records import Account, Organization, TokenFamily
from sandbox.upwork.resolvers.context import Caller
from sandbox.upwork.resolvers.root import ROOT
from sandbox.upwork.schema_files import executable_schema
from sandbox.upwork.tokens import bearer
from sandbox.upwork.world import World

log = logging.getLogger(__name__)
TENANT_HEADER = "x-upwork-api-tenantid"


@dataclass(frozen=True, slots=True)
class Question:
    """A request body as far as it could be read."""

    source: str
    variables: dict[str, Any]
    document: DocumentNode | None
    operation: OperationDefinitionNode | None
    roots: tuple[str, ...]
    problem: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        own = self.operation.name.value if self.operation and self.operation.name else None
        return (*self.roots, *((own,) if own else ()))


def read_question(body: bytes) -> Question:
    """Parse without refusing: what is wrong is told after authentication."""
    try:
        content = json.loads(body)
        source, variables = content["query"], content.get("variables") or {}
        if not isinstance(variables, dict):
            return Question("", {}, None, None, (), "Variables need to be an object.")
        document = parse(source, max_tokens=20_000)
        operation = guards.operation_of(document, content.get("operationName"))
    except GraphQLSyntaxError as error:
        return Question("", {}, None, None, (), f"Invalid syntax: {error.message}")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Question("", {}, None, None, (), "The request body needs a query.")
    if operation is None:
        return Question(source, variables, document, None, (), "Must provide operation name.")
    return Question(source, variables, document, operation, tuple(guards.root_fields(document, operation)))


class Engine:
    """The GraphQL endpoint over one world."""

    def __init__(self, world: World, gate: Gate, faults: Faults, clients: Clients) -> None:
        self._world = world
        self._gate = gate
        self._faults = faults
        self._clients = clients

    async def endpoint(self, request: Request) -> Response:
        refusal = self._gate.refuse(request)
        if refusal is not None:
            return refusal
        question = read_question(await request.body())
        for name in question.roots or ("unreadable",):
            self._gate.count(name)
        fault = self._faults.take(question.names)
        broken = await misbehave.before(fault, self._gate)
        if broken is not None:
            return broken
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        family = bearer(self._world, token) if scheme.lower() == "bearer" else None
        if family is None:
            return misbehave.unauthorized()
        body = self._answer(question, family, request.headers.get(TENANT_HEADER), fault)
        return misbehave.after(fault, JSONResponse(body))

    def _answer(
        self, question: Question, family: TokenFamily, tenant: str | None, fault: Fault | None
    ) -> dict[str, Any]:
        if question.document is None or question.operation is None:
            return answers.unreadable(question.problem or "")
        account = self._world.accounts[family.account_id]
        organization = _organization(account, tenant)
        if organization is None:
            return answers.refused(question.roots)
        refusal = guards.bad_faith(question.document)
        if refusal is not None:
            return answers.introspection_refused(refusal)
        schema = executable_schema(additions=self._world.settings.additions)
        errors = validate(schema, question.document, hide_suggestions=True)
        if errors:
            return answers.validation(errors)
        used = guards.used_fields(schema, question.document)
        closed = self._closed(used, family.client_id, fault)
        if closed:
            return answers.missing_scope(closed)
        broken = set(fault.fields) if fault is not None and fault.kind == "partial" else set()

        def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            if broken and not broken.isdisjoint(
                (f"{info.parent_type.name}.{info.field_name}", info.field_name)
            ):
                raise answers.exception_occurred()
            return default_field_resolver(source, info, **arguments)

        result = execute_sync(
            schema,
            question.document,
            ROOT,
            Caller(self._world, account, organization, self._clients.submitted, self._clients.spoke),
            question.variables,
            question.operation.name.value if question.operation.name else None,
            field_resolver=resolve,
        )
        if result.data is None and result.errors and not any(error.path for error in result.errors):
            return answers.validation(result.errors)
        return answers.execution(result.data, _public(result.errors or ()))

    def _closed(self, used: list[str], client_id: str, fault: Fault | None) -> list[str]:
        application = self._world.applications.get(client_id)
        closed = guards.forbidden_fields(application.missing_scopes, used) if application else []
        if fault is not None and fault.kind == "missing_scope":
            wanted = set(fault.fields)
            closed += [name for name in used if name in wanted] if wanted else used[:1]
        return closed


def _organization(account: Account, tenant: str | None) -> Organization | None:
    if not tenant:
        return account.organizations[0]
    return next((item for item in account.organizations if item.id == tenant), None)


def _public(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Deliberate errors as they are; anything unforeseen as the real service words it."""
    public = []
    for error in errors:
        cause = error.original_error
        if cause is None or isinstance(cause, GraphQLError):
            public.append(error)
            continue
        log.error("a resolver failed", exc_info=cause)
        hidden = answers.exception_occurred()
        public.append(
            GraphQLError(hidden.message, error.nodes, path=error.path, extensions=hidden.extensions)
        )
    return public
