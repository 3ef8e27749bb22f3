"""The words of the demonstration's charter, suggestions, waypoints and involvements. Illustrative, in our own words."""

from datetime import date

WHO = "who-we-are-and-what-we-do"
WORDS = "what-our-words-mean"
MEET = "when-we-meet"
REPORT = "our-report-each-year"
TOPICS = "topics-and-timetable"
VISION = "our-shared-vision"
STRENGTHS = "strengths-we-bring"
LANGUAGE = "the-language-we-use"
BARRIERS = "what-gets-in-the-way-of-taking-part"
ONLINE = "working-together-online"

# Version 1: the knowns are written; of the unknowns only some first tips for working online.
FIRST = {
    WHO: """We are the Co-production Advisory Group. All of us draw on care and support, or care for someone who does.

We do four things for co-production at IMPACT:

- help to build it
- back those who do it
- keep an eye on how it goes
- look back and say what should be better.

The Lived Experience Engagement Lead works with us and looks after the practical side.""",
    WORDS: """**Co-production** is when people who use or provide support, and people who run it, decide and do things together as equals.

**Lived experience** is what someone knows because it is part of their life.

**Leadership Team** means the people who run IMPACT as a whole.""",
    MEET: """We meet three times a year. Papers come two weeks before a meeting.

We may meet more often if we want to.""",
    REPORT: """Once a year we report to the Leadership Team. The report has three parts:

1. progress in the year
2. good practice
3. areas for further development.""",
    ONLINE: """- Cameras may be on or off.
- Say your name before you speak.
- Use the chat if that is easier than speaking.""",
}

# Version 2: what the members made of it.
SECOND = {
    WHO: """We are the Co-production Advisory Group. All of us draw on care and support, or care for someone who does.

We do four things for co-production at IMPACT:

- help to build it
- back those who do it
- keep an eye on how it goes
- look back and say what should be better.

We are here as ourselves. No one has to speak for a whole group of people.

The Lived Experience Engagement Lead works with us and looks after the practical side.""",
    WORDS: """**Co-production** is when people who draw on support, people who provide it and people who run it decide and do things together as equals.

**Drawing on care and support** is what we say, because support is part of a life and not a place.

**Lived experience** is what someone knows because it is part of their life.

**Leadership Team** means the people who run IMPACT as a whole.""",
    MEET: """We meet three times a year. Papers come two weeks before a meeting, in the format that each of us reads.

A meeting lasts two hours at most, with a break after each hour. We may meet more often if we want to.""",
    REPORT: """Once a year we report to the Leadership Team. The report has three parts:

1. progress in the year
2. good practice
3. areas for further development.

It starts with what changed because of us. We read the draft together before it goes out.""",
    TOPICS: """We choose our topics together at the first meeting of the year. Teams may bring a topic to us, and we may bring one to them.

A topic that comes to us must come early enough for us to change something.""",
    VISION: """Good care is about having a life. We want every IMPACT project to be shaped, from its first day, by people who know what that takes.""",
    STRENGTHS: """Between us we bring:

- years of finding our way through services
- experience of hiring and directing our own support
- work, volunteering and running groups
- humour, and the nerve to ask plain questions.""",
    LANGUAGE: """We use everyday words. If a short form cannot be avoided, we say what it means.

Anybody may ask "what does that mean?" at any time, and is thanked for it.""",
    BARRIERS: """These things get in the way, and we plan for them:

- papers that are late or too long
- meetings without breaks
- support workers' hours that end before the meeting does
- being asked when everything is decided.""",
    ONLINE: """- Cameras may be on or off, and no one has to say why.
- Say your name before you speak.
- Use the chat if that is easier than speaking. One person looks after the chat and reads it out.
- Captions are always on.
- No one is recorded unless all of us agree.""",
}

# Version 3: after the December waypoint.
THIRD = {
    **SECOND,
    MEET: """We meet three times a year. Papers come two weeks before a meeting, in the format that each of us reads.

A meeting lasts two hours at most, with a break after each hour. Half an hour of each meeting has nothing on the agenda: it is room to air what matters to us. We may meet more often if we want to.""",
    TOPICS: """We choose our topics together at the first meeting of the year. Teams may bring a topic to us, and we may bring one to them.

A topic that comes to us must come early enough for us to change something.

In 2023 we want to hear what the first sites are learning, and to meet other groups like ours.""",
    VISION: """Good care is about having a life. We want every IMPACT project to be shaped, from its first day, by people who know what that takes.

As the work grows, the same goes for every new project, and everybody can see that it does.""",
    BARRIERS: """These things get in the way, and we plan for them:

- papers that are late or too long
- meetings without breaks, or with no room to think
- support workers' hours that end before the meeting does
- being asked when everything is decided
- not hearing what other teams made of what we said.""",
}

# About version 1: (member number, section, day, words, answer status, answer, day of the answer).
Suggested = tuple[int, str, date, str, str, str, date]
APRIL, JUNE = date(2022, 4, 7), date(2022, 6, 23)
ON_FIRST: list[Suggested] = [
    (0, WHO, date(2022, 3, 24), "Say that we do not have to speak for everybody like us. I can only speak for me.",
     "taken_up", "Thank you. There is a new sentence about it in the next version.", APRIL),
    (2, WORDS, date(2022, 3, 24), "“People who use support” sounds like using a bus. Can we say “draw on”?",
     "taken_up", "Yes. The next version says it, and says why.", APRIL),
    (3, MEET, date(2022, 3, 24), "Two weeks is fine for the papers, but not if they come in a format that I cannot read.",
     "taken_up", "The next version promises the format that each of you reads.", APRIL),
    (5, MEET, date(2022, 3, 24), "Could we meet every month? Three times a year is not much.",
     "not_now", "Three a year is what we can pay for now. You may meet more often, and we ask again at a waypoint.", APRIL),
    (8, ONLINE, date(2022, 3, 24), "I lose track when people talk in the chat and out loud at once.",
     "adapted", "We keep the chat, because some prefer it. One person will look after it and read it out.", APRIL),
    (1, LANGUAGE, date(2022, 6, 16), "Make it normal to ask what a word means. I often do not dare.",
     "taken_up", "This is how the section on language now starts.", JUNE),
    (4, BARRIERS, date(2022, 6, 16), "Being asked when everything is already decided. That is the biggest one for me.",
     "taken_up", "It is on the list, in your words.", JUNE),
    (7, REPORT, date(2022, 6, 16), "Put what changed because of us first. And let us read it before anybody else.",
     "taken_up", "Both are in the next version.", JUNE),
    (6, STRENGTHS, date(2022, 6, 16), "Could the charter name what each of us is good at?",
     "adapted", "We list what the group brings, without names, since others will read the charter too.", JUNE),
]  # fmt: skip

# Positions: (member number; None is the account of the demonstration's member), stance, reason, day.
Stood = tuple[int | None, str, str, date]
ON_SECOND: list[Stood] = [
    (0, "agree", "", date(2022, 9, 20)),
    (1, "agree", "", date(2022, 9, 21)),
    (2, "object", "The words on being recorded are too weak. It has to be all of us or no one.", date(2022, 9, 22)),
    (4, "agree", "", date(2022, 9, 26)),
    (7, "agree", "", date(2022, 9, 27)),
    (None, "agree", "", date(2022, 9, 28)),
    (2, "agree", "We talked it through: “unless all of us agree” says what I wanted.", date(2022, 9, 30)),
    (
        3,
        "reservation",
        "I agree, but two hours is still long for me. Please look at it again in spring.",
        date(2022, 10, 3),
    ),
    (
        6,
        "stand_aside",
        "I have missed a meeting and do not know enough. I will not hold the others up.",
        date(2022, 10, 4),
    ),
    (8, "agree", "", date(2022, 10, 5)),
    (5, "agree", "I was in hospital. I have read it now.", date(2022, 10, 11)),
]
ON_THIRD: list[Stood] = [
    (1, "agree", "", date(2023, 1, 10)),
    (7, "agree", "", date(2023, 1, 11)),
    (
        3,
        "reservation",
        "Half an hour with nothing planned is good, as long as the meeting does not get longer.",
        date(2023, 1, 12),
    ),
    (0, "agree", "", date(2023, 1, 13)),
]
OPEN_SUGGESTION = (
    4,
    TOPICS,
    date(2023, 1, 12),
    "Please add carers’ health to the topics for 2023. It came up in every meeting last year.",
)

# Waypoints held: (title, due, held, where we are, heading, outcome).
WAYPOINTS: list[tuple[str, date, date, str, str, str]] = [
    (
        "First look back",
        date(2022, 6, 30),
        date(2022, 6, 30),
        "We know each other better than we thought we would after two meetings. The draft has been read aloud, "
        "section by section, and several sections need other words.",
        "Yes, in the direction that we hoped for. The charter has to catch up with what members have said.",
        "new_version",
    ),
    (
        "A month with our charter",
        date(2022, 11, 10),
        date(2022, 11, 10),
        "The charter has been in force for four weeks. Papers came in time and in every format.",
        "Yes. It is too early to change anything.",
        "no_change",
    ),
    (
        "End of our first year",
        date(2022, 12, 8),
        date(2022, 12, 8),
        "Making our own plan of work was hard and at times annoying, and worth it. Three things mattered most:\n\n"
        "- **Relationships:** the trust that we have built\n"
        "- **Time:** what we spent on getting to know each other was well spent\n"
        "- **Space:** working together needs more of it than we gave ourselves.",
        "Mostly. In 2023 we want more room in our meetings, a place where it is safe to disagree, and better ways to "
        "tell other teams and groups what we have learned.",
        "new_version",
    ),
]  # fmt: skip
AHEAD = [("New-year waypoint", date(2023, 1, 13)), ("Summer waypoint", date(2023, 7, 6))]

# Involvements: title, who asked, what, asked on; said, on; outcome, changed, on; good practice; illustrative.
Step = tuple[str, date]
Story = tuple[str, str, str, date, Step | None, tuple[str, str, date] | None, bool, bool]
INVOLVEMENTS: list[Story] = [
    ("Our own plan of work", "Lived Experience Engagement Lead",
     "What should the group work on in its first year, and how should it decide?", date(2022, 3, 24),
     ("Let us make the plan ourselves, at our own pace. Give us time to get to know each other first.", date(2022, 6, 16)),
     ("changed", "The group wrote its own plan for 2022. It took longer than planned, and two meetings gave most of "
      "their time to getting to know each other.", date(2022, 7, 7)), True, False),
    ("Plain words in the charter", "Lived Experience Engagement Lead",
     "Which words in the first draft of the charter do not work for you?", date(2022, 3, 24),
     ("Say “draw on support”. Explain every short form. Make it normal to ask what something means.", date(2022, 6, 16)),
     ("changed", "The second version of the charter uses these words, and has a section on language.", date(2022, 10, 13)),
     True, True),
    ("Hiring coaches with lived experience", "Demonstrator team",
     "How should the second coach’s post be advertised, so that people with lived experience apply?", date(2022, 4, 21),
     ("Put lived experience first in the advert, not last. Say which support there is in the job. Let people apply by "
      "voice message.", date(2022, 5, 12)),
     ("partly", "Lived experience now comes first in the advert, and support in the job is spelled out. The employer’s "
      "rules still ask for a written form; help with it is offered.", date(2022, 6, 9)), True, True),
    ("Papers for local networks", "Networks team",
     "What makes a pack of papers easy to use for members of a local network?", date(2022, 6, 2),
     ("One page at the front that says what we will talk about. Every paper in Easy Read and large print on the same "
      "day, not a week later.", date(2022, 6, 16)),
     ("changed", "Each pack opens with one page, and formats go out together.", date(2022, 7, 12)), True, True),
    ("Pictures on the web site", "Communications",
     "Are the pictures that we use the right ones?", date(2022, 7, 14),
     ("Fewer hands on shoulders. Show people doing things. Ask before you use someone’s picture, and ask again later.",
      date(2022, 9, 1)),
     ("changed", "The pictures of clasped hands are gone, and consent for pictures now has an end date.",
      date(2022, 9, 29)), False, True),
    ("Time of day of the assemblies", "Assemblies team",
     "Would evening assemblies suit more people?", date(2022, 8, 4),
     ("Yes for those who work. No for those whose support ends at six. Try one of each.", date(2022, 9, 1)),
     ("not_changed", "The venues for this year were booked already. The team will ask again before it books for 2024, "
      "and has written that down as a task.", date(2022, 10, 20)), False, True),
    ("Questions for people who employ their own support", "Direct payments facilitator",
     "Are these interview questions fair and clear?", date(2022, 9, 15),
     ("Start with what goes well. Leave out the question about money in the bank. Offer an interpreter before someone "
      "has to ask.", date(2022, 10, 13)),
     ("changed", "The questions now start with what goes well, the question about savings is gone, and an interpreter is "
      "offered in the invitation.", date(2022, 11, 3)), True, True),
    ("Telling other teams what we have learned", "Leadership team",
     "How should the experience of the group reach other IMPACT teams, and groups like it elsewhere?", date(2022, 11, 10),
     ("Come to us, and let us come to you. A short story at each team’s meeting does more than a long report.",
      date(2022, 12, 8)),
     None, False, False),
    ("The form for new sites", "Networks team",
     "Is the form for organisations that want to host a project clear about working with people with lived experience?",
     date(2022, 12, 15), None, None, False, True),
    ("Names for the 2023 topics", "Communications",
     "Which of these names for the topics would you put on a poster?", date(2023, 1, 9), None, None, False, True),
]  # fmt: skip
