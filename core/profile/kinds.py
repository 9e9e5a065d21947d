"""Tells what kind of statement a fact is: by the section it stands in, its list shape, its verbs and its numbers."""

from __future__ import annotations

import re

from core.matching.skills import canonical, find_skills
from core.profile.facts import FactKind

SHORT = 6

_HEADINGS: tuple[tuple[FactKind, str], ...] = (
    (
        FactKind.SKILL,
        (
            r"(?:key |core |technical |hard |soft |my |main |tech |мої |ключові |технічні |основні )?"
            r"(?:skills?|skill ?set|tech(?:nology)? stack|stack|technologies|tools|expertise|competenc(?:e|ies)|services|"
            r"навички|вміння|стек|технології|інструменти|послуги|компетенції|навыки|технологии|инструменты)"
            r"(?: (?:and|&|та|і) (?:skills|tools|technologies|навички|інструменти|технології))?"
        ),
    ),
    (
        FactKind.EXPERIENCE,
        (
            r"(?:work |professional |my |робочий |професійний |мій )?"
            r"(?:experience|employment(?: history)?|work history|career|досвід(?: роботи)?|кар'єра|опыт(?: работы)?)"
        ),
    ),
    (
        FactKind.PROJECT,
        (
            r"(?:selected |key |my |recent |мої |останні )?"
            r"(?:projects?|portfolio|case stud(?:y|ies)|works|achievements|проєкти|проекти|портфоліо|кейси|роботи|досягнення|"
            r"проекты|портфолио)"
        ),
    ),
    (
        FactKind.EDUCATION,
        (
            r"(?:education(?:al background)?|certifications?|certificates?|courses|training|licenses|"
            r"освіта|сертифікати|курси|навчання|образование|сертификаты)(?: (?:and|&|та|і) \w+)?"
        ),
    ),
    (FactKind.LANGUAGE, r"(?:languages?|мови|володіння мовами|знання мов|языки)"),
    (
        FactKind.OTHER,
        (
            r"(?:about(?: me)?|summary|overview|profile|bio|objective|interests|hobbies|contacts?|references|personal|"
            r"про мене|обо мне|інше|коротко|хобі|контакти|особисте|мета)"
        ),
    ),
    (FactKind.LINK, r"(?:links?|посилання|ссылки)"),
)
_HEADING = [
    (
        kind,
        re.compile(
            rf"^[#*_=\s]*(?:[^\w\s#*]+\s*)?({body})[*_=\s]*(?:[:：]\s*[*_]*\s*(?P<rest>.*)|)$", re.IGNORECASE
        ),
    )
    for kind, body in _HEADINGS
]

_URL = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|io|dev|me|ua|app|co)(?:/\S*)?(?!\w)", re.IGNORECASE
)
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\+?\d[\d\s().-]{7,}\d|\b(?:e-?mail|phone|tel|mobile|viber|whatsapp|telegram|skype|пошта|телефон|тел)\b"
    r"\.?|@\w{4,}|[:|,;/📞📧✉️☎️\s·•-]+",
    re.IGNORECASE,
)
_CONTACT_DATA = re.compile(r"[\w.+-]+@[\w-]+\.\w+|\+?\d[\d\s().-]{8,}\d|(?<!\w)@\w{4,}")
_LANGUAGE = re.compile(
    r"\b(?:english|ukrainian|russian|polish|german|french|spanish|italian|portuguese|arabic|chinese|japanese|turkish|czech|"
    r"англійськ\w+|українськ\w+|російськ\w+|польськ\w+|німецьк\w+|французьк\w+|іспанськ\w+|італійськ\w+|чеськ\w+|"
    r"английск\w+|украинск\w+|польск\w+|немецк\w+)\b",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"\b(?:native|fluent(?:ly)?|bilingual|intermediate|upper|advanced|proficient|conversational|basic|beginner|elementary|"
    r"[abc][12]\+?|mother tongue|ielts|toefl|рідна|рідною|вільн\w+|носій|середн\w+|базов\w+|розмовн\w+|просунут\w+|"
    r"свободн\w+|родной|speak|розмовляю|володію)\b",
    re.IGNORECASE,
)
_EDUCATION = re.compile(
    r"\b(?:university|college|institute of|academy|bachelor(?:'?s)?|master(?:'?s)? (?:degree|of|in)|b\.?sc|m\.?sc|mba|ph\.?d|"
    r"degree|diploma|graduated|certified|certificate|certification|coursera|udemy|bootcamp|"
    r"університет\w*|інститут\w*|академі\w+|бакалавр\w*|магістр\w*|диплом\w*|закінчи\w+|сертиф\w+|навчал\w+|"
    r"университет\w*|институт\w*|закончил\w*)\b",
    re.IGNORECASE,
)
_EXPERIENCE = re.compile(
    r"\b(?:\d+\+?\s*(?:\+\s*)?(?:years?|yrs?|months?|років|роки|рік|місяців|лет|года?)|experience[d]?|worked|"
    r"working (?:as|at|with)|"
    r"employed|since (?:19|20)\d\d|(?:19|20)\d\d\s*[-–—]\s*(?:(?:19|20)\d\d|present|now|today|досі|сьогодні|теперішній)|"
    r"досвід\w*|працюва\w+|працюю|опыт\w*|работа[лю]\w*|top rated|job success)",
    re.IGNORECASE,
)
_PROJECT = re.compile(
    r"\b(?:built|build(?:ing)? (?:a|an|the)|developed|created|designed|launched|delivered|implemented|made|wrote|migrated|"
    r"shipped|automated|led|scaled|reduced|increased|improved|translated|edited|produced|project|case study|for (?:a|an) client|"
    r"розробив|розробила|створив|створила|зробив|зробила|запустив|запустила|реалізу\w+|побудува\w+|спроєктува\w+|написа[вл]\w*|"
    r"впровади\w+|переклала?|змонтува\w+|проєкт\w*|проект\w*|кейс\w*|збільши\w+|зменши\w+|"
    r"разработал\w*|создал\w*|сделал\w*|реализовал\w*)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:develop(?:er|ment)|engineer(?:ing)?|design(?:er)?|writer|copywriter|translator|editor|manager|marketer|specialist|expert|"
    r"consultant|assistant|analyst|accountant|architect|artist|animator|illustrator|programmer|scientist|freelancer|tester|"
    r"photographer|teacher|tutor|lawyer|bookkeeper|administrator|admin|strategist|producer|lead|"
    r"розробни\w+|дизайнер\w*|перекладач\w*|копірайтер\w*|редактор\w*|менеджер\w*|маркетолог\w*|спеціаліст\w*|фахівець|"
    r"інженер\w*|програміст\w*|тестувальни\w+|бухгалтер\w*|аналітик\w*|монтажер\w*|асистент\w*|ілюстратор\w*|верстальни\w+|"
    r"разработчик\w*|переводчик\w*|программист\w*)\b",
    re.IGNORECASE,
)


def heading_of(line: str) -> tuple[FactKind | None, str]:
    """The section that a line opens, and what follows its colon: ("Skills: Go, SQL") is (SKILL, "Go, SQL").

    A line that opens nothing comes back whole with `None`.
    """
    for kind, pattern in _HEADING:
        match = pattern.match(line)
        if match:
            return kind, (match["rest"] or "").strip()
    return None, line


def classify(statement: str, *, skills: tuple[str, ...], section: FactKind | None) -> FactKind:
    """The kind of a statement; the words decide, and the section where they leave it open."""
    links = _URL.findall(statement)
    if links and sum(len(match.group()) for match in _URL.finditer(statement)) >= len(statement) * 0.5:
        return FactKind.LINK
    names_language, names_level = _LANGUAGE.search(statement), _LEVEL.search(statement)
    if section is FactKind.LANGUAGE and (names_language or names_level) and len(statement) <= 120:
        return FactKind.LANGUAGE
    if names_language and names_level and len(statement) <= 160:
        return FactKind.LANGUAGE
    # A list of languages ends where something else begins, heading or not.
    section = None if section is FactKind.LANGUAGE else section
    if section is FactKind.EDUCATION or _EDUCATION.search(statement):
        return FactKind.EDUCATION
    if _is_skill_list(statement, skills):
        return FactKind.SKILL
    if section is FactKind.PROJECT or (section is not FactKind.EXPERIENCE and _PROJECT.search(statement)):
        return FactKind.PROJECT
    if section is FactKind.EXPERIENCE or _EXPERIENCE.search(statement):
        return FactKind.EXPERIENCE
    if skills and len(statement.split()) <= SHORT:
        return FactKind.SKILL
    return section or FactKind.OTHER


def is_contact_line(statement: str) -> bool:
    """Whether a statement is nothing but an address or a number: of no use as evidence, and barred from proposals."""
    return _CONTACT_DATA.search(statement) is not None and not _CONTACT.sub("", statement)


def is_role(statement: str) -> bool:
    """Whether a statement names a trade, as a headline does."""
    return _ROLE.search(statement) is not None


def _is_skill_list(statement: str, skills: tuple[str, ...]) -> bool:
    if not skills:
        return False
    _, _, listed = statement.partition(":") if ":" in statement[:40] else ("", "", statement)
    items = [item for item in re.split(r"[,;|•·/]|\s[–—-]\s|\s(?:and|та|і|&)\s", listed) if item.strip()]
    known = sum(
        1 for item in items if canonical(item) is not None or (len(item.split()) <= 4 and find_skills(item))
    )
    if len(items) >= 2:
        return known >= 2 and known >= len(items) / 2 and all(len(item.split()) <= 6 for item in items)
    return len(statement.split()) <= 4 and canonical(statement) is not None
