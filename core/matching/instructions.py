"""The client's hidden instruction ("start with the word BLUE"): a test of attention that a draft has to pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.matching.sentences import quote, sentences
from core.matching.skills import canonical


class InstructionKind(StrEnum):
    START_WITH = "start_with"  # value: the words the proposal has to begin with
    INCLUDE = "include"  # value: the words that must appear somewhere
    ANSWER = "answer"  # value: what has to be told, such as "favourite colour"


@dataclass(frozen=True, slots=True)
class Instruction:
    """`value` is in the client's own spelling; `sentence` is the sentence it came from, cut to 300 characters."""

    kind: InstructionKind
    value: str
    sentence: str


_LETTER = (
    r"(?:your\s+|the\s+|all\s+|свій\s+|свою\s+|ваш\w?\s+|вашу\s+)?(?:cover\s+letter|proposal|application|message|reply|response|bid|answer|"
    r"first\s+(?:line|sentence|word)s?|subject(?:\s+line)?|"
    r"відгук\w*|пропозиці\w+|заявк\w+|лист\w*|повідомлення|відповід\w+|отклик\w*|письмо)"
)
_ARTICLE = r"(?:(?:the|a|an|this|these|following|secret|exact|magic)\s+)*"
# "The text" and "the code" of a project are no passwords, so after them only quotation marks count.
_NAMED = rf"{_ARTICLE}(?:words?|phrase|code\s?words?|keyword|password|secret\s+code|слов\w*|фраз\w*)"
_LOOSE = rf"{_ARTICLE}(?:text|code|sentence|line|emoji|текст\w*|код\w*|речення|рядок)"
_QUOTED = r"[\"“”«„'‘`*\[](?P<{0}q>[^\"“”»„'’`*\]\n]{{1,60}})[\"“”»'’`*\]]"
_CAPITALS = r"(?-i:[A-ZА-ЯІЇЄҐ0-9][\w'-]*(?:\s+[A-ZА-ЯІЇЄҐ][\w'-]*){{0,4}})"
_NO_VALUE = r"(?!(?:count|limit|documents?|file|press|cloud|list|research|of|and|or|that|which|as)\b)"
_LOWER = (
    rf"{_NO_VALUE}(?-i:[a-zа-яіїєґ][\w'-]*)"
    r"(?=\s*(?:[.,;!)]|$)|\s+(?:in|at|on|so|to|somewhere|anywhere|when|as|у|в|на|до|щоб|чтобы)\b)"
)
_BARE = rf"(?P<{{0}}b>{_CAPITALS}|{_LOWER})"
_IS = r"\s*(?:is\s+|:|-|–|—)?\s*"


def _value_of(tag: str) -> str:
    """A named word with its value, quoted or bare; or a loose one, or none at all, with a quoted value."""
    named = rf"{_NAMED}{_IS}(?:{_QUOTED.format(tag + 'n')}|{_BARE.format(tag + 'n')})"
    return rf"(?:{named}|(?:{_LOOSE}{_IS})?{_QUOTED.format(tag + 'l')})"


_WITH = r"(?:with|by\s+(?:writing|saying|typing)|from|зі|з|із|с|со)\s*:?\s+"
_START = re.compile(
    rf"\b(?:start|begin|open|почн\w+|починай\w*|розпочн\w+|начн\w+|начинай\w*)\b(?:\s+(?:off\s+)?{_LETTER})?\s+{_WITH}{_value_of('s')}"
    rf"|\bfirst\s+(?:word|line)\s+(?:(?:of|in)\s+{_LETTER}\s+)?(?:should|must|has\s+to)\s+(?:be|read|say)\s*:?\s+"
    rf"(?:{_value_of('f')}|{_BARE.format('g')})"
    rf"|\b(?:write|put|type|add|place|include|use|напиш\w+|додай\w*|вкаж\w+)\s+{_value_of('t')}\s+"
    r"(?:at\s+the\s+(?:very\s+)?(?:top|beginning|start)|as\s+(?:the|your)\s+first\s+(?:word|line)|"
    r"in\s+the\s+(?:first|subject)\s+(?:line|sentence)|на\s+початку|першим\s+словом|у\s+першому\s+рядку|в\s+начале)",
    re.IGNORECASE,
)
_INCLUDE = re.compile(
    r"\b(?:include|mention|contain|use|write|type|put|add|say|insert|quote|state|(?:reply|respond|answer|apply)\s+with|"
    r"вкаж\w+|додай\w*|згадай\w*|напиш\w+|використай\w*|встав\w+|укаж\w+|упомян\w+|добав\w+)"
    rf"(?:\s+(?:in|to|at|у|в|до)\s+{_LETTER})?(?:\s+please)?\s*:?\s+{_value_of('w')}"
    rf"|\b{_LETTER}\s+(?:must|should|has\s+to|needs\s+to|має|повинн\w+)\s+(?:contain|include|mention|містити)\s+{_value_of('y')}",
    re.IGNORECASE,
)
# "Make "bobbin" the first word", "before anything else type the word Velvet": the order of the words is free.
_FIRST = re.compile(
    rf"\b(?:make|let|have|put)\s+{_value_of('m')}\s+(?:be\s+|as\s+)?(?:the|your)\s+(?:very\s+)?first\s+(?:word|thing|line)\b"
    rf"|\b{_value_of('k')}\s+(?:should|must|has\s+to|needs\s+to)\s+be\s+(?:the|your)\s+(?:very\s+)?first\s+(?:word|thing|line)\b"
    rf"|\bbefore\s+(?:you\s+(?:write|say|type)\s+)?(?:anything|everything)(?:\s+else)?,?\s+(?:please\s+|kindly\s+)?"
    rf"(?:write|type|put|say)\s+{_value_of('e')}"
    rf"|\b(?:write|type|put|say|state)\s+{_value_of('h')}\s+before\s+(?:anything|everything)\b"
    rf"|\bна\s+початку\s+(?:\w+\s+){{0,2}}?(?:постав\w+|напиш\w+|додай\w*|вкаж\w+)\s+{_value_of('u')}",
    re.IGNORECASE,
)
_SORTED_OUT = re.compile(
    rf"\b(?:proposals?|applications?|bids?|letters?|messages?|repl(?:y|ies)|applicants?|candidates?|заявки|відгуки)\s+"
    rf"(?:without|that\s+(?:do\s+not|don't|lack)\s*(?:contain|include|mention|have)?|без)\s+{_value_of('o')}",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\b(?:tell\s+(?:me|us)|mention|include|state|write|add|share|let\s+(?:me|us)\s+know|answer|назв\w+|вкаж\w+|напиш\w+|згадай\w*|розкаж\w+|скаж\w+|укаж\w+)\b"
    r"[^.!?\n]{0,40}?\b(?P<what>(?:favou?rite|lucky|улюблен\w+|щаслив\w+|любим\w+)\s+[\w'-]+(?:\s+(?:number|colou?r|movie|book|food|animal))?"
    r"|(?:the\s+)?(?:answer|result|sum)\s+(?:to|of)\s+\d[\d\s+*x×/-]*\d|\d+\s*[+*x×]\s*\d+)",
    re.IGNORECASE,
)
_ARITHMETIC = re.compile(
    r"\b(?:what(?:'s|\s+is)|how\s+much\s+is|solve|calculate|compute|work\s+out|порахуй\w*|обчисл\w+|скільки\s+буде|сколько\s+будет)\s+(?P<what>\d+\s*[+*x×-]\s*\d+)",
    re.IGNORECASE,
)
# "…does not open with MARMALADE": a word in capitals speaks for itself. Short ones are mostly names of formats.
_CAPS = re.compile(
    rf"\b(?P<verb>start|begin|open|include|mention|contain|type|write|say|почн\w+|вкаж\w+|напиш\w+)s?\b(?:\s+{_LETTER})?\s+"
    r"(?:with\s+|зі?\s+)?(?P<caps>(?-i:[A-ZА-ЯІЇЄҐ]{5,}))(?=[\s.,;!?)]|$)",
    re.IGNORECASE,
)
_STARTING = re.compile(r"start|begin|open|почн", re.IGNORECASE)

# A quoted text may be a button's label and a keyword an article's; with one of these nearby it is for the applicant.
_TO_APPLICANT = re.compile(
    r"\b(?:cover\s+letter|proposals?|appl(?:y|ying|ications?)|bids?|letter|reply|respon[ds]\w*|subject\s+line|read\s+(?:this|the|it|all)|bots?|robots?|"
    r"human|attention|spam|(?:your|the)\s+(?:message|answer)|before\s+(?:you\s+\w+\s+)?(?:anything|everything)|повідомлен\w+|ignored|considered|відгук\w*|заявк\w*|пропозиці\w+|прочита\w+|уваж\w+|бот\w?|отклик\w*)\b",
    re.IGNORECASE,
)


def find_instructions(text: str) -> tuple[Instruction, ...]:
    """Every instruction in a posting's text, in order, without repeats."""
    found: dict[tuple[InstructionKind, str], Instruction] = {}
    lines = list(sentences(text.replace("’", "'")))
    for index, sentence in enumerate(lines):
        for_applicant = _TO_APPLICANT.search(" ".join(lines[index : index + 2])) is not None
        for kind, value, span in _instructions(sentence, for_applicant=for_applicant):
            found.setdefault((kind, value.casefold()), Instruction(kind, value, quote(sentence, span)))
    return tuple(found.values())


def _instructions(
    sentence: str, *, for_applicant: bool
) -> Iterator[tuple[InstructionKind, str, tuple[int, int]]]:
    """One instruction per sentence is the rule; the most precise reading of it wins."""
    for kind, pattern in (
        (InstructionKind.START_WITH, _START),
        (InstructionKind.START_WITH, _FIRST),
        (InstructionKind.INCLUDE, _SORTED_OUT),
        (InstructionKind.INCLUDE, _INCLUDE),
        (InstructionKind.ANSWER, _ANSWER),
        (InstructionKind.ANSWER, _ARITHMETIC),
    ):
        if pattern in (_FIRST, _INCLUDE) and not for_applicant:
            continue
        matches = [(match, value) for match in pattern.finditer(sentence) if (value := _value(match))]
        if matches:
            yield from ((kind, value, match.span()) for match, value in matches)
            return
    for match in _CAPS.finditer(sentence) if for_applicant else ():
        if canonical(match["caps"]) is None:
            starting = _STARTING.match(match["verb"])
            kind = InstructionKind.START_WITH if starting else InstructionKind.INCLUDE
            yield kind, match["caps"], match.span()


def _value(match: re.Match[str]) -> str:
    """The word asked for, without the punctuation around it."""
    value = next((value for value in match.groupdict().values() if value), "")
    return " ".join(value.split()).strip(" .,;:!?-–—")
