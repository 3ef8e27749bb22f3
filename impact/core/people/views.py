"""Pages about people, and everyone's page about themselves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.acting.models import ActingFor
from impact.core.access.permissions import Role, has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people import lookup as people_of
from impact.core.people import needs, services
from impact.core.people.accounts import SignedInRequest
from impact.core.people.consents import consent_states, purposes_of
from impact.core.people.forms import PersonFilter, PersonForm, RoleForm
from impact.core.people.models import Invitation, NeedsProposal, Person
from impact.core.web.forms import errors_as_messages, show_error, take_version
from impact.core.web.listing import list_file, list_rows, wants_file


# --- People --------------------------------------------------------------------------------------
@require_GET
def people(request: SignedInRequest) -> HttpResponseBase:
    """Everybody we work with: filter, sort, page, export."""
    require(request.user, "core.view_people")
    listing = list_rows(
        request,
        Person.objects.select_related("user"),
        PersonFilter,
        sorts={"name": ("Name", "name"), "nation": ("Nation", "nation"), "added": ("Added", "created_at")},
        default="name",
    )
    is_file = wants_file(request)
    audit.record_reading(
        request.user, "people_exported" if is_file else "people", request.user, each_time=is_file, rows=listing.total
    )
    if is_file:
        columns = {
            "Name": lambda p: p.name,
            "Email": lambda p: p.email,
            "Nation": lambda p: p.get_nation_display(),
            "Reads papers as": lambda p: p.get_preferred_format_display(),
            "Has an account": lambda p: "yes" if p.user_id else "no",
        }
        if not has_perm(request.user, "core.view_needs"):
            del columns["Reads papers as"]
        return list_file(request, "people", columns, listing.rows)
    open_invitations = Invitation.objects.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
    )
    return render(
        request,
        "core/people/person_list.html",
        {
            "listing": listing,
            "invitations": open_invitations,
            "sees_needs": has_perm(request.user, "core.view_needs"),
        },
    )


@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: what they need, their account and roles, what changed."""
    require(request.user, "core.view_people")
    person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
    is_erased = person.erasures.exists()
    sees_needs = has_perm(request.user, "core.view_needs") and not is_erased
    invitation = Invitation.objects.filter(person=person, accepted_at__isnull=True, withdrawn_at__isnull=True).first()
    audit.record_reading(request.user, "person", person)
    context = {
        "person": person,
        "sees_needs": sees_needs,
        "consents": person.consents.select_related("recorded_by__person") if sees_needs else [],
        "places": {heading: places(person, request.user) for heading, places in people_of.PLACES.items()},
        "invitation": invitation,
        "is_erased": is_erased,
        "may_invite": person.user is None and not is_erased and has_perm(request.user, "core.invite_person"),
        "roles": [Role(role).label for role in sorted(person.user.global_roles)] if person.user else [],
        "role_form": RoleForm()
        if person.user and not is_erased and has_perm(request.user, "core.manage_roles")
        else None,
        "may_set_notices": not is_erased and has_perm(request.user, "core.set_notices"),
        "granted": sorted(person.user.global_roles) if person.user else [],
        "may_hold": not is_erased and has_perm(request.user, "core.set_hold"),
        "acting": ActingFor.objects.visible_to(request.user)
        .open()
        .filter(person=person)
        .select_related("helper", "person"),
        "may_cover": person.user is not None and not is_erased and has_perm(request.user, "core.arrange_cover"),
        "may_name_supporter": person.user is None and not is_erased and has_perm(request.user, "core.record_supporter"),
        "may_close": person.user is not None and not is_erased and has_perm(request.user, "core.close_account"),
        "may_erase": not is_erased and has_perm(request.user, "core.erase_person"),
        "hold": person.legal_holds.filter(lifted_at__isnull=True).select_related("placed_by__person").first(),
        "rights_requests": person.rights_requests.order_by("-received_on", "-pk")[:5],
        "may_merge": not is_erased and has_perm(request.user, "core.merge_people"),
        "history": audit.history(*([person.user] if person.user else []), *(Person(pk=pk) for pk in person.record_ids)),
    }
    return render(request, "core/people/person_detail.html", context)


def _edit_person(request: HttpRequest, person: Person, done: str, **more: Any) -> HttpResponse:
    is_own = person.user_id == request.user.pk
    form = PersonForm(
        request.POST or None,
        instance=person,
        initial={"version": person.version},
        is_own=is_own,
        sees_needs=is_own or has_perm(request.user, "core.view_needs"),
    )
    theirs = None
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in PersonForm.Meta.fields if name in form.fields}
        fresh = Person.objects.get(pk=person.pk)
        try:
            services.update_person(by=request.user, person=fresh, expected=form.cleaned_data["version"], **changes)
        except Conflict as conflict:
            theirs = conflict.current
            take_version(form, theirs)
            form.add_error(None, conflict)
        except ValidationError as error:
            show_error(form, error)
        else:
            asked = form.cleaned_data["email"].strip().lower()
            if asked != fresh.email:
                messages.success(
                    request, f"Saved. We have sent a link to {asked}. Your address changes once you open it."
                )
            else:
                messages.success(request, "Saved.")
            return redirect(done, *([person.pk] if done == "core:person-detail" else []))
    return render(
        request,
        "core/people/person_form.html",
        {"form": form, "person": person, "theirs": theirs, "is_own": is_own, **more},
        status=409 if theirs else 200,
    )


@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's record."""
    require(request.user, "core.edit_person")
    return _edit_person(request, get_object_or_404(Person, pk=pk), "core:person-detail")


@require_http_methods(["GET", "POST"])
def my_details(request: SignedInRequest) -> HttpResponse:
    """My own record: how I like to read papers, what I need, what I agreed to."""
    person = services.own_person(by=request.user)
    proposals = person.needs_proposals.filter(answered_at__isnull=True).select_related("proposed_by__person")
    states = consent_states(person.consents.all(), clock.today(), purposes_of([person.pk])[person.pk])
    return _edit_person(request, person, "core:my-details", proposals=proposals, states=states)


@require_POST
def needs_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Use or leave a suggestion about what I need."""
    rows = NeedsProposal.objects.filter(person__user_id=request.user.pk)
    proposal = get_object_or_404(rows.select_related("person"), pk=pk)
    is_used = request.POST.get("answer") == "use"
    with errors_as_messages(request):
        needs.answer_proposal(by=request.user, proposal=proposal, is_accepted=is_used)
        messages.success(request, "Your details have changed." if is_used else "Nothing has changed.")
    return redirect("core:my-details")


@never_cache
@require_http_methods(["GET", "POST"])
def address_confirm(request: SignedInRequest, token: str) -> HttpResponse:
    """Confirm a new contact address, from the link that went there. Only a POST counts: mail programs open links."""
    found = services.confirmed_address(by=request.user, token=token)
    if found is None:
        return render(request, "core/people/address_gone.html", status=404)
    person, email = found
    if request.method == "POST":
        services.confirm_address(by=request.user, token=token)
        messages.success(request, f"From now on we will write to you at {email}.")
        return redirect("core:my-details")
    return render(request, "core/people/address_confirm.html", {"person": person, "email": email})
