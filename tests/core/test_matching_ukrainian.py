"""Ukrainian words of a profile or a search, read as the English that postings use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.eval_match import twins
from core.jobs_feed.posting import JobPosting
from core.matching.embedding_text import embedding_text, skills_said
from core.matching.reading import read_posting, read_profile
from core.matching.skills import by_sound, canonical, count_skills, find_skills
from core.matching.sounds import Index
from core.matching.translation import english_of
from core.profile.facts import Profile
from core.searches.parsing import english_terms, parse_search


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("лайтрумі", "lightroom"),
        ("вордпрес", "wordpress"),
        ("Шопіфай", "shopify"),
        ("вебфлоу", "webflow"),
        ("селеніумом", "selenium"),
        ("тайпскрипт", "typescript"),
        ("мейлчимп", "mailchimp"),
    ],
)
def test_a_tool_is_known_by_its_sound(spelling: str, name: str) -> None:
    assert canonical(spelling) == canonical(name)


@pytest.mark.parametrize(
    "word", ["робота", "країна", "запис", "модель", "порада", "людина", "понад", "прийдуть", "кіт"]
)
def test_an_ordinary_word_sounds_like_no_tool(word: str) -> None:
    assert find_skills(f"це {word}, та ще {word}") == ()


def test_short_or_foreign_spellings_are_not_guessed() -> None:
    index = Index(["gofer", "docker", "go"])
    assert index.find("гофер", "гофер") == "gofer"
    assert index.find("го") is None
    assert index.find("docker") is None
    assert index.find("") is None


def test_a_listed_word_is_taken_at_its_word() -> None:
    assert english_of("паролями") == ("password",)
    assert by_sound("пароль", "парол") is None


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("прогнозування та машинне навчання", "machine learning"),
        ("тестування мобільних застосунків", "mobile app testing"),
        ("веду рекламу в гуглі", "google ads"),
    ],
)
def test_a_skill_is_known_by_its_translation(text: str, skill: str) -> None:
    assert skill in skills_said(text)


def test_english_text_is_read_as_before() -> None:
    text = "Fixed the correction colour of a system administration Docker go page"
    assert skills_said(text) == find_skills(text)
    assert embedding_text(text) == text


@pytest.mark.parametrize(
    "forms",
    [
        "сторінка сторінок сторінці сторінками",
        "гра ігор іграми",
        "таблиця табличок таблиць",
        "дизайнер дизайнерка дизайнерок",
        "сповіщення сповіщень сповіщеннями",
        "перекладати перекладаю перекладала",
        "робити роблю зробила",
        "верстати верстаю зверстав",
        "чистити чищу почистила",
        "налаштовувати налаштовую налаштував",
    ],
)
def test_every_form_of_a_word_means_the_same(forms: str) -> None:
    first, *others = (english_of(form) for form in forms.split())
    assert first
    assert all(first[0] in other for other in others)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Верстаю лендоси з фігми", "lay out landing page figma"),
        ("тг-бот на пітоні", "telegram bot python"),
        ("пуш-сповіщеннями", "push notifications"),
        ("об'єктів", "object"),
        ("вебзастосунки", "web application"),
        ("фотокниги", "photo book"),
        ("дизaйнеpка", "designer"),
        ("я та мій кіт, 24/7", "cat"),
        (
            "React, Node.js, TypeScript and GraphQL розробниця.",
            "React, Node.js, TypeScript and GraphQL developer.",
        ),
    ],
)
def test_a_text_is_translated_by_phrases_compounds_and_forms(text: str, english: str) -> None:
    assert embedding_text(text) == english


def test_a_guess_feeds_the_words_and_not_the_model() -> None:
    assert english_of("левітації") == ("levitation",)
    assert embedding_text("левітація моделі") == "model"


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("роблю озвучку", "voice-over"),
        ("сеошник", "seo"),
        ("дрон і кольорокор", "color grading"),
        ("веду бухоблік", "bookkeeping"),
        ("ретушую знімки", "photo editing"),
        ("верстка книг", "book design"),
        ("React-розробник, джира", "jira"),
    ],
)
def test_slang_of_freelancers_names_skills(text: str, skill: str) -> None:
    assert skill in skills_said(text)


def test_an_ambiguous_word_names_no_skill_alone() -> None:
    assert skills_said("психологічний автоматизатор") == ()


def test_words_of_a_guessed_sense_count_less() -> None:
    terms = read_profile(Profile("магазин", ())).terms
    assert terms["store"] > terms["shop"] > 0


def test_words_of_one_root_share_their_meaning() -> None:
    meanings = {english_of(word) for word in ("реклама", "реклами", "рекламою", "рекламний")}
    assert all("advertising" in each for each in meanings)


def test_mentions_are_counted() -> None:
    assert count_skills("Python and FastAPI. Python again, and once more Python.") == {
        "python": 3,
        "fastapi": 1,
    }


@pytest.mark.parametrize("tagged", [False, True])
def test_a_text_that_repeats_a_skill_insists_on_it_unless_the_client_set_tags(tagged: bool) -> None:
    posting = JobPosting(
        upwork_id="1",
        ciphertext="~1",
        title="Help wanted",
        description="Python, FastAPI. We love Python. Do you know Python? Python it is.",
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        skills=("docker",) if tagged else (),
    )
    wanted = read_posting(posting).wanted
    assert (wanted["python"] > wanted["fastapi"]) is not tagged
    assert max(wanted.values()) <= 1


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("хмільне бурмило", "хмільне бурмило"),
        ("сортування документів", "sort document"),
    ],
)
def test_a_search_without_a_known_skill_is_translated_word_by_word(query: str, terms: str) -> None:
    assert english_terms(parse_search(query)) == terms


def test_held_out_twins_are_not_the_ones_that_were_worked_on() -> None:
    groups = {name: twins.pairs(name) for name in twins.GROUPS}
    assert {name: len(rows) for name, rows in groups.items()} == {
        "pair": 30,
        "held_out": 15,
        "fresh": 10,
        "search": 10,
        "held_out_search": 10,
        "fresh_search": 8,
        "second": 12,
        "second_search": 12,
        "final": 10,
        "final_search": 10,
    }
    said = [text for rows in groups.values() for row in rows for text in row]
    assert len(said) == len(set(said))
