"""What a letter may say about the job ahead without a fact, and what gives a record away all the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.drafting.claims import check_text
from core.drafting.draft import ClaimFinding
from core.drafting.sources import sources_of
from core.profile.facts import FactKind, Profile
from tests.core.drafting_cases import fact, posting, proposal

FACTS = (
    fact(1, FactKind.EXPERIENCE, "6 years of Python, the last two with Airflow"),
    fact(2, FactKind.PROJECT, "Cut the nightly export of Harbor Parts from 40 steps to 12, 900 orders a day"),
    fact(3, FactKind.EXPERIENCE, "Teaching assistant 2014-2019, on my own since 2019"),
    fact(4, FactKind.LANGUAGE, "English C1, Polish A2"),
    fact(5, FactKind.OTHER, "Available 20 hours a week"),
    fact(6, FactKind.SKILL, "SQL since 2016, Airflow certificate"),
)
POSTING = posting(
    title="Move 22,000 contacts to HubSpot",
    description="We are a toy shop. 22,000 contacts and 600 product pages have to move. Our rate of duplicates is 12%.",
    skills=("Python", "HubSpot"),
)
SOURCES = sources_of(
    proposal(posting=POSTING, profile=Profile("Python developer", FACTS, Decimal(30), "Marta"))
)

FREE = """\
Week 1: export and clean-up, about 45 hours.
My plan:|✅ Export (4 days)|✅ Test import of 500 records (1 day)
I estimate 50-60 hours for the whole job, roughly $1,500 to $1,800.
The work would be 8 days x 8 hours x $30 = $1,920.
I'd suggest two milestones: $700 for the clean-up and $900 for the import. That makes $1,600.
I went through your post, and the 600 product pages caught my eye.
Moving 22,000 contacts is a job I know well.
A proxy costs around $50 a month.
I support the import for 30 days after the launch, free of charge.
I'd use Python 3.12 with Pydash for it.
I saw your post "Move contacts to HubSpot" this morning.
The step that hurts is listed on 14 of these pages.
I don't write Perl.
If it fails, you've spent $200 or so.
I share files by Google Drive and talk on Zoom.
Is your HubSpot plan Professional or higher?
For example: "Our bears have sold 4,000 times since 1998."
I can give this 15 hours a week.
За моєю ставкою вийде годин 40.
Потрібно 5–6 днів, перевірю 300 записів.
Я не писав на Perl і не вигадуватиму.""".splitlines()
RECORD = """\
I can give this 35 hours a week.
The export of Harbor Parts went from 40 steps to five.
The export of Harbor Parts handles 9,000 orders a day.
Millions of people use it now.
300+ projects completed.
I built an export. It runs on 85 servers.
I have 6 years of Airflow.
I've spent eleven years as a teaching assistant.
Маю п'ятнадцятирічний досвід.
Понад десятиріччя пишу на Python.
My export doubled the sales.
I speak fluent Polish.
I hold the Airflow Expert II certificate.
I regularly give talks at Python conferences.
I often represent clients in court.
Часто виступаю на конференціях.
Your dental clinic needs fewer no-shows.
Вашій стоматології потрібен бот.
I saw your job 'WordPress blog for a florist' and applied at once.
Ваше оголошення «Логотип для пекарні» сподобалося.
Your Shopify theme can be ready by Friday.
Here is a sample: bit.ly/3xSample
Samples: example.photos/marta
Зі мною працюють фотограф і монтажер.
Together with my two colleagues I can start today.
My usual rate is $90 per hour.
I will do the whole job for $5.""".splitlines()


def _unsupported(text: str) -> list[ClaimFinding]:
    return [finding for finding in check_text(text, SOURCES) if not finding.supported]


@pytest.mark.parametrize("text", FREE)
def test_talk_of_the_job_needs_no_fact(text: str) -> None:
    assert not _unsupported(text.replace("|", "\n"))


@pytest.mark.parametrize("text", RECORD)
def test_a_record_in_disguise_is_marked(text: str) -> None:
    assert _unsupported(text)


@pytest.mark.parametrize(
    "text",
    [
        "I have six years of Python behind me.",
        "I've worked with Airflow for two years.",
        "I have written SQL for nine years or so.",
        "I took 28 steps out of the export of Harbor Parts.",
        "For more than ten years I have been teaching or working on my own.",
        "My English is C1.",
    ],
)
def test_what_follows_from_the_facts_may_be_said(text: str) -> None:
    assert not _unsupported(text)
