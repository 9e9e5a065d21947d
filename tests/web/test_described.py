"""What the OpenAPI description says of every endpoint: what it does, and each refusal in the one shape that refusals have."""

from __future__ import annotations

import json

from core.runtime import Runtime
from web.app import create_app
from web.permissions import ROUTES, Needs, Open

PROBLEM = {"$ref": "#/components/schemas/Problem"}
NEVER_COUNTED = {"/livez"}
ASKED_FOR = {
    ("post", "/auth/register"),
    ("post", "/auth/login"),
    ("post", "/auth/refresh"),
    ("post", "/auth/logout"),
    ("get", "/auth/upwork/connect"),
    ("post", "/auth/upwork/connect"),
    ("get", "/auth/upwork/callback"),
    ("get", "/security/profile"),
    ("post", "/security/mfa/enable"),
    ("post", "/security/mfa/disable"),
    ("post", "/security/password"),
    ("get", "/security/logs"),
    ("post", "/security/verify"),
    ("get", "/admin/users"),
    ("get", "/admin/alerts"),
    ("post", "/admin/users/{user_id}/lock"),
}


def test_every_endpoint_says_what_it_does_and_how_it_refuses(rt: Runtime) -> None:
    described = create_app(rt).openapi()
    operations = {
        (method, path): operation
        for path, found in described["paths"].items()
        for method, operation in found.items()
    }
    assert set(operations) >= ASKED_FOR
    for (method, path), operation in operations.items():
        where = f"{method} {path}"
        assert operation.get("description"), where
        answers = operation["responses"]
        if path not in NEVER_COUNTED:
            assert {"400", "422", "429"} <= set(answers), where
        for status, answer in answers.items():
            if int(status) >= 400:
                assert answer["content"]["application/json"]["schema"] == PROBLEM, (where, status)
        needs = ROUTES[method.upper(), path]
        if isinstance(needs, Needs):
            assert {"401", "403"} <= set(answers), where
        elif needs is Open.LINK and method == "post":
            assert {"403", "404"} & set(answers), where
    # What FastAPI would say by itself is not how anything is refused here.
    assert "HTTPValidationError" not in json.dumps(described["paths"])
