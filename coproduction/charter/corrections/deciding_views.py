"""Pages on which a minor correction is decided: it is fine, it stops, or it is undone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from coproduction.charter.corrections.deciding import (
    confirm_correction,
    may_stop,
    stop_correction,
    supported_members,
    undo_correction,
    why_decided,
)
from coproduction.charter.corrections.forms import ConfirmForm, StopForm, UndoForm
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.pages import changes_between, charter_for, version_for
from coproduction.group.members import deciding_members
from impact.core.access.permissions import require
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.web.forms import errors_on, form_page


def _spoken_for(request: SignedInRequest, charter: Charter) -> Any:
    """None for a member, who speaks for themselves; else the members for whom the reader may write. 403 for others."""
    members = deciding_members(charter.group)
    if members.filter(person__user_id=request.user.pk).exists():
        return None
    people = Person.objects.filter(pk__in=members.values("person"))
    if supported := supported_members(request.user, charter):
        return people.filter(pk__in=supported)
    require(request.user, "coproduction.record_for_member", charter)
    return people


def _for(form: Any) -> str:
    """ " for Ada Ashdown" where someone wrote it down for a member."""
    person = form.cleaned_data.get("person")
    return f" for {person.name}" if person else ""


@require_http_methods(["GET", "POST"])
def correction_stop(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Stop a minor correction, as a member or for one."""
    charter = charter_for(request, pk)
    version = version_for(request, charter, number)
    people = _spoken_for(request, charter)
    if request.method == "GET" and not may_stop(request.user, version):
        messages.error(request, why_decided(version))
        return redirect(version)
    form = StopForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            stop_correction(by=request.user, version=version, **form.cleaned_data)
            before = version.corrects.label if version.corrects else ""
            messages.success(request, f"{version.label} is stopped{_for(form)}. {before} is in force again.")
            return redirect(charter)
    context = {
        "charter": charter,
        "version": version,
        "before": version.corrects,
        "rows": changes_between(version.corrects, version),
        "form": form,
    }
    return render(request, "coproduction/charter/corrections/correction_stop.html", context)


def _crumbs(charter: Charter, version: CharterVersion) -> list[tuple[str, str]]:
    return [
        ("Co-production", reverse("coproduction:index")),
        ("Charter", charter.get_absolute_url()),
        (version.label, version.get_absolute_url()),
    ]


@require_http_methods(["GET", "POST"])
def correction_confirm(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Say that a minor correction is fine, as a member or for one."""
    charter = charter_for(request, pk)
    version = version_for(request, charter, number)
    people = _spoken_for(request, charter)
    if request.method == "GET" and not may_stop(request.user, version):
        messages.error(request, why_decided(version))
        return redirect(version)
    form = ConfirmForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            confirm_correction(by=request.user, version=version, **form.cleaned_data)
            messages.success(request, f"It is saved{_for(form)}: version {version.name} is fine.")
            return redirect(version)
    return form_page(
        request,
        form,
        title=f"Say that version {version.name} is fine",
        button="Say that it is fine",
        crumbs=_crumbs(charter, version),
        lead="Once all members say so, the correction stays. Until then any member can still stop it.",
        links=[("Read what was corrected", f"{version.get_absolute_url()}?against={version.corrects.slug}")]
        if version.corrects
        else [],
    )


@require_http_methods(["GET", "POST"])
def correction_undo(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """Undo a minor correction, with the reason. For the engagement lead."""
    charter = charter_for(request, pk)
    version = version_for(request, charter, number)
    require(request.user, "coproduction.edit_charter", charter)
    if request.method == "GET" and (refusal := why_decided(version)):
        messages.error(request, refusal)
        return redirect(version)
    form = UndoForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            undo_correction(by=request.user, version=version, reason=form.cleaned_data["reason"])
            before = version.corrects.label if version.corrects else ""
            messages.success(request, f"{version.label} is undone. {before} is in force again.")
            return redirect(charter)
    before = version.corrects.name if version.corrects else ""
    return form_page(
        request,
        form,
        title=f"Undo version {version.name}",
        button="Undo this correction",
        crumbs=_crumbs(charter, version),
        lead=f"Version {before} is in force again. Members are told, and read your reason.",
        links=[("Change the correction instead", reverse("coproduction:charter-correct", args=[charter.pk]))],
    )
