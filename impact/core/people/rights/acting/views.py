"""Pages about acting for someone: cover, supporters, what was done, and someone who leaves."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.acting.models import ActingFor, Sort
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.jobs.catalogue import catalogue
from impact.core.notices.models import Notice, NoticeKind
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.people.rights.acting import duties, leaving, services
from impact.core.people.rights.acting.forms import (
    AnswerForm,
    CloseForm,
    CoverForm,
    GiveForm,
    SupporterForAnotherForm,
    SupporterForm,
)
from impact.core.people.services import own_person
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on, form_page

A_FORTNIGHT, A_YEAR = timedelta(days=14), timedelta(days=365)
NOTICES_SHOWN = 50


def _all(user: Any) -> Any:
    rows = ActingFor.objects.visible_to(user).select_related("person", "helper", "asked_by__person")
    return rows.prefetch_related("duties")


def _crumbs() -> Crumbs:
    return [("Your details", reverse("core:my-details")), ("Acting for someone", reverse("core:my-acting"))]


# --- Mine ----------------------------------------------------------------------------------------
@require_GET
def my_acting(request: SignedInRequest) -> HttpResponse:
    """Who acts for me, and for whom I act: now, later and before."""
    person = own_person(by=request.user)
    mine = _all(request.user).filter(Q(person=person) | Q(helper=person))
    rows = sorted(mine, key=lambda row: (not row.is_open, -row.starts_on.toordinal(), row.pk))
    context = {
        "for_me": [row for row in rows if row.person_id == person.pk],
        "by_me": [row for row in rows if row.helper_id == person.pk],
        "has_duties": bool(duties.held_by(person, to_cover=True)),
    }
    return render(request, "core/acting/my_acting.html", context)


@require_http_methods(["GET", "POST"])
def cover_add(request: SignedInRequest) -> HttpResponse:
    """Hand some of my duties to a colleague for a while."""
    person = own_person(by=request.user)
    return _cover(request, person, _crumbs(), "Hand over duties while you are away")


@require_http_methods(["GET", "POST"])
def person_cover(request: SignedInRequest, pk: int) -> HttpResponse:
    """Arrange cover for a colleague who cannot do it."""
    require(request.user, "core.arrange_cover")
    person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
    crumbs = [("People", reverse("core:people")), (person.name, reverse("core:person-detail", args=[pk]))]
    return _cover(request, person, crumbs, f"Arrange cover for {person.name}")


def _cover(request: SignedInRequest, person: Person, crumbs: Crumbs, title: str) -> HttpResponse:
    today = clock.today()
    if not duties.held_by(person, to_cover=True):
        whom = "You hold" if person.user_id == request.user.pk else f"{person.name} holds"
        messages.info(request, f"{whom} no duties that can be handed over.")
        return redirect(crumbs[-1][1])
    initial = {"starts_on": today, "ends_on": today + A_FORTNIGHT}
    form = CoverForm(request.POST or None, person=person, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            acting = services.ask_for_cover(by=request.user, person=person, **form.cleaned_data)
            messages.success(request, f"{acting.helper.name} has been asked. Nothing is theirs before they agree.")
            return redirect(acting)
    lead = "They agree first. During these days they can do exactly this, and all they do says for whom."
    return form_page(request, form, title=title, button="Ask them", crumbs=crumbs, lead=lead)


@require_http_methods(["GET", "POST"])
def supporter_add(request: SignedInRequest) -> HttpResponse:
    """Name someone who supports me, what they may do, and until when."""
    person = own_person(by=request.user)
    form = SupporterForm(request.POST or None, initial={"ends_on": clock.today() + A_YEAR})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            acting = services.name_supporter(by=request.user, person=person, **form.cleaned_data)
            messages.success(request, "We have written to them. Nothing is theirs to do before they agree.")
            return redirect(acting)
    lead = "Someone you trust, who helps you to take part. You choose what they may do, and can stop it at any time."
    return form_page(request, form, title="Name a supporter", button="Ask them", crumbs=_crumbs(), lead=lead)


@require_http_methods(["GET", "POST"])
def person_supporter(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down whom someone without an account named as their supporter."""
    require(request.user, "core.record_supporter")
    person = get_object_or_404(Person, pk=pk)
    form = SupporterForAnotherForm(request.POST or None, initial={"ends_on": clock.today() + A_YEAR})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            acting = services.name_supporter(by=request.user, person=person, **form.cleaned_data)
            messages.success(request, "Written down. The supporter has been asked whether they agree.")
            return redirect(acting)
    crumbs = [("People", reverse("core:people")), (person.name, reverse("core:person-detail", args=[pk]))]
    lead = "Only what they told you themselves. Your name and how they told you are kept with it."
    title = f"Write down a supporter of {person.name}"
    return form_page(request, form, title=title, button="Save", crumbs=crumbs, lead=lead)


# --- One of them ---------------------------------------------------------------------------------
def _find(request: SignedInRequest, pk: int) -> ActingFor:
    found: ActingFor = get_object_or_404(_all(request.user), pk=pk)
    return found


@require_GET
def acting_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is covered or supported, where it stands, and what was done."""
    acting = _find(request, pk)
    return _detail(request, acting, AnswerForm())


def _detail(request: SignedInRequest, acting: ActingFor, form: AnswerForm) -> HttpResponse:
    is_helper = acting.helper.user_id == request.user.pk
    is_running = ActingFor.objects.in_force().filter(pk=acting.pk).exists()
    scopes = {duty.sort for duty in acting.duties.all()} if is_helper and is_running else set()
    context = {
        "acting": acting,
        "is_cover": acting.kind == ActingFor.Kind.COVER,
        "is_helper": is_helper,
        "is_own": is_helper or acting.person.user_id == request.user.pk,
        "labels": duties.labels_of(acting.person, list(acting.duties.all())),
        "may_answer": is_helper and acting.is_accepted is None and acting.is_open,
        "form": form,
        "state": acting.state[0],
        "tone": acting.state[1],
        "reads_notices": Sort.PAPERS in scopes,
        "reads_data": Sort.DATA in scopes,
        "where": services.where(acting),
        "done": audit.describe(services.done_in(acting)),
    }
    return render(request, "core/acting/acting_detail.html", context)


@require_POST
def acting_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Agree, or decline with a reason."""
    acting = _find(request, pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        with errors_on(form):
            is_accepted = request.POST.get("answer") == "yes"
            services.answer(by=request.user, acting=acting, is_accepted=is_accepted, reason=form.cleaned_data["reason"])
            messages.success(request, "You have agreed." if is_accepted else "You have declined. They are told.")
            return redirect(acting)
    return _detail(request, _find(request, pk), form)


@require_POST
def acting_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop it now."""
    acting = _find(request, pk)
    with errors_as_messages(request):
        services.end(by=request.user, acting=acting)
        messages.success(request, "Ended. Nothing more can be done in this way from now on.")
    return redirect(acting)


def _supported(request: SignedInRequest, pk: int, scope: Sort) -> ActingFor:
    """The row of a supporter who may do this today; for anyone else it is not there."""
    acting = _find(request, pk)
    if not services.supported(request.user, acting, scope):
        raise Http404("Not yours to read.")
    return acting


@never_cache
@require_GET
def acting_notices(request: SignedInRequest, pk: int) -> HttpResponse:
    """The notices of the person I support: what was chosen, and nothing about pay or their rights beyond that, nor what
    the person hears for work with others."""
    acting = _supported(request, pk, Sort.PAPERS)
    scopes = {duty.sort for duty in acting.duties.all()}
    hidden = {NoticeKind.RIGHTS, NoticeKind.CLAIM, NoticeKind.AGREEMENT, NoticeKind.WORK}
    if Sort.CLAIMS in scopes:
        hidden.discard(NoticeKind.CLAIM)
    of_others = [event.name for event in catalogue().values() if event.in_role]
    rows = Notice.objects.filter(person=acting.person_id).exclude(kind__in=hidden).exclude(event__in=of_others)
    audit.record_reading(request.user, "notices", acting.person)
    context = {"acting": acting, "notices": rows.order_by("-made_at")[:NOTICES_SHOWN]}
    return render(request, "core/acting/acting_notices.html", context)


# --- Someone leaves ------------------------------------------------------------------------------
def _leaver(request: SignedInRequest, pk: int) -> Person:
    require(request.user, "core.close_account")
    return get_object_or_404(Person.objects.select_related("user"), pk=pk)


@require_http_methods(["GET", "POST"])
def person_leaving(request: SignedInRequest, pk: int) -> HttpResponse:
    """What someone who leaves looks after; with POST, giving some of it to a colleague."""
    person = _leaver(request, pk)
    form = GiveForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            number = leaving.give(
                by=request.user,
                person=person,
                helper=form.cleaned_data["helper"],
                duties=form.cleaned_data["duties"],
            )
            messages.success(request, f"{number} given to {form.cleaned_data['helper'].name}.")
            return redirect("core:person-leaving", pk)
    return _leaving_page(request, person, form, None)


def _leaving_page(request: SignedInRequest, person: Person, form: GiveForm, close: CloseForm | None) -> HttpResponse:
    held = duties.held_by(person)
    is_open = person.user is not None and person.user.is_active
    orphans = [one for _sort, found in held for one in found if one.is_needed]
    acting = ActingFor.objects.open().of(person)
    shown = acting.visible_to(request.user).select_related("person", "helper")
    context = {
        "person": person,
        "held": held,
        "orphans": orphans,
        "ends": leaving.what_ends(person),
        "acting": shown,
        "more_acting": acting.count() - len(shown),
        "form": form,
        "may_close": is_open and person.user_id != request.user.pk,
        "is_open": is_open,
        "close": close or CloseForm(None, asks_why=bool(orphans)),
        "may_erase": has_perm(request.user, "core.erase_person"),
    }
    return render(request, "core/acting/leaving.html", context)


@require_POST
def person_close(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close the account."""
    person = _leaver(request, pk)
    close = CloseForm(request.POST, asks_why=bool(leaving.orphans(person)))
    if close.is_valid():
        try:
            leaving.close_account(by=request.user, person=person, reason=close.cleaned_data.get("reason", ""))
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
        else:
            messages.success(request, f"The account of {person.name} is closed.")
            return redirect("core:person-detail", pk)
    return _leaving_page(request, person, GiveForm(None, person=person), close)
