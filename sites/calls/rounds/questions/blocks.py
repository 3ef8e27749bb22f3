"""Ready-made sections of questions, for staff to start from. Their wording can be changed afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.facts import KINDS
from sites.calls.rounds.questions.models import Fact, Kind

Asked = dict[str, Any]  # the fields of a question


@dataclass(frozen=True)
class Block:
    """A section with its questions."""

    title: str
    about: str  # for staff who choose
    questions: tuple[Asked, ...]
    intro: str = ""
    is_eligibility: bool = False
    purposes: frozenset[str] = field(default_factory=lambda: frozenset({Round.Purpose.SITES}))


def fact(name: Fact) -> Asked:
    """The ready-made question for something that the mix is chosen by."""
    return {"key": name.value, "fact": name.value, "kind": KINDS[name], **FACTS[name]}


FACTS: Mapping[Fact, Asked] = {
    Fact.ORGANISATION_NAME: {"label": "What is your organisation called?", "names_applicant": True},
    Fact.ORGANISATION_KIND: {
        "label": "What type of organisation is it?",
        "help_text": "Choose the one that fits best.",
    },
    Fact.ORGANISATION_SIZE: {
        "label": "How many people work for your organisation?",
        "help_text": "Count part-time staff too. A rough answer is fine.",
    },
    Fact.NATION: {"label": "Which nation would the work be in?"},
    Fact.REGION: {
        "label": "Which region of England?",
        "only_if_key": Fact.NATION.value,
        "only_if_values": ["england"],
    },
    Fact.PLACE: {"label": "Which town, district or county?"},
    Fact.AREA: {"label": "Is the area urban or rural?"},
    Fact.NEEDS: {
        "label": "Who is the work for?",
        "help_text": "Choose every group that would take part or benefit.",
    },
    Fact.IS_FIRST_TIME: {
        "label": "Would this be the first project of this kind for your organisation?",
        "help_text": "You need not have done this before. We hope to hear from organisations that have not.",
    },
    Fact.IS_USER_LED: {
        "label": "Is your organisation led by people who draw on care and support, or by carers?",
        "help_text": "For example, most of the board are people who draw on care, or carers.",
    },
    Fact.IS_UNDER_PRESSURE: {
        "label": "Is your service under particular pressure at the moment?",
        "help_text": "For example, many posts are empty or money is short. It does not count against you.",
    },
    Fact.TOPIC: {"label": "Which topic would you like to work on?"},
    Fact.DELIVERY_MODEL: {"label": "How would you like to work with us?"},
    Fact.MONEY: {
        "label": "How much funding would you need from us, in pounds?",
        "help_text": "An estimate is enough. We agree the amount with each site.",
    },
}

BLOCKS: Mapping[str, Block] = {
    "eligibility": Block(
        title="Can you apply?",
        about="Yes or no questions that come first: who can apply at all.",
        intro="A few questions before you begin, so that no one writes an application that we cannot take.",
        is_eligibility=True,
        questions=(
            {
                "key": "works_in_uk",
                "kind": Kind.YES_NO,
                "label": "Does your organisation work in adult social care in the UK?",
                "help_text": "Groups run by people who draw on care and support, and by carers, count as well.",
                "must_be": "yes",
            },
            {
                "key": "will_coproduce",
                "kind": Kind.YES_NO,
                "label": "Would people who draw on care and support, or carers, shape the work from the start?",
                "must_be": "yes",
            },
            {
                "key": "leaders_agree",
                "kind": Kind.YES_NO,
                "label": "Do the people who lead your organisation know that you are applying?",
                "must_be": "yes",
            },
        ),
    ),
    "organisation": Block(
        title="About your organisation",
        about="Who applies and from where: what the mix is chosen by, apart from the plan.",
        questions=tuple(
            fact(name) for name in Fact if name not in {Fact.TOPIC, Fact.DELIVERY_MODEL, Fact.MONEY, Fact.NEEDS}
        ),
    ),
    "plan": Block(
        title="Your plan",
        about="Topic, delivery model and money, and what they would do, with whom.",
        questions=(
            fact(Fact.TOPIC),
            fact(Fact.DELIVERY_MODEL),
            fact(Fact.NEEDS),
            {
                "key": "what_to_change",
                "kind": Kind.LONG,
                "label": "What would you like to change, and why now?",
                "help_text": "Say what happens today, for whom it does not work well, and what would be different.",
                "word_limit": 400,
            },
            {
                "key": "coproduction",
                "kind": Kind.LONG,
                "label": "How would people who draw on care, and carers, shape the work?",
                "help_text": "Say who they are, what they would decide, and how their time is paid or covered.",
                "word_limit": 300,
            },
            {
                "key": "sharing",
                "kind": Kind.LONG,
                "label": "How would you share what you learn, also what does not work?",
                "word_limit": 200,
                "is_required": False,
            },
            {
                "key": "start_on",
                "kind": Kind.DATE,
                "label": "When could you start?",
                "help_text": "The earliest day that suits you.",
                "is_required": False,
            },
            fact(Fact.MONEY),
        ),
    ),
    "coordinator": Block(
        title="About you",
        about="Recruiting a coordinator: where they are, what they bring, how much time they have.",
        purposes=frozenset({Round.Purpose.COORDINATORS}),
        questions=(
            {
                "key": "name",
                "kind": Kind.SHORT,
                "label": "What is your name?",
                "names_applicant": True,
                "word_limit": 20,
            },
            fact(Fact.NATION) | {"label": "In which nation would you run a local network?"},
            {
                "key": "perspectives",
                "kind": Kind.SEVERAL_OF,
                "label": "Which of these are you?",
                "help_text": "Choose all that fit. We look for coordinators with different experience.",
                "choices": [
                    "Someone who draws on care and support",
                    "A carer",
                    "Someone who works in care",
                    "Someone who manages or funds care",
                    "Someone else",
                ],
            },
            {
                "key": "bringing_together",
                "kind": Kind.LONG,
                "label": "Tell us about a time when you brought together people who saw things differently.",
                "help_text": "What did you do so that everyone could take part? It need not have been paid work.",
                "word_limit": 300,
            },
            {
                "key": "why_you",
                "kind": Kind.LONG,
                "label": "Why would you like to run this local network?",
                "word_limit": 200,
            },
            {
                "key": "has_time",
                "kind": Kind.YES_NO,
                "label": "Can you give about a day a week for eight months?",
            },
            {
                "key": "time_note",
                "kind": Kind.SHORT,
                "label": "How much time could you give?",
                "only_if_key": "has_time",
                "only_if_values": ["no"],
            },
            {
                "key": "support_needed",
                "kind": Kind.LONG,
                "label": "What would help you to do this well?",
                "help_text": "For example equipment, a supporter, or meetings at certain times.",
                "word_limit": 150,
                "is_required": False,
            },
        ),
    ),
    "local_network": Block(
        title="Hosting a local network",
        about="Who would host, who would take part, and where people would meet.",
        purposes=frozenset({Round.Purpose.LOCAL_NETWORKS}),
        questions=(
            fact(Fact.ORGANISATION_NAME),
            fact(Fact.ORGANISATION_KIND),
            fact(Fact.NATION) | {"label": "In which nation would the local network be?"},
            fact(Fact.PLACE),
            {
                "key": "members",
                "kind": Kind.LONG,
                "label": "Whom could you bring together?",
                "help_text": "A local network has 8 to 10 members: people who draw on care, carers, front-line workers, "
                "funders and providers.",
                "word_limit": 300,
            },
            {
                "key": "coordinator_known",
                "kind": Kind.YES_NO,
                "label": "Is there someone who could be the coordinator?",
            },
            {
                "key": "coordinator_note",
                "kind": Kind.LONG,
                "label": "What would they bring?",
                "help_text": "Please do not name them here.",
                "word_limit": 150,
                "only_if_key": "coordinator_known",
                "only_if_values": ["yes"],
            },
            {
                "key": "meeting_place",
                "kind": Kind.ONE_OF,
                "label": "How would people meet?",
                "choices": ["In a room that everyone can get into", "Online", "Some of each"],
            },
        ),
    ),
}


def blocks_for(round: Round) -> dict[str, Block]:
    """The ready-made sections that suit what a round is for."""
    return {key: block for key, block in BLOCKS.items() if round.purpose in block.purposes}
