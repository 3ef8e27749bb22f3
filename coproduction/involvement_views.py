"""Pages about suggestions and the register of involvements: asked, said, changed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction import services
from coproduction.forms import (
    AnswerForm,
    ChangedForm,
    InvolvementFilter,
    InvolvementForm,
    SaidForm,
    SuggestionFilter,
)
from coproduction.models import CharterVersion, Involvement, SectionText, Suggestion
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Group, GroupKind


# --- Suggestions ---------------------------------------------------------------------------------
@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """Every suggestion and its answer, those that wait first."""
    user = request.user
    listing = list_rows(
        request,
        Suggestion.objects.visible_to(user).select_related(
            "section__charter__group", "version", "person", "recorded_by__person"
        ),
        SuggestionFilter,
        sorts={
            "answer": ("Waiting first", "-status"),
            "made": ("Date", "made_on"),
            "section": ("Section", "section__position"),
        },
        default="answer",
    )
    charters = {row.section.charter_id: row.section.charter for row in listing.page}
    named = [pk for pk, charter in charters.items() if has_perm(user, "coproduction.view_names", charter)]
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Section": lambda s: s.section.title,
            "Version": lambda s: s.version.number,
            "Made on": lambda s: s.made_on.isoformat(),
            "Suggestion": lambda s: s.words,
            "Status": lambda s: s.get_status_display(),
            "Answer": lambda s: s.answer,
            "Answered on": lambda s: s.answered_on.isoformat() if s.answered_on else "",
        }
        return list_file(request, "suggestions", columns, listing.rows)
    context = {
        "listing": listing,
        "named": named,
        "may_answer": has_perm(user, "coproduction.answer_suggestion"),
        "waiting": Suggestion.objects.visible_to(user).waiting().count(),
    }
    return render(request, "coproduction/suggestion_list.html", context)


@require_http_methods(["GET", "POST"])
def suggestion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One suggestion beside the words it is about, with its answer or the form to give one."""
    suggestion = get_object_or_404(
        Suggestion.objects.visible_to(request.user).select_related(
            "section__charter__group", "version", "person", "recorded_by__person"
        ),
        pk=pk,
    )
    may_answer = has_perm(request.user, "coproduction.answer_suggestion", suggestion)
    if request.method == "POST":
        require(request.user, "coproduction.answer_suggestion", suggestion)
    is_waiting = suggestion.status == Suggestion.Status.WAITING
    form = AnswerForm(request.POST or None) if may_answer and (is_waiting or request.method == "POST") else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            services.answer_suggestion(by=request.user, suggestion=suggestion, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The answer is kept, and the group can read it.")
            return redirect("coproduction:suggestion-list")
    context = {
        "suggestion": suggestion,
        "charter": suggestion.section.charter,
        "text": SectionText.objects.filter(version=suggestion.version, section=suggestion.section).first(),
        "sees_names": has_perm(request.user, "coproduction.view_names", suggestion),
        "may_answer": may_answer,
        "form": form,
        "readable": CharterVersion.objects.visible_to(request.user).filter(pk=suggestion.version_id).exists(),
    }
    return render(request, "coproduction/suggestion_detail.html", context)


# --- Involvements --------------------------------------------------------------------------------
def _involvement_for(request: HttpRequest, pk: int) -> Involvement:
    return get_object_or_404(Involvement.objects.visible_to(request.user).select_related("group"), pk=pk)


@require_GET
def involvements(request: HttpRequest) -> HttpResponse:
    """The register: filter, sort, page, export."""
    mine = Involvement.objects.visible_to(request.user)
    listing = list_rows(
        request,
        mine.select_related("group"),
        InvolvementFilter,
        sorts={
            "asked": ("Asked", "asked_on"),
            "settled": ("Settled", "changed_on"),
            "title": ("Title", "title"),
            "team": ("Who asked", "asked_by"),
        },
        default="-asked",
    )
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Title": lambda i: i.title,
            "Group": lambda i: i.group.name,
            "Who asked": lambda i: i.asked_by,
            "Asked on": lambda i: i.asked_on.isoformat(),
            "What was asked": lambda i: i.asked,
            "What members said": lambda i: i.said,
            "Said on": lambda i: i.said_on.isoformat() if i.said_on else "",
            "Where it stands": lambda i: i.step_label,
            "What changed": lambda i: i.changed,
            "Settled on": lambda i: i.changed_on.isoformat() if i.changed_on else "",
            "Good practice": lambda i: "yes" if i.is_good_practice else "no",
            "Illustrative": lambda i: "yes" if i.is_illustrative else "no",
        }
        return list_file(request, "involvements", columns, listing.rows)
    context = {
        "listing": listing,
        "may_add": has_perm(request.user, "coproduction.edit_involvement"),
        "counts": {
            "asked": mine.to_be_said().count(),
            "said": mine.to_be_changed().count(),
            "settled": mine.settled().count(),
            "good": mine.filter(is_good_practice=True).count(),
        },
    }
    return render(request, "coproduction/involvement_list.html", context)


@require_GET
def involvement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One involvement as three steps: asked, said, changed."""
    involvement = _involvement_for(request, pk)
    context = {
        "involvement": involvement,
        "may_edit": has_perm(request.user, "coproduction.edit_involvement", involvement),
        "history": audit.history(involvement),
    }
    return render(request, "coproduction/involvement_detail.html", context)


@require_http_methods(["GET", "POST"])
def involvement_add(request: HttpRequest) -> HttpResponse:
    """Record that members were asked to shape something."""
    require(request.user, "coproduction.edit_involvement")
    group = Group.objects.filter(kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()
    form = InvolvementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if group is None:
                raise ValidationError("There is no advisory group yet. Add the group first.")
            involvement = services.add_involvement(by=request.user, group=group, **form.changes)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The request is kept. Record what members say when they have spoken.")
            return redirect(involvement)
    return render(request, "coproduction/involvement_form.html", {"form": form, "title": "Record a new request"})


def _write(
    request: HttpRequest,
    pk: int,
    form_class: type,
    service: Callable[..., Involvement],
    *,
    title: str,
    done: str,
) -> HttpResponse:
    """A form about one involvement: keeps what was typed on an error, shows both texts on a conflict."""
    involvement = _involvement_for(request, pk)
    require(request.user, "coproduction.edit_involvement", involvement)
    form = form_class(request.POST or None, instance=involvement, initial={"version": involvement.version})
    theirs = None
    if request.method == "POST" and form.is_valid():
        try:
            service(
                by=request.user,
                involvement=Involvement.objects.get(pk=involvement.pk),
                expected=form.cleaned_data["version"],
                **form.changes,
            )
        except Conflict as conflict:
            theirs = conflict.current
            form.data = form.data.copy()
            form.data["version"] = str(theirs.version)
            form.add_error(None, conflict)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, done)
            return redirect(involvement)
    fields = []
    if theirs:
        for name, field in form.fields.items():
            if name != "version":
                display = getattr(theirs, f"get_{name}_display", None)
                fields.append((field.label, display() if display else getattr(theirs, name)))
    context = {"form": form, "involvement": involvement, "title": title, "theirs": theirs, "their_fields": fields}
    return render(request, "coproduction/involvement_form.html", context, status=409 if theirs else 200)


@require_http_methods(["GET", "POST"])
def involvement_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put right what is written."""
    return _write(request, pk, InvolvementForm, services.update_involvement, title="Change the record", done="Saved.")


@require_http_methods(["GET", "POST"])
def involvement_said(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what members said."""
    return _write(
        request,
        pk,
        SaidForm,
        services.record_said,
        title="What members said",
        done="Kept. Now the team that asked says what changes.",
    )


@require_http_methods(["GET", "POST"])
def involvement_changed(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what changed, or why nothing did."""
    return _write(
        request,
        pk,
        ChangedForm,
        services.record_change,
        title="What changed",
        done="Kept. Members can read what changed.",
    )


@require_POST
def involvement_good_practice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as worth telling others about, or take the mark away."""
    involvement = _involvement_for(request, pk)
    is_good = request.POST.get("good") == "1"
    if not has_perm(request.user, "coproduction.edit_involvement", involvement):
        raise PermissionDenied("Only the engagement lead marks good practice.")
    try:
        services.mark_good_practice(by=request.user, involvement=involvement, is_good_practice=is_good)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "Marked as good practice." if is_good else "No longer marked as good practice.")
    return redirect(involvement)
