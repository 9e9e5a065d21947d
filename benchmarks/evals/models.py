"""Which models are asked: those that have a key, or the sandbox's on loopback when none has."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.routing import Mount

from benchmarks.evals.cases import Case
from core.drafting.llm import LLM, LLMEndpoint, Vendor
from core.drafting.llm_anthropic import AnthropicLLM
from core.drafting.llm_fallback import FallbackLLM
from core.drafting.llm_openai import OpenAILLM
from core.settings import Settings
from sandbox.llm.app import create_llm_app

# What the product needs and writing does not; `.env` and the environment give the rest.
_UNUSED = {
    "redis_url": "redis://localhost",
    "key_encryption_keys": "unused",
    "public_url": "https://localhost",
    "telegram_bot_token": "0:unused",
    "upwork_client_id": "unused",
    "upwork_client_secret": "unused",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One run of the set. `setting` is what to look at when the vendor takes neither the key nor the model."""

    label: str
    endpoint: LLMEndpoint
    setting: str

    def model_for(self, case: Case) -> str:
        return self.endpoint.model(case.kind.tier)

    def open(self) -> LLM:
        """As the product opens a lone vendor."""
        vendor = self.endpoint.vendor
        return FallbackLLM(
            [OpenAILLM(self.endpoint) if vendor is Vendor.OPENAI else AnthropicLLM(self.endpoint)]
        )


def read_settings() -> Settings:
    """The settings of the models alone: an evaluation needs no database and no bot. Exits with the names of what is wrong."""
    try:
        return Settings(**_UNUSED)  # type: ignore[arg-type]  # plain strings, as from the environment
    except ValidationError as error:
        wrong = ", ".join(
            str(each["loc"][0]).upper() if each["loc"] else each["msg"] for each in error.errors()
        )
        raise SystemExit(f"Settings are wrong: {wrong}. See .env.example.") from None


def vendor_of(model: str) -> Vendor:
    return Vendor.ANTHROPIC if model.startswith("claude") else Vendor.OPENAI


def asked_of(settings: Settings, models: tuple[str, ...] = ()) -> list[Asked]:
    """The runs that `settings` has keys for: each vendor as it is set up, or each of `models` for everything it writes.

    Raises LookupError, with the setting's name, for a model whose vendor has no key.
    """
    endpoints = {
        Vendor.ANTHROPIC: (
            settings.anthropic_api_key,
            settings.anthropic_base_url,
            settings.anthropic_model_fast,
            settings.anthropic_model_smart,
        ),
        Vendor.OPENAI: (
            settings.openai_api_key,
            settings.openai_base_url,
            settings.openai_model_fast,
            settings.openai_model_smart,
        ),
    }
    runs = []
    for name in models or tuple(vendor.value for vendor in endpoints):
        vendor = vendor_of(name) if models else Vendor(name)
        key, base_url, fast, smart = endpoints[vendor]
        if key is None:
            if models:
                raise LookupError(f"{vendor.value.upper()}_API_KEY")
            continue
        made = LLMEndpoint(
            vendor=vendor,
            api_key=key,
            base_url=base_url,
            model_fast=name if models else fast,
            model_smart=name if models else smart,
            timeout=settings.llm_timeout_seconds,
        )
        setting = "--models" if models else f"{vendor.value.upper()}_MODEL_SMART"
        runs.append(Asked(name if models else smart, made, setting))
    return runs


def with_sandbox(settings: Settings, url: str) -> Settings:
    """The same models by name, played by the sandbox at `url`, so that prices and tiers are the real ones."""
    return settings.model_copy(
        update={
            "anthropic_api_key": SecretStr("sandbox"),
            "anthropic_base_url": f"{url}/anthropic",
            "openai_api_key": SecretStr("sandbox"),
            "openai_base_url": f"{url}/openai/v1",
        }
    )


@contextmanager
def sandbox() -> Iterator[str]:
    """The sandbox's model on a free loopback port, as fast as it can write; yields its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        app = Starlette(routes=[Mount("/llm", create_llm_app(words_per_second=0))])
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), name="sandbox", daemon=True
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/llm"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
