"""Pages about notices: mine, how I hear from us, whom to tell in person, and stopping emails."""

from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.jobs.models import FailedAddress
from impact.core.notices import choices, services
from impact.core.notices.forms import ChoicesForAnotherForm, ChoicesForm, NoticeFilter, ToldForm
from impact.core.notices.mail.times import Later
from impact.core.notices.models import Notice, NoticeChoices, Owed
from impact.core.people import consents
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Consent, Person
from impact.core.web.forms import Crumbs, errors_as_messages, show_conflict, show_error, whole_number
from impact.core.web.listing import list_file, list_rows, wants_file

MARKED = "notices_marked"  # in the session: when all notices were marked as read, until the next page


# --- My notices ----------------------------------------------------------------------------------
@never_cache
@require_GET
def notices(request: SignedInRequest) -> HttpResponseBase:
    """What I was told, unread first."""
    mine = Notice.objects.visible_to(request.user)
    is_unread = Case(
        When(read_at__isnull=False, then=Value(0)), When(snoozed_until__gt=Now(), then=Value(1)), default=Value(2)
    )
    listing = list_rows(
        request,
        mine.annotate(is_unread=is_unread),
        NoticeFilter,
        sorts={"unread": ("Unread first", "-is_unread"), "date": ("Date", "made_at")},
        default="unread",
        then="-made_at",
    )
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Date": lambda n: n.made_at,
            "About": lambda n: n.get_kind_display(),
            "Title": lambda n: n.title,
            "Words": lambda n: n.words,
            "Read": lambda n: "yes" if n.read_at else "no",
            "Put off until": lambda n: n.snoozed_until,
        }
        return list_file(request, "notices", columns, listing.rows)
    moment = request.session.pop(MARKED, None)
    at = parse_datetime(moment) if moment else None
    context = {
        "listing": listing,
        "unread": services.unread_count(request.user),
        "snoozed": mine.snoozed().count(),
        "later": Later.choices,
        "now": timezone.now(),
        "marked": mine.filter(read_at=at).count() if at else 0,
        "moment": moment,
    }
    return render(request, "core/notices/notice_list.html", context)


@never_cache
@require_GET
def notice_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; it counts as read."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    services.mark_read(by=request.user, notice=notice)
    return redirect(notice.path)


@require_POST
def notice_mark(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one notice as read, or back as unread."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    if request.POST.get("as") == "unread":
        services.mark_unread(by=request.user, notice=notice)
        messages.success(request, f"“{notice.title}” is unread again.")
    else:
        services.mark_read(by=request.user, notice=notice)
        messages.success(request, f"“{notice.title}” is marked as read. You can mark it as unread again below.")
    return redirect("core:notices")


@require_POST
def notice_snooze(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put one notice off until tomorrow or next week, or bring it back."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    if request.POST.get("until") == "now":
        services.wake(by=request.user, notice=notice)
        messages.success(request, f"“{notice.title}” is back among the unread ones.")
    else:
        with errors_as_messages(request):
            at = services.snooze(by=request.user, notice=notice, until=request.POST.get("until", ""))
            messages.success(request, f"“{notice.title}” is put off until {day(at)}. Find it under “Put off”.")
    return redirect("core:notices")


@require_POST
def notices_mark_all(request: SignedInRequest) -> HttpResponse:
    """Mark all my notices as read, or undo that."""
    moment = parse_time(request.POST.get("undo", ""))
    if moment is not None:
        number = services.undo_all_read(by=request.user, moment=moment)
        messages.success(request, f"{number} notice{'' if number == 1 else 's'} marked as unread again.")
    else:
        number, at = services.mark_all_read(by=request.user)
        request.session[MARKED] = at.isoformat() if number else None
    return redirect("core:notices")


def parse_time(text: str) -> datetime | None:
    """The moment in a hidden field; None where a page of ours would not have written it."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None


# --- How people hear from us ---------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def person_notices(request: SignedInRequest, pk: int) -> HttpResponse:
    """How someone hears from us, chosen for them because they asked."""
    require(request.user, "core.set_notices")
    person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
    crumbs = [("People", reverse("core:people")), (person.name, reverse("core:person-detail", args=[pk]))]
    title = f"How {person.name} hears from us"
    return choices_page(request, person, choices.choose, title=title, crumbs=crumbs, done=crumbs[-1][1])


def choices_page(
    request: SignedInRequest,
    person: Person,
    save: Callable[..., Any],
    *,
    title: str,
    crumbs: Crumbs,
    done: str,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """The one page with a person's choices, for themselves or for someone whom they asked. ``more``: for its template."""
    is_own = person.user_id == request.user.pk
    saved = choices.choices_of(person)
    form = (ChoicesForm if is_own else ChoicesForAnotherForm)(request.POST or None, instance=choices.choices_of(person))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            save(by=request.user, person=person, expected=form.cleaned_data["version"], **form.changes)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(done)
    context = {
        "form": form,
        "person": person,
        "is_own": is_own,
        "title": title,
        "crumbs": crumbs,
        "differences": differences,
        "address": choices.address_of(person),
        "has_account": choices.has_account(person),
        "recorded_by": _recorder(saved),
        "saved": saved,
        "failed": FailedAddress.objects.open().filter(address=mailbox_key(choices.address_of(person))).first(),
        "always": choices.always_sent(),
        **(more or {}),
    }
    status = 200 if differences is None else 409
    return render(request, "core/notices/notice_choices.html", context, status=status)


def _recorder(row: NoticeChoices) -> str:
    return row.recorded_by.display_name if row.recorded_by else ""


@require_GET
def notice_catalogue(request: SignedInRequest) -> HttpResponse:
    """Every notice and email that the platform sends, for those who run it."""
    require(request.user, "core.view_jobs")
    return render(
        request,
        "core/notices/catalogue.html",
        {"kinds": choices.by_kind(), "always": choices.always_sent()},
    )


# --- Telling in person ---------------------------------------------------------------------------
def attention(user: Any) -> list[dict[str, str]]:
    """Whom to phone or write to, for the home page of the one who does so."""
    if not has_perm(user, "core.tell_in_person"):
        return []
    number = waiting_in_person().values("person").distinct().order_by().count()
    if not number:
        return []
    people = "1 person" if number == 1 else f"{number} people"
    detail = "They have no account, and no email reaches them."
    href = reverse("core:notices-in-person")
    return [{"title": f"Phone or write to {people}", "href": href, "detail": detail, "tone": "yellow"}]


def waiting_in_person() -> Any:
    """Notices of people who have neither an account nor an email address, person by person."""
    rows = Notice.objects.waiting(Owed.IN_PERSON).select_related("person")
    return rows.order_by("person__name", "person_id", "made_at", "pk")


@never_cache
@require_http_methods(["GET", "POST"])
def notices_in_person(request: SignedInRequest) -> HttpResponse:
    """Whom to phone or write to, and about what."""
    require(request.user, "core.tell_in_person")
    if request.method == "POST":
        pk = whole_number(request.POST.get("person"))
        person = get_object_or_404(Person, pk=pk or 0)
        form = ToldForm(request.POST)
        ids = [number for text in request.POST.getlist("notice") if (number := whole_number(text))]
        with errors_as_messages(request):
            form.is_valid()
            services.record_told(by=request.user, person=person, notices=ids, how=form.cleaned_data.get("how", ""))
            messages.success(request, f"{person.name} is marked as told.")
        return redirect("core:notices-in-person")
    by_person = [(person, list(rows)) for person, rows in groupby(waiting_in_person(), key=lambda row: row.person)]
    left_alone = consents.declined(Consent.Purpose.CONTACT, [person.pk for person, _rows in by_person])
    people = [
        {
            "person": person,
            "notices": rows,
            "for_meetings": person.pk in left_alone,
            "form": ToldForm(prefix=None, auto_id=f"id_{person.pk}_%s"),
        }
        for person, rows in by_person
    ]
    told = Notice.objects.filter(owed=Owed.IN_PERSON, told_at__isnull=False).select_related("person", "told_by__person")
    context = {"people": people, "told": told.order_by("-told_at", "-pk")[:20]}
    return render(request, "core/notices/in_person.html", context)


@require_POST
def notice_untold(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put one back on the list, after a mistake."""
    require(request.user, "core.tell_in_person")
    notice = get_object_or_404(Notice.objects.select_related("person"), pk=pk, owed=Owed.IN_PERSON)
    with errors_as_messages(request):
        services.undo_told(by=request.user, notice=notice)
        messages.success(request, f"{notice.person.name} is on the list again.")
    return redirect("core:notices-in-person")


# --- The link in each email ----------------------------------------------------------------------
@login_not_required
@never_cache
@csrf_exempt  # a mail program posts here by itself (RFC 8058); the signed link is the proof
@require_http_methods(["GET", "POST"])
def notices_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the emails about notices: one press here, or one press in a mail program. Opening it changes nothing."""
    found = choices.behind(token)
    if found is None:
        return render(request, "core/notices/stop.html", {"is_gone": True}, status=404)
    person, kinds = found
    if request.method == "POST":
        choices.stop_emails(person=person, kinds=kinds)
    context = {"is_done": request.method == "POST", "has_account": choices.has_account(person), "kinds": kinds}
    return render(request, "core/notices/stop.html", context)
