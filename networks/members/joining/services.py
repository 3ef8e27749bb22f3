"""Joining a group: people are invited by email and belong once they accept, whether or not we know them."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, name_of, require
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.jobs import outbox
from impact.core.people.models import Person, User
from impact.core.people.needs import NEEDS
from impact.core.people.services import own_person
from networks.groups.models import Group, Membership
from networks.meetings.invitations.services import match_group
from networks.members.joining.models import OPEN_FOR, JoinInvitation
from networks.members.services import check_once, joined

Answer = JoinInvitation.Answer
MOST_OPEN = 100  # unanswered invitations of one group; an assembly has 35 people
RESEND_AFTER = timedelta(minutes=10)


def _signer() -> Signer:
    return Signer(sep=".", salt="networks.join")


def join_token(invitation: JoinInvitation) -> str:
    """What the link to join ends in: the invitation's key, signed."""
    return _signer().sign(invitation.key.hex)


def join_invitation_of(token: str) -> JoinInvitation | None:
    """The invitation behind a link, whatever its state; None when the link was not made by us."""
    try:
        key = UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return JoinInvitation.objects.select_related("group__site", "invited_by__person").filter(key=key).first()


def _send(invitation: JoinInvitation, by: Actor) -> None:
    link = settings.SITE_URL + reverse("networks:join", args=[join_token(invitation)])
    context = {"invitation": invitation, "inviter": name_of(by), "link": link}
    outbox.send_later(
        event="join-invitation",
        to=invitation.email,
        subject="An invitation from IMPACT",  # it lights up on a locked phone, so it names no group
        body=render_to_string("emails/join_invitation.txt", context).strip() + "\n",
    )


@transaction.atomic
def invite_member(
    *,
    by: Actor,
    group: Group,
    name: str,
    email: str,
    role: str = Membership.Role.MEMBER,
    perspective: str = "",
    perspective_note: str = "",
    **more: Any,
) -> JoinInvitation:
    """Invite someone by email to join a group. No one is looked up, so a known address looks like any other.

    ``more``: starts_on, the first day (today, or the day they accept, if that is later); is_illustrative.
    """
    require(by, "networks.edit_group", group)
    list(Group.objects.select_for_update().filter(pk=group.pk))  # two invitations at once take turns
    if role == Membership.Role.COORDINATOR:
        raise ValidationError({"role": "Appoint a coordinator instead, with a handover date."})
    if group.is_local_network and role in Membership.COUNTED_ROLES and not perspective:
        raise ValidationError({"perspective": "Choose the perspective that this person brings."})
    name, email = " ".join(name.split()), email.strip().lower()
    waiting = JoinInvitation.objects.filter(group=group).unanswered()
    if waiting.filter(email=email, name__iexact=name).exists():
        raise ValidationError(f"{name} has been invited already and has not answered. You can send it again.")
    if waiting.count() >= MOST_OPEN:
        raise ValidationError(f"{MOST_OPEN} people have not answered yet. Withdraw some invitations first.")
    invitation = JoinInvitation(
        group=group,
        name=name,
        email=email,
        role=role,
        perspective=perspective,
        perspective_note=perspective_note,
        invited_by_id=by.pk,
        **{key: value for key, value in more.items() if value is not None},
    )
    invitation.full_clean()
    invitation.save()
    _send(invitation, by)
    audit.record(by, "group.member_invited", group, role=invitation.get_role_display())
    return invitation


def _unanswered(by: Actor, invitation: JoinInvitation) -> JoinInvitation:
    require(by, "networks.edit_group", invitation.group)
    rows = JoinInvitation.objects.select_for_update(of=("self",)).select_related("group")
    row: JoinInvitation = rows.get(pk=invitation.pk)
    if row.answer or row.withdrawn_at:
        raise ValidationError("This invitation was answered or withdrawn already.")
    return row


@transaction.atomic
def send_join_invitation_again(*, by: Actor, invitation: JoinInvitation) -> JoinInvitation:
    """Send an invitation to join once more; its link works for another month."""
    row = _unanswered(by, invitation)
    if row.sent_at > clock.now() - RESEND_AFTER:
        raise ValidationError("It was sent only a few minutes ago. Try again later.")
    row.sent_at = clock.now()
    row.expires_at = row.sent_at + OPEN_FOR
    row.save(update_fields=["sent_at", "expires_at"])
    _send(row, by)
    audit.record(by, "group.member_invited_again", row.group)
    return row


@transaction.atomic
def withdraw_join_invitation(*, by: Actor, invitation: JoinInvitation) -> JoinInvitation:
    """Withdraw an invitation to join that has not been answered."""
    row = _unanswered(by, invitation)
    row.withdrawn_at = clock.now()
    row.save(update_fields=["withdrawn_at"])
    audit.record(by, "group.member_invitation_withdrawn", row.group)
    return row


@transaction.atomic
def answer_join_invitation(*, by: Actor, invitation: JoinInvitation, answer: str, **needs: Any) -> JoinInvitation:
    """Join a group, or say no.

    ``by`` is the account whose verified address was invited, or SYSTEM for the person who opened the signed link in that mailbox:
    then a record without an account is made, with the ``needs`` that the person wrote. An account keeps its own needs.
    """
    rows = JoinInvitation.objects.select_for_update(of=("self",)).select_related("group")
    row: JoinInvitation = rows.get(pk=invitation.pk)
    if by is not SYSTEM and not JoinInvitation.objects.visible_to(by).filter(pk=row.pk).exists():
        raise PermissionDenied("This invitation is for someone else.")
    if not row.is_open:
        raise ValidationError("This invitation has expired, was answered or was withdrawn. Ask for a new one.")
    if answer not in Answer.values:
        raise ValidationError({"answer": "Choose yes or no."})
    if unknown := set(needs) - set(NEEDS):
        raise TypeError(f"Not needs of a person: {sorted(unknown)}")
    row.answer, row.answered_at = answer, clock.now()
    if answer == Answer.YES:
        person = own_person(by=cast(User, by)) if by is not SYSTEM else _record_of(row, needs)
        row.membership = _belongs(row.group, person) or _join(row, person)
    row.save(update_fields=["answer", "answered_at", "membership"])
    if answer == Answer.YES:
        audit.record(by, "group.member_joined", row.group, role=row.get_role_display())
        row.group.__dict__.pop("_roles_of", None)
        match_group(row.group)
    else:
        audit.record(by, "group.member_declined", row.group)
    return row


def _record_of(invitation: JoinInvitation, needs: dict[str, Any]) -> Person:
    nation = invitation.group.nation if invitation.group.nation != Nation.UK else ""
    person = Person(
        name=invitation.name,
        email=invitation.email,
        nation=nation,
        is_illustrative=invitation.is_illustrative,
        **needs,
    )
    person.full_clean()
    person.save()
    audit.record(SYSTEM, "person.added", person)
    return person


def _belongs(group: Group, person: Person) -> Membership | None:
    open_now = group.memberships.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today()))
    found: Membership | None = open_now.filter(person=person).first()
    return found


def _join(invitation: JoinInvitation, person: Person) -> Membership:
    starts_on = max(invitation.starts_on, clock.today())
    check_once(invitation.group, person, starts_on)
    membership = Membership(
        group=invitation.group,
        person=person,
        role=invitation.role,
        perspective=invitation.perspective,
        perspective_note=invitation.perspective_note,
        starts_on=starts_on,
    )
    membership.full_clean()
    membership.save()
    joined(SYSTEM, membership)
    return membership
