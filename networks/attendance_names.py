"""Names as video-call services write them: without what is hung on them, comparable, and never a telephone number."""

import re
import unicodedata

_MARKS = re.compile(
    r"\s*[(\[](?:guest|unverified|external|host|co-?host|me|host,\s*me|organi[sz]er|presenter|attendee|gast|gwestai)[)\]]\s*$",
    re.I,
)
_PRONOUNS = re.compile(r"\s*\((?:she|he|they|her|him|them|ze|nhw|hi|fe)\b[^()]*\)\s*$", re.I)
_RENAMED = re.compile(r"^(.+?)\s+\(([^()]+)\)$")
_PHONE = re.compile(r"^(?:call-?in user\s*)?[+(]?[\d][\d\s().*xX•-]{5,}$", re.I)


def name_key(name: str) -> str:
    """A name for comparing: no case, accents or signs, and "Surname, First" turned round."""
    if name.count(",") == 1:
        last, first = name.split(",")
        name = f"{first} {last}"
    flat = unicodedata.normalize("NFKD", name.casefold())
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    flat = re.sub(r"['’`´.]", "", flat)
    return " ".join(re.findall(r"\w+", flat))


def _bare(name: str) -> str:
    """A name without what a service or a person hangs on it: (Guest), (Unverified), (she/her)."""
    before = ""
    while before != name:
        before, name = name, _PRONOUNS.sub("", _MARKS.sub("", name))
    return name or before


def read_name(text: str) -> tuple[str, str]:
    """Name and other name of "Jo, carer (Jo Bloggs)"; the other one is empty for somebody who was not renamed."""
    name = _bare(text)
    renamed = _RENAMED.match(name)
    if not renamed:
        return name, ""
    return _bare(renamed[1].strip()), _bare(renamed[2].strip())


def is_phone(name: str) -> bool:
    return bool(_PHONE.match(name)) and sum(sign.isdigit() for sign in name) >= 5


def phone_name(number: str) -> str:
    """Whoever rang in, without the number: it may be somebody's own."""
    return f"Caller, number ending {''.join(s for s in number if s.isdigit())[-3:]}"
