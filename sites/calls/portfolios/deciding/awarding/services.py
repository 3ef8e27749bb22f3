"""An award in one step: a chosen application becomes a site with its host, nations, commitments and money."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from rapidfuzz import fuzz, process, utils

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.vocabulary import pounds
from sites.calls.applications.models import Application
from sites.calls.portfolios.models import Award, Decision
from sites.calls.portfolios.weighing.candidates import eligible
from sites.organisations.models import Organisation
from sites.organisations.services import add_organisation
from sites.progress.delivery.models import Commitment
from sites.progress.delivery.services import add_commitment
from sites.registry.models import OrganisationPart, Site
from sites.registry.services import add_part, add_site
from sites.topics.models import Topic

LONGEST = 400  # characters of a commitment
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")


def promises_of(text: str) -> list[str]:
    """The single promises in a statement's Markdown: each list item or paragraph, as plain text."""
    found: list[str] = []
    is_open = False
    for line in text.splitlines():
        words = re.sub(r"[*_`#]+", "", _BULLET.sub("", line)).strip()
        if not words:
            is_open = False
        elif _BULLET.match(line) or not is_open:
            found.append(words)
            is_open = True
        else:
            found[-1] = f"{found[-1]} {words}"
    return [words[:LONGEST] for words in found]


def near_organisations(name: str, most: int = 5) -> list[Organisation]:
    """Organisations on record whose name is much like ``name``, the nearest first: the applicant may be one of them."""
    names = dict(Organisation.objects.values_list("pk", "name"))
    near = process.extract(
        name, names, scorer=fuzz.token_sort_ratio, processor=utils.default_process, score_cutoff=75, limit=most
    )
    rows = Organisation.objects.in_bulk([pk for _name, _score, pk in near])
    return [rows[pk] for _name, _score, pk in near]


def copied_from(application: Application) -> dict[str, Any]:
    """What a site starts with, as the application and the statement that the applicant saw say it."""
    near = near_organisations(application.organisation_name)
    same = [row for row in near if row.name.casefold() == application.organisation_name.casefold()]
    about = application.topic.name if application.topic else application.place
    name = application.organisation_name
    return {
        "organisation": same[0] if same else None,
        "name": f"{name}: {about}"[:160] if about else name,
        "delivery_model": application.delivery_model,
        "topic": application.topic,
        "nations": [application.nation] if application.nation else [],
        "region": application.region,
        "place": application.place,
        "money": application.money,
        "centre": promises_of(application.statement.offered),
        "host": promises_of(application.statement.asked),
    }


def why_not(application: Application) -> str:
    """Why an application cannot become a site; empty when it can."""
    decision = Decision.objects.filter(application=application).first()
    if decision is None or decision.outcome != Decision.Outcome.CHOSEN:
        return "Only an application that was chosen can become a site."
    if decision.is_held:
        return "Release the decisions first. The applicant does not know of it yet."
    if not eligible(application.round).filter(pk=application.pk).exists():
        return "This application is no longer in the running, so it cannot become a site."
    return ""


def _promises(field: str, lines: Iterable[str]) -> list[str]:
    """Commitments, one from each line; one that is too long is named."""
    found = [words for line in lines if (words := " ".join(line.split()))]
    for number, words in enumerate(found, start=1):
        if len(words) > LONGEST:
            raise ValidationError(
                {
                    field: f"Line {number} has {len(words)} characters. Shorten it to {LONGEST}, or split it in two lines."
                }
            )
    return found


@transaction.atomic
def award_application(
    *,
    by: Actor,
    application: Application,
    organisation: Organisation | None,
    name: str,
    delivery_model: str,
    topic: Topic,
    nations: Sequence[str],
    place: str = "",
    region: str = "",
    starts_on: date | None = None,
    centre: Iterable[str] = (),
    host: Iterable[str] = (),
    money: Decimal | None = None,
    in_kind: str = "",
) -> Award:
    """Turn a chosen application into a site. Pressed twice, there is still one site.

    ``organisation`` is the host on record; without it the applicant is recorded as a new organisation. ``centre`` and
    ``host`` are what each side promises, one commitment a line.
    """
    require(by, "sites.decide_round")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    if (earlier := Award.objects.filter(application=application).select_related("site").first()) is not None:
        raise StateConflict(
            f"This application has become a site already: {earlier.site}.", code="awarded", current=earlier
        )
    if problem := why_not(application):
        raise StateConflict(problem)
    ours, theirs = _promises("centre", centre), _promises("host", host)
    if organisation is None:
        organisation = _record(by, application)
    about = f"Application {application.reference} to {application.round.name}."
    if money is not None:
        about += f" {pounds(money)} awarded."
    if in_kind.strip():
        about += f" In kind: {in_kind.strip()}"
    site = add_site(
        by=by,
        name=" ".join(name.split()),
        delivery_model=delivery_model,
        topic=topic,
        nations=nations,
        is_illustrative=application.is_illustrative,
        host=organisation,
        place=place.strip(),
        region=region,
        starts_on=starts_on,
        origin=Site.Origin.APPLICATION,
        origin_note=about[:400],
    )
    add_part(by=by, organisation=organisation, site=site, part=OrganisationPart.Part.APPLICANT)
    for side, promises in ((Commitment.Side.CENTRE, ours), (Commitment.Side.HOST, theirs)):
        for words in promises:
            add_commitment(by=by, site=site, side=side, text=words)
    award = Award(application=application, site=site, on=clock.today(), money=money, in_kind=" ".join(in_kind.split()))
    award.full_clean()
    award.save()
    Application.objects.filter(pk=application.pk).update(organisation=organisation)
    audit.record(by, "application.awarded", application, site=site.pk)
    return award


def _record(by: Actor, application: Application) -> Organisation:
    """The applicant as a new organisation; refused where one has that very name."""
    name = application.organisation_name
    if not name:
        raise ValidationError({"organisation": "The application names no organisation. Choose one that is on record."})
    if Organisation.objects.filter(name__iexact=name).exists():
        raise ValidationError({"organisation": f"{name} is on record already. Choose it from the list."})
    return add_organisation(
        by=by,
        name=name,
        kind=application.organisation_kind or Organisation.Kind.VOLUNTARY,
        nation=application.nation,
        is_illustrative=application.is_illustrative,
    )
