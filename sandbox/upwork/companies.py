"""Make up clients: from new and unverified to large spenders."""

from __future__ import annotations

import random

from sandbox.upwork.composer import stable_number
from sandbox.upwork.records import Company

PLACES = (
    ("United States", "Austin", "America/Chicago", "-05:00", 30),
    ("United States", "Portland", "America/Los_Angeles", "-07:00", 20),
    ("United Kingdom", "Leeds", "Europe/London", "+01:00", 12),
    ("Canada", "Halifax", "America/Halifax", "-03:00", 8),
    ("Australia", "Perth", "Australia/Perth", "+08:00", 8),
    ("Germany", "Leipzig", "Europe/Berlin", "+02:00", 8),
    ("Netherlands", "Utrecht", "Europe/Amsterdam", "+02:00", 5),
    ("Ukraine", "Lviv", "Europe/Kyiv", "+03:00", 6),
    ("United Arab Emirates", "Dubai", "Asia/Dubai", "+04:00", 5),
    ("India", "Pune", "Asia/Kolkata", "+05:30", 8),
    ("Israel", "Haifa", "Asia/Jerusalem", "+03:00", 4),
    ("Singapore", "Singapore", "Asia/Singapore", "+08:00", 4),
    ("Sweden", "Uppsala", "Europe/Stockholm", "+02:00", 3),
    ("Spain", "Valencia", "Europe/Madrid", "+02:00", 4),
)
FIRST = (
    "North", "Blue", "Copper", "Silver", "Green", "Harbor", "Cedar", "Bright", "Quiet", "Stone", "River", "Amber",
    "Maple", "Iron", "Clear", "Field", "Orchard", "Summit", "Lantern", "Juniper",
)  # fmt: skip
SECOND = (
    "Works", "Studio", "Labs", "Trading", "Systems", "Supply", "Media", "Partners", "Health", "Logistics", "Foods",
    "Learning", "Retail", "Digital", "Energy", "Travel",
)  # fmt: skip
CONTACTS = (
    "Sam",
    "Alex",
    "Robin",
    "Jordan",
    "Taylor",
    "Morgan",
    "Casey",
    "Jamie",
    "Avery",
    "Drew",
    "Kim",
    "Lee",
)
CONTACTS_UK = ("Оля", "Саша", "Женя", "Валя", "Микита", "Ірина")
YEAR = 365 * 86_400


def make_company(*, seed: int, number: int, now: float) -> Company:
    """The client with this number; quality spread: about 25 % new, 50 % middling, 25 % established."""
    rng = random.Random(f"company:{seed}:{number}")
    country, city, timezone, offset, _ = rng.choices(PLACES, weights=[place[4] for place in PLACES])[0]
    language = "uk" if country == "Ukraine" and rng.random() < 0.7 else "en"
    quality = rng.random()
    if quality < 0.25:
        hires, posted, spent, feedback, reviews = 0, rng.randint(1, 3), 0.0, 0.0, 0
        verified, age = rng.random() < 0.35, rng.uniform(0, 0.3)
    elif quality < 0.75:
        hires = rng.randint(1, 25)
        posted = hires + rng.randint(0, hires + 4)
        spent = round(hires * rng.uniform(60, 700), 2)
        reviews = max(1, round(hires * rng.uniform(0.4, 0.95)))
        feedback, verified, age = round(rng.uniform(3.6, 5.0), 2), rng.random() < 0.9, rng.uniform(0.3, 6)
    else:
        hires = rng.randint(20, 180)
        posted = hires + rng.randint(2, hires // 2 + 3)
        spent = round(hires * rng.uniform(500, 4000), 2)
        reviews = round(hires * rng.uniform(0.6, 0.95))
        feedback, verified, age = round(rng.uniform(4.5, 5.0), 2), True, rng.uniform(2, 12)
    return Company(
        id=stable_number("company", seed, number, digits=19),
        rid=stable_number("company-rid", seed, number, digits=8),
        user_id=stable_number("company-user", seed, number, digits=19),
        name=f"{rng.choice(FIRST)} {rng.choice(SECOND)}",
        contact=rng.choice(CONTACTS_UK if language == "uk" else CONTACTS),
        country=country,
        city=city,
        timezone=timezone,
        utc_offset=offset,
        member_since=now - age * YEAR,
        verified=verified,
        hires=hires,
        posted_jobs=posted,
        spent=spent,
        reviews=reviews,
        feedback=feedback,
        private_spend=rng.random() < 0.05,
        enterprise=quality > 0.97,
        language="uk" if language == "uk" else "en",
    )
