"""The demonstration's outcomes, co-production checks, spread, supervision and questions, built through the services."""

from decimal import Decimal

from impact.core.access.permissions import SYSTEM
from impact.core.people.models import User
from sites.management.demo import shapes
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceItem
from sites.progress.outcomes.checks.services import add_entry
from sites.progress.outcomes.measures.services import add_measure, add_reading
from sites.progress.outcomes.spread.services import add_uptake
from sites.questions import services as ask
from sites.registry.caseload.services import add_supervision
from sites.registry.models import Site, SiteRole
from sites.topics.models import Topic


def build_outcomes(site: Site, row: shapes.Outcomes, bodies: dict[str, Organisation], staff: User) -> None:
    """What a site measured, whom it involved, where its work was taken up, and who was supervised when."""
    for found in row.measures:
        _measure(site, found)
    for entry in row.entries:
        add_entry(by=SYSTEM, site=site, is_illustrative=True, **vars(entry))
    for uptake in row.uptakes:
        details = vars(uptake) | {"organisation": bodies[uptake.organisation] if uptake.organisation else None}
        add_uptake(by=SYSTEM, site=site, is_illustrative=True, **details)
    for talks in row.supervisions:
        _supervisions(site.roles.filter(kind=talks.kind, state=SiteRole.State.APPOINTED)[0], talks, staff)


def _measure(site: Site, row: shapes.Measure) -> None:
    measure = add_measure(
        by=SYSTEM,
        site=site,
        frame=row.frame,
        name=row.name,
        definition=row.definition,
        unit=row.unit,
        better=row.better,
        source=row.source,
        baseline_value=Decimal(row.baseline_value) if row.baseline_value else None,
        baseline_on=row.baseline_on,
        is_illustrative=True,
    )
    for reading in row.readings:
        add_reading(by=SYSTEM, measure=measure, on=reading.on, value=Decimal(reading.value), note=reading.note)


def _supervisions(role: SiteRole, row: shapes.Supervised, staff: User) -> None:
    """The note is about the newest that was held."""
    for on in row.held:
        add_supervision(by=staff, role=role, on=on, is_held=True, note=row.note if on == row.held[-1] else "")
    if row.planned:
        add_supervision(by=staff, role=role, on=row.planned)


def build_question(
    row: shapes.Question, bodies: dict[str, Organisation], topics: dict[str, Topic], accounts: dict[str, User]
) -> None:
    """A question, brought as far as its days say."""
    staff = accounts["staff"]
    question = ask.add_question(
        by=staff,
        words=row.words,
        background=row.background,
        asker=bodies[row.asker] if row.asker else None,
        asker_role=row.asker_role,
        contact_email=row.contact_email,
        topic=topics[row.topic] if row.topic else None,
        nation=row.nation,
        received_on=row.received_on,
        due_on=row.due_on,
        is_illustrative=True,
    )
    if row.account:
        question = ask.assign_question(by=staff, question=question, assignee=accounts[row.account])
    if row.answered_on:
        items = EvidenceItem.objects.filter(slug__in=row.evidence)
        question = ask.answer_question(
            by=staff, question=question, answer=row.answer, evidence=items, on=row.answered_on
        )
    if row.shared_on:
        ask.share_answer(by=staff, question=question, how=row.shared_how, on=row.shared_on)
    if row.declined_on:
        ask.decline_question(by=staff, question=question, reason=row.declined_reason, on=row.declined_on)
