"""Organisations, topics and practices of the demonstration."""

from datetime import date

from impact.core.basics.vocabulary import Nation
from sites.organisations.models import Organisation
from sites.registry.models import OrganisationPart, Site
from sites.units.models import UnitChange

Part, Status, State = OrganisationPart.Part, Site.Status, UnitChange.State
Kind = Organisation.Kind

# key → name, kind, nation, what it is, is it invented
ORGANISATIONS: dict[str, tuple[str, str, str, str, bool]] = {
    "meaap": (
        "Mid and East Antrim Agewell Partnership (MEAAP)",
        Kind.VOLUNTARY,
        Nation.NORTHERN_IRELAND,
        "A partnership for older people. It has run IMPACTAgewell with local health and social care bodies since 2017.",
        False,
    ),
    "dunhill": ("Dunhill Medical Trust", Kind.FUNDER, Nation.UK, "Paid for the start of IMPACTAgewell.", False),
    "birmingham": (
        "University of Birmingham",
        Kind.UNIVERSITY,
        Nation.ENGLAND,
        "The centre's director works here.",
        False,
    ),
    "sheffield": (
        "University of Sheffield",
        Kind.UNIVERSITY,
        Nation.ENGLAND,
        "The team for Networks works here.",
        False,
    ),
    "ulster": (
        "University of Ulster",
        Kind.UNIVERSITY,
        Nation.NORTHERN_IRELAND,
        "Employs the second improvement coach in Mid and East Antrim.",
        False,
    ),
    "nka": (
        "Nka, the Swedish Family Care Competence Centre",
        Kind.NATIONAL,
        "",
        "Its blended learning networks, where people with different backgrounds learn together, inspired ours.",
        False,
    ),
    "esrc": (
        "Economic and Social Research Council (ESRC)",
        Kind.FUNDER,
        Nation.UK,
        "Funds the centre together with the Health Foundation.",
        False,
    ),
    "health-foundation": (
        "Health Foundation",
        Kind.FUNDER,
        Nation.UK,
        "Funds the centre together with the ESRC.",
        False,
    ),
    "hawthorn": (
        "Hawthorn Community Centre",
        Kind.VOLUNTARY,
        Nation.ENGLAND,
        "A small charity that helps people of many backgrounds to find their way to support.",
        True,
    ),
    "larkfield": ("Larkfield Care Homes", Kind.PROVIDER, Nation.SCOTLAND, "Four homes for people with dementia.", True),
    "bryn": (
        "Bryn Awel Council",
        Kind.LOCAL_AUTHORITY,
        Nation.WALES,
        "Tries out technology at home with its people.",
        True,
    ),
}

# key → name, what it is about, year it is a candidate for, the four scores
TOPICS: dict[str, tuple[str, str, int | None, tuple[int, int, int, int]]] = {
    "choice": (
        "Choice and control",
        "People with learning disabilities or mental health issues who live in supported living decide about their care.",
        None,
        (5, 4, 4, 4),
    ),
    "assets": (
        "Asset-based approaches",
        "Starting from what older people and their communities can do, rather than from what is missing.",
        None,
        (5, 4, 4, 4),
    ),
    "values": (
        "Values-based recruitment and retention",
        "Finding, and keeping, care workers whose values fit the work.",
        None,
        (4, 3, 5, 4),
    ),
    "direct-payments": (
        "Direct payments",
        "Money to arrange your own support, and why some communities hardly use it.",
        None,
        (4, 5, 4, 3),
    ),
    "dementia": (
        "End-of-life dementia decision aids",
        "Tools that help families and staff to talk through hard decisions near the end of life.",
        None,
        (4, 3, 4, 5),
    ),
    "technology": (
        "Technology-enabled care",
        "Devices and services that help people to live the life they want at home.",
        None,
        (3, 3, 4, 3),
    ),
    "prevention": (
        "Prevention and well-being",
        "Helping people to stay well, so that fewer need intensive support.",
        2023,
        (5, 4, 5, 3),
    ),
    "person-centred": (
        "Assets-based and person-centred care",
        "Building support around a person's own strengths, wishes and connections.",
        2023,
        (5, 4, 4, 4),
    ),
    "carers": ("Carers' health and well-being", "Keeping carers well, and seeing them as people.", 2023, (5, 5, 4, 3)),
    "workforce": (
        "Support for people who work in social care",
        "What keeps care workers well and in the job.",
        2023,
        (4, 4, 4, 4),
    ),
}

# name → on the roster from, left on, then (day, state, reason) in order
PRACTICES: dict[str, tuple[date, date | None, list[tuple[date, str, str]]]] = {
    **{
        f"{tree} Practice": (
            date(2017, 10, 2),
            None,
            [(date(2017, 10, 2), State.APPROACHED, ""), (joined, State.JOINED, "")],
        )
        for tree, joined in {
            "Alder": date(2017, 11, 6),
            "Birch": date(2017, 11, 6),
            "Cedar": date(2017, 11, 6),
            "Elder": date(2018, 5, 14),
            "Hazel": date(2018, 5, 14),
            "Holly": date(2019, 3, 4),
            "Juniper": date(2019, 3, 4),
        }.items()
    },
    "Damson Practice": (
        date(2017, 10, 2),
        date(2021, 3, 31),
        [(date(2018, 5, 14), State.APPROACHED, ""), (date(2019, 3, 4), State.JOINED, "")],
    ),
    "Larch Practice": (
        date(2017, 10, 2),
        None,
        [
            (date(2018, 6, 4), State.APPROACHED, ""),
            (date(2018, 9, 3), State.DECLINED, "No room for the locality meetings at the time."),
            (date(2022, 7, 4), State.APPROACHED, "The improvement coach visited."),
            (date(2022, 9, 12), State.JOINED, ""),
        ],
    ),
    "Maple Practice": (
        date(2017, 10, 2),
        None,
        [(date(2022, 7, 11), State.APPROACHED, ""), (date(2022, 10, 3), State.JOINED, "")],
    ),
    "Oak Practice": (
        date(2020, 1, 6),
        None,
        [(date(2022, 7, 18), State.APPROACHED, ""), (date(2022, 11, 21), State.JOINED, "")],
    ),
    "Pine Practice": (
        date(2017, 10, 2),
        None,
        [(date(2022, 10, 17), State.APPROACHED, "Second visit agreed for February.")],
    ),
    "Rowan Practice": (date(2017, 10, 2), None, [(date(2022, 12, 5), State.APPROACHED, "")]),
    "Sycamore Practice": (
        date(2017, 10, 2),
        None,
        [
            (date(2018, 6, 4), State.APPROACHED, ""),
            (date(2018, 10, 1), State.DECLINED, "Already works with another scheme."),
        ],
    ),
    "Willow Practice": (date(2020, 1, 6), None, []),
}
