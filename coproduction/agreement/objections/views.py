"""Pages about working on an objection."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as draw
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.agreement.models import Position
from coproduction.agreement.objections import services
from coproduction.agreement.objections.forms import AboutObjection, NoteForm, PlanTalkForm, SettleForm, TalkedForm
from coproduction.agreement.objections.models import Objection
from coproduction.charter.models import CharterVersion
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_error, take_version


def _objection(request: HttpRequest, pk: int) -> Objection:
    rows = Objection.objects.visible_to(request.user).select_related(
        "person", "talker", "round__version__charter__group", "led_to_version", "led_to_suggestion__section"
    )
    return get_object_or_404(rows, pk=pk)


def _title(objection: Objection, is_mine: bool) -> str:
    return "Your concern" if is_mine else f"The concern of {objection.person.name}"


@require_http_methods(["GET", "POST"])
def objection_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what a member objects to, who talks with them by when, the notes, and how it ended."""
    objection = _objection(request, pk)
    user = request.user
    is_mine = objection.person.user_id == user.pk
    form = NoteForm(request.POST or None) if objection.is_open or request.method == "POST" else None
    if form is not None and request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.add_note(by=user, objection=objection, words=form.cleaned_data["words"])
            messages.success(request, "The note is saved.", extra_tags="at-notes")
            return redirect(objection.get_absolute_url() + "#notes")
    positions = list(
        Position.objects.filter(round=objection.round_id, person=objection.person_id)
        .select_related("person", "recorded_by__person")
        .order_by("-pk")
    )
    led_to = CharterVersion.objects.visible_to(user).filter(objections_taken_up=objection).first()
    lead_may = has_perm(user, "coproduction.work_on_objection", objection)
    context: dict[str, Any] = {
        "objection": objection,
        "charter": objection.round.version.charter,
        "title": _title(objection, is_mine),
        "readers": "you and the engagement lead" if is_mine else f"{objection.person.name} and the engagement lead",
        "is_mine": is_mine,
        "talks_with": f"Who talks with {'you' if is_mine else objection.person.name}",
        "positions": positions,
        "notes": objection.notes.select_related("written_by__person"),
        "form": form,
        "may_work": lead_may,
        "is_overdue": objection.is_overdue(clock.today()),
        "blocks": bool(positions) and positions[0].stance == Position.Stance.OBJECT,
        "led_to_version": led_to,
        "history": audit.history(objection),
    }
    return draw(request, "coproduction/agreement/objections/objection_detail.html", context)


@require_POST
def objection_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin to work on a reservation."""
    position = get_object_or_404(Position.objects.visible_to(request.user).select_related("round__version"), pk=pk)
    require(request.user, "coproduction.work_on_objection", position)
    with errors_as_messages(request):
        return redirect(services.work_on_reservation(by=request.user, position=position))
    return redirect(position.round)


Save = Callable[[Objection, dict[str, Any], int], Objection]


def _page(request: SignedInRequest, pk: int, kind: type[AboutObjection], save: Save, **words: str) -> HttpResponse:
    """One form about an objection; someone who was second sees how it stands now and may send again."""
    objection = _objection(request, pk)
    require(request.user, "coproduction.work_on_objection", objection)
    form = kind(request.POST or None, objection=objection)
    differences = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        expected = given.pop("version")
        try:
            save(objection, given, expected)
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, "Someone changed this while you were on the page. Read it below, then save again.")
            differences = _differences(conflict.current)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, words.pop("done"))
            return redirect(objection)
    words.pop("done")
    crumbs = [
        ("Agreement", reverse("coproduction:agreement", args=[objection.round.version.charter_id])),
        (_title(objection, False), objection.get_absolute_url()),
    ]
    return form_page(request, form, crumbs=crumbs, differences=differences, **words)  # type: ignore[arg-type]


def _differences(now: Objection) -> list[dict[str, str]]:
    """How an objection stands now, for someone who was writing at the same time."""
    talk = f"{now.talker or 'No one yet'}, by {now.talk_by or 'no day yet'}"
    return [
        {"label": "The talk", "theirs": f"{talk}. {now.get_status_display()}.", "yours": "What you typed is below."}
    ]


@require_http_methods(["GET", "POST"])
def objection_plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say who talks with the member, and by when."""

    def save(objection: Objection, given: dict[str, Any], expected: int) -> Objection:
        return services.plan_talk(by=request.user, objection=objection, expected=expected, **given)

    return _page(
        request, pk, PlanTalkForm, save, title="Plan the talk", button="Save plan", done="The talk is planned."
    )


@require_http_methods(["GET", "POST"])
def objection_talked(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down the talk."""

    def save(objection: Objection, given: dict[str, Any], expected: int) -> Objection:
        return services.record_talk(by=request.user, objection=objection, expected=expected, **given)

    words = {"title": "Write down the talk", "button": "Save talk", "done": "The talk is written down."}
    return _page(request, pk, TalkedForm, save, **words)


@require_http_methods(["GET", "POST"])
def objection_settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say how it ended."""

    def save(objection: Objection, given: dict[str, Any], expected: int) -> Objection:
        return services.settle_objection(by=request.user, objection=objection, expected=expected, **given)

    words = {
        "title": "Say how it ended",
        "button": "Save how it ended",
        "done": "How it ended is saved, and the member is told.",
        "lead": "The member’s answer stays as it is. While they object, this text cannot be agreed.",
    }
    return _page(request, pk, SettleForm, save, **words)
