"""What the demonstration says: facts that were fed back in 2022 in our own words, and invented people and details."""

from datetime import date, time

from impact.core.basics.vocabulary import EvidenceKind, Format, Nation, Perspective
from networks.log.models import Contribution

E, B = Contribution.Kind.ENABLER, Contribution.Kind.BARRIER
X, S, Q = Contribution.Kind.EXPERIENCE, Contribution.Kind.SOLUTION, Contribution.Kind.QUESTION
SYSTEM_LEVEL, HUMAN = Contribution.Level.SYSTEMIC, Contribution.Level.HUMAN
CARE, CARER, LINE = Perspective.DRAWS_ON_CARE, Perspective.CARER, Perspective.FRONT_LINE
FUNDER, PROVIDER = Perspective.FUNDER, Perspective.PROVIDER
RESEARCH, LIVED, PRACTICE = EvidenceKind.RESEARCH, EvidenceKind.LIVED, EvidenceKind.PRACTICE

# meeting number → nation → day; all start at half past one unless said otherwise
DAYS: dict[int, dict[str, date]] = {
    1: {
        Nation.ENGLAND: date(2022, 7, 26),
        Nation.WALES: date(2022, 7, 27),
        Nation.SCOTLAND: date(2022, 7, 28),
        Nation.NORTHERN_IRELAND: date(2022, 7, 29),
    },
    2: {
        Nation.ENGLAND: date(2022, 9, 27),
        Nation.WALES: date(2022, 9, 28),
        Nation.SCOTLAND: date(2022, 9, 29),
        Nation.NORTHERN_IRELAND: date(2022, 9, 30),
    },
    3: {
        Nation.ENGLAND: date(2022, 11, 29),
        Nation.WALES: date(2022, 11, 30),
        Nation.SCOTLAND: date(2022, 12, 1),
        Nation.NORTHERN_IRELAND: date(2022, 12, 2),
    },
    4: {
        Nation.ENGLAND: date(2023, 1, 24),
        Nation.WALES: date(2023, 1, 25),
        Nation.SCOTLAND: date(2023, 1, 26),
        Nation.NORTHERN_IRELAND: date(2023, 1, 27),
    },
}
STARTS, ENDS = time(13, 30), time(15, 30)
TITLES = {
    1: "What helps and what gets in the way",
    2: "Sharing what we know",
    3: "What could work here",
    4: "Money and support plans",
}
PURPOSES = {
    1: "Get to know each other. Say what helps people to have choice and control in supported living, and what does not.",
    2: "Look at the research summary and two stories next to what we said last time.",
    3: "Pick the ideas that could work in this place, and what we would need.",
    4: "What would let people decide about their own money and support plans, and what makes it work?",
}
AGENDAS: dict[int, list[tuple[str, int, str]]] = {
    1: [
        ("Welcome, and how we want to work together", 20, "Coordinator"),
        ("What helps: one round, everybody speaks once", 40, "Coordinator"),
        ("What gets in the way", 40, "Coordinator"),
        ("What we take to the other nations", 20, "Everyone"),
    ],
    2: [
        ("What the other nations said", 20, "Coordinator"),
        ("Two stories, read aloud", 40, "Members"),
        ("The research summary, in plain words", 40, "Networks Manager"),
    ],
    3: [
        ("Ideas on the wall", 30, "Everyone"),
        ("Which of them could work here?", 50, "Coordinator"),
        ("Who could do what", 30, "Everyone"),
    ],
    4: [
        ("Where the money comes from, drawn on one page", 30, "Funder member"),
        ("A support plan that can change: what would it need?", 50, "Everyone"),
        ("Our action plan", 30, "Coordinator"),
    ],
}
MATERIALS: dict[int, list[tuple[str, str, list[str]]]] = {
    1: [
        ("Choice and control: a two-page research summary", RESEARCH, [Format.STANDARD, Format.EASY_READ]),
        ("Moving into my own flat: a story", LIVED, [Format.STANDARD, Format.EASY_READ, Format.AUDIO]),
        ("How one team reviews support plans", PRACTICE, [Format.STANDARD]),
    ],
    2: [
        ("What studies say about supported decisions", RESEARCH, [Format.STANDARD, Format.LARGE_PRINT]),
        ("Two stories about saying no", LIVED, [Format.STANDARD, Format.EASY_READ, Format.BSL]),
        ("Notes from a provider's team meeting", PRACTICE, [Format.STANDARD]),
    ],
    3: [
        ("What other countries tried", RESEARCH, [Format.STANDARD]),
        ("A week with a personal budget: a diary", LIVED, [Format.STANDARD, Format.EASY_READ]),
    ],
    4: [
        ("Individual budgets: what is known", RESEARCH, [Format.STANDARD, Format.EASY_READ]),
        ("My budget letter, and what I made of it", LIVED, [Format.STANDARD, Format.LARGE_PRINT, Format.AUDIO]),
    ],
}

# (kind, theme, level, perspective, words, may be quoted)
Said = tuple[str, str, str, str, str, bool]
SAID: dict[tuple[int, str], list[Said]] = {
    (1, Nation.ENGLAND): [
        (
            E,
            "Being asked",
            HUMAN,
            CARE,
            "Ask me, and ask me again next year. I can change my mind like anybody else.",
            True,
        ),
        (
            E,
            "Information",
            SYSTEM_LEVEL,
            CARER,
            "A list of who does what near me, kept current, in words I would use myself.",
            True,
        ),
        (B, "Relationships", HUMAN, LINE, "The family says it knows best, and the person stops trying things.", True),
        (
            B,
            "Time",
            SYSTEM_LEVEL,
            LINE,
            "Reviews slip down the list, so an old choice is treated as the last word.",
            True,
        ),
    ],
    (1, Nation.SCOTLAND): [
        (E, "Supported decisions", HUMAN, CARE, "Help with each decision, the big ones and the everyday ones.", True),
        (
            E,
            "Relationships",
            HUMAN,
            CARER,
            "Open talk helps, with an advocate in the room when one voice weighs more.",
            True,
        ),
        (
            B,
            "Risk",
            HUMAN,
            PROVIDER,
            "Worry about what might go wrong stops people trying. Planning for it together works better.",
            True,
        ),
        (
            B,
            "Systems and processes",
            SYSTEM_LEVEL,
            FUNDER,
            "The form has no box for what the person wants, so it is not written down.",
            True,
        ),
        (
            B,
            "Covid-19",
            SYSTEM_LEVEL,
            CARE,
            "My group closed in the pandemic and no one can say when it comes back.",
            False,
        ),
    ],
    (1, Nation.WALES): [
        (
            E,
            "Budgets and eligibility",
            SYSTEM_LEVEL,
            FUNDER,
            "Say plainly who can have which money and what it may be spent on.",
            True,
        ),
        (
            B,
            "Place and availability",
            SYSTEM_LEVEL,
            CARER,
            "Out here there is one provider. That is not a choice.",
            True,
        ),
        (
            B,
            "Health and social care",
            SYSTEM_LEVEL,
            FUNDER,
            "Health buys the service itself instead of adding the money to the person's budget.",
            True,
        ),
        (
            B,
            "Relationships",
            SYSTEM_LEVEL,
            PROVIDER,
            "We see the person every day and are asked last, after the social worker.",
            True,
        ),
    ],
    (2, Nation.ENGLAND): [
        (X, "Being asked", HUMAN, CARE, "I was shown three flats. Before, I was told which one.", True),
        (S, "Time", SYSTEM_LEVEL, LINE, "Put a date for asking again into the plan on the day it is signed.", True),
        (
            E,
            "Budgets and eligibility",
            SYSTEM_LEVEL,
            CARER,
            "The new letter says the sum on the first line. We could plan for the first time.",
            False,
        ),
    ],
    (2, Nation.SCOTLAND): [
        (E, "Information", HUMAN, CARE, "A short film told me more than the leaflet did.", True),
        (
            S,
            "Risk",
            HUMAN,
            PROVIDER,
            "Write the risk plan with the person, and write down what is worth the risk.",
            True,
        ),
        (
            B,
            "Time",
            SYSTEM_LEVEL,
            LINE,
            "One hour for a review is not enough when someone needs time to answer.",
            True,
        ),
    ],
    (2, Nation.WALES): [
        (
            X,
            "Place and availability",
            SYSTEM_LEVEL,
            CARE,
            "I chose the day centre because it is the only place the bus goes.",
            True,
        ),
        (S, "Place and availability", SYSTEM_LEVEL, PROVIDER, "Two villages could share one personal assistant.", True),
        (E, "Relationships", HUMAN, CARE, "My support worker speaks Welsh with me. I say more.", True),
    ],
    (3, Nation.ENGLAND): [
        (S, "Supported decisions", HUMAN, CARE, "Practise with small decisions first, like the shopping money.", True),
        (
            B,
            "Budgets and eligibility",
            SYSTEM_LEVEL,
            CARER,
            "No one could tell us whether the budget may pay for a lift to the choir.",
            True,
        ),
        (
            Q,
            "Health and social care",
            SYSTEM_LEVEL,
            FUNDER,
            "Could one joint letter say what health pays and what the council pays?",
            False,
        ),
    ],
    (3, Nation.SCOTLAND): [
        (
            S,
            "Red tape",
            SYSTEM_LEVEL,
            FUNDER,
            "Start the form with one open question in the person's own words.",
            True,
        ),
        (E, "Being asked", HUMAN, CARER, "With picture cards he told us what he wanted. It took ten minutes.", True),
        (B, "Risk", HUMAN, LINE, "Staff fear being blamed, so they say no to be safe.", False),
    ],
}
# (which contribution of the meeting it comes from, what, owner, due, status, outcome or reason)
Todo = tuple[int, str, str, date, str, str]
