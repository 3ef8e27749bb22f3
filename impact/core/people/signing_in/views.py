"""Invitations, roles, and API tokens."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access.models import ApiToken
from impact.core.access.permissions import has_perm, require
from impact.core.people import accounts
from impact.core.people.accounts import SignedInRequest
from impact.core.people.forms import AcceptInvitationForm, InviteForm, RoleForm, TokenForm
from impact.core.people.models import Invitation, Person
from impact.core.web.forms import errors_as_messages, errors_on, whole_number


@require_http_methods(["GET", "POST"])
def person_invite(request: HttpRequest) -> HttpResponse:
    """Invite someone to make an account."""
    require(request.user, "core.invite_person")
    asked = whole_number(request.GET.get("person"))
    about = Person.objects.filter(pk=asked, user__isnull=True).first() if asked else None
    form = InviteForm(request.POST or None, about=about, may_give_roles=has_perm(request.user, "core.manage_roles"))
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            invitation = accounts.invite_person(by=request.user, **form.given)
            messages.success(request, f"Invitation sent to {invitation.email}. It is valid for 14 days.")
            return redirect("core:person-detail", about.pk) if about else redirect("core:people")
    return render(request, "core/people/person_invite.html", {"form": form, "about": about})


@require_POST
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an open invitation's link stop working."""
    require(request.user, "core.invite_person")
    invitation = get_object_or_404(Invitation, pk=pk)
    with errors_as_messages(request):
        accounts.withdraw_invitation(by=request.user, invitation=invitation)
        messages.success(request, f"The invitation to {invitation.email} was withdrawn.")
    return redirect("core:people")


@require_POST
def person_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give or take back a global role."""
    require(request.user, "core.manage_roles")
    person = get_object_or_404(Person.objects.select_related("user").filter(user__isnull=False), pk=pk)
    form = RoleForm(request.POST)
    if person.user and form.is_valid():
        change = accounts.revoke_role if request.POST.get("take_back") else accounts.grant_role
        with errors_as_messages(request):
            change(by=request.user, user=person.user, role=form.cleaned_data["role"])
            messages.success(request, "Roles changed. This takes effect when they next load a page.")
    else:
        messages.error(request, "Choose a role from the list.")
    return redirect("core:person-detail", pk)


# --- The way in ----------------------------------------------------------------------------------
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password, from the link in an invitation."""
    if (known := accounts.found_account(token)) is not None:
        return render(request, "core/people/invitation_has_account.html", {"invitation": known}, status=409)
    invitation = accounts.find_invitation(token)
    if invitation is None:
        return render(request, "core/people/invitation_gone.html", status=404)
    form = AcceptInvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            user = accounts.accept_invitation(token=token, password=form.cleaned_data["password1"])
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            messages.success(request, "Welcome. Your account is ready.")
            return redirect("core:my-details")
    return render(request, "core/people/invitation_accept.html", {"form": form, "invitation": invitation})


# --- API tokens ----------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def tokens(request: SignedInRequest) -> HttpResponse:
    """My API tokens: make one (shown once, after signing in again), see when each ends."""
    form = TokenForm(request.POST or None)
    new_token = None
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            new_token = accounts.make_token(by=request.user, **form.cleaned_data)
            form = TokenForm()
    mine = ApiToken.objects.filter(user=request.user, expiry__gt=timezone.now()).order_by("-created")
    context = {
        "form": form,
        "tokens": mine,
        "new_token": new_token,
        "may_have_webhooks": has_perm(request.user, "core.keep_webhooks"),
    }
    return render(request, "core/people/token_list.html", context)


@require_POST
def token_withdraw(request: SignedInRequest, key: str) -> HttpResponse:
    """Make one of my tokens stop working."""
    token = get_object_or_404(ApiToken, user=request.user, token_key=key)
    accounts.withdraw_token(by=request.user, token=token)
    messages.success(request, "The token was withdrawn and no longer works.")
    return redirect("core:tokens")
