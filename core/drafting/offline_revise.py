"""Changing a letter without a model: the chips, and the wishes simple enough to be understood by rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from core.drafting.draft import (
    Bid,
    Chip,
    Claim,
    DraftOutput,
    Note,
    NoteCode,
    ProposalRequest,
    RevisionRequest,
    Tone,
)
from core.drafting.evidence import rank_facts, words_of
from core.drafting.language import language_of
from core.drafting.money import price_in_instruction
from core.drafting.obedience import fulfilled, harmless
from core.drafting.offline_proposal import Materials, closing, gather, greeting, opener, plan_paragraph
from core.drafting.repricing import restated
from core.drafting.telling import in_language, retell
from core.matching.instructions import InstructionKind
from core.profile.facts import Fact

SHORTER_BY = 0.65
_NUMBER = re.compile(r"^\d{1,2}\. ", re.MULTILINE)
_SENTENCE = re.compile(r"(?:(?m:^)\d{1,2}\. )?[^.!?…\n]+(?:[.!?…]+[\"»”)]*|\n|$)\s*")
_SPLIT = re.compile(
    r"\s*(?:[,;.\n]|\band (?=(?:make|mention|add|remove|drop|use|change|more|less|warmer|shorter|longer|price|\$))"
    r"|\b(?:і|та) (?=(?:зроб|згад|дода|прибер|змін|ціна|коротш|довш|тепліш)))\s*",
    re.IGNORECASE,
)
_SHORTER = re.compile(
    r"\b(?:short(?:er|en)?|brief(?:er)?|trim|cut it|less text|concise|коротш\w*|скороти\w*|стисл\w*|менше)\b",
    re.IGNORECASE,
)
_LONGER = re.compile(
    r"\b(?:long(?:er)?|more detail\w*|expand|extend|elaborate|довш\w*|детальніш\w*|докладніш\w*|розшир\w*)\b",
    re.IGNORECASE,
)
_WARMER = re.compile(
    r"\b(?:warm(?:er)?|friendl(?:y|ier)|kind(?:er)?|тепліш\w*|привітніш\w*|дружніш\w*)\b", re.IGNORECASE
)
_OPENER = re.compile(
    r"\b(?:opener|opening|first (?:line|sentence|paragraph)|intro(?:duction)?|початок|вступ|перш\w+ (?:абзац|речення))\b",
    re.IGNORECASE,
)
_PROOF = re.compile(
    r"\b(?:proof|evidence|example|more facts?|another fact|доказ\w*|приклад\w*|ще факт\w*)\b", re.IGNORECASE
)
_MENTION = re.compile(
    r"^(?:please\s+)?(?:also\s+)?(?:mention|add|include|say|talk about|bring up|tell (?:them|him|her) about"
    r"|згада\w*|дода\w*|вкажи|напиши про)"
    r"\s+(?:that\s+|about\s+|my\s+|our\s+|the\s+|про\s+|що\s+|мі\w*\s+|мо\w{1,3}\s+)*(?P<topic>.+)$",
    re.IGNORECASE,
)
_REMOVE = re.compile(
    r"^(?:please\s+)?(?:remove|delete|drop|leave out|without|take out"
    r"|don't mention|do not mention|прибер\w*|видал\w*|забер\w*|без)"
    r"\s+(?:the\s+|про\s+|речення про\s+|sentence about\s+)*(?P<topic>.+)$",
    re.IGNORECASE,
)
_REPLACE = re.compile(
    r"^(?:please\s+)?(?:replace|change|заміни\w*)\s+[\"“«']?(?P<old>.+?)[\"”»']?"
    r"\s+(?:with|to|by|на)\s+[\"“«']?(?P<new>.+?)[\"”»']?$",
    re.IGNORECASE,
)
_MENTION_TAIL = re.compile(
    r"\s+(?:work|experience|project|skills?|досвід|роботу|проєкт|проект)\s*$", re.IGNORECASE
)


@dataclass(slots=True)
class _Desk:
    """The letter being changed, with what a change may use."""

    request: RevisionRequest
    stock: Materials
    letter: str
    bid: Bid | None
    notes: list[Note] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)


def revise(request: RevisionRequest) -> DraftOutput:
    """The letter after the chip and after every wish that was understood; the others are named in the notes."""
    base = ProposalRequest(
        posting=request.posting,
        profile=request.profile,
        facts=request.facts,
        bid=request.bid,
        seed=request.seed,
        language=request.language or language_of(request.letter),
        style=request.style,
    )
    desk = _Desk(request, gather(base), request.letter.strip(), request.bid)
    if request.chip is not None and request.chip is not Chip.CHANGE_PRICE:
        _CHIPS[request.chip](desk)
    if price_in_instruction(request.instruction) is not None:
        _change_price(desk)
    elif request.chip is Chip.CHANGE_PRICE:
        desk.notes.append(Note(NoteCode.CANNOT_OFFLINE, {"instruction": request.instruction.strip() or "$?"}))
    for wish in _wishes(request.instruction):
        if not _grant(desk, wish):
            desk.notes.append(Note(NoteCode.CANNOT_OFFLINE, {"instruction": wish[:200]}))
    desk.letter = _keep_word(desk)
    return DraftOutput(
        letter=desk.letter,
        language=language_of(desk.letter, default=base.language or "en"),
        answers=request.answers,
        claims=tuple(claim for claim in desk.claims if claim.quote in desk.letter),
        notes=tuple(desk.notes),
        bid=desk.bid,
    )


def _wishes(instruction: str) -> list[str]:
    """The parts of an instruction, without the one that only names the price."""
    whole = instruction.strip(" .!")
    if _REPLACE.match(whole):
        return [whole]
    parts = [part.strip() for part in _SPLIT.split(whole) if part.strip()]
    return [part for part in parts if price_in_instruction(part) is None]


def _grant(desk: _Desk, wish: str) -> bool:
    """Do what `wish` says; False when it was not understood."""
    if found := _REPLACE.match(wish):
        if found["old"] not in desk.letter:
            return False
        desk.letter = desk.letter.replace(found["old"], found["new"])
        return True
    if found := _REMOVE.match(wish):
        return _remove(desk, found["topic"])
    if (found := _MENTION.match(wish)) and not _PROOF.fullmatch(found["topic"].strip()):
        _mention(desk, found["topic"])
        return True
    for pattern, change in _WISHES:
        if pattern.search(wish):
            change(desk)
            return True
    return False


def _shorten(desk: _Desk) -> None:
    """Drop the sentences that say least until about a third is gone; first, last and every question mark stay longest."""
    paragraphs = [_SENTENCE.findall(paragraph) for paragraph in desk.letter.split("\n\n")]
    goal = max(25, int(len(desk.letter.split()) * SHORTER_BY))
    worth: list[tuple[float, int, int]] = []
    about = set(words_of(desk.request.posting.text))
    for row, sentences in enumerate(paragraphs):
        for column, sentence in enumerate(sentences):
            if row in {0, len(paragraphs) - 1} or (row == 1 and column == 0):
                continue
            own = words_of(sentence)
            score = (
                len(about & set(own))
                + (2 if re.search(r"\d", sentence) else 0)
                + (2 if "?" in sentence else 0)
            )
            worth.append((score / (len(own) + 3), row, column))
    total = len(desk.letter.split())
    for _, row, column in sorted(worth):
        if total <= goal:
            break
        total -= len(paragraphs[row][column].split())
        paragraphs[row][column] = ""
    kept = (_joined(sentences) for sentences in paragraphs)
    desk.letter = "\n\n".join(paragraph for paragraph in kept if paragraph and not _is_bare_intro(paragraph))


def _joined(sentences: Sequence[str]) -> str:
    """A paragraph of what is left; a numbered list that lost some of its points counts from 1 again."""
    paragraph = "".join(sentences).strip()
    numbers = count(1)
    return _NUMBER.sub(lambda _: f"{next(numbers)}. ", paragraph) if "" in sentences else paragraph


def _is_bare_intro(paragraph: str) -> bool:
    return paragraph.endswith(":") and "\n" not in paragraph


def _lengthen(desk: _Desk) -> None:
    added = _add_proof(desk, quiet=True)
    plan = plan_paragraph(desk.stock)
    if plan.splitlines()[0] not in desk.letter and not added:
        desk.letter = _insert_before_end(desk.letter, plan)


def _warm(desk: _Desk) -> None:
    phrases, voice = desk.stock.phrases, desk.stock.voice
    paragraphs = desk.letter.split("\n\n")
    plain_greeting = next(
        (row for row, text in enumerate(paragraphs[:2]) if text.strip() in phrases.greetings), None
    )
    if plain_greeting is not None:
        paragraphs[plain_greeting] = greeting(desk.stock, Tone.WARM)
    elif not any(line in desk.letter for line in (*phrases.warm_greetings, *phrases.warm_lines)):
        row = _opener_row(paragraphs)
        paragraphs[row] = f"{voice.pick('warm', phrases.warm_lines)} {paragraphs[row]}"
    desk.letter = "\n\n".join(paragraphs)
    ending = closing(desk.stock, Tone.WARM)
    for plain in phrases.closings:
        if plain in desk.letter:
            desk.letter = desk.letter.replace(plain, ending)
            return
    if not any(line in desk.letter for line in phrases.warm_closings):
        desk.letter = _insert_before_end(desk.letter, ending)


def _add_proof(desk: _Desk, *, quiet: bool = False) -> bool:
    """The next best fact that the letter does not tell yet."""
    facts, _ = in_language(desk.request.profile.facts, language_of(desk.letter))
    for fact, relevance in rank_facts(facts, desk.request.posting):
        if relevance > 0 and not _told(fact, desk.letter):
            _insert_fact(desk, fact)
            return True
    if not quiet:
        desk.notes.append(Note(NoteCode.NO_MORE_FACTS))
    return False


def _told(fact: Fact, letter: str) -> bool:
    own = set(words_of(fact.text))
    return len(own & set(words_of(letter))) >= max(2, int(len(own) * 0.7))


def _insert_fact(desk: _Desk, fact: Fact) -> None:
    """After the opener, as one more sentence of the proof paragraph (or one more bullet)."""
    lead = desk.stock.voice.pick(f"added-{fact.label}", desk.stock.phrases.proof_nexts)
    sentence = retell(fact, lead, desk.stock.voice).sentence
    paragraphs = desk.letter.split("\n\n")
    place = min(_opener_row(paragraphs) + 1, max(0, len(paragraphs) - 2))
    last_line = paragraphs[place].splitlines()[-1] if paragraphs[place] else ""
    glue = "\n- " if last_line.startswith("- ") else " "
    if re.match(r"\d+\.", last_line):
        paragraphs.insert(place, sentence)
    else:
        paragraphs[place] = f"{paragraphs[place]}{glue}{sentence}"
    desk.letter = "\n\n".join(paragraphs)
    desk.claims.append(Claim(sentence, (fact.label,)))


def _mention(desk: _Desk, topic: str) -> None:
    """Only what a fact says can be mentioned; anything else is the user's to write."""
    clean = _MENTION_TAIL.sub("", topic).strip(" .\"'")
    asked = set(words_of(clean)) or set(words_of(topic))
    facts, _ = in_language(desk.request.profile.facts, language_of(desk.letter))
    ranked = sorted(
        (
            (
                len(
                    asked
                    & (set(words_of(fact.text)) | {word for skill in fact.skills for word in words_of(skill)})
                ),
                -fact.number,
                fact,
            )
            for fact in facts
        ),
        key=lambda row: row[:2],
        reverse=True,
    )
    if not ranked or not ranked[0][0]:
        desk.notes.append(Note(NoteCode.NOT_IN_FACTS, {"topic": clean[:100]}))
    elif ranked[0][2].text.strip(" .") not in desk.letter:
        _insert_fact(desk, ranked[0][2])


def _remove(desk: _Desk, topic: str) -> bool:
    low = topic.strip(" .\"'“”«»").lower()
    paragraphs = []
    for paragraph in desk.letter.split("\n\n"):
        sentences = _SENTENCE.findall(paragraph)
        paragraphs.append(_joined(["" if low in sentence.lower() else sentence for sentence in sentences]))
    letter = "\n\n".join(filter(None, paragraphs))
    if not letter or letter == desk.letter:
        return False
    desk.letter = letter
    return True


def _fix_opener(desk: _Desk) -> None:
    """The first paragraph after the greeting becomes another one; asking again turns the wheel on."""
    paragraphs = desk.letter.split("\n\n")
    place = _opener_row(paragraphs)
    old = paragraphs[place]
    for turn in range(1, 30):
        fresh = opener(desk.stock, turn)
        if fresh and fresh.split(". ")[0] not in old:
            paragraphs[place] = fresh
            break
    desk.letter = "\n\n".join(paragraphs)


def _change_price(desk: _Desk) -> None:
    amount = price_in_instruction(desk.request.instruction)
    if desk.bid is None or amount is None:
        return
    new = replace(desk.bid, amount=amount)
    desk.letter = restated(desk.letter, desk.bid, new)
    desk.bid = new


def _opener_row(paragraphs: Sequence[str]) -> int:
    """Where the letter really begins: behind a greeting and behind a word the client wanted first."""
    for row, paragraph in enumerate(paragraphs[:3]):
        if len(paragraph.split()) > 12 or (
            len(paragraph.split()) > 4 and paragraph.rstrip()[-1:] not in ",!"
        ):
            return row
    return 0 if len(paragraphs) < 3 else 1


def _keep_word(desk: _Desk) -> str:
    """A change must not lose the word the client wants to see first."""
    lost: Sequence[str] = [
        item.value.strip()
        for item in desk.request.instructions
        if item.kind is InstructionKind.START_WITH
        and harmless(item)
        and fulfilled(item, desk.request.letter)
        and not fulfilled(item, desk.letter)
    ]
    return "\n\n".join([*lost[:1], desk.letter])


def _insert_before_end(letter: str, text: str) -> str:
    body, gap, ending = letter.rpartition("\n\n")
    return f"{body}\n\n{text}\n\n{ending}" if gap else f"{letter}\n\n{text}"


def _proof(desk: _Desk) -> None:
    _add_proof(desk)


_CHIPS = {Chip.SHORTER: _shorten, Chip.WARMER: _warm, Chip.ADD_PROOF: _proof, Chip.FIX_OPENER: _fix_opener}
_WISHES = (
    (_OPENER, _fix_opener),
    (_SHORTER, _shorten),
    (_LONGER, _lengthen),
    (_WARMER, _warm),
    (_PROOF, _proof),
)
