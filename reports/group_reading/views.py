"""Pages about reading the report with the group."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from coproduction.suggestions.passages import LONGEST
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, errors_on, form_page, show_conflict, show_error, take_version
from reports.editions.overview import overview_of, until_counted
from reports.figures.gather import last_day
from reports.formats.easy_read.services import readable_in
from reports.group_reading import services
from reports.group_reading.answers import points_to_answer
from reports.group_reading.forms import (
    AnswerCommentForm,
    CommentForm,
    EndReadingForm,
    ExtendReadingForm,
    RespondForm,
    SendToGroupForm,
    SpokenForm,
)
from reports.group_reading.models import GroupReading, ReadingComment
from reports.group_reading.pages import comments_of, reading_page, speaking
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import OPEN, find_report
from reports.writing.room.pages import placing_data, seen_text, shown, with_passages


def _crumbs(report: AnnualReport) -> Crumbs:
    return [("Reports", reverse("reports:list")), (str(report.year), report.get_absolute_url())]


def _open_reading(report: AnnualReport) -> GroupReading:
    """The reading that is open; 404 when the report is not with the group."""
    reading = GroupReading.objects.open().filter(report=report).select_related("group", "report").first()
    if reading is None:
        raise Http404("The report is not with the group.")
    return reading


def _readings(request: HttpRequest, report: AnnualReport) -> GroupReading:
    """The newest reading that the reader may see."""
    seen = GroupReading.objects.visible_to(request.user).filter(report=report).select_related("group", "report")
    reading = seen.filter(taken_back_because="").first()
    if reading is None:
        raise Http404("The report has not been with a group.")
    return reading


@never_cache
@require_GET
def reading(request: SignedInRequest, year: int) -> HttpResponse:
    """The report as its group reads it, with comments, answers and what came back."""
    report = find_report(request, year)
    _readings(request, report)
    return reading_page(request, report)


@require_http_methods(["GET", "POST"])
def reading_open(request: SignedInRequest, year: int) -> HttpResponse:
    """Send the draft to the advisory group."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    form = SendToGroupForm(request.POST or None, groups=services.groups_to_ask())
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.send_to_group(by=request.user, report=report, **form.cleaned_data)
            messages.success(request, "The report is with the advisory group. Its members have been told.")
            return redirect(report)
    return form_page(
        request,
        form,
        title=f"Send the {year} report to the advisory group",
        button="Send to the group",
        crumbs=_crumbs(report),
        lead="Members read the draft and say what should change. Its text cannot be changed while they read.",
    )


@require_http_methods(["GET", "POST"])
def reading_extend(request: SignedInRequest, year: int) -> HttpResponse:
    """Give members more time."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    row = _open_reading(report)
    form = ExtendReadingForm(request.POST or None, initial={"deadline": row.deadline, "version": row.version})
    differences = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.extend_reading(by=request.user, reading=row, deadline=given["deadline"], expected=given["version"])
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {"deadline": conflict.current.deadline})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, f"Members can comment until {day(given['deadline'])}. They have been told.")
            return redirect("reports:reading", year)
    title = "Give members more time"
    return form_page(
        request, form, title=title, button="Change deadline", crumbs=_crumbs(report), differences=differences
    )


@require_http_methods(["GET", "POST"])
def reading_end(request: SignedInRequest, year: int) -> HttpResponse:
    """Take the report back to writing."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    row = _open_reading(report)
    is_early = not services.is_heard(report)
    posted = request.POST if request.method == "POST" else None
    form = EndReadingForm(posted, is_early=is_early)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.end_reading(by=request.user, reading=row, reason=form.cleaned_data.get("reason", ""))
            messages.success(request, "The report can be changed again.")
            return redirect(report)
    lead = (
        f"Members can comment until {day(row.deadline)}, and not all of them are ready."
        if is_early
        else "The group has had its say. Answer each comment, then send the report to the leadership team."
    )
    return form_page(
        request,
        form,
        title=f"Take the {year} report back to edit?",
        button="Take it back",
        crumbs=_crumbs(report),
        lead=lead,
        is_warning=is_early,
    )


@never_cache
@require_http_methods(["GET", "POST"])
@until_counted
def reading_section(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """One part of the report with its figures, what members said about it, and a place to say more."""
    report = find_report(request, year)
    row = _readings(request, report)
    section = get_object_or_404(ReportSection, report=report, key=key)
    who = speaking(request, row)
    may_comment = row.closed_on is None and who.person is not None and not row.is_past(clock.today())
    chosen = {name: request.GET.get(name, "")[:LONGEST] for name in ("quote", "before", "after")}
    form = CommentForm(request.POST or None, initial=chosen, is_own=who.is_own) if may_comment else None
    if request.method == "POST":
        if who.person is None:
            raise PermissionDenied("Choose the member whose words you write down.")
        if form is None:
            messages.error(request, "The group’s time to comment has ended. Ask the engagement lead.")
            return redirect("reports:reading", year)
        if form.is_valid():
            with errors_on(form):
                section.report = report
                services.comment(
                    by=request.user,
                    reading=row,
                    section=section,
                    person=who.person,
                    text=seen_text(section),
                    **form.cleaned_data,
                )
                whose = "Your comment is" if who.is_own else f"The comment of {who.person.name} is"
                messages.success(request, f"{whose} saved.")
                return redirect(reverse("reports:reading-section", args=[year, key]) + who.query)
    comments = [*comments_of(request, row, section=section)]
    for one in comments:
        one.is_open, one.anchor = one.status == ReadingComment.Status.WAITING, f"said-{one.pk}"  # type: ignore[attr-defined]
    sections = list(report.sections.all())
    place = [one.key for one in sections].index(key)
    is_plain = not has_perm(
        request.user, "reports.view_unpublished"
    )  # figures are not for members before all read them
    data = placing_data(report, may_wait=request.method != "POST")
    text, _wrong = shown(section.body, data, section.get_key_display(), are_codes_plain=is_plain)
    context = {
        "report": report,
        "reading": row,
        "section": section,
        "facts": overview_of(report)["facts"][key],
        "as_of": last_day(report.year),
        "comments": comments,
        "carried": services.carried_from_members(request.user, section),
        "text": with_passages(text, comments),
        "speaking": who,
        "form": form,
        "may_edit": has_perm(request.user, "reports.edit_report", report),
        "sections": sections,
        "in_easy_read": any(easy.section_id == section.pk for easy in readable_in(report)),
        "before": sections[place - 1] if place else None,
        "after": sections[place + 1] if place + 1 < len(sections) else None,
    }
    return render(request, "reports/group_reading/section.html", context)


@require_http_methods(["GET", "POST"])
def reading_ready(request: SignedInRequest, year: int) -> HttpResponse:
    """Say that the report can go to the leadership team, or take that back."""
    report = find_report(request, year)
    row = _readings(request, report)
    who = speaking(request, row)
    if who.person is None:
        raise PermissionDenied("Only members say that they are ready. Choose the member who told you.")
    if row.closed_on is not None:
        messages.error(request, "The report is no longer with the group.")
        return redirect("reports:reading", year)
    is_back = "back" in request.GET
    name = who.person.name
    form = SpokenForm(request.POST if request.method == "POST" else None, is_own=who.is_own)
    if request.method == "POST" and form.is_valid():
        do = services.take_back_ready if is_back else services.say_ready
        with errors_on(form):
            do(by=request.user, reading=row, person=who.person, **form.cleaned_data)
            subject = "You are" if who.is_own else f"{name} is"
            messages.success(request, f"{subject} {'not ready any more' if is_back else 'ready'}. This is saved.")
            return redirect(reverse("reports:reading", args=[year]) + who.query)
    if is_back:
        title = "Not ready after all?" if who.is_own else f"Is {name} not ready after all?"
        button = "I am not ready" if who.is_own else f"{name} is not ready"
    else:
        title = "Ready for the leadership team?" if who.is_own else f"Is {name} ready?"
        button = "I am ready" if who.is_own else f"{name} is ready"
    lead = "Ready means: this report can go to the leadership team. You can take it back while the group reads."
    return form_page(request, form, title=title, button=button, crumbs=_crumbs(report), lead=lead)


@require_http_methods(["GET", "POST"])
def comment_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """One comment, with its answer or the form to give one."""
    rows = ReadingComment.objects.visible_to(request.user).select_related("reading__report", "reading__group")
    row = get_object_or_404(rows.select_related("section", "person", "recorded_by__person"), pk=pk)
    report = row.reading.report
    may_answer = has_perm(request.user, "reports.edit_report", report)
    if request.method == "POST":
        require(request.user, "reports.edit_report", report)
    is_waiting = row.status == ReadingComment.Status.WAITING
    form = None
    if may_answer and (is_waiting or request.method == "POST"):
        form = AnswerCommentForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form is not None and form.is_valid():
        given = dict(form.cleaned_data)
        version = given.pop("version")
        try:
            services.answer_comment(by=request.user, comment=row, expected=version, **given)
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, conflict)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The answer is saved. The member has been told.")
            return redirect("reports:reading", report.year)
    shown = next(one for one in comments_of(request, row.reading, pk=row.pk))
    context = {"comment": shown, "report": report, "form": form}
    return render(request, "reports/group_reading/comment.html", context)


@never_cache
@require_GET
def responses(request: SignedInRequest, year: int) -> HttpResponse:
    """Each point of the approved report, with the leadership team's response or a place to give it."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    points = points_to_answer(report)
    address = reverse("reports:respond", args=[year])
    for point in points:
        point["href"] = f"{address}?{urlencode({'area': point['area']})}"
    context = {
        "report": report,
        "points": points,
        "answered": sum(point["response"] is not None for point in points if point["area"]),
        "asked": sum(bool(point["area"]) for point in points),
        "may_respond": report.status not in OPEN and has_perm(request.user, "reports.approve_report", report),
        "is_open": report.status in OPEN,
    }
    return render(request, "reports/group_reading/responses.html", context)


@require_http_methods(["GET", "POST"])
def respond(request: SignedInRequest, year: int) -> HttpResponse:
    """The leadership team's response to the report, or to one of its points."""
    report = find_report(request, year)
    require(request.user, "reports.approve_report", report)
    points = points_to_answer(report)
    asked = request.POST.get("area", "") if request.method == "POST" else request.GET.get("area", "")
    point = next((one for one in points if one["area"] == asked), points[0])
    earlier = point["response"]
    names = ("words", "decision", "due_on", "version")
    initial = {"area": point["area"], **({name: getattr(earlier, name) for name in names} if earlier else {})}
    form = RespondForm(request.POST or None, initial=initial, points=points)
    differences = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        expected = given.pop("version")
        try:
            services.respond(by=request.user, report=report, position=point["place"], expected=expected, **given)
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {"words": conflict.current.words})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved. The members of the group have been told.")
            return redirect("reports:responses", year)
    return form_page(
        request,
        form,
        title=f"Respond to the {year} report",
        button="Save response",
        crumbs=[*_crumbs(report), ("Responses", reverse("reports:responses", args=[year]))],
        lead="Members of the advisory group read this, and everyone once the report is published. Say what you will do, by "
        "when, and what you will not do and why.",
        differences=differences,
    )
