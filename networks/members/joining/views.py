"""Pages about joining a group: inviting, recording someone without email, and answering with or without an account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access.acting.models import ActingFor
from impact.core.access.permissions import SYSTEM, require
from impact.core.basics import clock
from impact.core.people.lookup import person_signing_in_with
from impact.core.web.forms import errors_as_messages, errors_on, form_page
from impact.core.web.views import alone
from networks.groups.lent import READING
from networks.groups.models import Group
from networks.groups.pages import find_group, group_crumbs
from networks.members.joining import services
from networks.members.joining.forms import InviteMemberForm, JoinForm, RecordMemberForm
from networks.members.joining.models import JoinInvitation
from networks.members.services import add_member


@require_http_methods(["GET", "POST"])
def member_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite someone to join a group."""
    group = find_group(request, slug)
    require(request.user, "networks.edit_group", group)
    form = InviteMemberForm(request.POST or None, group=group, initial={"starts_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            invitation = services.invite_member(by=request.user, group=group, **form.cleaned_data)
            messages.success(
                request,
                f"We have sent an invitation to {invitation.email}. {invitation.name} becomes a member when they say yes.",
            )
            if request.POST.get("another"):
                return redirect("networks:member-add", group.slug)
            return redirect(group.get_absolute_url() + "#invited")
    return form_page(
        request,
        form,
        title="Invite a member",
        button="Send invitation",
        crumbs=group_crumbs(group),
        lead="They will get an email that explains what joining means, and can say yes or no. They will tell us what they need.",
        second_button=("another", "Send and invite another"),
        way_out=("Record someone without email", reverse("networks:member-record", args=[group.slug])),
    )


@require_http_methods(["GET", "POST"])
def member_record(request: HttpRequest, slug: str) -> HttpResponse:
    """Record a member who has no email, marked with who did."""
    group = find_group(request, slug)
    require(request.user, "networks.edit_group", group)
    form = RecordMemberForm(request.POST or None, group=group, initial={"starts_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            membership = add_member(by=request.user, group=group, **form.cleaned_data)
            messages.success(request, f"{membership.person.name} is now a member of {group.name}. You recorded this.")
            if request.POST.get("another"):
                return redirect("networks:member-record", group.slug)
            return redirect(group.get_absolute_url() + "#members")
    return form_page(
        request,
        form,
        title="Record someone without email",
        button="Record member",
        crumbs=group_crumbs(group),
        lead="Only for someone who has told you that they want to join. Your name is shown beside what you write.",
        second_button=("another", "Record and add another"),
        way_out=("They have an email address: invite them", reverse("networks:member-add", args=[group.slug])),
    )


def _invitation(request: HttpRequest, pk: int) -> JoinInvitation:
    rows = JoinInvitation.objects.filter(group__in=Group.objects.visible_to(request.user))
    invitation = get_object_or_404(rows.select_related("group__site"), pk=pk)
    require(request.user, "networks.edit_group", invitation.group)
    return invitation


@require_POST
def join_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an invitation to join once more."""
    invitation = _invitation(request, pk)
    with errors_as_messages(request):
        services.send_join_invitation_again(by=request.user, invitation=invitation)
        messages.success(request, f"The invitation to {invitation.email} was sent again.")
    return redirect(invitation.group.get_absolute_url() + "#invited")


@require_POST
def join_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an invitation to join."""
    invitation = _invitation(request, pk)
    with errors_as_messages(request):
        services.withdraw_join_invitation(by=request.user, invitation=invitation)
        messages.success(request, f"The invitation to {invitation.name} was withdrawn.")
    return redirect(invitation.group.get_absolute_url() + "#members")


def _answer_page(
    request: HttpRequest, invitation: JoinInvitation | None, form: JoinForm | None, **more: Any
) -> HttpResponse:
    context = {"invitation": invitation, "form": form, **more}
    status = 404 if invitation is None else 200 if form or invitation.answer else 410
    return render(request, "networks/members/joining/join.html", context, status=status)


@never_cache
@csrf_exempt  # the signed link is what allows an answer; without a referrer, browsers send no origin to check
@login_not_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Say yes or no by the link in an email. Only a POST counts: mail programs open links by themselves."""
    invitation = services.join_invitation_of(token)
    form = JoinForm(request.POST or None) if invitation and invitation.is_open else None
    if invitation and form and request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.answer_join_invitation(by=SYSTEM, invitation=invitation, **form.given)
            return alone(redirect("networks:join", token))
    account = person_signing_in_with(invitation.email) if invitation and form else None
    sign_in_to = reverse("networks:join-answer", args=[invitation.pk]) if invitation and account else ""
    return alone(_answer_page(request, invitation, form, sign_in_to=sign_in_to))


@require_http_methods(["GET", "POST"])
def join_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Say yes or no as the account whose address was invited."""
    rows = JoinInvitation.objects.visible_to(request.user).select_related("group__site", "invited_by__person")
    invitation = get_object_or_404(rows, pk=pk)
    form = JoinForm(request.POST or None, has_account=True) if invitation.is_open else None
    if form and request.method == "POST" and form.is_valid():
        with errors_on(form):
            answered = services.answer_join_invitation(by=request.user, invitation=invitation, **form.cleaned_data)
            if answered.answer == JoinInvitation.Answer.YES:
                messages.success(request, f"Welcome. You are now a member of {invitation.group.name}.")
                return redirect("home")
            messages.success(request, "Thank you. You have not joined, and the coordinator can see that you said no.")
            return redirect("home")
    supporters = ActingFor.objects.in_force().filter(
        kind=ActingFor.Kind.SUPPORT, person__user_id=request.user.pk or 0, duties__sort__in=READING
    )
    names = supporters.order_by("helper__name").values_list("helper__name", flat=True).distinct()
    return _answer_page(request, invitation, form, is_own=True, supporters=list(names))
