"""The claim check: what nothing supports is found, what the facts say passes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.drafting.claims import check_claims, check_text
from core.drafting.draft import (
    Answer,
    DraftOutput,
    FindingKind,
    ReplyRequest,
    RevisionRequest,
    ThreadMessage,
)
from core.drafting.sources import sources_of
from core.profile.facts import FactKind, Profile
from tests.core.drafting_cases import BID, PROFILE, fact, posting, proposal

SOURCES = sources_of(proposal())

TRAPS = """\
I have 12 years of Python experience.
Over 9 years I built payment systems.
Ten years with PostgreSQL.
I have twenty years of experience.
I have a decade of Python behind me.
For a dozen years I have written Python.
I have been working with FastAPI since 2014.
In 2021 I built a billing portal with Stripe.
I graduated in 2012.
I built billing portals with Stripe for Nike and Adidas.
At Google I led the payments team.
Northwind Dental asked me to build a booking portal.
Your Northwind Dental project needs a booking page.
Blue Ocean Agency hired me for their billing.
My clients include Blue Ocean Agency.
Previous clients: Acme Corp, Globex.
I worked with Microsoft on their invoices.
I migrated 40 databases to PostgreSQL.
I processed 30,000 invoices a month.
I processed 3,000 payments a day.
My portal has 140 reports.
I built hundreds of portals.
Dozens of clinics use my billing portal.
I cut hosting costs by 35% for a logistics SaaS.
My portal made reports 5x faster.
I handled $2M in payments.
I usually charge $45 per hour.
I did this in three months for a clinic.
I finished it within 6 weeks.
I finished in 3 days.
See my portfolio at https://olena.dev/work.
My GitHub is https://github.com/someone-else
More at www.olena-portfolio.com
Write to olena@example.com for samples.
Call me at +380 67 123 45 67.
I am AWS certified.
I know Kubernetes well.
i have shipped kubernetes clusters to production
Shopify was my focus for years.
With Terraform and Ansible I automate deployments.
I have used Redis, RabbitMQ and Celery daily.
I built the same system in Django for a clinic chain.
My background: MySQL administration at Siemens
I speak German fluently.
I have a PhD from Oxford.
I lead a team of 15 developers.
I was the CTO of Finpay.
My React dashboards are used by banks.
I earned a Top Rated badge from Amazon.
Hello John, I built a billing portal.
I bring my Shopify expertise to your store.
I delivered 99.9% uptime.
Мені довіряє Monobank.
Я маю 12 років досвіду з Python.
Зробив 40 порталів на Django.
Працюю з Kubernetes щодня.""".splitlines()

HONEST = """\
You want Stripe subscriptions in your FastAPI backend, with webhooks that survive failed payments.
I built a billing portal with Stripe and FastAPI for a logistics SaaS in 2022.
It serves 14 reports and about 3,000 invoices a month.
I handled 3k invoices each month.
I have 8 years of Python behind me, five of them with PostgreSQL.
For the last eight years I have written Python.
I moved a reporting database from MySQL to PostgreSQL without downtime, so your invoices are familiar territory.
With more than 5 years of Python I read such code quickly.
My code is at https://github.com/olena-dev.
Docker and CI pipelines are part of my daily work, and I test with pytest.
I studied Computer Science at Lviv Polytechnic and graduated in 2015.
As a FastAPI developer, I kept the invoices in PostgreSQL.
I would begin with the webhooks, then move your invoices from MySQL to PostgreSQL, and add tests for the billing module.
Two questions: which Stripe API version do you use, and who handles refunds today?
I have not used Kubernetes yet, but I learn fast.
I have no experience with Shopify.
My rate is $55 per hour, within your range of $40 to $70.
We can finish in 3 days.
Here is how I would approach it:
What I Would Do First:
I read your posting twice; the SaaS for clinics with a FastAPI backend sounds well organised.
I'm happy to walk you through it on a call here on Upwork.
If that fits, I can send a short plan tomorrow.
Step 1: agree on the events. Step 2: build the handlers.
1. Review the schema. 2. Write the migration. 3. Test on a copy.
I'd keep the first milestone small, so you can judge it before committing to the rest.
Thank you for the clear brief!
JSON exports and REST endpoints would stay as they are.
I look forward to hearing how your MySQL database is laid out.
Best regards,
Kind Regards,
Olena
Вам потрібно перенести рахунки з MySQL у PostgreSQL.
Маю 8 років досвіду з Python.
З повагою,""".splitlines()


def unsupported(text: str) -> list[str]:
    return [finding.quote for finding in check_text(text, SOURCES) if not finding.supported]


@pytest.mark.parametrize("text", TRAPS)
def test_no_invention_passes(text: str) -> None:
    assert unsupported(text)


@pytest.mark.parametrize("text", HONEST)
def test_honest_sentences_pass(text: str) -> None:
    assert unsupported(text) == []


def test_a_finding_says_what_where_and_by_what_it_is_supported() -> None:
    text = "Hello!\nI built 14 reports in 2022, and 99 more for Acme."
    found = {finding.quote: finding for finding in check_text(text, SOURCES)}
    assert found["14"].supported_by == ("F1",)
    assert (found["2022"].kind, found["2022"].supported_by) == (FindingKind.YEAR, ("F1",))
    assert found["99"].supported_by == ()
    assert found["Acme"].kind is FindingKind.NAME
    assert found["Acme"].sentence == "I built 14 reports in 2022, and 99 more for Acme."
    assert all(text[finding.start : finding.end] == finding.quote for finding in found.values())


def test_what_the_client_wrote_supports_words_about_the_client_only() -> None:
    job = posting(
        description="Northwind runs 12 clinics since 1998 and pays with Braintree. We need billing."
    )
    sources = sources_of(proposal(posting=job))

    def missing(text: str) -> list[str]:
        return [finding.quote for finding in check_text(text, sources) if not finding.supported]

    assert missing("Your 12 clinics at Northwind need billing through Braintree.") == []
    assert missing("I would connect Braintree for the clinics.") == []
    assert missing("I worked for Northwind since 1998.") == ["Northwind", "1998"]
    assert missing("I have connected Braintree for 12 clinics.") == ["Braintree", "12"]


def test_answers_are_checked_with_their_question() -> None:
    job = posting()
    output = DraftOutput(
        "Hi.", "en", (Answer(1, "I have 8 years of Python."), Answer(2, "I ran Kubernetes at Acme."))
    )
    found = check_claims(proposal(posting=job), output)
    assert {(finding.answer, finding.quote) for finding in found if not finding.supported} >= {(2, "Acme")}
    assert all(finding.supported for finding in found if finding.answer == 1)


def test_the_users_own_words_are_evidence() -> None:
    request = RevisionRequest(
        posting(), PROFILE, "L", instruction="mention that I led 3 people at Globex", bid=BID
    )
    assert all(finding.supported for finding in check_text("I led 3 people at Globex.", sources_of(request)))
    thread = (
        ThreadMessage(True, "I am free on Monday at Initech."),
        ThreadMessage(False, "Umbrella pays $900."),
    )
    reply = sources_of(ReplyRequest(PROFILE, thread))
    assert all(finding.supported for finding in check_text("I was at Initech.", reply))
    assert not all(finding.supported for finding in check_text("I worked for Umbrella.", reply))
    assert all(finding.supported for finding in check_text("Your $900 at Umbrella are fine.", reply))


def test_a_skill_of_a_fact_supports_what_it_implies() -> None:
    profile = Profile("Dev", (fact(1, FactKind.PROJECT, "Built APIs with FastAPI", "fastapi"),))
    sources = sources_of(proposal(profile=profile))
    assert [f.supported_by for f in check_text("I have written Python.", sources)] == [("F1",)]


@settings(max_examples=60, deadline=None)
@given(st.text(st.one_of(st.characters(), st.sampled_from("I built 20 $%.,:\n")), max_size=200))
def test_any_text_is_survived_and_offsets_fit(text: str) -> None:
    for finding in check_text(text, SOURCES):
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.quote.strip() in text


@given(st.integers(16, 2000))
def test_no_other_count_of_reports_passes(count: int) -> None:
    assert unsupported(f"I built a portal with {count} reports.") == [str(count)]


@pytest.mark.parametrize("text", ["1" * 5000, "I have " + "9" * 4400 + " clients.", "1) " * 1600])
def test_absurd_numbers_are_read_without_falling_over(text: str) -> None:
    assert all(finding.quote in text for finding in check_text(text, SOURCES))


CHANGED = [
    fact(1, FactKind.PROJECT, "Cut the hosting bill from $4,100 to $2,650 and page loads from 4 seconds to 1")
]


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("I cut the hosting bill by 35%.", True),
        ("I took more than a third off the hosting bill: $1,450.", True),
        ("I cut the hosting bill by nearly 40%.", True),
        ("Page loads became four times faster in my project.", True),
        ("I cut the hosting bill in half.", False),
        ("I cut the hosting bill by 60%.", False),
        ("I cut the hosting bill to $1,450.", False),
        ("My page loads take 3 seconds.", False),
    ],
)
def test_what_a_change_comes_to_may_be_said_and_no_more(sentence: str, said: bool) -> None:
    known = sources_of(proposal(profile=Profile("Developer", tuple(CHANGED))))
    assert all(finding.supported for finding in check_text(sentence, known)) is said
