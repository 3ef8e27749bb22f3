"""Support at a meeting, from asked to confirmed; and the charter text that a meeting looks at."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from coproduction.charter.models import CharterVersion
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.members import holders_of, require_past_day, say_day, supports
from coproduction.group.models import require_told
from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.notices.models import NoticeKind
from impact.core.notices.services import tell
from impact.core.people.models import Person, User
from networks.groups.models import Group, Membership
from networks.meetings.models import Meeting

BEFORE = timedelta(days=7)  # the usual day by which support is arranged


# --- Support -------------------------------------------------------------------------------------
def people_who_arrange(group: Group) -> list[User]:
    """Who may arrange support at meetings of a group: its coordinators, who covers for them, and the engagement lead."""
    running = Membership.objects.current().filter(group=group).who_runs()
    coordinators = User.objects.filter(is_active=True, pk__in=[person.user_id for person, _group in running])
    found = holders_of("coproduction.arrange_support") | coordinators
    return sorted(found.select_related("person"), key=lambda user: (user.display_name, user.pk))


def _may_ask_for(by: Actor, group: Group, member: Person) -> bool:
    is_own = member.user_id is not None and member.user_id == by.pk
    return is_own or supports(by, group, member) or has_perm(by, "coproduction.arrange_support", group)


def _require_open(booking: SupportBooking) -> None:
    if booking.cancelled_on:
        raise StateConflict(f"This was cancelled on {say_day(booking.cancelled_on)}. Ask again if it is needed.")
    if not booking.is_open:
        raise StateConflict("The meeting is over or was cancelled, so nothing can be arranged for it.")


def _locked(booking: SupportBooking) -> SupportBooking:
    rows = SupportBooking.objects.select_for_update(of=("self",)).select_related("meeting__group", "person")
    return rows.get(pk=booking.pk)


@transaction.atomic
def ask_for_support(
    *, by: Actor, meeting: Meeting, kind: str, words: str = "", person: Person | None = None, told: str = ""
) -> SupportBooking:
    """A member asks for support at a meeting; a supporter, or who arranges it, may write it down for them."""
    group = meeting.group
    require(by, "coproduction.ask_for_support", group)
    member = person or Person.objects.filter(user_id=by.pk, user__isnull=False).first()
    if member is None or not Membership.objects.counted().filter(group=group, person=member).exists():
        raise ValidationError({"person": "Only members of this group can have support booked. Choose a member."})
    if not _may_ask_for(by, group, member):
        raise PermissionDenied("You can ask for yourself, and for members you support.")
    told = require_told(by, member, told)
    if meeting.status != Meeting.Status.PLANNED or meeting.is_over:
        raise StateConflict("This meeting is over or was cancelled. Choose a meeting that is still to come.")
    if kind == SupportBooking.Kind.OTHER and not words.strip():
        raise ValidationError({"words": "Write down what is needed."})
    booking = SupportBooking(
        meeting=meeting, person=member, kind=kind, words=words.strip(), told=told, recorded_by_id=by.pk
    )
    booking.asked_on = clock.today()
    booking.full_clean()
    booking.save()
    audit.record(by, "support.asked", booking)
    return booking


@transaction.atomic
def change_support(
    *, by: Actor, booking: SupportBooking, words: str, told: str = "", expected: int | None = None
) -> SupportBooking:
    """Say more exactly what is needed, until it is confirmed."""
    booking = _locked(booking)
    if not _may_ask_for(by, booking.meeting.group, booking.person):
        raise PermissionDenied
    told = require_told(by, booking.person, told)
    _require_open(booking)
    if booking.confirmed_on:
        raise StateConflict("This is confirmed. Cancel it and ask again if something else is needed.")
    changes = {"words": words.strip(), "told": told, "recorded_by_id": by.pk} if words.strip() != booking.words else {}
    if booking.kind == SupportBooking.Kind.OTHER and not words.strip():
        raise ValidationError({"words": "Write down what is needed."})
    changed = save_changes(booking, changes, expected=expected)
    if changed:
        audit.record(by, "support.changed", booking)
    return booking


@transaction.atomic
def arrange_support(
    *, by: Actor, booking: SupportBooking, arranged_by: User, arrange_by: date, expected: int | None = None
) -> SupportBooking:
    """Say who arranges the support, and by when it should be arranged: before the meeting."""
    booking = _locked(booking)
    require(by, "coproduction.arrange_support", booking)
    _require_open(booking)
    if arranged_by not in people_who_arrange(booking.meeting.group):
        raise ValidationError({"arranged_by": "Choose a coordinator of the group or the engagement lead."})
    if arrange_by != booking.arrange_by:
        if arrange_by < clock.today():
            raise ValidationError({"arrange_by": "This day has passed. Choose today or a later day."})
        if arrange_by > booking.meeting.starts_on:
            raise ValidationError(
                {
                    "arrange_by": f"The meeting is on {say_day(booking.meeting.starts_on)}. Choose that day or an earlier one."
                }
            )
    changes = {"arranged_by": arranged_by, "arrange_by": arrange_by}
    if save_changes(booking, changes, expected=expected):
        audit.record(by, "support.arranged", booking, by_when=arrange_by.isoformat())
    return booking


@transaction.atomic
def confirm_support(
    *,
    by: Actor,
    booking: SupportBooking,
    arranged: str,
    confirmed_on: date | None = None,
    expected: int | None = None,
) -> SupportBooking:
    """Say that the support is booked, and what is booked; the member is told. Again after the meeting moved."""
    booking = _locked(booking)
    require(by, "coproduction.arrange_support", booking)
    _require_open(booking)
    if booking.state == SupportBooking.State.CONFIRMED:
        raise StateConflict("This is confirmed already.")
    if not arranged.strip():
        raise ValidationError({"arranged": "Write down what is booked, so that the member knows what to expect."})
    on = require_past_day(confirmed_on, "confirmed_on")
    if on < booking.asked_on:
        raise ValidationError({"confirmed_on": f"It was asked for on {say_day(booking.asked_on)}. Choose a later day."})
    meeting = booking.meeting
    changes = {"arranged": arranged.strip(), "confirmed_on": on, "confirmed_for": meeting.starts_at}
    if booking.arranged_by_id is None:
        changes["arranged_by_id"] = by.pk
    save_changes(booking, changes, expected=expected)
    audit.record(by, "support.confirmed", booking)
    tell(
        people=[booking.person],
        kind=NoticeKind.MEETING,
        title=f"Your support is booked for {say_day(meeting.starts_on)}",
        words=f"{booking.get_kind_display()}: this is booked for the meeting on {say_day(meeting.starts_on)}. "
        "Open the page to read what is booked.",
        path=booking.get_absolute_url(),
        key=f"support-confirmed:{booking.pk}:{booking.version}",
    )
    return booking


@transaction.atomic
def cancel_support(*, by: Actor, booking: SupportBooking, expected: int | None = None) -> SupportBooking:
    """Cancel it: the member, their supporter, or who arranges it. The other side is told."""
    booking = _locked(booking)
    if not _may_ask_for(by, booking.meeting.group, booking.person):
        raise PermissionDenied
    _require_open(booking)
    save_changes(booking, {"cancelled_on": clock.today()}, expected=expected)
    audit.record(by, "support.cancelled", booking)
    arranger = booking.arranged_by.person if booking.arranged_by else None
    people = [p for p in (booking.person, arranger) if p is not None and p.user_id != by.pk]
    tell(
        people=people,
        kind=NoticeKind.MEETING,
        title=f"Support for {say_day(booking.meeting.starts_on)} is cancelled",
        words=f"{booking.get_kind_display()}: this is cancelled for the meeting on "
        f"{say_day(booking.meeting.starts_on)}. A member can ask again until the meeting.",
        path=booking.get_absolute_url(),
        key=f"support-cancelled:{booking.pk}",
    )
    return booking


# --- The charter before a meeting ----------------------------------------------------------------
@transaction.atomic
def put_before_meeting(
    *, by: Actor, version: CharterVersion, meeting: Meeting, is_induction: bool = False
) -> CharterBeforeMeeting:
    """Link a version of the charter to a meeting of its group that looks at it, such as the induction."""
    require(by, "coproduction.edit_charter", version)
    if meeting.group_id != version.charter.group_id:
        raise ValidationError({"meeting": "Choose a meeting of the charter’s own group."})
    if meeting.status == Meeting.Status.CANCELLED:
        raise ValidationError({"meeting": "This meeting was cancelled. Choose another."})
    if is_induction:
        others = CharterBeforeMeeting.objects.filter(version__charter=version.charter, is_induction=True)
        other = others.exclude(meeting=meeting).select_related("meeting").first()
        if other:
            raise ValidationError(
                {"is_induction": f"The induction was the meeting on {say_day(other.meeting.starts_on)}. There is one."}
            )
    row = CharterBeforeMeeting(version=version, meeting=meeting, is_induction=is_induction, recorded_by_id=by.pk)
    row.full_clean()
    row.save()
    audit.record(by, "charter_version.put_before", version.charter, version=version.name)
    return row


@transaction.atomic
def take_off_meeting(*, by: Actor, row: CharterBeforeMeeting) -> None:
    """Undo a link between a version and a meeting that was made by mistake."""
    require(by, "coproduction.edit_charter", row)
    charter, number = row.version.charter, row.version.name
    row.delete()
    audit.record(by, "charter_version.taken_off", charter, version=number)
