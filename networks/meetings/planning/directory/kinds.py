"""What can be booked for a meeting, how people say that they need it, and what a room can offer. Plain data."""

import re

from django.db import models

from impact.core.basics.vocabulary import Format


class Kind(models.TextChoices):
    """What is booked for a meeting."""

    BSL = "bsl", "BSL interpreting"
    ISL = "isl", "ISL interpreting"
    WELSH = "welsh", "Welsh interpreting or translation"
    INTERPRETING = "interpreting", "Interpreting, another language"
    CAPTIONS = "captions", "Live captions"
    EASY_READ = "easy_read", "Easy Read"
    FORMATS = "formats", "Large print or audio"
    ASSISTANT = "assistant", "Personal assistant"
    EQUIPMENT = "equipment", "Equipment"
    TRAVEL = "travel", "Travel"
    ROOM = "room", "Room"
    OTHER = "other", "Something else"


class Category(models.TextChoices):
    """The headings under which costs are added up."""

    BSL = "bsl", "Sign language"
    EASY_READ = "easy_read", "Easy Read and other formats"
    INTERPRETING = "interpreting", "Interpreting and translation"
    CAPTIONING = "captioning", "Captioning"
    ROOM = "room", "Room"
    TRAVEL = "travel", "Travel"
    OTHER = "other", "Other support"


CATEGORY_OF: dict[str, Category] = {
    Kind.BSL: Category.BSL,
    Kind.ISL: Category.BSL,
    Kind.WELSH: Category.INTERPRETING,
    Kind.INTERPRETING: Category.INTERPRETING,
    Kind.CAPTIONS: Category.CAPTIONING,
    Kind.EASY_READ: Category.EASY_READ,
    Kind.FORMATS: Category.EASY_READ,
    Kind.ROOM: Category.ROOM,
    Kind.TRAVEL: Category.TRAVEL,
    Kind.ASSISTANT: Category.OTHER,
    Kind.EQUIPMENT: Category.OTHER,
    Kind.OTHER: Category.OTHER,
}
# What can be booked without anyone who asked for it.
FOR_NO_ONE = frozenset({Kind.ROOM, Kind.TRAVEL, Kind.EQUIPMENT, Kind.CAPTIONS})
# How long before a meeting each kind has to be asked for, until staff say otherwise: days, and whether working days.
USUAL_LEAD: dict[str, tuple[int, bool]] = {
    Kind.BSL: (21, False),
    Kind.ISL: (21, False),
    Kind.WELSH: (21, False),
    Kind.INTERPRETING: (14, False),
    Kind.CAPTIONS: (14, False),
    Kind.EASY_READ: (10, True),
    Kind.FORMATS: (5, True),
    Kind.ASSISTANT: (14, False),
    Kind.EQUIPMENT: (7, False),
    Kind.TRAVEL: (5, True),
    Kind.ROOM: (28, False),
    Kind.OTHER: (7, False),
}
FROM_FORMAT: dict[str, Kind] = {
    Format.BSL: Kind.BSL,
    Format.EASY_READ: Kind.EASY_READ,
    Format.LARGE_PRINT: Kind.FORMATS,
    Format.AUDIO: Kind.FORMATS,
    Format.WELSH: Kind.WELSH,
}
# Words in which people say what they need. What none of them fits is still a need: of the kind OTHER.
SAID: dict[Kind, str] = {
    Kind.BSL: r"bsl|british sign|sign(ed)? language|signer",
    Kind.ISL: r"isl|irish sign",
    Kind.WELSH: r"welsh|cymraeg",
    Kind.CAPTIONS: r"captions?|captioning|captioner|subtitles|palantyp\w+|speech[- ]to[- ]text",
    Kind.EASY_READ: r"easy[- ]?read",
    Kind.FORMATS: r"large print|audio",
    Kind.INTERPRETING: r"interpreter|interpreting",
    Kind.ASSISTANT: r"personal assistant|support worker|note[- ]?taker",
    Kind.TRAVEL: r"taxi|lifts? (there|home|from|to)|transport",
}
SIGNED = {Kind.BSL, Kind.ISL, Kind.WELSH}  # said with "interpreter", they are one need and not two
# What a room can offer: the field of a venue, its label, and the words with which people ask for it.
FEATURES: dict[str, tuple[str, str]] = {
    "step_free": ("Step-free", r"step[- ]?free|wheelchair|no (steps|stairs)|ground floor|ramp|level access"),
    "lift": ("Lift", r"lift(?! (there|home|from|to))"),
    "hearing_loop": ("Hearing loop", r"(hearing|induction) loop|loop system"),
    "accessible_toilet": ("Accessible toilet", r"accessible toilet|disabled toilet"),
    "changing_places": ("Changing Places toilet", r"changing places|hoist"),
    "quiet_room": ("Quiet room", r"quiet (room|space|place)"),
    "parking": ("Accessible parking", r"parking|blue badge"),
    "adjustable_lighting": ("Lighting that can be dimmed", r"light(s|ing)"),
}


def _says(pattern: str, words: str) -> bool:
    return re.search(rf"\b({pattern})\b", words, re.IGNORECASE) is not None


def features_in(words: str) -> list[str]:
    """What a room must have, as far as someone's own words say so."""
    return [name for name, (_label, pattern) in FEATURES.items() if _says(pattern, words)]


FILLER = frozenset(
    re.findall(
        r"\w+",
        "a an and the with of for to in on at my i me is are or near some please any need needs needed access accessible "
        "entrance room venue place space person interpreter english support be must have has it that",
    )
)


def _rest(words: str) -> set[str]:
    """The words left once everything that we know by name is taken out."""
    for pattern in [*SAID.values(), *(pattern for _label, pattern in FEATURES.values())]:
        words = re.sub(rf"\b({pattern})\b", " ", words, flags=re.IGNORECASE)
    return set(re.findall(r"\w+", words.lower())) - FILLER


def kinds_in(words: str) -> list[Kind]:
    """What someone's own words ask for. Words that we do not know by name are a need of the kind OTHER, for a person to
    read; those about a room are answered by the room (``features_in``)."""
    found = [kind for kind, pattern in SAID.items() if _says(pattern, words)]
    if SIGNED & set(found) and Kind.INTERPRETING in found:
        found.remove(Kind.INTERPRETING)
    return [*found, Kind.OTHER] if _rest(words) else found
