"""The deterministic model: reads the facts and the posting out of a prompt and writes what a sensible model might."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from sandbox.llm.noting import read
from sandbox.llm.reading import Fact, Reading, read_prompt, words_of

_MONEY = re.compile(r"\$\s?\d[\d,.]*\d|\$\s?\d")
_OWN_PRICE = re.compile(
    r"\$\s?\d(?:[\d,.]*\d)?(?=\s*(?:/\s*h|per hour|an hour|fixed price|за годину|/\s*год))"
)
_CYRILLIC = re.compile(r"[а-яіїєґ]", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][A-Za-z]+(?:[.+#][A-Za-z+#]*)?")
_START = re.compile(r"^Start the letter with exactly these words: (?P<words>.+)$", re.MULTILINE)
_INCLUDE = re.compile(r"^Include exactly these words somewhere: (?P<words>.+)$", re.MULTILINE)
_PRICE_ASKED = re.compile(r"\brates?\b(?![- ]limit)|price|cost|budget|ставк|цін|бюджет|кошту", re.IGNORECASE)
_LEADING_VERB = re.compile(
    r"^(?:Built|Led|Wrote|Ran|Made|Designed|Migrated|Automated|Created|Developed|Shipped|Set|Rebuilt|Managed|Moved)\b"
)

ENGLISH = {
    "open": (
        "Your posting comes down to this: {need}.",
        "The way I read it, the point is clear: {need}.",
        "You describe one thing that has to work: {need}.",
    ),
    "why": (
        "Here is why I am writing.",
        "This is the kind of task my record speaks to.",
        "Let me say briefly what I bring.",
    ),
    "fact": ("{fact}", "{fact} That is close to your case.", "{fact} The same care would go into your job."),
    "plan": (
        (
            "I would begin by looking at what is there, agree with you on a first visible result, build it in small"
            " steps and hand it over tested."
        ),
        (
            "First I would settle the open points with you, then deliver the core part early, and finish with tests and"
            " notes for your team."
        ),
        (
            "My suggestion: a short look at the current state, a first piece you can judge, then the rest in the order"
            " you care about."
        ),
    ),
    "ask": (
        "What would you like to see working first?",
        "What has already been tried, and where did it stop?",
        "Who will use the result every day?",
    ),
    "end": "Best regards",
    "gap": "{topic}: no fact speaks of it",
    "no_answer": "none of your facts speaks of it",
    "thanks": "Thank you for your message.",
    "price": "My price stays at {bid}, as in the proposal.",
    "open_date": "I will confirm the date in my next message.",
    "date_gap": "when you can start and finish",
    "call": "I am glad to talk here on Upwork; which times suit you?",
    "ok": "Understood, I will take it from here.",
    "warm": "Thank you for describing the work so openly; it would be a pleasure to help.",
    "also": "Also relevant: {fact}",
    "as_asked": "As requested: {words}.",
}
UKRAINIAN = {
    "open": (
        "Ваш опис зводиться до одного: {need}.",
        "Як я це читаю, суть ясна: {need}.",
        "Ви описуєте те, що має працювати: {need}.",
    ),
    "why": ("Ось чому пишу.", "Про такі завдання мені є що сказати.", "Коротко про те, що можу дати."),
    "fact": ("{fact}", "{fact} Це близько до вашого випадку.", "{fact} Так само ретельно візьмуся й тут."),
    "plan": (
        "Спершу подивлюся на те, що є, узгодимо перший видимий результат, зроблю його малими кроками й передам перевіреним.",
        (
            "Спочатку закриємо відкриті питання, далі рано віддам головну частину, а завершу перевіркою й нотатками для"
            " вашої команди."
        ),
        "Пропоную так: короткий огляд стану, перша частина на ваш розсуд, потім решта в порядку, який вам важливий.",
    ),
    "ask": (
        "Що ви хотіли б побачити першим?",
        "Що вже пробували й де зупинилися?",
        "Хто користуватиметься результатом щодня?",
    ),
    "end": "З повагою",
    "gap": "{topic}: жоден факт про це не говорить",
    "no_answer": "жоден ваш факт про це не говорить",
    "thanks": "Дякую за повідомлення.",
    "price": "Моя ціна лишається {bid}, як у пропозиції.",
    "open_date": "Дату підтверджу наступним повідомленням.",
    "date_gap": "коли ви зможете почати й завершити",
    "call": "Радо поговорю тут, на Upwork; який час вам зручний?",
    "ok": "Зрозуміло, беруся.",
    "warm": "Дякую за такий відвертий опис; буде приємно допомогти.",
    "also": "Також дотичне: {fact}",
    "as_asked": "На ваше прохання: {words}.",
}


def answer(user: str) -> str:
    """The model's text for a prompt: our form where the prompt is ours, a friendly echo otherwise."""
    reading = read_prompt(user)
    if reading is None:
        return f"This is the sandbox's model. You wrote {len(user.split())} words: {user[:200]}"
    if set(reading.blocks) == {"posting"} and not reading.line("Language"):
        return read(reading.blocks["posting"])
    if "template" in reading.blocks and "posting" not in reading.blocks:
        return improved(reading)
    if "broken" in reading.blocks or not any(name in reading.blocks for name in ("posting", "thread")):
        return repair(reading)
    if "thread" in reading.blocks:
        return reply(reading)
    return revise(reading) if "letter" in reading.blocks else draft(reading)


def improved(reading: Reading) -> str:
    """The same template with its paragraphs set apart and filler gone: no gap lost, nothing new said."""
    lines = [line.strip() for line in reading.blocks["template"].splitlines() if line.strip()]
    tidy = [re.sub(r"\b(?:very|really|just|basically) ", "", line) for line in lines]
    letter, data = "\n\n".join(tidy), json.dumps({"answers": [], "claims": [], "gaps": []})
    return f"<letter>\n{letter}\n</letter>\n<data>\n{data}\n</data>"


def draft(reading: Reading) -> str:
    say = UKRAINIAN if reading.ukrainian else ENGLISH
    posting = reading.blocks.get("posting", "")
    turn = _turn(posting + reading.blocks.get("facts", ""))
    chosen = [fact for fact in reading.facts_about(posting) or reading.facts if _told(fact, reading)][:3]
    proofs = [_told(fact, reading) for fact in chosen]
    frames = [_of(say, "fact", turn + place).format(fact=proof) for place, proof in enumerate(proofs)]
    parts = [
        f"{_of(say, 'open', turn).format(need=_need(posting))} {_of(say, 'why', turn // 3) if frames else ''}".strip(),
        " ".join(frames),
        f"{_of(say, 'plan', turn // 9)}",
        _of(say, "ask", turn // 27),
        _ending(say, reading),
    ]
    letter = _with_requests("\n\n".join(filter(None, parts)), reading, say)
    return _packed(letter, reading, _claims(proofs, chosen))


def revise(reading: Reading) -> str:
    """Does what can be told from the wish by its words; the rest stays as it was."""
    say = UKRAINIAN if reading.ukrainian else ENGLISH
    wish = reading.line("Change wanted").lower()
    letter = reading.blocks["letter"]
    paragraphs = letter.split("\n\n")
    if re.search(r"short|коротш|стисл", wish) and len(paragraphs) > 3:
        longest = max(
            range(1, len(paragraphs) - 1),
            key=lambda place: len(paragraphs[place].split()) if place > 1 else 0,
        )
        del paragraphs[longest]
    if re.search(r"warm|тепліш", wish):
        paragraphs.insert(1 if len(paragraphs) > 1 else 0, str(say["warm"]))
    if re.search(r"first paragraph|opener|початок|вступ", wish):
        paragraphs[0] = _of(say, "open", _turn(paragraphs[0]) + 1).format(
            need=_need(reading.blocks.get("posting", ""))
        )
    added: list[Fact] = []
    topic = re.search(r"(?:mention|add|include|згада\w*|дода\w*)\s+(?P<topic>[^.,;]+)", wish)
    if topic:
        unused = [
            fact
            for fact in reading.facts_about(topic["topic"]) or reading.facts
            if fact.text[:40] not in letter and _told(fact, reading)
        ]
        added = unused[:1]
        paragraphs.insert(
            len(paragraphs) - 1, *(str(say["also"]).format(fact=_told(fact, reading)) for fact in added[:1])
        ) if added else None
    text = _at_the_bid("\n\n".join(paragraphs), reading)
    rests = [fact for fact in reading.facts if fact.text.rstrip(".")[:40] in text]
    return _packed(text, reading, _claims([_told(fact, reading) for fact in rests], rests))


def reply(reading: Reading) -> str:
    say = UKRAINIAN if reading.ukrainian else ENGLISH
    thread = reading.blocks["thread"]
    asked = thread.rpartition("CLIENT: ")[2].partition("\n\nFREELANCER:")[0]
    parts, gaps = [str(say["thanks"])], []
    wish = reading.line("What the freelancer wants to say")
    if wish and not wish.startswith("nothing in particular"):
        parts.append(wish if wish[-1] in ".!?" else wish + ".")
    if _PRICE_ASKED.search(asked) and (bid := reading.line("Agreed")):
        parts.append(str(say["price"]).format(bid=bid))
    if re.search(r"when|start|deadline|how long|коли|строк|почати", asked, re.IGNORECASE):
        parts.append(str(say["open_date"]))
        gaps.append(str(_aside(reading)["date_gap"]))
    used = [fact for fact in reading.facts_about(asked)[:1] if "?" in asked and _told(fact, reading)]
    parts.extend(_told(fact, reading) for fact in used)
    if re.search(r"call|zoom|meet|talk|дзвін|зідзвон|поговор", asked, re.IGNORECASE):
        parts.append(str(say["call"]))
    if len(parts) == 1:
        parts.append(str(say["ok"]))
    return _form(
        " ".join(parts),
        {"answers": [], "claims": _claims([_told(fact, reading) for fact in used], used), "gaps": gaps},
    )


def repair(reading: Reading) -> str:
    letter = reading.blocks.get("letter", "")
    rests = [fact for fact in reading.facts if fact.text.rstrip(".")[:40] in letter]
    data = {
        "answers": _answers(reading),
        "claims": _claims([_told(fact, reading) for fact in rests], rests),
        "gaps": [],
    }
    return f"<data>\n{json.dumps(data, ensure_ascii=False)}\n</data>"


def _packed(letter: str, reading: Reading, claims: list[dict[str, Any]]) -> str:
    gaps = [str(_aside(reading)["gap"]).format(topic=topic) for topic in _uncovered(reading)]
    return _form(letter, {"answers": _answers(reading), "claims": claims, "gaps": gaps})


def _aside(reading: Reading) -> dict[str, Any]:
    """The words for notes to the freelancer."""
    return UKRAINIAN if reading.for_a_ukrainian else ENGLISH


def _form(letter: str, data: dict[str, Any]) -> str:
    return f"<letter>\n{letter}\n</letter>\n<data>\n{json.dumps(data, ensure_ascii=False)}\n</data>"


def _answers(reading: Reading) -> list[dict[str, Any]]:
    current = dict(re.findall(r"^Q(\d+): (.+)$", reading.blocks.get("current answers", ""), re.MULTILINE))
    answers: list[dict[str, Any]] = []
    for number, question in reading.questions:
        fitting = [fact for fact in reading.facts_about(question) if _told(fact, reading)]
        bid = reading.line("Bid")
        if text := current.get(str(number)):
            answers.append({"question": number, "text": _at_the_bid(text, reading), "needs_fact": ""})
        elif bid and _PRICE_ASKED.search(question):
            answers.append({"question": number, "text": bid[0].upper() + bid[1:] + ".", "needs_fact": ""})
        elif fitting:
            answers.append({"question": number, "text": _told(fitting[0], reading), "needs_fact": ""})
        else:
            answers.append({"question": number, "text": "", "needs_fact": _aside(reading)["no_answer"]})
    return answers


def _at_the_bid(text: str, reading: Reading) -> str:
    """The price asked in `text` becomes the bid; other sums, such as what a fact tells of, stay."""
    price = _MONEY.search(reading.line("Bid"))
    return _OWN_PRICE.sub(price.group(), text) if price else text


def _uncovered(reading: Reading) -> list[str]:
    """Skills of the posting no fact mentions, at most three."""
    listed = re.search(r"^Skills: (.+)$", reading.blocks.get("posting", ""), re.MULTILINE)
    known = words_of(reading.blocks.get("facts", ""))
    skills = [skill.strip() for skill in listed[1].split(",")] if listed else []
    return [skill for skill in skills if words_of(skill) and not words_of(skill) & known][:3]


def _claims(quotes: Sequence[str], facts: Sequence[Fact]) -> list[dict[str, Any]]:
    return [{"quote": quote, "facts": [fact.label]} for quote, fact in zip(quotes, facts, strict=True)]


def _told(fact: Fact, reading: Reading) -> str:
    """The fact as a sentence of the letter. Of one in Ukrainian an English letter keeps the names; "" when there are none."""
    text = " ".join(fact.text.split())
    if _CYRILLIC.search(text) and not reading.ukrainian:
        names = list(dict.fromkeys(_NAME.findall(text)))
        return f"I work with {', '.join(names)}." if names else ""
    if _LEADING_VERB.match(text):
        text = f"I {text[0].lower()}{text[1:]}"
    elif fact.kind in {"skill", "experience", "education"} and not re.match(r"(?:I|My|Я|Мій|Маю)\b", text):
        text = f"{'Background' if text.isascii() else 'Досвід'}: {text}"
    return text if text[-1:] in ".!?" else text + "."


def _need(posting: str) -> str:
    """The first sentence of the description that asks for something, cut to a readable length."""
    description = posting.partition("Description:\n")[2] or posting
    title = next(iter(re.findall(r"^Title: (.+)$", posting, re.MULTILINE)), "")
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", description):
        asks = re.search(r"need|looking|want|build|create|fix|потріб|шука|хоч|треба", sentence, re.IGNORECASE)
        odd = re.search(r"https?:|@|t\.me|\$", sentence)
        if 5 <= len(sentence.split()) <= 24 and asks and not odd:
            return f"“{sentence.strip(' .!?')}”"
    return f"“{title}”"


def _with_requests(letter: str, reading: Reading, say: dict[str, Any]) -> str:
    requests = reading.blocks.get("requests", "")
    if include := _INCLUDE.search(requests):
        head, gap, ending = letter.rpartition("\n\n")
        letter = f"{head}{gap}{str(say['as_asked']).format(words=include['words'])}\n\n{ending}"
    if start := _START.search(requests):
        letter = f"{start['words']}\n\n{letter}"
    return letter


def _ending(say: dict[str, Any], reading: Reading) -> str:
    signature = reading.line("Signature")
    return f"{say['end']},\n{signature}" if signature else str(say["end"])


def _of(say: dict[str, Any], slot: str, turn: int) -> str:
    options: tuple[str, ...] = say[slot]
    return options[turn % len(options)]


def _turn(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
