"""A round's applications as staff see them: the list and its file, one application, two revisions compared."""

from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Nation, Region
from impact.core.web.columns import Batch, Column, value
from impact.core.web.files.uploads import serve_file
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.calls.applications.intake.changing.matching import past_applications
from sites.calls.applications.intake.filters import EVERY_STATE, ApplicationFilter
from sites.calls.applications.intake.reading import changes, laid_out
from sites.calls.applications.models import Application, Revision
from sites.calls.applications.services import newest_questions
from sites.calls.assessment.models import Assignment
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import round_tabs
from sites.calls.rounds.questions.facts import Area, Need, Size
from sites.calls.rounds.questions.models import Kind
from sites.organisations.models import Organisation
from sites.registry.models import DeliveryModel

PAGE_SIZE = 50
SHOWN = (
    *("pk", "reference", "state", "source", "organisation_name", "organisation_kind", "organisation_size", "nation"),
    *("region", "place", "topic__name", "delivery_model", "money", "submitted_at", "late_reason"),
)
SAID = ("state", "source", "organisation_kind", "organisation_size", "nation", "region", "delivery_model")
NOT_SAID = "–"
State = Application.State
SORTS = {
    "submitted": ("Submitted", "-submitted_at"),
    "organisation": ("Organisation", "organisation_name"),
    "nation": ("Nation", "nation"),
    "money": ("Money", "-money"),
    "reference": ("Reference", "reference"),
}
LABELS: dict[str, dict[str, str]] = {
    name: {str(key): str(label) for key, label in choices}
    for name, choices in (
        ("state", State.choices),
        ("source", Application.Source.choices),
        ("organisation_kind", Organisation.Kind.choices),
        ("organisation_size", Size.choices),
        ("nation", Nation.choices),
        ("region", Region.choices),
        ("area", Area.choices),
        ("needs", Need.choices),
        ("delivery_model", DeliveryModel.choices),
    )
}


def find_round(request: HttpRequest, slug: str) -> Round:
    """The round in the address, for those who may read its applications; the filters read it from the request."""
    require(request.user, "sites.view_applications")
    round = get_object_or_404(Round.objects.visible_to(request.user).select_related("release"), slug=slug)
    request.round = round  # type: ignore[attr-defined]
    return round


def find_application(request: HttpRequest, slug: str, reference: str) -> Application:
    """The application in the address, for those who may read it with its names."""
    require(request.user, "sites.view_applications")
    rows = Application.objects.visible_to(request.user).select_related(
        "round", "topic", "organisation", "statement", "question_set__round", "entered_by__person"
    )
    return get_object_or_404(rows, round__slug=slug, reference=reference)


def crumbs_of(application: Application, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to an application's page."""
    round = application.round
    return [
        (round.name, round.get_absolute_url()),
        ("Applications", reverse("sites:application-list", args=[round.slug])),
        (application.reference, application.get_absolute_url()),
        *more,
    ]


# --- The list ------------------------------------------------------------------------------------
@require_GET
def application_list(request: HttpRequest, slug: str) -> HttpResponse:
    """A round's applications: search, filter, sort, page, export."""
    round = find_round(request, slug)
    everything = Application.objects.visible_to(request.user).filter(round=round)
    numbers = everything.by_state()
    listing = list_rows(
        request,
        everything,
        ApplicationFilter,
        sorts=SORTS,
        default="submitted",
        page_size=PAGE_SIZE,
        known_total=partial(_total, numbers),
    )
    if wants_file(request):
        audit.record_reading(request.user, "applications_exported", round, each_time=True)
        return list_file(request, f"applications-{round.slug}", _columns(round), listing.rows)  # type: ignore[return-value]
    shown: Any = listing.page.object_list
    may_enter = has_perm(request.user, "sites.enter_application")
    context = {
        "round": round,
        "tabs": round_tabs(request.user, round, "applications"),
        "listing": listing,
        "rows": _rows(round, list(shown.values(*SHOWN))),
        "numbers": _numbers(round, numbers),
        "is_empty": not sum(numbers.values()),
        "may_enter": may_enter and (any(numbers.values()) or newest_questions(round) is not None),
    }
    return render(request, "sites/calls/applications/application_list.html", context)


def _total(numbers: dict[str, int], form: Any) -> int | None:
    """How many a list narrowed by state alone has; None where other filters are set."""
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    state = asked.pop("state", EVERY_STATE)
    if asked:
        return None
    return sum(numbers.values()) if state == EVERY_STATE else numbers[state]


def _numbers(round: Round, numbers: dict[str, int]) -> list[dict[str, Any]]:
    """How many there are in each state and in all, each with the list that shows them."""
    address = reverse("sites:application-list", args=[round.slug])
    shown = [
        (state.label, state.value, numbers[state]) for state in State if numbers[state] or state == State.SUBMITTED
    ]
    return [
        {"label": label, "number": number, "href": f"{address}?state={word}"}
        for label, word, number in [*shown, ("In all", EVERY_STATE, sum(numbers.values()))]
    ]


def _rows(round: Round, page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the page says of each application, in words."""
    given = Assignment.objects.filter(application__in=[row["pk"] for row in page]).exclude(
        conflict=Assignment.Conflict.DECLARED
    )
    counted = (
        given.order_by()
        .values_list("application")
        .annotate(all=Count("pk"), done=Count("pk", filter=Q(assessment__submitted_at__isnull=False)))
    )
    assessed = {pk: f"{done} of {number}" for pk, number, done in counted}
    base = reverse("sites:application-list", args=[round.slug])
    for row in page:
        said = {name: LABELS[name].get(row[name], "") for name in SAID}
        marks = [said["source"].lower()] if row["source"] != Application.Source.ONLINE else []
        marks += ["late"] if row["late_reason"] else []
        row |= {
            "href": f"{base}{row['reference']}/",
            "name": name_of(row["state"], row["organisation_name"]),
            "under": ", ".join([row["reference"], *marks]),
            "where": row["place"] or NOT_SAID,
            "wider": said["region"] or said["nation"],
            "kind": said["organisation_kind"] or NOT_SAID,
            "size": said["organisation_size"],
            "about": row["topic__name"] or NOT_SAID,
            "model": said["delivery_model"],
            "asks_for": NOT_SAID if row["money"] is None else f"£{row['money']:,.0f}",
            "submitted_on": day(row["submitted_at"]) if row["state"] == State.SUBMITTED else "",
            "state_label": said["state"],
            "assessed": assessed.get(row["pk"], NOT_SAID),
        }
    return page


def name_of(state: str, organisation_name: str) -> str:
    """What to call an application in a list."""
    if state == State.ERASED:
        return "Deleted at the applicant’s request"
    return organisation_name or "Organisation not given yet"


def _yes_no(found: bool | None) -> str:
    return {True: "yes", False: "no"}.get(found, "") if found is not None else ""


def _columns(round: Round) -> dict[str, Column]:
    """The list's file: what the mix is chosen by, then each answer of one's own. No names of people, no mailboxes."""

    def words(name: str) -> Column:
        return value(name, read=lambda found: LABELS[name].get(found, ""))

    columns: dict[str, Column] = {
        "Reference": value("reference"),
        "Organisation": value("organisation_name"),
        "State": words("state"),
        "How it came": words("source"),
        "Submitted": value("submitted_at"),
        "Type of organisation": words("organisation_kind"),
        "Size": words("organisation_size"),
        "Nation": words("nation"),
        "Region": words("region"),
        "Place": value("place"),
        "Urban or rural": words("area"),
        "Population": value("needs", read=lambda found: "; ".join(LABELS["needs"].get(need, need) for need in found)),
        "First time": value("is_first_time", read=_yes_no),
        "User-led": value("is_user_led", read=_yes_no),
        "Under pressure": value("is_under_pressure", read=_yes_no),
        "Topic": value("topic__name"),
        "Delivery model": words("delivery_model"),
        "Money asked for": value("money"),
    }
    questions = newest_questions(round)
    for question in questions.questions() if questions else []:
        if not question.fact and not question.must_be:
            columns.setdefault(
                question.label,
                Batch(_answers_of, lambda answers, key=question.key: _cell(answers.get(key)), missing={}),
            )
    return columns


def _cell(answer: Any) -> str:
    return "; ".join(str(one) for one in answer) if isinstance(answer, list) else str(answer or "")


def _answers_of(keys: list[Any]) -> dict[Any, dict[str, Any]]:
    """The newest submitted answers of many applications."""
    rows = Revision.objects.filter(application__in=keys).order_by("number")
    return dict(rows.values_list("application_id", "answers"))


# --- One application -----------------------------------------------------------------------------
def revisions_of(application: Application) -> list[Revision]:
    """Every revision, newest first, with who corrected what."""
    rows: QuerySet[Revision] = application.revisions.select_related("question_set__round", "correction__by__person")
    return list(rows.order_by("-number"))


@require_GET
def application_detail(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """One application: its newest answers by section, its revisions, where it came from, whom to ask."""
    application = find_application(request, slug, reference)
    if application.state == State.ERASED:
        context = {"application": application, "history": audit.history(application)}
        return render(request, "sites/calls/applications/application_erased.html", context)
    revisions = revisions_of(application)
    newest = revisions[0] if revisions else None
    may_enter = has_perm(request.user, "sites.enter_application")
    is_entered_here = application.state == State.DRAFT and application.is_staffs_to_write
    if newest:
        parts = laid_out(newest.question_set, newest.answers)
    else:  # what an applicant is still writing is theirs until they submit it
        parts = laid_out(application.question_set, application.draft) if is_entered_here else []
    context = {
        "application": application,
        "name": name_of(application.state, application.organisation_name),
        "parts": parts,
        "is_never_sent": not parts and application.state == State.WITHDRAWN,
        "revisions": revisions,
        "newest": newest,
        "statement": newest.statement if newest else application.statement,
        "past": past_applications(application, request.user),
        "may_enter": may_enter,
        "may_continue": may_enter and is_entered_here,
        "corrections": _corrections(application) if may_enter and application.state == State.SUBMITTED else [],
        "may_withdraw": may_enter and application.state in {State.DRAFT, State.SUBMITTED},
        "may_accept": may_enter
        and application.state == State.DRAFT
        and not application.is_staffs_to_write
        and application.round.stage == "Closed",
        "is_marked": application.source != Application.Source.ONLINE,
        "entered_by": application.entered_by.display_name if application.entered_by else "",
        "question_set": newest.question_set if newest else application.question_set,
        "check_url": reverse("sites:application-check", args=[slug, reference]),
        "history": audit.history(application),
        **_further(request, application),
    }
    return render(request, "sites/calls/applications/application_detail.html", context)


def _further(request: HttpRequest, application: Application) -> dict[str, str]:
    """Where a submitted application is assessed and decided, for those who may read that."""
    if application.submitted_at is None:
        return {}
    at = [application.round.slug, application.reference]
    found = {}
    if has_perm(request.user, "sites.edit_assessment"):
        found["assessment_url"] = reverse("sites:assessment-application", args=at)
    if has_perm(request.user, "sites.view_portfolios") and not application.round.is_recruitment:
        decision = getattr(application, "decision", None)
        found["decision_url"] = reverse("sites:decision", args=at)
        found["decision_words"] = decision.get_outcome_display() if decision else "No decision yet"
    return found


def _corrections(application: Application) -> list[tuple[str, str]]:
    """The sections that staff can correct, and where."""
    questions = [question for question in application.question_set.questions() if question.kind != Kind.FILE]
    sections = {question.section_id: question.section.title for question in questions}
    slug = application.round.slug
    return [
        (title, reverse("sites:application-correct", args=[slug, application.reference, pk]))
        for pk, title in sections.items()
    ]


@require_GET
def application_file(request: HttpRequest, slug: str, reference: str, pk: int) -> FileResponse:
    """Hand out a file that answers a question, once it was submitted or staff write the application."""
    application = find_application(request, slug, reference)
    row = get_object_or_404(application.files, pk=pk)
    submitted = [
        answer for answers in application.revisions.values_list("answers", flat=True) for answer in answers.values()
    ]
    if row.pk not in submitted and not application.is_staffs_to_write:
        raise Http404
    try:
        return serve_file(row.file, name=row.name, content_type=row.content_type)
    except FileNotFoundError:
        raise Http404 from None


@require_GET
def revision_detail(request: HttpRequest, slug: str, reference: str, number: int) -> HttpResponse:
    """One revision of an application: what it changed of the one before, and its answers."""
    application = find_application(request, slug, reference)
    rows = application.revisions.select_related("question_set__round", "statement", "correction__by__person")
    revision = get_object_or_404(rows, number=number)
    before = rows.filter(number=number - 1).first()
    context = {
        "application": application,
        "revision": revision,
        "before": before,
        "changes": changes(before, revision) if before else [],
        "parts": laid_out(revision.question_set, revision.answers),
        "crumbs": crumbs_of(application),
    }
    return render(request, "sites/calls/applications/revision_detail.html", context)
