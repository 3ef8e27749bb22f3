"""Pages about people, accounts, jobs and the platform itself."""

import shutil
from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from knox.models import AuthToken

from impact.core import audit, clock, jobs, needs, outbox, problems, services
from impact.core import people as people_of
from impact.core.consents import ASK_AGAIN_AFTER, WORDING, consent_states
from impact.core.forms import whole_number
from impact.core.listing import list_file, list_rows, wants_file
from impact.core.models import Consent, Invitation, Job, NeedsProposal, OutboxEmail, Person, User
from impact.core.permissions import Role, has_perm, require
from impact.core.person_forms import (
    AcceptInvitationForm,
    InviteForm,
    OwnConsentForm,
    PersonFilter,
    PersonForm,
    RoleForm,
    TokenForm,
)
from impact.core.versions import Conflict


# --- People --------------------------------------------------------------------------------------
@require_GET
def people(request: HttpRequest) -> HttpResponse:
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
            "E-mail": lambda p: p.email,
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
        "core/person_list.html",
        {
            "listing": listing,
            "invitations": open_invitations,
            "sees_needs": has_perm(request.user, "core.view_needs"),
        },
    )


@require_http_methods(["GET", "POST"])
def person_invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody to make an account."""
    require(request.user, "core.invite_person")
    asked = whole_number(request.GET.get("person"))
    about = Person.objects.filter(pk=asked, user__isnull=True).first() if asked else None
    form = InviteForm(request.POST or None, about=about, may_give_roles=has_perm(request.user, "core.manage_roles"))
    if request.method == "POST" and form.is_valid():
        try:
            invitation = services.invite_person(by=request.user, **form.given)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Invitation sent to {invitation.email}. It works for 14 days.")
            return redirect("core:person-detail", about.pk) if about else redirect("core:people")
    return render(request, "core/person_invite.html", {"form": form, "about": about})


@require_POST
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an open invitation's link stop working."""
    require(request.user, "core.invite_person")
    invitation = get_object_or_404(Invitation, pk=pk)
    try:
        services.withdraw_invitation(by=request.user, invitation=invitation)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"The invitation to {invitation.email} was withdrawn.")
    return redirect("core:people")


@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: what they need, their account and roles, what changed."""
    require(request.user, "core.view_people")
    person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
    sees_needs = has_perm(request.user, "core.view_needs")
    invitation = Invitation.objects.filter(person=person, accepted_at__isnull=True, withdrawn_at__isnull=True).first()
    audit.record_reading(request.user, "person", person)
    context = {
        "person": person,
        "sees_needs": sees_needs,
        "consents": person.consents.select_related("recorded_by__person") if sees_needs else [],
        "places": {heading: places(person, request.user) for heading, places in people_of.PLACES.items()},
        "invitation": invitation,
        "may_invite": person.user is None and has_perm(request.user, "core.invite_person"),
        "roles": [Role(role).label for role in sorted(person.user.global_roles)] if person.user else [],
        "role_form": RoleForm() if person.user and has_perm(request.user, "core.manage_roles") else None,
        "granted": sorted(person.user.global_roles) if person.user else [],
        "history": audit.history(person, *([person.user] if person.user else [])),
    }
    return render(request, "core/person_detail.html", context)


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
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["version"] = str(theirs.version)
            form.add_error(None, conflict)
        except ValidationError as error:
            form.add_error(None, error)
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
        "core/person_form.html",
        {"form": form, "person": person, "theirs": theirs, "is_own": is_own, **more},
        status=409 if theirs else 200,
    )


@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's record."""
    require(request.user, "core.edit_person")
    return _edit_person(request, get_object_or_404(Person, pk=pk), "core:person-detail")


@require_POST
def person_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give or take back a global role."""
    require(request.user, "core.manage_roles")
    person = get_object_or_404(Person.objects.select_related("user").filter(user__isnull=False), pk=pk)
    form = RoleForm(request.POST)
    if form.is_valid():
        change = services.revoke_role if request.POST.get("take_back") else services.grant_role
        try:
            change(by=request.user, user=person.user, role=form.cleaned_data["role"])
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, "Roles changed. It counts from their next click on.")
    else:
        messages.error(request, "Choose a role from the list.")
    return redirect("core:person-detail", pk)


@require_http_methods(["GET", "POST"])
def my_details(request: HttpRequest) -> HttpResponse:
    """My own record: how I like to read papers, what I need, what I agreed to."""
    person = services.own_person(by=request.user)
    proposals = person.needs_proposals.filter(answered_at__isnull=True).select_related("proposed_by__person")
    states = consent_states(person.consents.all(), clock.today())
    return _edit_person(request, person, "core:my-details", proposals=proposals, states=states)


@require_POST
def needs_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Use or leave a suggestion about what I need."""
    rows = NeedsProposal.objects.filter(person__user_id=request.user.pk)
    proposal = get_object_or_404(rows.select_related("person"), pk=pk)
    is_used = request.POST.get("answer") == "use"
    try:
        needs.answer_proposal(by=request.user, proposal=proposal, is_accepted=is_used)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "Your details have changed." if is_used else "Nothing has changed.")
    return redirect("core:my-details")


@require_http_methods(["GET", "POST"])
def my_consent(request: HttpRequest, purpose: str) -> HttpResponse:
    """Answer one consent question oneself; the newest answer counts."""
    if purpose not in Consent.Purpose.values:
        raise Http404
    wanted = Consent.Purpose(purpose)
    person = services.own_person(by=request.user)
    form = OwnConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.record_consent(
            by=request.user,
            person=person,
            purpose=purpose,
            wording=WORDING[wanted],
            is_given=form.cleaned_data["is_given"],
            given_on=clock.today(),
            expires_on=clock.today() + ASK_AGAIN_AFTER,
        )
        messages.success(request, "Your answer is saved. You can change it at any time.")
        return redirect(reverse("core:my-details") + "#consents")
    earlier = person.consents.filter(purpose=purpose).select_related("recorded_by__person")[:5]
    context = {"form": form, "label": wanted.label, "wording": WORDING[wanted], "earlier": earlier, "person": person}
    return render(request, "core/my_consent.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def address_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a new contact address, from the link that went there. Only a POST counts: mail programs open links."""
    found = services.confirmed_address(by=request.user, token=token)
    if found is None:
        return render(request, "core/address_gone.html", status=404)
    person, email = found
    if request.method == "POST":
        services.confirm_address(by=request.user, token=token)
        messages.success(request, f"We write to you at {email} from now on.")
        return redirect("core:my-details")
    return render(request, "core/address_confirm.html", {"person": person, "email": email})


# --- The way in ----------------------------------------------------------------------------------
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password, from the link in an invitation."""
    invitation = services.find_invitation(token)
    if invitation is None:
        return render(request, "core/invitation_gone.html", status=404)
    form = AcceptInvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation(token=token, password=form.cleaned_data["password1"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
            messages.success(request, "Welcome. Your account is ready.")
            return redirect("core:my-details")
    return render(request, "core/invitation_accept.html", {"form": form, "invitation": invitation})


# --- API tokens ----------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def tokens(request: HttpRequest) -> HttpResponse:
    """My API tokens: make one (shown once, after signing in again), see when each ends."""
    form = TokenForm(request.POST or None)
    new_token = None
    if request.method == "POST" and form.is_valid():
        try:
            new_token = services.make_token(by=request.user, days=form.cleaned_data["days"])
        except ValidationError as error:
            form.add_error(None, error)
    mine = AuthToken.objects.filter(user=request.user, expiry__gt=timezone.now()).order_by("-created")
    return render(request, "core/token_list.html", {"form": form, "tokens": mine, "new_token": new_token})


@require_POST
def token_withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Make one of my tokens stop working."""
    token = get_object_or_404(AuthToken, user=request.user, token_key=key)
    services.withdraw_token(by=request.user, token=token)
    messages.success(request, "The token was withdrawn and no longer works.")
    return redirect("core:tokens")


# --- Jobs ----------------------------------------------------------------------------------------
def _job_for(request: HttpRequest, pk: Any) -> Job:
    mine = Q() if has_perm(request.user, "core.view_jobs") else Q(created_by_id=request.user.pk)
    return get_object_or_404(Job.objects.filter(mine), pk=pk)


@never_cache
@require_GET
def job_progress(request: HttpRequest, pk: Any) -> HttpResponse:
    """How far a job is: the fragment that a page swaps in while it waits."""
    return render(request, "core/_job.html", {"job": _job_for(request, pk)})


@require_POST
def job_retry(request: HttpRequest, pk: Any) -> HttpResponse:
    """Try a failed job again."""
    job = _job_for(request, pk)
    try:
        jobs.retry(by=request.user, job=job)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "Trying again.")
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")


# --- The platform itself -------------------------------------------------------------------------
@require_GET
def components(request: HttpRequest) -> HttpResponse:
    """The gallery of components, for whoever builds pages."""
    require(request.user, "core.view_components")
    return render(request, "core/components.html")


@login_not_required
@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "core/accessibility.html")


@login_not_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about people and who sees it, as the platform is today. tests/core/test_privacy.py holds it to that."""
    context = {
        "session_hours": settings.SESSION_COOKIE_AGE // 3600,
        "two_step_required": settings.TWO_STEP_REQUIRED,
    }
    return render(request, "core/privacy.html", context)


@login_not_required
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps log pages for places without a signal. At the root, because it may only serve below itself."""
    script = (settings.BASE_DIR / "static" / "js" / "sw.js").read_text(encoding="utf-8")
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@never_cache
@login_not_required
@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing."""
    return HttpResponse("ok\n", content_type="text/plain")


def _check_database() -> str:
    probe = User.objects.filter(pk=-1)
    probe.update(is_active=True)  # takes the write path without changing a row
    return ""


def _check_migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations are not applied" if waiting else ""


def _check_disk() -> str:
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    return "less than 200 MB free" if free < 200 * 1024 * 1024 else ""


def _check_jobs() -> str:
    oldest = Job.objects.due().values_list("due_at", flat=True).first()
    late = oldest and timezone.now() - oldest > timedelta(minutes=10)
    return "a job has been due for more than ten minutes" if late else ""


def _check_mail() -> str:
    """Whether mail leaves at all; an address that takes none is told on the page of background work."""
    late = OutboxEmail.objects.still_tried().exclude(error__startswith=outbox.REFUSED)
    is_late = late.filter(created_at__lt=timezone.now() - timedelta(hours=1)).exists()
    return "an email has not been sent for more than an hour" if is_late else ""


@never_cache
@login_not_required
@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can do its work: database write, migrations, disk, oldest due job and email. 503 when not."""
    results = {}
    for name, check in {
        "database": _check_database,
        "migrations": _check_migrations,
        "disk": _check_disk,
        "jobs": _check_jobs,
        "mail": _check_mail,
    }.items():
        try:
            results[name] = check() or "ok"
        except Exception as error:  # noqa: BLE001  whatever is wrong, the answer is "not ready"
            results[name] = f"failed ({type(error).__name__})"
    is_ready = all(result == "ok" for result in results.values())
    headers = {} if is_ready else {"Retry-After": str(problems.RETRY_AFTER)}
    return JsonResponse({"ready": is_ready, "checks": results}, status=200 if is_ready else 503, headers=headers)
