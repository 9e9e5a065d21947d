"""Which language models this installation has: those with a key, in the configured order."""

from __future__ import annotations

from core.drafting.llm import LLM, LLMEndpoint, Vendor
from core.drafting.llm_anthropic import AnthropicLLM
from core.drafting.llm_fallback import FallbackLLM
from core.drafting.llm_openai import OpenAILLM
from core.drafting.prices import triage_model
from core.settings import Settings


def open_llm(settings: Settings) -> LLM | None:
    """The models to write with, or None when there is no key and the offline composer writes."""
    available: dict[str, LLM] = {}
    if settings.openai_api_key is not None:
        available[Vendor.OPENAI] = OpenAILLM(
            LLMEndpoint(
                vendor=Vendor.OPENAI,
                api_key=settings.openai_api_key,
                base_url=settings.openai_base_url,
                model_fast=settings.openai_model_fast,
                model_smart=settings.openai_model_smart,
                model_triage=settings.openai_model_triage or triage_model(Vendor.OPENAI),
                timeout=settings.llm_timeout_seconds,
            )
        )
    if settings.anthropic_api_key is not None:
        available[Vendor.ANTHROPIC] = AnthropicLLM(
            LLMEndpoint(
                vendor=Vendor.ANTHROPIC,
                api_key=settings.anthropic_api_key,
                base_url=settings.anthropic_base_url,
                model_fast=settings.anthropic_model_fast,
                model_smart=settings.anthropic_model_smart,
                model_triage=settings.anthropic_model_triage or triage_model(Vendor.ANTHROPIC),
                timeout=settings.llm_timeout_seconds,
            )
        )
    wanted = [name.strip() for name in settings.llm_order.split(",")]
    ordered = [available[name] for name in wanted if name in available]
    ordered += [llm for name, llm in available.items() if name not in wanted]
    return FallbackLLM(tuple(ordered)) if ordered else None
