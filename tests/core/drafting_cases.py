"""One freelancer and a few postings that the drafting tests share."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.drafting.draft import Bid, ProposalRequest
from core.jobs_feed.posting import ContractType, JobPosting, ScreeningQuestion
from core.profile.facts import Fact, FactKind, Profile


def fact(number: int, kind: FactKind, text: str, *skills: str) -> Fact:
    return Fact(UUID(int=number), number, kind, text, skills)


PROFILE = Profile(
    headline="Backend developer for Python and payments",
    facts=(
        fact(
            1,
            FactKind.PROJECT,
            "Built a billing portal with Stripe and FastAPI for a logistics SaaS in 2022: 14 reports, 3,000 invoices a month",
            "stripe",
            "fastapi",
            "python",
        ),
        fact(
            2, FactKind.EXPERIENCE, "8 years of Python, five of them with PostgreSQL", "python", "postgresql"
        ),
        fact(
            3,
            FactKind.PROJECT,
            "Migrated a reporting database from MySQL to PostgreSQL without downtime",
            "postgresql",
            "mysql",
        ),
        fact(4, FactKind.SKILL, "Docker, CI pipelines, pytest", "docker", "pytest"),
        fact(5, FactKind.LINK, "Code samples: https://github.com/olena-dev"),
        fact(6, FactKind.EDUCATION, "MSc in Computer Science, Lviv Polytechnic, 2015"),
    ),
    hourly_rate=Decimal(55),
    signature="Olena",
)

BID = Bid(Decimal(55), ContractType.HOURLY)

DESCRIPTION = """We run a small SaaS for clinics and need a developer to integrate Stripe subscriptions into our FastAPI backend.

Responsibilities:
- Set up Stripe webhooks and handle failed payments
- Migrate our invoices from the old MySQL database to PostgreSQL
- Write tests for the billing module

Budget is flexible for the right person."""


def posting(**over: Any) -> JobPosting:
    values: dict[str, Any] = {
        "upwork_id": "1800000000000000001",
        "ciphertext": "~021800000000000000001",
        "title": "Stripe billing integration for our SaaS",
        "description": DESCRIPTION,
        "published_at": datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        "contract": ContractType.HOURLY,
        "hourly_min": Decimal(40),
        "hourly_max": Decimal(70),
        "skills": ("Python", "FastAPI", "Stripe API", "PostgreSQL"),
        "questions": (
            ScreeningQuestion(0, "What is your hourly rate?"),
            ScreeningQuestion(1, "How many years of Python do you have?"),
            ScreeningQuestion(2, "Have you worked with Kubernetes?"),
        ),
    }
    return JobPosting(**{**values, **over})


UKRAINIAN_POSTING = posting(
    upwork_id="1800000000000000002",
    title="Інтеграція оплати для інтернет-магазину",
    description=(
        "Потрібно налаштувати оплату Stripe для нашого магазину на FastAPI. Також треба перенести наші рахунки у PostgreSQL."
        " Шукаємо людину, яка любить порядок."
    ),
    contract=ContractType.FIXED,
    budget=Decimal(800),
    hourly_min=None,
    hourly_max=None,
    skills=("Stripe", "PostgreSQL"),
    questions=(),
)


def proposal(**over: Any) -> ProposalRequest:
    values: dict[str, Any] = {"posting": posting(), "profile": PROFILE, "bid": BID, "seed": "tenant-a"}
    return ProposalRequest(**{**values, **over})
