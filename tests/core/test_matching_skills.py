"""The vocabulary finds what people write and leaves alone what only looks like a skill."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.matching.skills import (
    canonical,
    child_count,
    display_name,
    find_skills,
    implied,
    related,
    vocabulary,
)
from core.matching.words import key_of
from tests.core.matching_cases import patient


@pytest.mark.parametrize(
    ("text", "skills"),
    [
        ("C++, C# and .NET on Windows", {"c++", "c#", ".net"}),
        ("Node.js / React / Vue3", {"node.js", "react", "vue.js"}),
        ("We use Go, Python and R.", {"go", "python", "r"}),
        ("golang microservices", {"go", "microservices"}),
        ("R programming and statistics", {"r", "statistics"}),
        ("Excel sheets and VBA macros", {"microsoft excel", "vba"}),
        ("Шукаю розробника на Пайтоні та Джанго", {"python", "django"}),
        ("веб-дизайн і верстка сайту у Фігмі", {"web design", "front-end development", "figma"}),
        ("Нужен перевод текстов и монтаж видео", {"translation", "video editing"}),
        ("landing pages, logos, Instagram reels", {"landing page", "logo design", "short-form video"}),
        ("бухгалтерія, рекрутинг, озвучка", {"accounting", "recruiting", "voice-over"}),
        ("HTML5/CSS3", {"html", "css"}),
    ],
)
def test_names_of_all_kinds_are_found(text: str, skills: set[str]) -> None:
    assert skills == set(find_skills(text))


@pytest.mark.parametrize(
    "text",
    [
        "Let's go to market, ready to go",
        "Go ahead and make sure you express your ideas",
        "We want people who excel at their work and react to notion",
        "R&D team of category C, plan B",
        "A swift response needed, no rust please",
        "The javanese scalability of a pythonic reaction",
        "See https://github.com/python/docker or write to figma@example.com",
        "$45/hr",
    ],
)
def test_ordinary_words_are_not_skills(text: str) -> None:
    assert not {
        "go",
        "r",
        "c",
        "microsoft excel",
        "swift",
        "rust",
        "java",
        "scala",
        "python",
        "docker",
        "figma",
    } & set(find_skills(text))
    assert "human resources" not in find_skills(text)


def test_longest_name_wins_and_order_is_kept() -> None:
    assert find_skills("Django REST Framework, React Native, HTML") == (
        "django rest framework",
        "react native",
        "html",
    )


@pytest.mark.parametrize(
    ("tag", "slug"),
    [
        ("node-js", "node.js"),
        ("Microsoft Excel", "microsoft excel"),
        ("MySQL Administration", "mysql"),
        ("web-development", "web development"),
        ("Go", "go"),
        ("c", "c"),
        ("UI/UX Design", "ui design"),
        ("Beekeeping", None),
        ("", None),
    ],
)
def test_tags_have_one_meaning(tag: str, slug: str | None) -> None:
    assert slug == canonical(tag)


def test_the_vocabulary_is_broad_and_consistent() -> None:
    known = vocabulary()
    groups = {skill.group for skill in known.values()}

    assert len(known) >= 450
    assert {
        "programming",
        "web",
        "mobile",
        "data",
        "devops",
        "automation",
        "design",
        "media",
        "writing",
    } <= groups
    assert {"languages", "marketing", "business"} <= groups
    for slug, skill in known.items():
        assert slug == canonical(skill.name), skill.name
        assert set(skill.parents) <= set(known), skill.name
        assert skill.name == display_name(slug)


def test_who_knows_fastapi_knows_python() -> None:
    closed = implied(["fastapi"])

    assert {"fastapi", "python", "rest api", "api"} <= closed
    assert "django" not in closed


def test_neighbours_are_near() -> None:
    assert "vue.js" in related("react")
    assert "react" in related("vue.js")
    assert "python" in related("fastapi")
    assert related("no such skill") == ()
    assert child_count("python") > child_count("fastapi")


@patient
@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    known = vocabulary()
    found = find_skills(text)

    assert len(found) == len(set(found))
    assert set(found) <= set(known)
    canonical(text)


@patient
@given(st.sampled_from(sorted(vocabulary())), st.sampled_from([", ", " / ", "\n", "; "]))
def test_every_skill_is_found_in_a_list(slug: str, joint: str) -> None:
    name = display_name(slug)

    assert slug in find_skills(joint.join(("PostgreSQL", name, "Figma")))


def test_cyrillic_cases_share_a_stem() -> None:
    assert key_of("лендінг") == key_of("лендінгів") == key_of("лендінгом")
    assert key_of("Індія") == key_of("Індії") == key_of("Індією")
