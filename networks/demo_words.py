"""What the demonstration says: facts that were fed back in 2022 in our own words, and invented people and details."""

from datetime import date, time

from impact.core.basics.vocabulary import EvidenceKind, Format, Nation, Perspective
from networks.models import Contribution

E, B = Contribution.Kind.ENABLER, Contribution.Kind.BARRIER
X, S, Q = Contribution.Kind.EXPERIENCE, Contribution.Kind.SOLUTION, Contribution.Kind.QUESTION
SYSTEM_LEVEL, HUMAN = Contribution.Level.SYSTEMIC, Contribution.Level.HUMAN
CARE, CARER, LINE = Perspective.DRAWS_ON_CARE, Perspective.CARER, Perspective.FRONT_LINE
FUNDER, PROVIDER = Perspective.FUNDER, Perspective.PROVIDER
RESEARCH, LIVED, PRACTICE = EvidenceKind.RESEARCH, EvidenceKind.LIVED, EvidenceKind.PRACTICE

THEMES = {
    "Being asked": "Asking what somebody wants, asking again later, and asking in a way that works for them.",
    "Supported decisions": "Help to take as many decisions as possible oneself, large and small.",
    "Relationships": "Between people, families and the different bodies; power runs through all of them.",
    "Information": "Up to date, free of jargon, and in a form that one can use.",
    "Budgets and eligibility": "Clear rules about which money is for whom and what it may buy.",
    "Risk": "How people, families and services look at trying something new.",
    "Systems and processes": "Rules and forms, and how much room they leave.",
    "Time": "Time to review a plan and to think again.",
    "Place and availability": "What there is to choose from near where somebody lives.",
    "Health and social care": "How the two work, and pay, together or apart.",
    "Covid-19": "What the pandemic stopped and what came back.",
}

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
            "My group closed in the pandemic and nobody can say when it comes back.",
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
            "One hour for a review is not enough when somebody needs time to answer.",
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
            "Nobody could tell us whether the budget may pay for a lift to the choir.",
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
DECISIONS: dict[tuple[int, str], list[str]] = {
    (1, Nation.ENGLAND): ["We start each meeting with what changed since the last one."],
    (1, Nation.SCOTLAND): ["We share our list of enablers and barriers with the other three nations."],
    (1, Nation.WALES): ["Papers come in Welsh and English on the same day."],
    (2, Nation.ENGLAND): ["We try a date for asking again in two support plans before the next meeting."],
    (2, Nation.SCOTLAND): ["An advocate joins the third meeting."],
    (2, Nation.WALES): ["We meet in person once, in the village hall."],
    (3, Nation.ENGLAND): ["Our action plan will be about budget letters and reviews."],
    (3, Nation.SCOTLAND): ["We put one open question at the top of the review form and see what happens."],
}
# (which contribution of the meeting it comes from, what, owner, due, status, outcome or reason)
Todo = tuple[int, str, str, date, str, str]
ACTIONS: dict[tuple[int, str], list[Todo]] = {
    (1, Nation.ENGLAND): [
        (
            0,
            "Write a one-page prompt: ask me again",
            "Coordinator for England",
            date(2022, 9, 20),
            "done",
            "In use in two supported living services since October.",
        ),
    ],
    (1, Nation.SCOTLAND): [
        (
            2,
            "Collect two stories of planning a risk together",
            "The provider member",
            date(2022, 9, 22),
            "done",
            "Two stories were read out at the second meeting.",
        ),
        (4, "Find out which groups have opened again", "Gorse Silver", date(2022, 12, 16), "open", ""),
    ],
    (1, Nation.WALES): [
        (
            1,
            "List what there is within half an hour of each village",
            "Ywen Brown",
            date(2022, 10, 31),
            "open",
            "",
        ),
    ],
    (2, Nation.ENGLAND): [
        (
            1,
            "Put a date for asking again into two support plans",
            "A front-line member",
            date(2022, 11, 22),
            "done",
            "Done in three plans. One person changed what they do on Fridays.",
        ),
        (
            2,
            "Collect three budget letters that people found clear",
            "The funder member",
            date(2022, 12, 15),
            "open",
            "",
        ),
    ],
    (2, Nation.WALES): [
        (
            1,
            "Ask two villages about sharing a personal assistant",
            "The funder member",
            date(2022, 11, 25),
            "dropped",
            "One of the two people has moved away.",
        ),
    ],
    (3, Nation.ENGLAND): [
        (1, "Ask the council which costs a budget may cover", "Coordinator for England", date(2023, 1, 20), "open", ""),
        (2, "Draft one joint letter with the health board", "The funder member", date(2023, 2, 10), "open", ""),
    ],
    (3, Nation.SCOTLAND): [
        (0, "Try the open question in five reviews", "A front-line member", date(2023, 2, 17), "open", ""),
    ],
}
GUESTS: dict[tuple[int, str], list[tuple[str, str]]] = {
    (1, Nation.SCOTLAND): [("Supporter of a member", "")],
    (2, Nation.ENGLAND): [("Visitor from a housing association", PROVIDER)],
    (3, Nation.SCOTLAND): [("Independent advocate", Perspective.OTHER), ("BSL interpreter", "")],
}
NOTES = {
    1: "We began with a round of names and one good thing each.\n\n"
    "- The round took longer than planned, and was worth it.\n- The list of what helps came first, so nobody was blamed.\n",
    2: "**Both stories were read aloud** before anybody spoke about them.\n\nThe research summary was too long. "
    "Next time: one page.\n",
    3: "Ideas went on the wall, and everybody had three dots to spend.\n\nThe budget letters came first by far.\n",
}
# (what went well, what to change, what we agreed for next time)
DEBRIEFS: dict[tuple[int, str], tuple[str, str, str]] = {
    (1, Nation.ENGLAND): (
        "Everybody spoke in the first twenty minutes.",
        "Too much paper for two hours.",
        "One paper only, read aloud at the start",
    ),
    (1, Nation.SCOTLAND): (
        "The list of what helps and what hinders is rich.",
        "The captions came on late.",
        "Test the captions before people join",
    ),
    (1, Nation.WALES): (
        "Both languages were used without fuss.",
        "We ran out of time for questions.",
        "Leave half an hour at the end for questions",
    ),
    (2, Nation.ENGLAND): (
        "The stories changed the talk.",
        "The summary is still too long.",
        "Bring the three budget letters and look at them together",
    ),
    (2, Nation.SCOTLAND): (
        "Two quiet members led the story round.",
        "The break was too short.",
        "Invite an advocate and give them the first ten minutes",
    ),
    (2, Nation.WALES): (
        "People know each other now.",
        "Travel took some members two hours.",
        "Meet in the village hall, with lifts arranged",
    ),
    (3, Nation.ENGLAND): (
        "The dots made choosing quick and fair.",
        "We talked about money without a picture of it.",
        "Draw where the money comes from on one page before we start",
    ),
}
EXPLANATION_NI = "No funder has joined yet. The trust has named somebody who starts in February; until then its finance lead reads the notes."

# (title, day, purpose, notes, contributions, decision, debrief)
ADVISORY_MEETINGS: list[tuple[str, date, str, str, list[Said], str, tuple[str, str, str]]] = [
    (
        "Induction",
        date(2022, 3, 24),
        "Meet each other and look at a first draft of our charter.",
        "A first meeting can be stiff. This one was not: people laughed early and asked hard questions.\n\n"
        "The draft charter holds what is known and leaves room for the rest.\n",
        [
            (E, "Relationships", HUMAN, CARE, "We were asked who we are before we were asked for anything.", True),
            (B, "Time", SYSTEM_LEVEL, CARER, "Two hours is short when half of us need a break.", True),
        ],
        "The draft charter is ours to change, section by section.",
        (
            "A lively, confident group.",
            "More space for those who think before they speak.",
            "Send the charter in three formats two weeks before",
        ),
    ),
    (
        "Our charter, section by section",
        date(2022, 6, 16),
        "Say what should change in the draft, and agree how we decide.",
        "We read four sections aloud and changed three of them.\n",
        [
            (
                E,
                "Being asked",
                HUMAN,
                CARE,
                "Every suggestion got an answer, also the ones that were not taken up.",
                True,
            ),
            (B, "Information", SYSTEM_LEVEL, CARER, "Some words in the draft are for insiders only.", True),
        ],
        "We agree the charter by one text, with a place for reservations.",
        ("Nobody talked over anybody.", "The chat went unread.", "Somebody looks after the chat at each meeting"),
    ),
    (
        "Agreeing the charter, and our first year",
        date(2022, 10, 13),
        "Agree the charter. Start on what our annual report should say.",
        "The charter was agreed. We listed what we were asked in the year and what came of it.\n",
        [
            (E, "Relationships", HUMAN, CARER, "I trust that what we say here goes somewhere.", True),
            (S, "Time", SYSTEM_LEVEL, CARE, "Ask us at the start of a project, not when the paper is written.", True),
        ],
        "The report starts with what changed because of us.",
        (
            "Trust has grown.",
            "We need more room between the papers and the meeting.",
            "Look at the draft annual report together",
        ),
    ),
]

# Answers to England's fourth meeting: name, answer, what they need, whether they told the coordinator by phone.
ANSWERS: list[tuple[str, str, str, bool]] = [
    ("Hazel Umber", "supporter", "A chair for my supporter, and the slides in Easy Read", False),
    ("Aspen Teal", "yes", "A short break every 45 minutes", False),
    ("Linden Grey", "no", "", True),
    ("Maple Indigo", "yes", "", False),
    ("Cedar Ochre", "yes", "", False),
]

HANDOVER_NI = """\
The group has met, and everybody wants to go on. **What is missing is my notes**: the logs of \
the first three meetings are not in yet. The flip charts are in the blue folder.

- Holly likes a call on the day before each meeting.
- Birch and Olive travel together. Book one taxi for both.
- The fourth meeting has a date, and members do not know of it yet."""
