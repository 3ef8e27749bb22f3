"""More of what the demonstration says: what came of its meetings, and its advisory group."""

from datetime import date

from impact.core.basics.vocabulary import Nation, Perspective
from networks.management.demo.words import CARE, CARER, HUMAN, PROVIDER, SYSTEM_LEVEL, B, E, S, Said, Todo

THEMES = {
    "Being asked": "Asking what someone wants, asking again later, and asking in a way that works for them.",
    "Supported decisions": "Help to take as many decisions as possible oneself, large and small.",
    "Relationships": "Between people, families and the different bodies; power runs through all of them.",
    "Information": "Up to date, free of jargon, and in a form that one can use.",
    "Budgets and eligibility": "Clear rules about which money is for whom and what it may buy.",
    "Risk": "How people, families and services look at trying something new.",
    "Systems and processes": "Rules and forms, and how much room they leave.",
    "Time": "Time to review a plan and to think again.",
    "Place and availability": "What there is to choose from near where someone lives.",
    "Health and social care": "How the two work, and pay, together or apart.",
    "Covid-19": "What the pandemic stopped and what came back.",
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
    "- The round took longer than planned, and was worth it.\n- The list of what helps came first, so no one was blamed.\n",
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
EXPLANATION_NI = "No funder has joined yet. The trust has named someone who starts in February; until then its finance lead reads the notes."

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
        ("No one talked over anybody.", "The chat went unread.", "Someone looks after the chat at each meeting"),
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
