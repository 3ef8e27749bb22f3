"""Names as video-call services write them: without what is hung on them, comparable, and never a telephone number."""

import re
import unicodedata
from dataclasses import dataclass

# --- Numbers -------------------------------------------------------------------------------------
# Five digits in a row are a number that may be someone's own, whatever stands between the digits except letters: people
# write spaces, dashes, brackets, dots and plus signs, and services hide some digits behind stars or an x.
_RUN = re.compile(r"0(?:[ x]*0){4,}")
_MASK = re.compile(r"\s*[*•·#xX…]+")
_TAIL = re.compile(r"[\d\s().+/–-]*$")


def _shape(text: str) -> str:
    """The text with every digit as 0, x as x, every other letter as a, and anything else as a space."""
    return "".join("0" if char.isdigit() else "x" if char in "xX" else "a" if char.isalpha() else " " for char in text)


def has_number(text: str) -> bool:
    """Whether five or more digits stand in a row, ignoring everything between them but letters."""
    return bool(_RUN.search(_shape(text)))


def hide_numbers(text: str) -> str:
    """The text with "…" for each number, for file names and for quoting a cell."""
    for run in reversed(list(_RUN.finditer(_shape(text)))):
        text = f"{text[: run.start()]}…{text[run.end() :]}"
    return text


def mask_email(email: str) -> str:
    """Enough of an address to tell two apart: its first letter and where it is."""
    local, at, domain = email.partition("@")
    return hide_numbers(f"{local[:1]}…{at}{domain}") if at else ""


# --- Names ---------------------------------------------------------------------------------------
_MARKS = re.compile(
    r"\s*[(\[](?:guest|unverified|external|host|co-?host|me|host,\s*me|organi[sz]er|presenter|attendee"
    r"|gast|extern|nicht überprüft|invité|externe|non vérifié|invitado|externo|sin verificar|ospite|esterno|non verificato"
    r"|niet geverifieerd|convidado|não verificado|gość|niezweryfikowany|gwestai|heb ei ddilysu)[)\]]\s*$",
    re.I,
)
_PRONOUNS = re.compile(r"\s*\((?:she|he|they|her|him|them|ze|nhw|hi|fe)\b[^()]*\)\s*$", re.I)
_RENAMED = re.compile(r"^(.+?)\s+\(([^()]+)\)$")
_LABEL = (
    r"(?:call-?in user|caller|phone|telephone|tel|mobile|mob|cell|number|no|anrufer|telefon|handy|téléphone|portable"
    r"|teléfono|móvil|telefono|cellulare|telefoon|mobiel|telefone|telemóvel|celular|komórka|ffôn|ffôn symudol|rhif)"
)
_LABELS = re.compile(rf"^\W*{_LABEL}\b[\s:.]*|[\s:.(]*\b{_LABEL}[\s:.)]*$", re.I)
_EDGE = " \t+-–—*•·#.,:;/|_=&"


@dataclass(frozen=True)
class Named:
    """What the name cell of one row says."""

    name: str
    also: str = ""  # the other name of someone who was renamed
    number: str = ""  # the telephone number, to tell callers apart while the file is read; it is kept nowhere
    is_caller: bool = False  # nothing but a number: ``name`` was made up


def name_key(name: str) -> str:
    """A name for comparing: no case, accents or signs, and "Surname, First" turned round."""
    if name.count(",") == 1:
        last, first = name.split(",")
        name = f"{first} {last}"
    flat = unicodedata.normalize("NFKD", name.casefold())
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    flat = re.sub(r"['’`´.]", "", flat)
    return " ".join(re.findall(r"\w+", flat))


def _strip_marks(name: str) -> str:
    before = None
    while before != name:
        before, name = name, _PRONOUNS.sub("", _MARKS.sub("", name))
    return name


def _bare(name: str) -> str:
    """A name without what a service or a person hangs on it: (Guest), (Unverified), (she/her)."""
    return _strip_marks(name) or name


def _split(text: str) -> tuple[str, str]:
    """Name and other name of "Jo, carer (Jo Bloggs)"; the other one is empty for someone who was not renamed."""
    name = _bare(text)
    renamed = _RENAMED.match(name)
    if not renamed:
        return name, ""
    return _bare(renamed[1].strip()), _bare(renamed[2].strip())


def read_name(text: str) -> Named:
    """Read the name cell of a row. Telephone numbers come out of it before anything else is looked at."""
    rest, number = _take_numbers(text)
    if not number and _is_masked_number(text):
        rest, number = "", text
    if not number:
        return Named(*_split(text))
    before = None
    while before != rest:
        before, rest = rest, _LABELS.sub("", _unwrap(_strip_marks(rest))).strip(_EDGE)
    key = "".join(char for char in number if char.isdigit() or char in "*•xX")
    if not any(char.isalpha() for char in rest):
        return Named(_caller(number), number=key, is_caller=True)
    name, address = _split(rest)
    return Named(hide_numbers(name), hide_numbers(address), number=key)


def _take_numbers(text: str) -> tuple[str, str]:
    """The text without its numbers, and the last of them with the stars that follow it."""
    rest, number = text, ""
    for run in reversed(list(_RUN.finditer(_shape(text)))):
        mask = _MASK.match(text, run.end())
        end = mask.end() if mask and not text[mask.end() : mask.end() + 1].isalpha() else run.end()
        number = number or text[run.start() : end]
        rest = f"{rest[: run.start()]} {rest[end:]}"
    return rest, number


def _is_masked_number(text: str) -> bool:
    """A number of which a service shows too few digits to be one: "*** *** 123"."""
    bare = _strip_marks(text)
    return not any(c.isalpha() and c not in "xX" for c in bare) and sum(c.isdigit() for c in bare) >= 3


def _unwrap(text: str) -> str:
    """Without empty brackets, and without brackets around the whole."""
    text = re.sub(r"[(\[][\s+*.,:;/–-]*[)\]]", " ", text).strip(_EDGE)
    inner = re.fullmatch(r"[(\[]([^()\[\]]*)[)\]]", text)
    text = inner[1] if inner else text
    for left, right in ("()", "[]"):
        if text.count(left) != text.count(right):
            text = text.replace(left, " ").replace(right, " ")
    return " ".join(text.split())


def _caller(number: str) -> str:
    """What to call a person who rang in: by the last digits that stand together, which no stars interrupt."""
    match = _TAIL.search(number)
    tail = "".join(str(unicodedata.digit(char)) for char in (match[0] if match else "") if char.isdigit())[-3:]
    return f"Caller, number ending {tail}" if tail else "Caller"
