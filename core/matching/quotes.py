"""The client's own words with their place in the posting, so that whatever is said about it can be checked."""

from __future__ import annotations

from dataclasses import dataclass

from core.matching.sentences import MAX_QUOTE, spans

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


@dataclass(frozen=True, slots=True)
class Quote:
    """`text` stands at `offset` (characters) of `JobPosting.text`, letter by letter; at most 300 characters of it."""

    offset: int
    text: str


def quote_at(offset: int, sentence: str, around: tuple[int, int] = (0, 0)) -> Quote:
    """The sentence that stands at `offset`, or the part of a long one that holds the span `around`."""
    if len(sentence) <= MAX_QUOTE:
        return Quote(offset, sentence)
    start = max(0, min(around[0] - MAX_QUOTE // 3, len(sentence) - MAX_QUOTE))
    if start:
        # Begin with a whole word, if one begins soon.
        start = max(start, min(around[0], sentence.find(" ", start, start + 30) + 1))
    return Quote(offset + start, sentence[start : start + MAX_QUOTE])


def locate(text: str, words: str) -> Quote | None:
    """Where `words` stand in `text`, whatever became of white space, apostrophes and cutting marks; `None` if nowhere.

    A quote within one sentence is widened to the whole of it.
    """
    places = [index for index, sign in enumerate(text) if not sign.isspace()]
    squeezed = "".join(text[index] for index in places).translate(_APOSTROPHES)
    wanted = "".join(words.strip(" …").split()).translate(_APOSTROPHES)
    found = squeezed.find(wanted) if wanted else -1
    if found < 0:
        return None
    start, end = places[found], places[found + len(wanted) - 1] + 1
    for offset, sentence in spans(text):
        if offset <= start and end <= offset + len(sentence):
            return quote_at(offset, sentence, (start - offset, end - offset))
    return Quote(start, text[start : min(end, start + MAX_QUOTE)])
