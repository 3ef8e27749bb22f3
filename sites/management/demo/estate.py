"""The demonstration's organisations, topics, sites and round.

What is publicly known is carried over in our own words. Dates of steps, scores, places, practices and hosts that are
not publicly known are invented, and each row that holds such a detail is marked illustrative.
"""

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from impact.core.people.models import Person, User
from impact.core.people.services import add_person
from sites.management.demo.facts import ORGANISATIONS, PRACTICES, TOPICS, Part, Status
from sites.organisations.models import Organisation
from sites.organisations.services import add_organisation
from sites.registry import services
from sites.registry.models import DeliveryModel, Site, SiteRole
from sites.rounds import services as rounds_services
from sites.rounds.models import Round
from sites.topics.models import Topic
from sites.topics.services import add_topic, score_topic
from sites.units import services as roster
from sites.updates.services import publish_update, write_update


def at(day: date) -> datetime:
    """Ten in the morning of a day."""
    return timezone.make_aware(datetime.combine(day, time(10)))


def _person(name: str, nation: str) -> Person:
    found = Person.objects.filter(name=name, is_illustrative=True).first()
    return found or add_person(by=SYSTEM, name=name, nation=nation, is_illustrative=True)


def _organisations() -> dict[str, Organisation]:
    made = {}
    for key, (name, kind, nation, summary, is_invented) in ORGANISATIONS.items():
        row = Organisation.objects.filter(name=name).first()
        made[key] = row or add_organisation(
            by=SYSTEM, name=name, kind=kind, nation=nation, summary=summary, is_illustrative=is_invented
        )
    for key, part, note in [
        ("esrc", Part.FUNDER, "With the Health Foundation: 15 million pounds over nearly seven years."),
        ("health-foundation", Part.FUNDER, "With the ESRC: 15 million pounds over nearly seven years."),
        ("dunhill", Part.CONSORTIUM, ""),
        ("nka", Part.CRITICAL_FRIEND, "Its learning networks inspired ours."),
    ]:
        if not made[key].parts.filter(site__isnull=True, part=part).exists():
            services.add_part(by=SYSTEM, organisation=made[key], part=part, note=note)
    return made


def _topics() -> dict[str, Topic]:
    made = {}
    for key, (name, summary, year, scores) in TOPICS.items():
        topic = Topic.objects.filter(name=name).first()
        if topic is None:
            source = Topic.Source.ASSEMBLY if key == "direct-payments" else Topic.Source.BOTH
            topic = add_topic(
                by=SYSTEM, name=name, summary=summary, source=source, proposed_for=year, is_illustrative=True
            )
            fields = [field for field, _label in Topic.CRITERIA]
            score_topic(by=SYSTEM, topic=topic, **dict(zip(fields, scores, strict=True)))
        made[key] = topic
    return made


def _steps(site: Site, steps: list[tuple[str, date, str]]) -> None:
    for status, on, reason in steps:
        services.change_status(by=SYSTEM, site=site, status=status, on=on, reason=reason)


def _milestones(site: Site, rows: list[tuple[str, date, date | None]]) -> None:
    for title, due_on, done_on in rows:
        milestone = services.add_milestone(by=SYSTEM, site=site, title=title, due_on=due_on)
        if done_on:
            services.complete_milestone(by=SYSTEM, milestone=milestone, done_on=done_on)


def _news(site: Site, title: str, body: str, published_on: date | None) -> None:
    update = write_update(by=SYSTEM, site=site, title=title, body=body)
    if published_on:
        publish_update(by=SYSTEM, update=update, at=at(published_on))


def _choice_and_control(bodies: dict[str, Organisation], topics: dict[str, Topic], lead: Person) -> None:
    site = services.add_site(
        by=SYSTEM,
        slug="choice-and-control",
        name="Choice and control Network",
        delivery_model=DeliveryModel.NETWORK,
        topic=topics["choice"],
        nations=FOUR_NATIONS,
        proposed_on=date(2022, 3, 7),
        host=bodies["sheffield"],
        place="Online and in local venues",
        summary=(
            "Our first Network. It asks how people with learning disabilities or mental health issues who live in "
            "supported living can have more choice and control.\n\n"
            "A local network in each of the four nations works on the same question. Each brings together eight to ten "
            "people: people who draw on care, carers, front-line workers, funders and providers. They meet four times "
            "over six months, and what they learn is shared with the other three."
        ),
        starts_on=date(2022, 7, 25),
        ends_on=date(2023, 1, 31),
        origin=Site.Origin.SURVEY,
        origin_note="Among the priorities of the national survey and the assemblies. The dates of steps are illustrative.",
        is_illustrative=True,
    )
    _steps(site, [(Status.SETTING_UP, date(2022, 4, 25), ""), (Status.ACTIVE, date(2022, 7, 25), "")])
    services.add_part(
        by=SYSTEM, organisation=bodies["nka"], site=site, part=Part.CRITICAL_FRIEND, note="Inspired the way of working."
    )
    role = services.add_role(by=SYSTEM, site=site, kind=SiteRole.Kind.LEAD, employer=bodies["sheffield"])
    services.appoint_to_role(
        by=SYSTEM, role=role, person=lead, starts_on=date(2022, 6, 13), has_practice_experience=True
    )
    _milestones(
        site,
        [
            ("A coordinator appointed in each nation", date(2022, 6, 30), date(2022, 6, 24)),
            ("First meetings held in the four nations", date(2022, 8, 31), None),
            ("Learning shared across the local networks", date(2022, 10, 31), date(2022, 10, 17)),
            ("Action plan agreed", date(2023, 1, 31), None),
        ],
    )
    _news(
        site,
        "Our first Network is set up",
        "Local networks in England, Northern Ireland, Scotland and Wales are ready to begin. All four will work on choice "
        "and control for people who live in supported living.\n\nThe first meetings are in late July 2022. Members get the "
        "papers beforehand: findings from research, what practice knows, and lived experience.",
        date(2022, 7, 4),
    )
    _news(
        site,
        "What the first local meetings said about choice and control",
        "England, Scotland and Wales have sent us notes of their first meetings.\n\n"
        "**What helps**\n\n"
        "- Being asked, and being asked again later\n- Support to make decisions\n- Good, up-to-date information in plain words\n"
        "- Good relationships\n- Clear systems and clear budgets\n\n"
        "**What gets in the way**\n\n"
        "- How people see risk\n- Some relationships, such as when others believe they know best\n- Rigid systems\n"
        "- Too little time to look at plans again\n- Few services nearby\n- The gap between social care and health\n"
        "- COVID-19, which paused many activities\n\n"
        "Next, the local networks look at how money and support plans can give people more control.",
        date(2022, 9, 5),
    )


def _values_based(bodies: dict[str, Organisation], topics: dict[str, Topic], lead: Person) -> None:
    site = services.add_site(
        by=SYSTEM,
        slug="values-based-recruitment",
        name="Values-based recruitment and retention Network",
        delivery_model=DeliveryModel.NETWORK,
        topic=topics["values"],
        nations=[Nation.UK],
        proposed_on=date(2022, 5, 16),
        host=bodies["sheffield"],
        summary="Our second pilot Network looks at how care services can find and keep workers whose values fit the work. "
        "We are looking for places where a local network could meet.",
        starts_on=date(2023, 3, 1),
        origin=Site.Origin.SURVEY,
        origin_note="Among the priorities of the national survey and the assemblies. The dates of steps are illustrative.",
        is_illustrative=True,
    )
    _steps(site, [(Status.SETTING_UP, date(2022, 9, 5), "")])
    role = services.add_role(by=SYSTEM, site=site, kind=SiteRole.Kind.LEAD, employer=bodies["sheffield"])
    services.appoint_to_role(
        by=SYSTEM, role=role, person=lead, starts_on=date(2022, 9, 5), has_practice_experience=True
    )
    _milestones(
        site,
        [
            ("Places found for the local networks", date(2023, 1, 13), None),
            ("First meetings held", date(2023, 3, 31), None),
        ],
    )
    _news(
        site,
        "Looking for places for our second Network",
        "Our second Network is about finding and keeping care workers whose values fit the work. We are looking for places "
        "where eight to ten people could meet as a local network.",
        date(2022, 9, 12),
    )


def _mid_and_east_antrim(bodies: dict[str, Organisation], topics: dict[str, Topic]) -> None:
    site = services.add_site(
        by=SYSTEM,
        slug="mid-and-east-antrim",
        name="Mid and East Antrim Demonstrator",
        delivery_model=DeliveryModel.DEMONSTRATOR,
        topic=topics["assets"],
        nations=[Nation.NORTHERN_IRELAND],
        proposed_on=date(2022, 2, 14),
        host=bodies["meaap"],
        place="Mid and East Antrim",
        summary=(
            "Our first Demonstrator builds on IMPACTAgewell, which MEAAP began in 2017 with local health and social care "
            "bodies. It links older people to what their community offers, brings professionals of one locality together "
            "regularly, and gives community groups money with each social prescription.\n\n"
            "Most general practices take part, but not all. So some older people miss out. The Demonstrator asks how every "
            "practice can be brought in, and what others who introduce something new can learn from that."
        ),
        starts_on=date(2022, 6, 20),
        origin=Site.Origin.OTHER,
        origin_note="Builds on work that was already there. The practices, their dates and the dates of steps are illustrative.",
        unit_name="general practice",
        is_illustrative=True,
    )
    _steps(site, [(Status.SETTING_UP, date(2022, 4, 4), ""), (Status.ACTIVE, date(2022, 6, 20), "")])
    services.add_part(
        by=SYSTEM,
        organisation=bodies["dunhill"],
        site=site,
        part=Part.FUNDER,
        note="Paid for the start of IMPACTAgewell; also a member of our consortium.",
    )
    services.add_part(
        by=SYSTEM, organisation=bodies["ulster"], site=site, part=Part.PARTNER, note="Employs the second coach."
    )
    first = services.add_role(by=SYSTEM, site=site, kind=SiteRole.Kind.COACH)
    services.appoint_to_role(
        by=SYSTEM,
        role=first,
        person=_person("First improvement coach, Mid and East Antrim", Nation.NORTHERN_IRELAND),
        starts_on=date(2022, 6, 20),
        has_practice_experience=True,
    )
    second = services.add_role(by=SYSTEM, site=site, kind=SiteRole.Kind.COACH, employer=bodies["ulster"])
    services.advertise_role(by=SYSTEM, role=second)
    for name, (listed_from, listed_to, changes) in PRACTICES.items():
        unit = roster.list_unit(by=SYSTEM, site=site, name=name, listed_from=listed_from)
        for on, state, reason in changes:
            roster.record_unit_change(by=SYSTEM, unit=unit, state=state, on=on, reason=reason)
        if listed_to:
            roster.delist_unit(by=SYSTEM, unit=unit, listed_to=listed_to)
    _milestones(
        site,
        [
            ("First improvement coach in post", date(2022, 6, 30), date(2022, 6, 20)),
            ("Second improvement coach in post", date(2022, 12, 31), None),
            ("Every practice approached", date(2023, 2, 28), None),
            ("What we learned written up for other areas", date(2023, 9, 30), None),
        ],
    )
    _news(
        site,
        "Our first Demonstrator begins",
        "Mid and East Antrim is home to our first Demonstrator. With MEAAP we look at how an approach that starts from older "
        "people's strengths can reach everybody in the area.\n\nThe first improvement coach is in post. The University of "
        "Ulster will advertise the second post.",
        date(2022, 6, 20),
    )
    _news(
        site,
        "Three more practices take part",
        "Since the summer three more general practices have joined. We describe what made them say yes, and what still holds "
        "the others back.",
        None,
    )


def _direct_payments(bodies: dict[str, Organisation], topics: dict[str, Topic]) -> None:
    site = services.add_site(
        by=SYSTEM,
        slug="direct-payments-bme",
        name="Direct payments with BME communities",
        delivery_model=DeliveryModel.FACILITATOR,
        topic=topics["direct-payments"],
        nations=[Nation.ENGLAND],
        proposed_on=date(2022, 3, 21),
        host=bodies["hawthorn"],
        summary=(
            "People from Black and minority ethnic communities use the support they are offered less than others. A "
            "facilitator works with local people to find out why, and what would make direct payments work for them."
        ),
        starts_on=date(2022, 9, 12),
        origin=Site.Origin.ASSEMBLY,
        origin_note="Assembly members said that people from these communities often miss out. Host and dates are illustrative.",
        is_illustrative=True,
    )
    _steps(site, [(Status.SETTING_UP, date(2022, 5, 9), ""), (Status.ACTIVE, date(2022, 9, 12), "")])
    role = services.add_role(by=SYSTEM, site=site, kind=SiteRole.Kind.FACILITATOR, employer=bodies["hawthorn"])
    services.appoint_to_role(
        by=SYSTEM,
        role=role,
        person=_person("Facilitator, direct payments", Nation.ENGLAND),
        starts_on=date(2022, 9, 12),
        has_practice_experience=True,
    )
    _milestones(
        site,
        [
            ("Community groups met", date(2022, 11, 30), date(2022, 11, 28)),
            ("First changes to information and forms tried", date(2023, 3, 31), None),
        ],
    )
    _news(
        site,
        "Trust comes first",
        "Families and communities carry their own history with public services. During Black History Month our team talked "
        "about what that means for this project.\n\nTwo lessons so far: take time to understand that history, and work for "
        "the trust of every community, so that people feel valued, heard and supported.",
        date(2022, 10, 24),
    )


def _dementia(bodies: dict[str, Organisation], topics: dict[str, Topic]) -> None:
    site = services.add_site(
        by=SYSTEM,
        slug="dementia-decision-aids",
        name="Decision aids in end-of-life dementia care",
        delivery_model=DeliveryModel.FACILITATOR,
        topic=topics["dementia"],
        nations=[Nation.SCOTLAND],
        proposed_on=date(2022, 4, 11),
        host=bodies["larkfield"],
        summary="Families and care staff try out tools that help them to talk through hard decisions near the end of life.",
        starts_on=date(2022, 9, 5),
        origin=Site.Origin.SURVEY,
        origin_note="A priority in the national survey. Delivery model, place, host and dates are illustrative.",
        is_illustrative=True,
    )
    _steps(
        site,
        [
            (Status.SETTING_UP, date(2022, 6, 6), ""),
            (Status.ACTIVE, date(2022, 9, 5), ""),
            (Status.PAUSED, date(2022, 10, 24), "COVID-19 in two of the homes, so visits stopped."),
            (Status.ACTIVE, date(2022, 11, 28), ""),
        ],
    )
    role = services.add_role(by=SYSTEM, site=site, kind=SiteRole.Kind.FACILITATOR, employer=bodies["larkfield"])
    services.appoint_to_role(
        by=SYSTEM,
        role=role,
        person=_person("Facilitator, decision aids", Nation.SCOTLAND),
        starts_on=date(2022, 9, 5),
        has_lived_experience=True,
        has_practice_experience=True,
    )
    _milestones(site, [("First families have tried the tools", date(2022, 12, 16), date(2022, 12, 14))])


def _technology(bodies: dict[str, Organisation], topics: dict[str, Topic]) -> None:
    site = services.add_site(
        by=SYSTEM,
        slug="technology-enabled-care",
        name="Technology-enabled care at home",
        delivery_model=DeliveryModel.DEMONSTRATOR,
        topic=topics["technology"],
        nations=[Nation.WALES],
        proposed_on=date(2022, 5, 30),
        host=bodies["bryn"],
        summary="People who draw on care choose, with support, which technology would help them at home, and try it out.",
        starts_on=date(2022, 11, 14),
        origin=Site.Origin.SURVEY,
        origin_note="A priority in the national survey. Delivery model, place, host and dates are illustrative.",
        is_illustrative=True,
    )
    _steps(site, [(Status.SETTING_UP, date(2022, 8, 15), ""), (Status.ACTIVE, date(2022, 11, 14), "")])
    services.add_role(by=SYSTEM, site=site, kind=SiteRole.Kind.COACH, employer=bodies["bryn"])
    _milestones(site, [("First homes chosen together", date(2023, 2, 10), None)])


def _round(topics: dict[str, Topic]) -> None:
    round = rounds_services.add_round(
        by=SYSTEM,
        slug="2023-24",
        name="Expressions of interest 2023–24",
        opens_on=date(2022, 12, 1),
        closes_on=date(2023, 2, 28),
        delivery_models=[DeliveryModel.DEMONSTRATOR, DeliveryModel.FACILITATOR, DeliveryModel.NETWORK],
        topics=[topic for topic in topics.values() if topic.proposed_for == 2023],
        offered="- Funding towards the costs of taking part\n- Support from our team",
        asked="- Work in co-production\n- Share what you learn",
        who_for="Any organisation that wants to work on change in adult social care.",
        is_illustrative=True,
    )
    rounds_services.restate_round(
        by=SYSTEM,
        round=round,
        offered=(
            "- **Funding** towards the costs of taking part, agreed with each site\n"
            "- **A coach, facilitator or coordinator** who works alongside your team\n"
            "- **Evidence in plain words**: research, lived experience and what practice knows\n"
            "- **A place among the other sites**, to learn from each other"
        ),
        asked=(
            "- **Co-production**: people who draw on care, and carers, shape the work from the start\n"
            "- **Sharing**: you tell others what you learn, also what did not work\n"
            "- **Time**: your people can take part, and are paid or covered for it"
        ),
        who_for=(
            "We want a real mix of places and people. You need not have done this before. We especially hope to hear from:\n\n"
            "- small community organisations\n"
            "- organisations led by people who draw on care, or by carers\n"
            "- services that are struggling and would not usually put themselves forward"
        ),
    )
    rounds_services.announce_round(by=SYSTEM, round=round)


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Make the six sites with all their parts, the ten topics and the 2023–24 round, or find them."""
    bodies, topics = _organisations(), _topics()
    manager = Person.objects.get(user=accounts["staff"])
    made = set(Site.objects.values_list("slug", flat=True))
    if "choice-and-control" not in made:
        _choice_and_control(bodies, topics, manager)
    if "values-based-recruitment" not in made:
        _values_based(bodies, topics, manager)
    for slug, make in {
        "mid-and-east-antrim": _mid_and_east_antrim,
        "direct-payments-bme": _direct_payments,
        "dementia-decision-aids": _dementia,
        "technology-enabled-care": _technology,
    }.items():
        if slug not in made:
            make(bodies, topics)
    if not Round.objects.filter(slug="2023-24").exists():
        _round(topics)
