"""Forms of one Ukrainian word under one key: "сторінок" and "сторінка", "роблю" and "робити", "дизайнерок" and "дизайнер".

Not a dictionary of forms. Two keys only have to agree for the forms of one word; a clash with another word is settled by the
caller, who asks for the plain stem first.
"""

from __future__ import annotations

import re

from core.matching.words import stem

_CONSONANT = "бвгґджзйклмнпрстфхцчшщ"
_OF_DOING = re.compile(r"(?<=\w{3})[аеі](?:нн(?:я|ю|і|ям|ями|ях)|нь)$")
_DOUBLED = re.compile(r"(.)\1$")
_SMALL = re.compile(r"[оеі]чк$")
_FEMININE = re.compile(r"(?<=[еоиія]р)к$|(?<=[иі]ст)к$|(?<=олог)ин$|(?<=ент)к$|(?<=ант)к$")
_PLURAL = re.compile(rf"(?<=[{_CONSONANT}'])[ое]к$")
_FLEETING = re.compile(rf"(?<=[{_CONSONANT}'])[ое](?=[кцнрлмвтг]$)")
_CLOSED = re.compile(rf"і(?=[{_CONSONANT}]{{1,2}}$)")
_HARD = str.maketrans("цчзжш", "ккггх")

_VERB = re.compile(
    r"(?:(?:ов|ув|юв)ува(?:ти|в|ла|ли)|(?:[ую]ва|ова)(?:ти(?:му|меш|ме|мемо|муть)?|в|ла|ло|ли)|[ую](?:ю|єш|є|ємо|єте|ють|й|йте|ючи)"
    r"|[аяиіїу]?ти(?:му|меш|ме|мемо|муть)?|[ая](?:ю|єш|є|ємо|єте|ють|й|йте|ючи)|[аяиії](?:в|ла|ло|ли)"
    r"|(?:[ую]?ва|ова|а|я|е|є)н(?:ий|а|е|і|о|их|им|ими|ого|ому|ої|ою|у)|(?:[ую]ва|а|я|е|і)ння(?:м)?|ить|їть|ять|ать|уть|ють|имо|їмо|емо|єш|еш|иш|їш|їть|й|ю|у)$"
)
_SELF = re.compile(r"(?<=\w{4})с[яь]$")
_AFTER_LIP = re.compile(r"(?<=[бпвмф])л$")
_SOUNDS = (("дж", "д"), ("щ", "ст"), ("ш", "с"), ("ж", "з"), ("ч", "т"))
_LEAST_ROOT = 3
_ASPECT = re.compile(r"^(?:перев|пере|роз|від|під|при|про|поз|зі|по|на|за|до|ви|об|зав|з|с|у|в)(?=\w{4})")


def noun_key(word: str) -> str:
    """The key of a noun or an adjective in lower case."""
    key = _DOUBLED.sub(r"\1", stem(_OF_DOING.sub("", word)))
    if len(key) <= _LEAST_ROOT:
        return key
    key = re.sub(r"ичк$", "иц", _SMALL.sub("к", _PLURAL.sub("к", key)))
    key = re.sub(r"ниц$", "ник", _FEMININE.sub("", key))
    key = _FLEETING.sub("", _CLOSED.sub("о", key))
    return key[:-1] + key[-1].translate(_HARD)


def verb_keys(word: str) -> tuple[str, ...]:
    """Keys of what may be a form of a verb, as it stands and without a prefix of its aspect; none for a word that is no verb."""
    plain = _SELF.sub("", word)
    root = _VERB.sub("", plain)
    if root == plain or len(root) < _LEAST_ROOT:
        return ()
    bare = _ASPECT.sub("", root)
    keys = [_softened(root)]
    # "зверстати" is what "верстати" ends with; a root of two letters could be anything.
    if bare != root and len(bare) >= _LEAST_ROOT:
        keys.append(_softened(bare))
    return tuple(keys)


def is_infinitive(word: str) -> bool:
    """Whether a dictionary form is a verb."""
    return len(word) > 4 and word.endswith(("ти", "тися"))


def _softened(root: str) -> str:
    for ending, plain in _SOUNDS:
        if root.endswith(ending):
            return root.removesuffix(ending) + plain
    return _AFTER_LIP.sub("", root)
