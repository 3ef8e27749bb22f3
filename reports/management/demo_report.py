"""The demonstration's annual report for 2022: every chapter written, and with the leadership team.

What the chapters tell follows what IMPACT has published about its first year, in our own words. The report is marked
illustrative, because many of the figures beside the words are invented.
"""

from django.db import transaction

from impact.core.people.models import User
from reports.approval.services import submit_for_approval
from reports.writing import services
from reports.writing.models import AnnualReport, ReportSection

Key = ReportSection.Key
YEAR = 2022

CHAPTERS: dict[str, str] = {
    Key.SUMMARY: """
Making our own plan together in 2022 was demanding, now and then frustrating, and very rewarding. Three things ran
through the whole year: relationships, time, and space.

- **The foundations hold.** The advisory group has a charter that its members wrote, and trust that took time to grow.
- **Co-production needs more room** than a meeting usually gives it. That is our main lesson for 2023.
- **What members say changes things.** The next step is to tell other teams, and like-minded groups, how it feels and
  what it takes.

We ask the leadership team to plan that room into every project, and to keep co-production consistent and open to
view as the number of sites grows.
""",
    Key.FIGURES: """
The four delivery models were tried out in 2022, so these are the figures of a first year. Read them with the dates in
mind: most groups started in the summer.
""",
    Key.PROGRESS: """
A year ago the advisory group did not exist. It now has members from all four nations who draw on care and support or
care for someone, it has met as often as it set out to, and it knows what it is there for: to help co-production grow,
to support it, to watch over it, and to say each year how it went.

The early meetings went into getting to know each other. That was time well spent. People speak freely, disagree
kindly, and listen to those who have lived what the rest of us only plan for.

Every site works in a co-produced way, whatever its subject: direct payments, help with decisions near the end of life
with dementia, or technology that makes care easier.
""",
    Key.GOOD_PRACTICE: """
Some ways of working are worth borrowing.

# Start with what is known, and leave room

The charter began as a short draft of what was already settled. Everything else was left open for the members: what we
want to achieve, what each of us is good at, the words we use, and what keeps people from taking part.

# Ask, and then ask again

Local networks told us that one answer does not stand for ever. So we put the same question again later, and ask each
person how they like to be asked.

# Debrief after every meeting

The UK Networks Manager talks with each coordinator after every meeting. What they agree goes straight into the next
plan.
""",
    Key.DEVELOPMENT: """
# More space

We often tried to do too much in one meeting. In 2023 we want fewer subjects and longer talks: a safe place in which to
build trust, say what we think, and hear from those who know care from the inside.

# Tell the story better

Other teams see the results of co-production more than the work behind it. We want to share that experience across
IMPACT and beyond it, together with groups that think as we do.

# Learn from the sites we have

The first sites are beginning to show what works in practice. Our plans should bend to what we hear from them.

# Grow without thinning out

More sites will start in 2023. Co-production has to be at the heart of each one, in the same way everywhere, and in full
view.
""",
    Key.CHARTER: """
The charter says how the advisory group works together. It is a living text, and like any course it is checked on the
way: at each waypoint the members ask where they are, and whether they are heading where they meant to go.
""",
    Key.NETWORKS: """
Our first pilot network is about choice and control for people with a learning disability, with mental health needs, or
with both, who live in supported living. Local networks met for the first time at the end of July 2022.

England, Scotland and Wales have told us what was said. People spoke of being asked, of help to make decisions, of
information that can be understood, of relationships, and of clear budgets. They also spoke of what gets in the way:
fear of risk, families and services that know best, rigid rules, too little time, distance, health and social care
that do not join up, and all that the pandemic stopped.

The next question for every local network is how money and support plans could give people real choice.
""",
    Key.SITES: """
The first demonstrator is in Mid and East Antrim, where a community partnership already helps older people through
their general practice. Most practices take part, though not all, so some people cannot benefit yet. Why that is, and
how the rest might join, is what the demonstrator sets out to learn.

The facilitator site on direct payments grew out of an assembly: people from Black and minority ethnic communities were
not reached by support that they could have. A second pilot network, on recruiting and keeping people for their
values, is looking for places. The call for partners in 2023 to 2024 is open.
""",
    Key.METHOD: "",
}


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Write the report for 2022 and give it to the leadership team, unless it is there already."""
    if AnnualReport.objects.filter(year=YEAR).exists():
        return
    by = accounts["engagement"]
    report = services.start_report(
        by=by,
        year=YEAR,
        title="Co-production annual report",
        subtitle="What we did together, what we learned, and what comes next",
        is_illustrative=True,
    )
    for section in report.sections.select_related("report"):
        if body := _paragraphs(CHAPTERS[section.key]):
            services.write_section(by=by, section=section, body=body)
    submit_for_approval(by=by, report=report)


def _paragraphs(text: str) -> str:
    """The text with its lines joined within paragraphs, as someone would type it in the writing room."""
    blocks = []
    for block in text.strip().split("\n\n"):
        lines: list[str] = []
        for line in block.splitlines():
            if line.startswith("  ") and lines:
                lines[-1] += f" {line.strip()}"
            elif lines and not line.startswith(("-", "#")) and not lines[-1].startswith("#"):
                lines[-1] += f" {line}"
            else:
                lines.append(line)
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
