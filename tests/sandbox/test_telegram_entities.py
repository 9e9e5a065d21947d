"""Markup to entities, checked against what the real service is documented to do."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from sandbox.telegram.entities_html import ParseError, parse_html
from sandbox.telegram.entities_markdown import parse_markdown, parse_markdown_v2
from sandbox.telegram.errors import ApiError
from sandbox.telegram.text import formatted, plain
from sandbox.telegram.utf16 import split_utf16, utf16_len


def shown(parsed: tuple[str, list[dict[str, Any]]]) -> list[tuple[Any, ...]]:
    """(type, covered text, extra) of every entity."""
    text, entities = parsed
    data = text.encode("utf-16-le")
    result = []
    for item in entities:
        covered = data[item["offset"] * 2 : (item["offset"] + item["length"]) * 2].decode("utf-16-le")
        extra = [value for name, value in item.items() if name not in {"type", "offset", "length"}]
        result.append((item["type"], covered, *extra))
    return result


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>a</b><strong>b</strong>", [("bold", "a"), ("bold", "b")]),
        ("<i>a</i><em>b</em>", [("italic", "a"), ("italic", "b")]),
        ("<u>a</u><ins>b</ins>", [("underline", "a"), ("underline", "b")]),
        ("<s>a</s><strike>b</strike><del>c</del>", [("strikethrough", letter) for letter in "abc"]),
        (
            '<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>',
            [("spoiler", "a"), ("spoiler", "b")],
        ),
        ("🙂<b>🙂ї<i>x</i></b>", [("italic", "x"), ("bold", "🙂їx")]),
        ("<a href='http://e.example/?a=1&amp;b=2'>x</a>", [("text_link", "x", "http://e.example/?a=1&b=2")]),
        ("<a href='e.example'>x</a>", [("text_link", "x", "http://e.example/")]),
        ("<a href='http://localhost'>x</a>", []),
        ("<a href='tg://user?id=7'>x</a>", [("text_mention", "x", {"id": 7})]),
        ("<code>x</code>", [("code", "x")]),
        ("<pre>x</pre>", [("pre", "x")]),
        ('<pre><code class="language-python">x</code></pre>', [("pre", "x", "python")]),
        ('<code class="language-python">x</code>', [("code", "x")]),
        ("<blockquote>x</blockquote>", [("blockquote", "x")]),
        ("<blockquote expandable>x</blockquote>", [("expandable_blockquote", "x")]),
        (
            '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
            [("custom_emoji", "👍", "5368324170671202286")],
        ),
        (
            '<tg-time unix="1647531900" format="wDT">soon</tg-time>',
            [("date_time", "soon", 1647531900, "wDT")],
        ),
        ("<B>x</b >", [("bold", "x")]),
        ("<b></b>x", []),
    ],
)
def test_html(source: str, expected: list[tuple[Any, ...]]) -> None:
    assert shown(parse_html(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("&lt;b&gt; &amp; &quot;", '<b> & "'),
        ("&#1031;&#x1F642;", "Ї🙂"),
        ("&nbsp; &copy; &unknown", "&nbsp; &copy; &unknown"),
        ("&#0; &#x; AT&T", "&#0; &#x; AT&T"),
        ("1 > 0", "1 > 0"),
    ],
)
def test_html_references(source: str, expected: str) -> None:
    assert parse_html(source)[0] == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<p>", 'Unsupported start tag "p" at byte offset 0'),
        ("ї <3", "Unclosed start tag at byte offset 3"),
        ("ї <3 you", 'Unsupported start tag "3" at byte offset 3'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<i><b>x</b>", 'Can\'t find end tag corresponding to start tag "i"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        (
            "<a href>x</a>",
            'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
        ),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
        ("<tg-emoji emoji-id='x'>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_html_refusals(source: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_html(source)

    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        (
            r"*b* _i_ __u__ ~s~ ||p||",
            "b i u s p",
            ["bold", "italic", "underline", "strikethrough", "spoiler"],
        ),
        (r"*bold _italic ~strike~_*", "bold italic strike", ["strikethrough", "italic", "bold"]),
        (r"___iu_ u__", "iu u", ["italic", "underline"]),
        (r"\*not bold\*\.", "*not bold*.", []),
        ("`a.b`", "a.b", ["code"]),
        ("```python\nx = 1\n```", "x = 1\n", ["pre"]),
        (r"[x](http://e.example/\))", "x", ["text_link"]),
        ("![👍](tg://emoji?id=5)", "👍", ["custom_emoji"]),
        (">a\n>b\nc", "a\nb\nc", ["blockquote"]),
        (">a\n>b||", "a\nb", ["expandable_blockquote"]),
        (">a\n**>b\n>c||\nd", "a\nb\nc\nd", ["blockquote", "expandable_blockquote"]),
    ],
)
def test_markdown_v2(source: str, text: str, expected: list[str]) -> None:
    parsed, entities = parse_markdown_v2(source)

    assert (parsed, [item["type"] for item in entities]) == (text, expected)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("ї*a", "Can't find end of Bold entity at byte offset 2"),
        ("[a](http://e.example", "Can't find end of a URL at byte offset 4"),
        ("a|b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("![x]", "Custom emoji entity must contain a tg://emoji URL"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
    ],
)
def test_markdown_v2_refusals(source: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_markdown_v2(source)

    assert str(caught.value) == reason


def test_legacy_markdown() -> None:
    parsed = parse_markdown("*b* _i_ `c` [x](e.example) ```py\ny``` \\*z")

    assert parsed[0] == "b i c x y *z"
    assert [item[:2] for item in shown(parsed)] == [
        ("bold", "b"),
        ("italic", "i"),
        ("code", "c"),
        ("text_link", "x"),
        ("pre", "y"),
    ]
    with pytest.raises(ParseError, match="starting at byte offset 2"):
        parse_markdown("ї*a")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("see https://e.example/a?b=(c), ok", [("url", "https://e.example/a?b=(c)")]),
        ("(see upwork.com/jobs/~01).", [("url", "upwork.com/jobs/~01")]),
        ("http://127.0.0.1:8080/x http://localhost/x", [("url", "http://127.0.0.1:8080/x")]),
        ("me@e.example.com @someone @ab", [("email", "me@e.example.com"), ("mention", "@someone")]),
        (
            "/start@gigwright_bot /a/b 1/2 /ok",
            [("bot_command", "/start@gigwright_bot"), ("bot_command", "/ok")],
        ),
        ("#робота #123 $USD $65", [("hashtag", "#робота"), ("cashtag", "$USD")]),
        ("e.g. this, etc. Well...ok v1.2.3", []),
        ("🙂 e.com", [("url", "e.com")]),
    ],
)
def test_detection(source: str, expected: list[tuple[str, str]]) -> None:
    assert shown(plain(source)) == expected


def html(source: str) -> tuple[str, list[dict[str, Any]]]:
    return formatted(source, "HTML", None, too_long="long", limit=4096)


def test_nothing_is_detected_inside_code_and_links() -> None:
    parsed = html("<code>e.com</code> <a href='http://a.example'>b.com</a> <b>c.com</b>")

    assert [item[:2] for item in shown(parsed)] == [
        ("code", "e.com"),
        ("text_link", "b.com"),
        ("bold", "c.com"),
        ("url", "c.com"),
    ]


def test_outer_blanks_and_invisible_overrides_go() -> None:
    text, entities = html("  \n a<b>b\u202e \n</b> ")

    assert text == "ab"
    assert entities == [{"type": "bold", "offset": 1, "length": 1}]


TAGS = re.findall(
    r"<[^>]*>",
    "<b></b><a href='e.com'></a><pre></pre><code class='language-x'></code><blockquote expandable>",
)
MARKS = list("**||__*_`[]()!\\~><=.\"'\n\r\x00\u202e xї🙂")
PIECES = [
    *TAGS,
    *MARKS,
    "```",
    "&lt;",
    "&#",
    "&#x1F600;",
    "e.com",
    "https://",
    "@abc",
    "#t",
    "/s",
    "tg://time?unix=5",
]


@pytest.mark.parametrize("parse_mode", ["HTML", "MarkdownV2", "Markdown", None])
def test_no_mixture_of_markup_breaks_anything(parse_mode: str | None) -> None:
    """Whatever is sent is either refused in words or ends as entities that lie inside the text."""
    chance = random.Random(7)
    accepted = 0
    for _ in range(3000):
        source = "".join(chance.choices(PIECES, k=chance.randint(1, 12)))
        try:
            text, entities = formatted(source, parse_mode, None, too_long="long", limit=4096)
        except ApiError:
            continue
        accepted += 1
        assert all(
            0 <= item["offset"] < item["offset"] + item["length"] <= utf16_len(text) for item in entities
        )

    assert accepted > 50


def test_explicit_entities_are_checked() -> None:
    def given(*entities: dict[str, Any]) -> list[tuple[Any, ...]]:
        return shown(formatted("🙂 bold", None, list(entities), too_long="long", limit=4096))

    assert given({"type": "bold", "offset": 3, "length": 4}) == [("bold", "bold")]
    assert given({"type": "url", "offset": 3, "length": 4}) == []
    with pytest.raises(ApiError, match="entity beginning at UTF-16 offset 3 ends after the end of the text"):
        given({"type": "bold", "offset": 3, "length": 5})
    with pytest.raises(ApiError, match="entity begins in a middle of a UTF-16 symbol"):
        given({"type": "bold", "offset": 1, "length": 2})


def test_long_text_is_split_without_breaking_characters() -> None:
    text = "слово 🙂 " * 3000

    parts = split_utf16(text, 4096)

    assert "".join(parts) == text
    assert max(map(utf16_len, parts)) <= 4096
    assert all(part.endswith(" ") for part in parts)
