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
from core.drafting.prompts import PromptFileError, fence, load_prompts, new_mark, one_line
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
    Opener.NEED: "Begin the letter with the client's concrete need.",
    Opener.PROOF: "Begin the letter with the one fact that proves most for this job.",
    Opener.QUESTION: "Begin the letter with one real question about the job.",
}


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


def render(request: DraftRequest, facts: Sequence[Fact], *, pattern: str = "") -> Prompt:
    """The prompt for `request`, with `facts` as the evidence. Every call has its own random boundary.

    `pattern` is the filled template that the letter is made from.
    """
    mark = new_mark()
    style = request.style
    inputs = {
        "mark": mark,
        "language": LANGUAGES.get(letter_language(request), "English"),
        "tone": style.tone.value,
        "style": one_line(style.note) or "none",
        "bid": bid_text(request.bid) or "none",
        "headline": fence("headline", request.profile.headline, mark, limit=300),
        "facts": fence("facts", facts_text(facts), mark, limit=FACTS_LIMIT),
    }
    if isinstance(request, ReplyRequest):
        recent = request.thread[-THREAD_MESSAGES:]
        thread = "\n\n".join(f"{'FREELANCER' if m.mine else 'CLIENT'}: {m.text}" for m in recent)
        inputs |= {
            "posting": fence("posting", posting_text(request.posting), mark, limit=POSTING_LIMIT // 2),
            "letter": fence("letter that was sent", request.letter, mark, limit=LETTER_LIMIT),
            # the newest part of a long thread is the part that has to be answered
            "thread": fence("thread", thread[-THREAD_LIMIT:], mark, limit=THREAD_LIMIT),
            "current": fence("current version", request.current, mark, limit=LETTER_LIMIT),
            "change": one_line(request.instruction, limit=INSTRUCTION_LIMIT)
            or "nothing in particular; answer the client",
        }
        return _file("messages/reply", "draft", inputs)
    questions = "\n".join(
        f"Q{question.position + 1}: {question.text}" for question in request.posting.questions
    )
    inputs |= {
        "signature": one_line(request.profile.signature or "") or "none",
        "posting": fence("posting", posting_text(request.posting), mark, limit=POSTING_LIMIT),
        "questions": fence("questions", questions, mark, limit=QUESTIONS_LIMIT),
        "requests": fence("requests", requests_text(request.instructions), mark, limit=1000),
    }
    if isinstance(request, ProposalRequest):
        if request.opener is not None and not pattern:
            inputs["style"] = f"{OPENER_WISHES[request.opener]} {one_line(style.note)}".strip()
        if pattern:
            inputs["template"] = fence("template", pattern, mark, limit=LETTER_LIMIT)
            prompt = _file("proposals/template", "draft", inputs)
        else:
            inputs["words"] = str(style.words or DEFAULT_WORDS)
            prompt = _file("proposals/draft", "draft", inputs)
        return replace(prompt, tier=request.tier) if request.tier else prompt
    wishes = [CHIP_WISHES[request.chip]] if request.chip else []
    wishes.append(one_line(request.instruction, limit=INSTRUCTION_LIMIT))
    inputs |= {
        "letter": fence("letter", request.letter, mark, limit=LETTER_LIMIT),
        "answers": fence("current answers", answers_text(request.answers), mark, limit=QUESTIONS_LIMIT),
        "change": " ".join(filter(None, wishes)) or "none",
    }
    return _file("proposals/revise", "draft", inputs)


def render_repair(request: DraftRequest, facts: Sequence[Fact], *, letter: str, broken: str) -> Prompt:
    """Asks for the missing typed part of an answer whose letter is there."""
    mark = new_mark()
    questions = () if isinstance(request, ReplyRequest) else request.posting.questions
    listed = "\n".join(f"Q{question.position + 1}: {question.text}" for question in questions)
    inputs = {
        "mark": mark,
        "facts": fence("facts", facts_text(facts), mark, limit=FACTS_LIMIT),
        "questions": fence("questions", listed, mark, limit=QUESTIONS_LIMIT),
        "letter": fence("letter", letter, mark, limit=LETTER_LIMIT),
        "broken": fence("broken", broken, mark, limit=LETTER_LIMIT),
    }
    return _file("proposals/repair", "data", inputs)


def _file(name: str, output: str, inputs: dict[str, str]) -> Prompt:
    prompt = load_prompts()[name]
    if prompt.output != output:
        raise PromptFileError(f"{name}: output {prompt.output} is not the expected {output}")
    return prompt.render(inputs)


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
