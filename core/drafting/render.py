"""A request as a prompt: what the model gets to see, fenced, cut to size, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.drafting.draft import (
    INSTRUCTION_LIMIT,
    Answer,
    Bid,
    Chip,
    DraftRequest,
    Opener,
    ProposalRequest,
    ReplyRequest,
    RevisionRequest,
)
from core.drafting.language import language_of
from core.drafting.llm import Prompt
from core.drafting.obedience import harmless
from core.drafting.prompts import Codes, PromptFileError, codes_for, load_prompts, one_line
from core.jobs_feed.posting import ContractType, JobPosting
from core.matching.instructions import Instruction, InstructionKind
from core.profile.facts import Fact

POSTING_LIMIT = 12_000
FACTS_LIMIT = 8_000
QUESTIONS_LIMIT = 4_000
LETTER_LIMIT = 8_000
THREAD_LIMIT = 9_000
THREAD_MESSAGES = 14
DEFAULT_WORDS = 160

LANGUAGES = {
    "en": "English",
    "uk": "Ukrainian",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "pl": "Polish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "ru": "Russian",
}
"""Languages a letter is written in. A client who writes in any other gets English."""

CHIP_WISHES = {
    Chip.SHORTER: "Make it about a third shorter; keep the facts that matter most.",
    Chip.WARMER: "Make it warmer and more personal, without flattery and without new statements.",
    Chip.ADD_PROOF: "Add one more fact that proves a point this client cares about.",
    Chip.CHANGE_PRICE: "Use the new bid wherever the letter or an answer names a price.",
    Chip.FIX_OPENER: "Write a different, stronger first paragraph about the client's need. Leave the rest.",
}


OPENER_WISHES = {
    Opener.NEED: "the client's concrete need in the client's own key words",
    Opener.PROOF: "the one fact that proves most for this job, and the client's need after it",
    Opener.QUESTION: "one real question about the job; ask no other one at the end",
}
OPENING = "as the notes on style say, else with the client's concrete need in the client's own key words"
"""What a letter begins with, in the words of `prompts/proposals/draft.md`."""


def letter_language(request: DraftRequest) -> str:
    """The client's language, where it is one that letters are written in; English otherwise."""
    if request.language:
        return request.language
    if isinstance(request, ReplyRequest):
        source = "\n".join(message.text for message in request.thread if not message.mine)
        found = language_of(source or (request.posting.text if request.posting else ""))
    elif isinstance(request, RevisionRequest):
        found = language_of(request.letter)
    else:
        found = language_of(request.posting.text)
    return found if found in LANGUAGES else "en"


def render(
    request: DraftRequest, facts: Sequence[Fact], *, fitting: Sequence[Fact] = (), pattern: str = ""
) -> Prompt:
    """The prompt for `request`, with `facts` as the evidence. Every call has its own random boundary.

    `fitting` are those that suit this job best. They are named after the facts and not put first, so that all prompts of a person
    begin alike. `pattern` is the filled template that the letter is made from.
    """
    codes = codes_for(request.seed)
    style = request.style
    inputs = {
        "own": codes.own,
        "mark": codes.mark,
        "language": LANGUAGES.get(letter_language(request), "English"),
        "reader": LANGUAGES.get(request.reader, "English"),
        "tone": style.tone.value,
        "style": one_line(style.note) or "none",
        "bid": bid_text(request.bid) or "none",
        "headline": codes.about("headline", request.profile.headline, limit=300),
        "facts": codes.about("facts", facts_text(facts), limit=FACTS_LIMIT),
        "fitting": ", ".join(fact.label for fact in fitting) or "none",
    }
    if isinstance(request, ReplyRequest):
        recent = request.thread[-THREAD_MESSAGES:]
        thread = "\n\n".join(f"{'FREELANCER' if m.mine else 'CLIENT'}: {m.text}" for m in recent)
        inputs |= {
            "posting": codes.fence("posting", posting_text(request.posting), limit=POSTING_LIMIT // 2),
            "letter": codes.fence("letter that was sent", request.letter, limit=LETTER_LIMIT),
            # the newest part of a long thread is the part that has to be answered
            "thread": codes.fence("thread", thread[-THREAD_LIMIT:], limit=THREAD_LIMIT),
            "current": codes.fence("current version", request.current, limit=LETTER_LIMIT),
            "change": one_line(request.instruction, limit=INSTRUCTION_LIMIT)
            or "nothing in particular; answer the client",
        }
        return _file("messages/reply", "draft", inputs, codes)
    questions = "\n".join(
        f"Q{question.position + 1}: {question.text}" for question in request.posting.questions
    )
    inputs |= {
        "signature": one_line(request.profile.signature or "") or "none",
        "posting": codes.fence("posting", posting_text(request.posting), limit=POSTING_LIMIT),
        "questions": codes.fence("questions", questions, limit=QUESTIONS_LIMIT),
        "requests": codes.fence("requests", requests_text(request.instructions), limit=1000),
    }
    if isinstance(request, ProposalRequest):
        if pattern:
            inputs["template"] = codes.fence("template", pattern, limit=LETTER_LIMIT)
            prompt = _file("proposals/template", "draft", inputs, codes)
        else:
            inputs["words"] = str(style.words or DEFAULT_WORDS)
            inputs["opening"] = OPENER_WISHES[request.opener] if request.opener else OPENING
            prompt = _file("proposals/draft", "draft", inputs, codes)
        return replace(prompt, tier=request.tier) if request.tier else prompt
    wishes = [CHIP_WISHES[request.chip]] if request.chip else []
    wishes.append(one_line(request.instruction, limit=INSTRUCTION_LIMIT))
    inputs |= {
        "letter": codes.fence("letter", request.letter, limit=LETTER_LIMIT),
        "answers": codes.fence("current answers", answers_text(request.answers), limit=QUESTIONS_LIMIT),
        "change": " ".join(filter(None, wishes)) or "none",
    }
    prompt = _file("proposals/revise", "draft", inputs, codes)
    return replace(prompt, tier=request.tier) if request.tier else prompt


def render_repair(request: DraftRequest, facts: Sequence[Fact], *, letter: str, broken: str) -> Prompt:
    """Asks for the missing typed part of an answer whose letter is there."""
    codes = codes_for(request.seed)
    questions = () if isinstance(request, ReplyRequest) else request.posting.questions
    listed = "\n".join(f"Q{question.position + 1}: {question.text}" for question in questions)
    inputs = {
        "own": codes.own,
        "mark": codes.mark,
        "reader": LANGUAGES.get(request.reader, "English"),
        "facts": codes.about("facts", facts_text(facts), limit=FACTS_LIMIT),
        "questions": codes.fence("questions", listed, limit=QUESTIONS_LIMIT),
        "letter": codes.fence("letter", letter, limit=LETTER_LIMIT),
        "broken": codes.fence("broken", broken, limit=LETTER_LIMIT),
    }
    return _file("proposals/repair", "data", inputs, codes)


def _file(name: str, output: str, inputs: dict[str, str], codes: Codes) -> Prompt:
    prompt = load_prompts()[name]
    if prompt.output != output:
        raise PromptFileError(f"{name}: output {prompt.output} is not the expected {output}")
    return prompt.render(inputs, cache_key=codes.cache_key)


def facts_text(facts: Sequence[Fact]) -> str:
    return "\n".join(f"{fact.label} ({fact.kind.value}): {' '.join(fact.text.split())}" for fact in facts)


def posting_text(posting: JobPosting | None) -> str:
    """Title, pay, tags, description. Nothing about who the client is: a letter does not need it."""
    if posting is None:
        return ""
    lines = [f"Title: {posting.title}"]
    if posting.skills:
        lines.append(f"Skills: {', '.join(posting.skills)}")
    if posting.duration:
        lines.append(f"Duration: {posting.duration}")
    return "\n".join([*lines, "Description:", posting.description])


def requests_text(instructions: Sequence[Instruction]) -> str:
    """What the client asks of every applicant, in our words and not the client's; what could do harm is left out."""
    wording = {
        InstructionKind.START_WITH: "Start the letter with exactly these words: {}",
        InstructionKind.INCLUDE: "Include exactly these words somewhere: {}",
        InstructionKind.ANSWER: "Tell the client, if a fact says it: {}",
    }
    return "\n".join(wording[item.kind].format(item.value) for item in instructions if harmless(item))


def answers_text(answers: Sequence[Answer]) -> str:
    return "\n".join(f"Q{answer.position + 1}: {answer.text}" for answer in answers)


def bid_text(bid: Bid | None) -> str:
    """ "$65 per hour", "$800 fixed price", "1,200 EUR fixed price"; "" without a bid."""
    if bid is None:
        return ""
    return f"{money_text(bid)} {'per hour' if bid.contract is ContractType.HOURLY else 'fixed price'}"


def money_text(bid: Bid) -> str:
    amount = f"{bid.amount:,.2f}".removesuffix(".00")
    return f"${amount}" if bid.currency == "USD" else f"{amount} {bid.currency}"
