"""The two postings of the tour: one worth a proposal, one worth a refusal.

Another business each time, so that none is taken for a repost.
"""

from __future__ import annotations

import random
from typing import Any

GOOD, POOR = "good", "poor"
_WHO = (
    "language",
    "chess",
    "yoga",
    "driving",
    "music",
    "cooking",
    "sailing",
    "painting",
    "dance",
    "swimming",
)
_WHAT = ("school", "club", "studio", "academy", "workshop")


def jobs() -> dict[str, dict[str, Any]]:
    """Bodies for the sandbox's control API."""
    business = f"{random.choice(_WHO)} {random.choice(_WHAT)}"
    return {
        POOR: {
            "title": f"Python script for the bot of a {business}, small fix",
            "description": (
                f"The Telegram bot of our {business} answers twice. It is written in Python, with FastAPI for the "
                "webhook. Find out why and fix it."
            ),
            "skills": ["Python", "FastAPI", "Telegram API"],
            "kind": "HOURLY",
            "hourly_min": 30,
            "hourly_max": 32,
            "applicants": 1,
            "client": {
                "verified": True,
                "hires": 3,
                "posted_jobs": 6,
                "spent": 900,
                "reviews": 3,
                "feedback": 4.6,
            },
        },
        GOOD: {
            "title": f"Telegram bot with Stripe subscriptions for a {business}",
            "description": (
                f"We run a {business} and want our Telegram bot to sell monthly subscriptions through Stripe. The back "
                "end is Python, FastAPI and PostgreSQL with small tests. You would build the payment flow, renewals and "
                "a short admin page. About three weeks, then some hours a month. Please tell us about a similar bot."
            ),
            "skills": ["Python", "FastAPI", "Telegram API", "PostgreSQL", "Stripe"],
            "kind": "HOURLY",
            "hourly_min": 40,
            "hourly_max": 60,
            "questions": [
                "Which Telegram bot with payments have you built, and what did it change for its owner?"
            ],
            "applicants": 3,
            "client": {
                "verified": True,
                "hires": 14,
                "posted_jobs": 17,
                "spent": 48_000,
                "reviews": 12,
                "feedback": 4.9,
            },
        },
    }
