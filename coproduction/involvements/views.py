"""Pages about the register of involvements: asked, said, changed."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.involvements import services
from coproduction.involvements.forms import ChangedForm, InvolvementFilter, InvolvementForm, SaidForm
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.pages import taking_part
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, errors_on, show_error, take_version
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Group, GroupKind
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceItem
from sites.registry.models import Site


# --- Involvements --------------------------------------------------------------------------------
def _involvement_for(request: HttpRequest, pk: int) -> Involvement:
    return get_object_or_404(Involvement.objects.visible_to(request.user).with_asker(), pk=pk)


@require_GET
def involvements(request: HttpRequest) -> HttpResponseBase:
    """The register: filter, sort, page, export."""
    mine = Involvement.objects.visible_to(request.user)
    listing = list_rows(
        request,
        mine.with_asker(),
        InvolvementFilter,
        sorts={
            "asked": ("Asked", "asked_on"),
            "settled": ("Settled", "changed_on"),
            "title": ("Title", "title"),
            "team": ("Who asked in words", "asked_by"),
            "site": ("Site", "site__name"),
            "workstream": ("Workstream", "workstream"),
        },
        default="-asked",
    )
    today = clock.today()
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Title": lambda i: i.title,
            "Group": lambda i: i.group.name,
            "Who asked": lambda i: i.asker,
            "Site": lambda i: i.site.name if i.site else "",
            "Workstream": lambda i: i.get_workstream_display(),
            "Organisation": lambda i: i.organisation.name if i.organisation else "",
            "Asked on": lambda i: i.asked_on.isoformat(),
            "What was asked": lambda i: i.asked,
            "What it is for": lambda i: i.purpose,
            "Wanted by": lambda i: i.wanted_by.isoformat() if i.wanted_by else "",
            "Time": lambda i: i.time_needed,
            "Payment": lambda i: i.get_payment_display(),
            "What members said": lambda i: i.said,
            "Said on": lambda i: i.said_on.isoformat() if i.said_on else "",
            "Status": lambda i: i.step_label,
            "What changed": lambda i: i.changed,
            "Settled on": lambda i: i.changed_on.isoformat() if i.changed_on else "",
            "No answer for too long": lambda i: "yes" if i.is_overdue(today) else "no",
            "Area for development": lambda i: "yes" if i.is_development else "no",
            "Good practice": lambda i: "yes" if i.is_good_practice else "no",
            "Illustrative": lambda i: "yes" if i.is_illustrative else "no",
        }
        return list_file(request, "involvements", columns, listing.rows)
    context = {
        "listing": listing,
        "may_add": has_perm(request.user, "coproduction.edit_involvement"),
        "counts": {
            "asked": mine.awaiting_response().count(),
            "said": mine.awaiting_change().count(),
            "settled": mine.settled().count(),
            "good": mine.filter(is_good_practice=True).count(),
            "development": mine.filter(is_development=True).count(),
            "overdue": mine.overdue().count(),
        },
        "overdue": {row.pk for row in listing.page if row.is_overdue(today)},
        "answer_days": settings.INVOLVEMENT_ANSWER_DAYS,
    }
    return render(request, "coproduction/involvements/involvement_list.html", context)


@require_GET
def involvement_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One involvement as three steps: asked, said, changed."""
    involvement = _involvement_for(request, pk)
    user = request.user
    context = {
        "involvement": involvement,
        "may_edit": has_perm(user, "coproduction.edit_involvement", involvement),
        "is_overdue": involvement.is_overdue(clock.today()),
        "answer_days": settings.INVOLVEMENT_ANSWER_DAYS,
        "site": Site.objects.visible_to(user).filter(pk=involvement.site_id).first(),  # type: ignore[misc]
        "organisation": Organisation.objects.visible_to(user).filter(pk=involvement.organisation_id).first(),  # type: ignore[misc]
        "evidence": EvidenceItem.objects.visible_to(user).filter(involvements=involvement),
        "history": audit.history(involvement),
        **taking_part(request, involvement),
    }
    return render(request, "coproduction/involvements/involvement_detail.html", context)


@require_http_methods(["GET", "POST"])
def involvement_add(request: HttpRequest) -> HttpResponse:
    """Record that members were asked to shape something."""
    require(request.user, "coproduction.edit_involvement")
    group = Group.objects.filter(kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()
    form = InvolvementForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            if group is None:
                raise ValidationError("There is no advisory group yet. Add the group first.")
            involvement = services.add_involvement(by=request.user, group=group, **form.changes)
            messages.success(request, "The request is saved. Record what members say once they have responded.")
            return redirect(involvement)
    return render(
        request, "coproduction/involvements/involvement_form.html", {"form": form, "title": "Record a new request"}
    )


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
    form = form_class(
        request.POST or None, instance=involvement, initial={"version": involvement.version}, user=request.user
    )
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
            take_version(form, theirs)
            form.add_error(None, conflict)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(involvement)
    fields = []
    if theirs:
        for name, field in form.fields.items():
            if name not in ("version", "evidence"):
                display = getattr(theirs, f"get_{name}_display", None)
                fields.append((field.label, display() if display else getattr(theirs, name)))
    context = {"form": form, "involvement": involvement, "title": title, "theirs": theirs, "their_fields": fields}
    return render(request, "coproduction/involvements/involvement_form.html", context, status=409 if theirs else 200)


@require_http_methods(["GET", "POST"])
def involvement_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put right what is written."""
    return _write(request, pk, InvolvementForm, services.update_involvement, title="Edit record", done="Saved.")


@require_http_methods(["GET", "POST"])
def involvement_said(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what members said."""
    return _write(
        request,
        pk,
        SaidForm,
        services.record_said,
        title="What members said",
        done="Saved. The team that asked now needs to say what will change.",
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
        done="Saved. Members can read what changed.",
    )


@require_POST
def involvement_good_practice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as worth telling others about, or take the mark away."""
    involvement = _involvement_for(request, pk)
    is_good = request.POST.get("good") == "1"
    if not has_perm(request.user, "coproduction.edit_involvement", involvement):
        raise PermissionDenied("Only the engagement lead can mark good practice.")
    with errors_as_messages(request):
        services.mark_good_practice(by=request.user, involvement=involvement, is_good_practice=is_good)
        messages.success(request, "Marked as good practice." if is_good else "No longer marked as good practice.")
    return redirect(involvement)


@require_POST
def involvement_development(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as an area for development, or take the mark away."""
    involvement = _involvement_for(request, pk)
    is_marked = request.POST.get("development") == "1"
    if not has_perm(request.user, "coproduction.edit_involvement", involvement):
        raise PermissionDenied("Only the engagement lead can mark what we need to do better.")
    with errors_as_messages(request):
        services.mark_development(by=request.user, involvement=involvement, is_development=is_marked)
        done = "Marked as an area for development." if is_marked else "No longer marked as an area for development."
        messages.success(request, done)
    return redirect(involvement)
