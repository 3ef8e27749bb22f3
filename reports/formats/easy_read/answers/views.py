"""Pages on which members read the report in Easy Read and say whether it is clear, and writers answer them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    Crumbs,
    errors_on,
    form_page,
    show_conflict,
    show_error,
    take_version,
)
from reports.formats.easy_read import pages
from reports.formats.easy_read import services as easy_read
from reports.formats.easy_read.answers import services
from reports.formats.easy_read.answers.forms import AnswerForm, ClearForm
from reports.formats.easy_read.answers.models import EasyReadAnswer
from reports.formats.easy_read.chapters import SectionChapter
from reports.formats.easy_read.models import EasyReadSection
from reports.formats.easy_read.views import find_section, place_of
from reports.group_reading.forms import SpokenForm
from reports.group_reading.models import GroupReading
from reports.group_reading.pages import Speaking, speaking
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import find_report
from reports.writing.room.pages import placing_data, shown


def _reading(request: HttpRequest, year: int) -> tuple[AnnualReport, GroupReading]:
    """A report and the newest time that the group had it, as far as the reader may see them."""
    report = find_report(request, year)
    seen = GroupReading.objects.visible_to(request.user).filter(report=report, taken_back_because="")
    reading = seen.select_related("group", "report").first()
    if reading is None:
        raise Http404("The report has not been with a group.")
    return report, reading


def _crumbs(report: AnnualReport, who: Speaking | None = None) -> Crumbs:
    query = who.query if who else ""
    return [
        ("Reports", reverse("reports:list")),
        (str(report.year), reverse("reports:reading", args=[report.year]) + query),
        ("Easy Read", reverse("reports:reading-easy", args=[report.year]) + query),
    ]


def _may_say(reading: GroupReading, who: Speaking) -> bool:
    return reading.closed_on is None and who.person is not None and not reading.is_past(clock.today())


def _answers(request: HttpRequest, reading: GroupReading, who: Speaking) -> dict[int, EasyReadAnswer]:
    """What the member for whom someone reads has answered, by section."""
    if who.person is None:
        return {}
    rows = EasyReadAnswer.objects.filter(reading=reading, person=who.person)
    return {row.section_id: row for row in rows.select_related("section", "person", "recorded_by__person")}


@never_cache
@require_GET
def reading_easy(request: SignedInRequest, year: int) -> HttpResponse:
    """The chapters that can be read in Easy Read, with what the member has said about each."""
    report, reading = _reading(request, year)
    who = speaking(request, reading)
    said = _answers(request, reading, who)
    rows: list[dict[str, Any]] = []
    for easy in easy_read.readable_in(report):
        answer = said.get(easy.section_id)
        href = reverse("reports:reading-easy-section", args=[year, easy.section.key]) + who.query
        is_changed = answer is not None and answer.text_hash != easy.text_hash
        rows.append({"easy": easy, "said": answer, "is_changed": is_changed, "href": href})
    context = {
        "report": report,
        "reading": reading,
        "speaking": who,
        "rows": rows,
        "may_say": _may_say(reading, who),
        "left": sum(not row["said"] or row["is_changed"] for row in rows),
        "crumbs": [*_crumbs(report, who)[:-1], ("Easy Read", "")],
    }
    return render(request, "reports/formats/easy_read/reading.html", context)


def _easy(report: AnnualReport, key: str) -> tuple[list[EasyReadSection], int | None]:
    """The chapters in Easy Read that members may read, and the place of one among them; None when it is not."""
    readable = easy_read.readable_in(report)
    places = [easy.section.key for easy in readable]
    return readable, places.index(key) if key in places else None


def _away(request: HttpRequest, report: AnnualReport, key: str, who: Speaking) -> HttpResponse:
    """A part that members cannot read now: 404, or the page with what they typed where it left while they wrote."""
    if request.method != "POST":
        raise Http404("This part is not in Easy Read, or its writers are working on it.")
    section = get_object_or_404(ReportSection, report=report, key=key, easy_read__isnull=False)
    form = ClearForm(request.POST, is_own=who.is_own)
    form.add_error(None, "The writers are working on this Easy Read now. Copy your words, and come back later.")
    context = {
        **{"report": report, "speaking": who, "section": section, "form": form},
        "crumbs": [*_crumbs(report, who), (section.get_key_display(), "")],
    }
    return render(request, "reports/formats/easy_read/reading_section.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def reading_easy_section(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """One chapter in Easy Read with its pictures, and a place to say whether it is clear."""
    report, reading = _reading(request, year)
    who = speaking(request, reading)
    readable, place = _easy(report, key)
    if place is None:
        return _away(request, report, key, who)
    easy = readable[place]
    said = _answers(request, reading, who).get(easy.section_id)
    initial: dict[str, Any] = {"seen": easy.text_hash, "version": said.version if said else 0}
    if said:
        initial |= {"is_clear": "yes" if said.is_clear else "no", "words": said.words}
    is_theirs = said is not None and not who.is_own and not said.told  # the member's own: others do not change it
    may_say = _may_say(reading, who) and not is_theirs
    form = ClearForm(request.POST or None, initial=initial, is_own=who.is_own) if may_say else None
    differences = None
    if request.method == "POST":
        if who.person is None:
            raise PermissionDenied("Choose the member whose words you write down.")
        if form is None:
            messages.error(request, "This cannot be changed now. Ask the engagement lead.")
            return redirect(reverse("reports:reading-easy", args=[year]) + who.query)
        if form.is_valid():
            given = dict(form.cleaned_data)
            expected = given.pop("version")
            try:
                services.say_whether_clear(
                    by=request.user,
                    reading=reading,
                    section=easy.section,
                    person=who.person,
                    expected=expected,
                    **given,
                )
            except Conflict as conflict:
                now = {"is_clear": "yes" if conflict.current.is_clear else "no", "words": conflict.current.words}
                differences = show_conflict(form, conflict, now)
            except ValidationError as error:
                show_error(form, error)
            else:
                messages.success(request, "Thank you. This is saved.")
                following = readable[place + 1] if place + 1 < len(readable) else None
                if following is None:
                    return redirect(reverse("reports:reading-easy", args=[year]) + who.query)
                where = reverse("reports:reading-easy-section", args=[year, following.section.key])
                return redirect(where + who.query)
            # What this page shows is what they see now: sending it again then works.
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["seen"] = easy.text_hash  # type: ignore[index]
    context = {
        "report": report,
        "reading": reading,
        "speaking": who,
        "section": easy.section,
        "lines": pages.shown_lines(easy),
        "number": place + 1,
        "total": len(readable),
        "said": said,
        "is_changed": bool(said and said.text_hash != easy.text_hash),
        "may_take_back": said is not None and reading.closed_on is None and not is_theirs,
        "form": form,
        "differences": differences,
        "before": readable[place - 1].section if place else None,
        "after": readable[place + 1].section if place + 1 < len(readable) else None,
        "crumbs": [*_crumbs(report, who), (easy.section.get_key_display(), "")],
    }
    status = 409 if differences is not None else 200
    return render(request, "reports/formats/easy_read/reading_section.html", context, status=status)


@require_http_methods(["GET", "POST"])
def reading_easy_back(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Take back what was said about a chapter."""
    report, reading = _reading(request, year)
    who = speaking(request, reading)
    if who.person is None:
        raise PermissionDenied("Choose the member who told you.")
    readable, place = _easy(report, key)
    if place is None:
        raise Http404("This part is not in Easy Read, or its writers are working on it.")
    section = readable[place].section
    here = reverse("reports:reading-easy-section", args=[year, key]) + who.query
    form = SpokenForm(request.POST if request.method == "POST" else None, is_own=who.is_own)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.take_back(
                by=request.user, reading=reading, section=section, person=who.person, **form.cleaned_data
            )
            messages.success(request, "The answer is taken back.")
            return redirect(here)
    whose = "your answer" if who.is_own else f"the answer of {who.person.name}"
    return form_page(
        request,
        form,
        title=f"Take back {whose}?",
        button="Take it back",
        crumbs=[*_crumbs(report, who), (section.get_key_display(), here)],
        lead=f"It is about the Easy Read of “{section.get_key_display()}”. The answer and its words are deleted. "
        "You can answer again while the group reads.",
    )


# --- For those who write -------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def easy_read_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a member said about Easy Read, with the answer that it got or the form to give one."""
    rows = EasyReadAnswer.objects.visible_to(request.user).select_related("reading__report", "reading__group")
    said = get_object_or_404(rows.select_related("section", "person", "recorded_by__person"), pk=pk)
    report = said.reading.report
    may_answer = has_perm(request.user, "reports.edit_report", report)
    if request.method == "POST":
        require(request.user, "reports.edit_report", report)
    form = None
    if may_answer and (said.wants_answer or request.method == "POST"):
        form = AnswerForm(request.POST or None, initial={"version": said.version})
    if request.method == "POST" and form is not None and form.is_valid():
        given = dict(form.cleaned_data)
        version = given.pop("version")
        try:
            services.answer_member(by=request.user, said=said, expected=version, **given)
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, "The member has changed what they said. Read it again, then answer.")
            said = conflict.current
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The answer is saved. The member has been told.")
            return redirect(f"{reverse('reports:easy-read-edit', args=[report.year, said.section.key])}#said")
    query = "" if may_answer or said.person.user_id == request.user.pk else f"?for={said.person_id}"
    context = {
        "said": said,
        "name": _name(request, said),
        "form": form,
        "back": reverse("reports:easy-read-edit", args=[report.year, said.section.key])
        if may_answer
        else reverse("reports:reading-easy", args=[report.year]) + query,
        "crumbs": [*_crumbs(report), (said.section.get_key_display(), "")],
    }
    return render(request, "reports/formats/easy_read/answer.html", context)


def _name(request: HttpRequest, said: EasyReadAnswer) -> str:
    """The member's name, for those who may see it; staff who write read what was said and not by whom."""
    if has_perm(request.user, "reports.edit_report", said.reading.report):
        return said.person.name if has_perm(request.user, "coproduction.view_names", said.reading) else "A member"
    return said.person.name  # their own, or that of the member whom they support


@require_POST
def easy_read_send(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Say that a chapter's Easy Read is ready for members to review."""
    section = find_section(request, year, key)
    place = place_of(section.report, key)
    return pages.send(request, SectionChapter(section), place, send=services.send_to_members)


@require_http_methods(["GET", "POST"])
def easy_read_edit(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Write a chapter in Easy Read beside its words; choose drawings; send it; read what members said about it."""
    section = find_section(request, year, key)
    chapter = SectionChapter(section)
    easy = chapter.rows().filter(pk__in=EasyReadSection.objects.visible_to(request.user).values("pk")).first()
    said: list[Any] = []
    if has_perm(request.user, "reports.edit_report", section.report):
        rows = EasyReadAnswer.objects.visible_to(request.user).with_words().filter(section=section)
        said = list(rows.select_related("reading__report", "reading__group", "person", "recorded_by__person"))
        for row in said:
            row.name = _name(request, row)
            row.is_earlier = easy is None or row.text_hash != easy.text_hash
    words: dict[str, Any] = {"body": section.body, "said": said}
    if section.body:  # with its figures in their places, as readers see them
        words["html"] = shown(
            section.body, placing_data(section.report, may_wait=True), chapter.title, are_codes_plain=True
        )[0]
    return pages.edit_page(request, chapter, easy, words, place_of(section.report, key))
