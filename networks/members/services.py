"""A membership while it lasts: its details, what the person needs and agreed to, and handing a group over."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import Actor, has_perm, name_of, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.basics.vocabulary import Nation
from impact.core.jobs import outbox
from impact.core.people import needs
from impact.core.people.accounts import invite_person
from impact.core.people.consents import purposes_of, question_for
from impact.core.people.models import Consent, Invitation, Person, User
from impact.core.people.rights.acting.services import hold
from impact.core.people.services import keep_consent
from networks.groups.models import (
    Group,
    Membership,
)
from networks.meetings.invitations.services import match_group

EDITABLE = frozenset({"role", "perspective", "perspective_note", "starts_on", "ends_on", "end_reason"})
NEEDS = frozenset(needs.NEEDS)
Role = Membership.Role
# What another app does once someone belongs to a group, or belongs to it in another role; whether they are new there. In
# the transaction.
JOINED: list[Callable[[Actor, Membership, bool], None]] = []


def joined(by: Actor, membership: Membership, *, is_new: bool = True) -> None:
    """Do what follows from a membership, such as what their supporter may do in this group too."""
    for follow in JOINED:
        follow(by, membership, is_new)


def _check_overlap(membership: Membership, starts_on: date, ends_on: date | None) -> None:
    """Refuse days on which the person already belongs to the group by another membership."""
    others = Membership.objects.filter(group_id=membership.group_id, person_id=membership.person_id)
    others = others.exclude(pk=membership.pk).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    if clash := others.first():
        until = f"to {day(clash.ends_on)}" if clash.ends_on else "to the present"
        raise ValidationError(
            f"{membership.person.name} already belongs to this group from {day(clash.starts_on)} {until}. "
            "Choose other dates."
        )


@transaction.atomic
def update_membership(
    *, by: Actor, membership: Membership, expected: int | None = None, is_quiet: bool = False, **changes: Any
) -> Membership:
    """Correct a membership: perspective, role, dates, why it ended. Coordinators are changed by the national team.

    ``is_quiet``: no one is invited to a meeting, or told that they are not, because of it.
    """
    group = membership.group
    require(by, "networks.edit_group", group)
    if unknown := set(changes) - EDITABLE:
        raise TypeError(f"update_membership does not change {sorted(unknown)}")
    if membership.role == Role.COORDINATOR:
        require(by, "networks.appoint_coordinator", group)
    role = changes.get("role", membership.role)
    if (role == Role.COORDINATOR) != (membership.role == Role.COORDINATOR):
        raise ValidationError({"role": "Appoint a coordinator instead, with a handover date."})
    perspective = changes.get("perspective", membership.perspective)
    if group.is_local_network and role in Membership.COUNTED_ROLES and not perspective:
        raise ValidationError({"perspective": "Choose the perspective that this person brings."})
    starts_on, ends_on = changes.get("starts_on", membership.starts_on), changes.get("ends_on", membership.ends_on)
    if ends_on and ends_on < starts_on:
        raise ValidationError({"ends_on": "The last day is before the first day. Choose a later one."})
    if changes.get("end_reason") and not ends_on:
        raise ValidationError({"ends_on": "Enter the last day too, or leave out why it ended."})
    _check_overlap(membership, starts_on, ends_on)
    had_ended = membership.has_ended(clock.today())
    changed = save_changes(membership, changes, expected=expected)
    if changed:
        group.__dict__.pop("_roles_of", None)
        audit.record(by, "group.membership_changed", group, fields=changed)
        joined(by, membership, is_new=had_ended)
        if not is_quiet:
            match_group(group)
    return membership


def _require_member(by: Actor, membership: Membership) -> None:
    require(by, "networks.edit_needs", membership.group)
    if not membership.is_current(clock.today()):
        raise StateConflict(f"{membership.person.name} does not belong to this group today.")


@transaction.atomic
def update_needs(*, by: Actor, membership: Membership, expected: int | None = None, **changes: Any) -> Person:
    """What a member needs in order to take part, written down by their coordinator or national staff.

    Of someone without an account it is written down, marked with who did. To someone with an account it is suggested:
    their record only changes when they use it.
    """
    _require_member(by, membership)
    if unknown := set(changes) - NEEDS:
        raise TypeError(f"update_needs does not change {sorted(unknown)}")
    person = membership.person
    if person.user_id is not None and person.user_id != by.pk:
        link = settings.SITE_URL + reverse("core:my-details")
        needs.propose_needs(by=by, person=person, link=link, **changes)
        return person
    changed = save_changes(person, needs.marked(by, person, changes), expected=expected)
    if changed:
        audit.record(by, "person.changed", person, fields=needs.named(changed))
    return person


def asked_here(membership: Membership) -> list[Consent.Purpose]:
    """The consent questions that a person is asked as a member of this group."""
    return list(purposes_of([membership.person_id], membership.group_id)[membership.person_id])


@transaction.atomic
def record_member_consent(
    *,
    by: Actor,
    membership: Membership,
    purpose: str,
    is_given: bool,
    given_on: date,
    expires_on: date | None = None,
    told_how: str | None = None,
    easy_read: bool | None = None,
) -> Consent:
    """Keep what a member without an account answered to a consent question, with the words that were read to them: in
    Easy Read or in full, by default as they read papers."""
    _require_member(by, membership)
    if membership.person.user_id is not None and membership.person.user_id != by.pk:
        raise ValidationError(
            f"{membership.person.name} has an account and answers these questions themselves. You can ask them to."
        )
    if purpose not in asked_here(membership):
        raise ValidationError("Choose what you asked about.")
    return keep_consent(
        by=by,
        person=membership.person,
        purpose=purpose,
        wording=question_for(membership.person, Consent.Purpose(purpose), easy_read=easy_read),
        is_given=is_given,
        given_on=given_on,
        expires_on=expires_on,
        told_how=told_how,
    )


@transaction.atomic
def ask_for_consent(*, by: Actor, membership: Membership) -> None:
    """Ask a member with an account, by email, to answer the questions about consent. Once a day is enough."""
    _require_member(by, membership)
    person = membership.person
    if person.user is None:
        raise ValidationError(f"{person.name} has no account. Ask them, and record the answer.")
    asked = AuditEvent.objects.about(person).filter(type="consent.asked").first()
    if asked and asked.at > clock.now() - timedelta(days=1):
        raise ValidationError(f"{person.name} was asked within the last day.")
    link = settings.SITE_URL + reverse("core:my-details") + "#consents"
    outbox.send_later(
        event="consent-asked",
        to=person.user.email,
        subject="Questions for you",
        body=f"Hello {person.name},\n\n{name_of(by)} asks you to answer a few questions about what you agree to. "
        f"You can say no to each.\n\nAnswer here:\n{link}\n",
    )
    audit.record(by, "consent.asked", person)


# --- Handing over ---------------------------------------------------------------------------------
@transaction.atomic
def write_handover(*, by: Actor, membership: Membership, note: str, expected: int | None = None) -> Membership:
    """Keep what a coordinator wants the next one to know; theirs to write, or the national team's."""
    require(by, "networks.edit_group", membership.group)
    if membership.person.user_id != by.pk or by.pk is None:
        require(by, "networks.appoint_coordinator", membership.group)
    if membership.role != Role.COORDINATOR:
        raise ValidationError("Only a coordinator can hand over a group.")
    if save_changes(membership, {"handover": note.strip()}, expected=expected):
        audit.record(by, "group.handover_written", membership.group)
    return membership


@transaction.atomic
def dismiss_handover(*, by: Actor, membership: Membership) -> None:
    """Dismiss the previous coordinator's handover note; it stays in the history of the group."""
    require(by, "networks.edit_group", membership.group)
    if membership.person.user_id != by.pk or by.pk is None:
        require(by, "networks.appoint_coordinator", membership.group)
    if membership.handover_put_away_on is None:
        save_changes(membership, {"handover_put_away_on": clock.today()}, expected=None)
        audit.record(by, "group.handover_put_away", membership.group)


PERSON_DETAILS = {"preferred_format", "preferred_language", "access_arrangements", "is_illustrative"}


def _may_bring_back(group: Group, person: Person) -> bool:
    return person.user_id is None and group.memberships.filter(person=person).exists()


def _new_person(by: Actor, name: str, details: dict[str, Any]) -> Person:
    """A new record. No one is looked up: a name that someone types opens no one's record."""
    if not name.strip():
        raise ValidationError({"name": "Enter the person's name."})
    person = Person(name=name.strip())
    for key, value in needs.marked(by, person, details).items():
        setattr(person, key, value)
    person.full_clean()
    person.save()
    audit.record(by, "person.added", person)
    return person


def check_once(group: Group, person: Person, starts_on: date) -> None:
    """Refuse a second membership over the same days."""
    clash = group.memberships.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), person=person).first()
    if clash:
        until = f" until {day(clash.ends_on)}. Choose a later start" if clash.ends_on else ""
        raise StateConflict(f"{person.name} already belongs to this group{until}.")


@transaction.atomic
def add_member(
    *,
    by: Actor,
    group: Group,
    person: Person | None = None,
    name: str = "",
    role: str = Membership.Role.MEMBER,
    perspective: str = "",
    perspective_note: str = "",
    starts_on: date | None = None,
    **details: Any,
) -> Membership:
    """Record that someone belongs to a group, marked with who says so. Anyone with an email address is invited instead.

    ``person`` is a record that national staff chose, or one without an account that belonged to the group before; else
    a new record is made, with ``details``: preferred_format, preferred_language, access_arrangements.
    """
    require(by, "networks.edit_group", group)
    if person is not None and not _may_bring_back(group, person):
        require(by, "core.view_people")
    if role == Membership.Role.COORDINATOR:
        raise ValidationError({"role": "Appoint a coordinator instead, with a handover date."})
    if unknown := set(details) - PERSON_DETAILS:
        raise TypeError(f"Not details of a person: {sorted(unknown)}")
    starts_on = starts_on or clock.today()
    is_new = person is None
    if person is None:
        nation = group.nation if group.nation != Nation.UK else ""
        person = _new_person(by, name, {"nation": nation, **details})
    if group.is_local_network and role in Membership.COUNTED_ROLES and not perspective:
        raise ValidationError({"perspective": "Choose the perspective that this person brings."})
    check_once(group, person, starts_on)
    membership = Membership(
        group=group,
        person=person,
        role=role,
        perspective=perspective,
        perspective_note=perspective_note,
        starts_on=starts_on,
        recorded_by_id=by.pk if is_new or person.user_id is None else None,
    )
    membership.full_clean()
    membership.save()
    audit.record(by, "group.member_added", group, role=membership.get_role_display())
    joined(by, membership)
    match_group(group)
    return membership


@transaction.atomic
def enter_membership(
    *,
    by: Actor,
    group: Group,
    person: Person,
    role: str,
    starts_on: date,
    ends_on: date | None = None,
    perspective: str = "",
    perspective_note: str = "",
    end_reason: str = "",
) -> Membership:
    """Record a membership of the past or the present as a centre's own list has it, in whatever role. No
    invitation to an account or to meetings goes out, and no one's place ends because of it."""
    require(by, "networks.edit_group", group)
    require(by, "core.view_people")
    if role == Membership.Role.COORDINATOR:
        require(by, "networks.appoint_coordinator", group)
        _check_leaders(group, starts_on, ends_on)
    if group.is_local_network and role in Membership.COUNTED_ROLES and not perspective:
        raise ValidationError({"perspective": "Choose the perspective that this person brings."})
    if ends_on and ends_on < starts_on:
        raise ValidationError({"ends_on": "The last day is before the first day. Choose a later one."})
    if end_reason and not ends_on:
        raise ValidationError({"ends_on": "Enter the last day too, or leave out why it ended."})
    membership = Membership(
        group=group,
        person=person,
        role=role,
        perspective=perspective,
        perspective_note=perspective_note,
        starts_on=starts_on,
        ends_on=ends_on,
        end_reason=end_reason,
        recorded_by_id=by.pk if person.user_id is None else None,
    )
    _check_overlap(membership, starts_on, ends_on)
    membership.full_clean()
    membership.save()
    group.__dict__.pop("_roles_of", None)
    audit.record(by, "group.member_added", group, role=membership.get_role_display())
    joined(by, membership)
    return membership


def _check_leaders(group: Group, starts_on: date, ends_on: date | None) -> None:
    """Refuse a coordinator where as many as are planned run the group on some of these days."""
    list(Group.objects.select_for_update().filter(pk=group.pk))
    leaders = group.memberships.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), role=Role.COORDINATOR)
    if ends_on is not None:
        leaders = leaders.filter(starts_on__lte=ends_on)
    if leaders.count() >= group.leaders_planned:
        planned = "1 coordinator is" if group.leaders_planned == 1 else f"{group.leaders_planned} coordinators are"
        raise ValidationError(
            {
                "role": f"{planned} planned in {group.name}, and there is one already on some of these days. Check the dates."
            }
        )


@transaction.atomic
def end_membership(
    *, by: Actor, membership: Membership, ends_on: date, reason: str = "", expected: int | None = None
) -> Membership:
    """Give a membership its last day, and why, if the person wants it kept. What they did stays."""
    require(by, "networks.edit_group", membership.group)
    if membership.role == Membership.Role.COORDINATOR:
        require(by, "networks.appoint_coordinator", membership.group)
    if membership.ends_on is not None:
        raise StateConflict(f"This membership already ends on {day(membership.ends_on)}.")
    save_changes(membership, {"ends_on": ends_on, "end_reason": reason.strip()}, expected=expected)
    audit.record(by, "group.membership_ended", membership.group, role=membership.get_role_display())
    match_group(membership.group)
    return membership


def _invite_to_account(by: Actor, person: Person) -> None:
    """A coordinator works signed in, so one without an account is invited to make it, unless that is under way."""
    if person.user_id is None and person.email and has_perm(by, "core.invite_person"):
        waiting = Invitation.objects.filter(
            person=person, accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
        )
        if not waiting.exists() and not User.objects.filter(email=person.email).exists():
            invite_person(by=by, email=person.email, name=person.name, person=person)


@transaction.atomic
def appoint_coordinator(
    *,
    by: Actor,
    group: Group,
    person: Person,
    starts_on: date | None = None,
    takes_over_from: Membership | None = None,
) -> Membership:
    """Make someone a coordinator from a day on.

    Where one coordinator is planned, the previous one hands over on the day before; where several are, only the
    one named in ``takes_over_from``, and someone has to be named once their number is reached.
    """
    require(by, "networks.appoint_coordinator", group)
    starts_on = starts_on or clock.today()
    hold(person)  # first, as closing an account does: an account that closes at this moment is closed, or is not yet
    if User.objects.filter(person=person, is_active=False).exists():
        raise StateConflict(
            f"{person.name}’s account is closed, so they cannot coordinate a group. Choose someone else."
        )
    list(Group.objects.select_for_update().filter(pk=group.pk))  # two appointments at once take turns
    open_now = group.memberships.select_related("person").filter(ends_on__isnull=True)
    if open_now.filter(person=person, role=Membership.Role.COORDINATOR).exists():
        raise StateConflict(f"{person.name} already coordinates this group.")
    perspective = ""
    leaders = open_now.filter(role=Membership.Role.COORDINATOR)
    ending = leaders
    if group.leaders_planned > 1:
        ending = leaders.filter(pk=takes_over_from.pk) if takes_over_from else leaders.none()
        if leaders.count() - ending.count() >= group.leaders_planned:
            raise ValidationError(
                {"takes_over_from": f"{group.leaders_planned} coordinators are planned. Choose who hands over."}
            )
    for before in open_now.filter(Q(pk__in=ending.values("pk")) | Q(person=person)):
        if before.starts_on > starts_on:
            raise ValidationError(
                {"starts_on": f"Choose {day(before.starts_on)} or later: {before.person.name} only begins then."}
            )
        if before.person_id == person.pk:
            perspective = before.perspective
        last_day = max(before.starts_on, starts_on - timedelta(days=1))
        save_changes(before, {"ends_on": last_day}, expected=None)
    membership = Membership(
        group=group, person=person, role=Membership.Role.COORDINATOR, perspective=perspective, starts_on=starts_on
    )
    membership.full_clean()
    membership.save()
    group.__dict__.pop("_roles_of", None)
    _invite_to_account(by, person)
    audit.record(by, "group.coordinator_appointed", group, starts_on=starts_on.isoformat())
    match_group(group)
    return membership
