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
_CAPITALS = r"(?-i:[A-ZА-ЯІЇЄҐ0-9][\w'-]*(?:\s+(?!(?:I|We|You|Your|The)\b)[A-ZА-ЯІЇЄҐ][\w'-]*){{0,4}})"
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


_WITH = r"(?:(?:with|by\s+(?:writing|saying|typing)|from|зі|з|із|с|со)\s*:?\s+|(?=словом|фразою|кодовим))"
_START = re.compile(
    rf"\b(?:start|begin|open|почн\w+|починай\w*|розпочн\w+|начн\w+|начинай\w*)\b(?:\s+(?:off\s+)?{_LETTER})?\s+{_WITH}{_value_of('s')}"
    rf"|\bfirst\s+(?:word|line)\s+(?:(?:of|in)\s+{_LETTER}\s+)?(?:should|must|has\s+to)\s+(?:be|read|say)\s*:?\s+"
    rf"(?:{_value_of('f')}|{_BARE.format('g')})"
    rf"|\b(?:write|put|type|add|place|include|use|напиш\w+|додай\w*|вкаж\w+)\s+{_value_of('t')}\s+"
    r"(?:at\s+the\s+(?:very\s+)?(?:top|beginning|start)|as\s+(?:the|your)\s+first\s+(?:word|line)|"
    r"on\s+(?:the\s+)?top|(?:in|on|into|as)\s+(?:the|your|ur)\s+(?:very\s+)?(?:first|subject|1st)\s+(?:line|sentence)|"
    r"на\s+(?:самому\s+)?початку|першим\s+словом|[ув]\s+(?:самому\s+)?(?:першому\s+рядку|першому\s+реченні|темі)|в\s+начале)",
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
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|один|два|три|чотири|п'ять|"
    "шість|сім|вісім|дев'ять|десять"
)
_NUMERAL = rf"(?:\d{{1,6}}|{_NUMBER_WORDS})"
_SUM = (
    rf"{_NUMERAL}\s*(?:[+*x×÷/-]|\b(?:plus|minus|times|and|multiplied\s+by|divided\s+by|плюс|мінус|на|"
    rf"помножити\s+на|і|та)\b)\s*{_NUMERAL}"
)
# A phrase ends where the sentence goes on to say where, when or why to write it.
_ON = r"(?!(?:at|on|so|in|and|as|to|when|before|or|is|that|for|from|with|if|just|please|plz|pls|і|та|щоб|у|в|на|до|аби)\b)"
_TELL = (
    r"(?:tell\s+(?:me|us)|name|mention|include|state|write|add|share|give\s+(?:me|us)|let\s+(?:me|us)\s+know|answer|put|say|type|"
    r"(?:sign\s+off|end|finish|close|conclude|start|begin|open|reply|respond|answer)(?:\s+(?:it|your\s+\w+|the\s+\w+))?\s+with|"
    r"назв\w+|вкаж\w+|напиш\w+|згадай\w*|розкаж\w+|скаж\w+|укаж\w+|додай\w*|почн\w+|розпочн\w+|починай\w*)"
)
_ANSWER = re.compile(
    rf"\b{_TELL}\b"
    rf"[^.!?\n]{{0,40}}?(?<!their\s)(?<!his\s)(?<!her\s)(?<!its\s)(?<!'s\s)\b(?:(?P<what>(?:fav(?:ou?rite|e)?|lucky|улюблен\w+|щаслив\w+|любим\w+)(?:\s+{_ON}[\w'-]+){{1,3}})"
    rf"|(?:the\s+)?(?:answer|result|sum|product|total|сум\w+|результат\w*)\s+(?:to|of|від|додавання)?\s*(?P<sum>{_SUM})|(?P<plain>\d{{1,6}}\s*[+*x×]\s*\d{{1,6}}))",
    re.IGNORECASE,
)
_ARITHMETIC = re.compile(
    rf"\b(?:what(?:'s|s|\s+is|\s+does)|how\s+much\s+(?:is|does)|solve|calculate|compute|work\s+out|add\s+up|порахуй\w*|обчисл\w+|розв'яж\w+|скільки\s+буде|"
    rf"сколько\s+будет)\s+(?P<what>{_SUM})|(?P<open>\d{{1,6}}\s*[+*x×-]\s*\d{{1,6}})\s*=\s*(?:\?|_|…|\.\.)",
    re.IGNORECASE,
)
# Things that only a reader of the posting would put into a proposal: the weather, a capital, the last book.
_SMALL_TALK = (
    r"(?:today'?s?\s+(?:\w+\s+)?(?:weather|date|temperature|day)|(?:the\s+)?weather|(?:the\s+)?(?:current\s+)?(?:day\s+of\s+the\s+week|temperature|time\s+of\s+day)|"
    r"what\s+day\s+it\s+is|(?:a|your\s+(?:best|worst))\s+(?:dad\s+)?(?:joke|pun|haiku|riddle)|(?:the\s+)?opposite\s+of\s+\W?\w+|"
    r"(?:the\s+)?(?:capital|colou?r)\s+of\s+(?:the\s+|a\s+|an\s+)?\w+|(?:what|which)\s+colou?r\s+(?:the\s+|a\s+|an\s+)?\w+\s+is|"
    r"(?:the\s+)?name\s+of\s+(?:the\s+|your\s+|our\s+)?(?:last|first|favou?rite|fav|dog|cat|pet|planet|capital|month|author|hometown|city)\b(?:\s+"
    + _ON
    + r"[\w'-]+){0,4}|(?:the\s+)?(?:last|first)\s+(?:book|movie|film|song|meal|country|city|show|"
    r"beach|concert)\s+(?:that\s+)?you(?:'ve)?\s+\w+(?:\s+to)?|"
    r"який\s+сьогодні\s+день(?:\s+тижня)?|яка\s+(?:\w+\s+){0,3}?погода|погод[уа]|столиц\w+\s+\w+|(?:сьогоднішн\w+)\s+(?:дат\w+|день|погод\w+)|"
    r"(?:остан\w+)\s+(?:книг\w+|фільм\w*|пісн\w+),?\s+(?:як\w+\s+)?(?:ви\s+)?(?:прочита\w+|подиви\w+|бачи\w+|слуха\w+)|якого\s+кольору\s+\w+)"
)
_TRIVIA = re.compile(
    rf"\b{_TELL}\b[^.!?\n]{{0,40}}?\b(?P<what>{_SMALL_TALK})"
    rf"|\b(?P<asked>what\s+colou?r\s+(?:is|are)\s+(?:the\s+|a\s+)?\w+|what\s+is\s+the\s+(?:capital|colou?r)\s+of\s+(?:the\s+|a\s+)?\w+|"
    r"what\s+day\s+is\s+it(?:\s+today)?|якого\s+кольору\s+\w+|який\s+сьогодні\s+день)",
    re.IGNORECASE,
)
# "Secret word: lantern." or "Reference KITE-9 must be in your bid": named here, asked for beside it.
_SECRET = re.compile(
    rf"\b(?:secret|magic|hidden|code|pass|key|секретн\w+|кодов\w+|чарівн\w+)[\s-]?(?:word|phrase|code|слов\w|фраз\w)\b(?:\s+(?:for|to|of|in|here|today|this)\b[\w\s]{{0,25}})?"
    rf"\s*(?:is|are|=|:|-|–|—)\s*(?:the\s+word\s+)?(?:{_QUOTED.format('n')}|(?P<nb>[\w'-]+))",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(?:include|mention|use|write|type|put|add|insert|quote|state|give|вкаж\w+|додай\w*|напиш\w+)\s+(?:\w+\s+){0,2}?"
    r"(?:code|reference|ref|job\s+(?:code|id|number)|number|код|номер)\.?\s*(?:number|no)?\s*[:#]?\s*"
    r"(?P<code>(?-i:[A-ZА-ЯІЇЄҐ0-9][A-ZА-ЯІЇЄҐ0-9]*(?:-[A-ZА-ЯІЇЄҐ0-9]+)*))(?=[\s.,;!?)]|$)",
    re.IGNORECASE,
)
_EMOJI = re.compile(
    r"\b(?:include|use|put|add|start|begin|open|type|insert|place|drop|додай\w*|постав\w+|почн\w+|вставте)\b[^.!?\n]{0,30}?"
    r"(?P<sign>[\U0001F300-\U0001FAFF☀-➿])",
    re.IGNORECASE,
)
# "Do not begin with "Dear Hiring Manager"" wants the contrary; "bids that do not begin with X are ignored" does not.
_UNWANTED = re.compile(
    r"(?<!that\s)(?<!which\s)(?<!who\s)(?<!they\s)(?<!you\s)(?<!it\s)(?<!does\s)(?<!letter\s)(?<!proposal\s)(?<!application\s)"
    r"\b(?:do\s+not|don'?t|never|avoid|no\s+need\s+to|не)\s+(?:\w+\s+)?$",
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
    r"human|attention|spam|(?:your|the|ur)\s+(?:message|answer|(?:very\s+)?first\s+(?:line|sentence|word)|greeting|text)|code\s?word|secret\s+(?:word|code|phrase)|magic\s+word|(?:so\s+(?:that\s+)?|to\s+)(?:i|we)\s+(?:can\s+)?(?:know|see)|read\s+(?:everything|till|until|to\s+the\s+end)|be\s+(?:skipped|deleted|rejected|binned|archived)|перш\w+\s+(?:рядк\w+|реченн\w+)|дочита\w+|before\s+(?:you\s+\w+\s+)?(?:anything|everything)|повідомлен\w+|ignored|considered|відгук\w*|заявк\w*|пропозиці\w+|прочита\w+|уваж\w+|бот\w?|отклик\w*)\b",
    re.IGNORECASE,
)


def find_instructions(text: str) -> tuple[Instruction, ...]:
    """Every instruction in a posting's text, in order, without repeats."""
    found: dict[str, Instruction] = {}
    lines = list(sentences(text.replace("’", "'")))
    for index, sentence in enumerate(lines):
        for_applicant = _TO_APPLICANT.search(" ".join(lines[index : index + 2])) is not None
        before = lines[index - 1] if index else ""
        for kind, value, span in _instructions(sentence, for_applicant=for_applicant, before=before):
            found.setdefault(value.casefold(), Instruction(kind, value, quote(sentence, span)))
    return tuple(found.values())


_FREELY = (
    (InstructionKind.START_WITH, _START),
    (InstructionKind.INCLUDE, _SORTED_OUT),
    (InstructionKind.ANSWER, _ANSWER),
    (InstructionKind.ANSWER, _ARITHMETIC),
)
"""What is unmistakable by itself."""
_WITH_CARE = (
    (InstructionKind.START_WITH, _FIRST),
    (InstructionKind.INCLUDE, _INCLUDE),
    (InstructionKind.INCLUDE, _CODE),
    (InstructionKind.ANSWER, _TRIVIA),
    (InstructionKind.INCLUDE, _EMOJI),
)
"""What may as well be the label of a button, unless the words around speak to the applicant."""


def _instructions(
    sentence: str, *, for_applicant: bool, before: str
) -> Iterator[tuple[InstructionKind, str, tuple[int, int]]]:
    """One instruction per sentence is the rule; the most precise reading of it wins."""
    start, sorted_out, answer, arithmetic = _FREELY
    first, *careful = _WITH_CARE
    for kind, pattern in (start, first, sorted_out, careful[0], answer, arithmetic, *careful[1:]):
        if not for_applicant and any(pattern is other for _, other in _WITH_CARE):
            continue
        matches = [
            (match, value)
            for match in pattern.finditer(sentence)
            if (value := _value(match)) and not _UNWANTED.search(sentence[: match.start()])
        ]
        if matches:
            yield from ((kind, value, match.span()) for match, value in matches)
            return
    if for_applicant or _TO_APPLICANT.search(before):
        for match in _SECRET.finditer(sentence):
            yield InstructionKind.INCLUDE, _value(match), match.span()
    for match in _CAPS.finditer(sentence) if for_applicant else ():
        if canonical(match["caps"]) is None:
            starting = _STARTING.match(match["verb"])
            kind = InstructionKind.START_WITH if starting else InstructionKind.INCLUDE
            yield kind, match["caps"], match.span()


def _value(match: re.Match[str]) -> str:
    """The word asked for, without the punctuation around it."""
    value = next((value for value in match.groupdict().values() if value), "")
    value = re.sub(r"^the\s+", "", value, flags=re.IGNORECASE) if match.groupdict().get("what") else value
    return " ".join(value.split()).strip(" .,;:!?-–—")
