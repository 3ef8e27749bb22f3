"""The demonstration's organisations, topics, sites, evidence and rounds, built through the services. The data are in files."""

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from impact.core.access.permissions import SYSTEM
from impact.core.management.demo import read
from impact.core.people.models import Person, User
from impact.core.people.services import add_person
from sites.management.demo import applications, assessment, portfolios, results, shapes
from sites.management.demo.rounds import build_rounds
from sites.organisations.models import Organisation
from sites.organisations.services import add_organisation
from sites.progress.delivery import services as delivery
from sites.progress.evidence import services as library
from sites.progress.evidence.models import EvidenceGap, EvidenceItem
from sites.progress.units import services as roster
from sites.progress.units.contacts.services import record_contact
from sites.questions.models import AskedQuestion
from sites.registry import services
from sites.registry.models import Site
from sites.topics.models import Topic
from sites.topics.services import add_topic, score_topic
from sites.updates.models import Update
from sites.updates.services import publish_update, write_update

Bodies = dict[str, Organisation]
Topics = dict[str, Topic]


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Make the six sites with all their parts, the ten topics, the evidence and the two rounds, or find them."""
    bodies, topics = _organisations(), _topics()
    made = set(Site.objects.values_list("slug", flat=True))
    for slug, row in read(__file__, "sites.toml", dict[str, shapes.Site]).items():
        if slug not in made:
            _site(slug, row, bodies, topics, accounts)
    for slug, promised in read(__file__, "delivery.toml", dict[str, shapes.Delivery]).items():
        if slug not in made:
            _delivery(Site.objects.get(slug=slug), promised, accounts)
    for slug, found in read(__file__, "outcomes.toml", dict[str, shapes.Outcomes]).items():
        if slug not in made:
            results.build_outcomes(Site.objects.get(slug=slug), found, bodies, accounts["staff"])
    _evidence(bodies, topics, accounts)
    if not AskedQuestion.objects.filter(is_illustrative=True).exists():
        for question in read(__file__, "questions.toml", shapes.Queue).questions:
            results.build_question(question, bodies, topics, accounts)
    build_rounds(topics)
    applications.build(accounts)
    portfolios.build(accounts)
    assessment.build(accounts, bodies)
    _news(topics)


def _news(topics: Topics) -> None:
    """What the centre itself told: news, vacancies and outputs."""
    if Update.objects.filter(site__isnull=True).exists():
        return
    for row in read(__file__, "news.toml", dict[str, shapes.CentreNews]).values():
        update = write_update(
            by=SYSTEM,
            site=None,
            title=row.title,
            body=row.body,
            kind=row.kind,
            topic=topics[row.topic] if row.topic else None,
            employer=row.employer,
            closes_on=row.closes_on,
            web_address=row.web_address,
            is_illustrative=True,
        )
        if row.published_on:
            publish_update(by=SYSTEM, update=update, at=_at(row.published_on))


def _organisations() -> Bodies:
    made = {}
    for row in read(__file__, "organisations.csv", list[shapes.Body]):
        made[row.key] = Organisation.objects.filter(slug=slugify(row.name)).first() or add_organisation(
            by=SYSTEM,
            name=row.name,
            kind=row.kind,
            nation=row.nation or "",
            summary=row.summary,
            is_illustrative=row.is_invented,
        )
    for part in read(__file__, "centre.csv", list[shapes.Part]):
        body = made[part.organisation]
        if not body.parts.filter(site__isnull=True, part=part.part).exists():
            services.add_part(by=SYSTEM, organisation=body, part=part.part, note=part.note)
    return made


def _topics() -> Topics:
    made = {}
    for row in read(__file__, "topics.csv", list[shapes.Topic]):
        topic = Topic.objects.filter(slug=slugify(row.name)).first()
        if topic is None:
            topic = add_topic(
                by=SYSTEM,
                name=row.name,
                summary=row.summary,
                source=row.source,
                proposed_for=row.proposed_for,
                is_illustrative=True,
            )
            score_topic(by=SYSTEM, topic=topic, **{name: getattr(row, name) for name, _label in Topic.CRITERIA})
        made[row.key] = topic
    return made


def _site(slug: str, row: shapes.Site, bodies: Bodies, topics: Topics, accounts: dict[str, User]) -> None:
    site = services.add_site(
        by=SYSTEM,
        slug=slug,
        name=row.name,
        delivery_model=row.delivery_model,
        topic=topics[row.topic],
        nations=row.nations,
        proposed_on=row.proposed_on,
        host=bodies[row.host],
        place=row.place,
        summary=row.summary,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        origin=row.origin,
        origin_note=row.origin_note,
        unit_name=row.unit_name,
        region=row.region or "",
        strategic_issue=row.strategic_issue,
        evaluation_plan=row.evaluation_plan,
        policy_links=row.policy_links,
        host_service=row.host_service,
        is_illustrative=True,
    )
    for step in row.steps:
        services.change_status(by=SYSTEM, site=site, status=step.status, on=step.on, reason=step.reason)
    for part in row.parts:
        body = bodies[part.organisation]
        services.add_part(by=SYSTEM, organisation=body, site=site, part=part.part, note=part.note)
    for role in row.roles:
        _role(site, role, bodies, accounts)
    if row.unit_name:  # one site has a roster
        _roster(site)
    for stone in row.milestones:
        _milestone(site, stone)
    for news in row.news:
        update = write_update(by=SYSTEM, site=site, title=news.title, body=news.body)
        if news.published_on:
            publish_update(by=SYSTEM, update=update, at=_at(news.published_on))


def _milestone(site: Site, row: shapes.Milestone) -> None:
    first = row.replanned.first if row.replanned else row.planned_on
    milestone = delivery.add_milestone(
        by=SYSTEM, site=site, title=row.title, planned_on=first, expected_on=row.expected_on
    )
    if row.replanned:
        delivery.replan_milestone(
            by=SYSTEM,
            milestone=milestone,
            planned_on=row.planned_on,
            reason=row.replanned.reason,
            on=row.replanned.on,
        )
    if row.actual_on:
        delivery.complete_milestone(by=SYSTEM, milestone=milestone, actual_on=row.actual_on)


def _delivery(site: Site, row: shapes.Delivery, accounts: dict[str, User]) -> None:
    """What both sides promised, and what was learned."""
    for promise in row.commitments:
        _commitment(site, promise)
    for note in row.notes:
        delivery.add_note(
            by=accounts[note.account],
            site=site,
            for_whom=note.for_whom,
            setting=note.setting,
            worked=note.worked,
            did_not_work=note.did_not_work,
            noted_on=note.noted_on,
        )


def _commitment(site: Site, row: shapes.Commitment) -> None:
    commitment = delivery.add_commitment(
        by=SYSTEM, site=site, side=row.side, text=row.before or row.text, due_on=row.due_on
    )
    if row.before:
        delivery.change_commitment(
            by=SYSTEM, commitment=commitment, text=row.text, due_on=row.due_on, on=row.changed_on
        )
    if row.state and row.settled_on:
        delivery.settle_commitment(
            by=SYSTEM, commitment=commitment, state=row.state, settled_on=row.settled_on, outcome=row.outcome
        )


def _role(site: Site, row: shapes.Role, bodies: Bodies, accounts: dict[str, User]) -> None:
    employer = bodies[row.employer] if row.employer else None
    role = services.add_role(by=SYSTEM, site=site, kind=row.kind, employer=employer)
    if row.is_advertised:
        services.advertise_role(by=SYSTEM, role=role)
    if row.starts_on:
        services.appoint_to_role(
            by=SYSTEM,
            role=role,
            person=Person.objects.get(user=accounts[row.account]) if row.account else _person(row),
            starts_on=row.starts_on,
            has_lived_experience=row.has_lived_experience,
            has_practice_experience=row.has_practice_experience,
        )


def _person(row: shapes.Role) -> Person:
    found = Person.objects.filter(name=row.person, is_illustrative=True).first()
    return found or add_person(by=SYSTEM, name=row.person, nation=row.nation or "", is_illustrative=True)


def _roster(site: Site) -> None:
    for name, row in read(__file__, "practices.toml", dict[str, shapes.Practice]).items():
        unit = roster.list_unit(by=SYSTEM, site=site, name=name, listed_from=row.listed_from)
        for change in row.changes:
            roster.record_unit_change(by=SYSTEM, unit=unit, state=change.state, on=change.on, reason=change.reason)
        for contact in row.contacts:
            record_contact(by=SYSTEM, unit=unit, **vars(contact))
        if row.listed_to:
            roster.delist_unit(by=SYSTEM, unit=unit, listed_to=row.listed_to)


def _evidence(bodies: Bodies, topics: Topics, accounts: dict[str, User]) -> None:
    found = read(__file__, "evidence.toml", shapes.Evidence)
    places = Site.objects.in_bulk(field_name="slug")
    made = EvidenceItem.objects.in_bulk(field_name="slug")
    for slug, row in found.items.items():
        if slug not in made:
            made[slug] = library.add_item(
                by=SYSTEM,
                slug=slug,
                title=row.title,
                kind=row.kind,
                strength=row.strength,
                summary=row.summary,
                source=row.source,
                year=row.year,
                web_address=row.web_address,
                formats=[format.value for format in row.formats],
                topics=[topics[key] for key in row.topics],
                sites=[places[key] for key in row.sites],
                is_illustrative=True,
            )
    raised = set(EvidenceGap.objects.values_list("slug", flat=True))
    for slug, gap in found.gaps.items():
        if slug not in raised:
            _gap(slug, gap, bodies, topics, places, made, accounts["staff"])


def _gap(
    slug: str,
    row: shapes.Gap,
    bodies: Bodies,
    topics: Topics,
    places: dict[str, Site],
    items: dict[str, EvidenceItem],
    by: User,
) -> None:
    gap = library.raise_gap(
        by=by,
        slug=slug,
        title=row.title,
        why=row.why,
        topic=topics[row.topic] if row.topic else None,
        site=places[row.site] if row.site else None,
        raised_on=row.raised_on,
        is_illustrative=True,
    )
    for told in row.feedback:
        to = bodies[told.organisation] if told.organisation else None
        library.record_feedback(by=by, gap=gap, organisation=to, role=told.role, on=told.on, said=told.said)
    if row.answer:
        answers = [items[key] for key in row.evidence]
        library.answer_gap(by=by, gap=gap, answer=row.answer, on=row.settled_on, evidence=answers)
    elif row.closed_reason:
        library.close_gap(by=by, gap=gap, reason=row.closed_reason, on=row.settled_on)


def _at(day: date) -> datetime:
    """Ten in the morning of a day."""
    return timezone.make_aware(datetime.combine(day, time(10)))
