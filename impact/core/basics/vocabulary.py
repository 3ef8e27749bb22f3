"""Words shared by every app, as docs/domain.md defines them."""

from decimal import Decimal

from django.db import models


class Nation(models.TextChoices):
    """Where something happens. ``UK`` means all four nations at once."""

    ENGLAND = "england", "England"
    NORTHERN_IRELAND = "northern_ireland", "Northern Ireland"
    SCOTLAND = "scotland", "Scotland"
    WALES = "wales", "Wales"
    UK = "uk", "UK-wide"


FOUR_NATIONS = [Nation.ENGLAND, Nation.NORTHERN_IRELAND, Nation.SCOTLAND, Nation.WALES]


class Perspective(models.TextChoices):
    """What a person brings to a group. ``OTHER`` is spelled out in a note beside it."""

    DRAWS_ON_CARE = "draws_on_care", "Draws on care and support"
    CARER = "carer", "Carer"
    FRONT_LINE = "front_line", "Front-line worker"
    FUNDER = "funder", "Funder or decision-maker"
    PROVIDER = "provider", "Service provider"
    RESEARCHER = "researcher", "Researcher or national body"
    OTHER = "other", "Another perspective"


# The five that a local network is drawn from (rule 8).
LOCAL_NETWORK_PERSPECTIVES = [
    Perspective.DRAWS_ON_CARE,
    Perspective.CARER,
    Perspective.FRONT_LINE,
    Perspective.FUNDER,
    Perspective.PROVIDER,
]


class Format(models.TextChoices):
    """The form in which someone reads or hears a paper."""

    STANDARD = "standard", "Standard"
    EASY_READ = "easy_read", "Easy Read"
    LARGE_PRINT = "large_print", "Large print"
    WELSH = "welsh", "Welsh"
    AUDIO = "audio", "Audio"
    BSL = "bsl", "British Sign Language"


class Language(models.TextChoices):
    """The language in which someone prefers to read and hear from us."""

    ENGLISH = "en", "English"
    WELSH = "cy", "Welsh"


class EvidenceKind(models.TextChoices):
    """The three kinds of evidence, held equal (rule 4)."""

    RESEARCH = "research", "Research"
    LIVED = "lived_experience", "Lived experience"
    PRACTICE = "practice_knowledge", "Practice knowledge"


class Region(models.TextChoices):
    """The nine regions of England, as official statistics draw them."""

    NORTH_EAST = "north_east", "North East"
    NORTH_WEST = "north_west", "North West"
    YORKSHIRE = "yorkshire", "Yorkshire and the Humber"
    EAST_MIDLANDS = "east_midlands", "East Midlands"
    WEST_MIDLANDS = "west_midlands", "West Midlands"
    EAST = "east", "East of England"
    LONDON = "london", "London"
    SOUTH_EAST = "south_east", "South East"
    SOUTH_WEST = "south_west", "South West"


def pounds(amount: Decimal | float | None) -> str:
    """ "£12,500": an amount of money as people write it, with pence only where there are some."""
    if amount is None:
        return ""
    amount = Decimal(amount)
    return f"£{amount:,.0f}" if amount == amount.to_integral_value() else f"£{amount:,.2f}"
