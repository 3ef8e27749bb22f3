"""Who a photograph shows, and what their answer about photographs does to it: who not to take, take off, look through."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Model, QuerySet
from django.urls import reverse
from django.utils.text import get_text_list

from impact.core.access import audit
from impact.core.access.acting.models import holders
from impact.core.access.permissions import SYSTEM, Actor, Role, has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.notices.services import tell
from impact.core.people import consents
from impact.core.people.models import Consent, Person, User
from impact.core.people.rights.erasure.services import delete_files_later
from networks.groups.models import Group, Membership
from networks.log.models import Attendance
from networks.log.record.models import MeetingPhoto, ShownInPhoto
from networks.log.record.photos import small_name
from networks.log.services import speakers_of
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable

PHOTOS = Consent.Purpose.PHOTOS


# --- Before pictures are taken -------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """Beside the upload: of whom no pictures may be taken or kept, and whether everyone has said yes."""

    people: list[Person] = field(default_factory=list)
    is_everyone: bool = False  # there are people, and each of them said yes


def not_to_be_shown(user: Any, meeting: Meeting) -> Asked | None:
    """Members on the day and people who came without a yes that counts; None for those who may not see consents. It is put
    on record that they were read."""
    if not has_perm(user, "networks.edit_needs", meeting.group):
        return None
    there = speakers_of(meeting).filter(erasures__isnull=True)
    agreed = consents.live(PHOTOS).values("person")
    without = list(there.exclude(pk__in=agreed))
    if without:
        audit.record_reading(user, "consents", meeting.group)
    return Asked(without, is_everyone=not without and there.exists())


# --- Who is shown --------------------------------------------------------------------------------
def may_be_named(meeting: Meeting) -> QuerySet[Person]:
    """Those who came and have a record here."""
    came = meeting.attendances.filter(status=Attendance.Status.PRESENT, person__isnull=False)
    return Person.objects.filter(pk__in=came.values("person"), erasures__isnull=True).order_by("name", "pk")


@transaction.atomic
def name_people(
    *, by: Actor, photo: MeetingPhoto, add: Collection[int] = (), remove: Collection[int] = ()
) -> MeetingPhoto:
    """Say who a photograph shows, among those who came. While one of them has not said yes, no member sees it.

    ``add`` and ``remove``: what is to change, so that two people can name others at the same time.
    """
    require(by, "networks.name_in_photos", photo)
    meeting = locked(photo.meeting)
    require_changeable(meeting)
    named = set(photo.shown.values_list("person_id", flat=True))
    new, gone = set(add) - named, set(remove) & named
    if new - set(may_be_named(meeting).values_list("pk", flat=True)):
        raise ValidationError({"shown": "Choose among those who came to the meeting."})
    if new or gone:
        photo.shown.filter(person__in=gone).delete()
        _name(by, photo, new)
        audit.record(by, "meeting.photo_people_named", meeting)
    return photo


def _name(by: Actor, photo: MeetingPhoto, people: Iterable[int]) -> None:
    rows = [ShownInPhoto(photo=photo, person_id=pk, named_by_id=by.pk, named_at=clock.now()) for pk in sorted(people)]
    ShownInPhoto.objects.bulk_create(rows, ignore_conflicts=True)


def shows_without_yes(photos: Iterable[MeetingPhoto]) -> set[int]:
    """Which of these pictures show someone, by name, who has no yes today."""
    rows = ShownInPhoto.objects.without_yes().filter(photo__in=[photo.pk for photo in photos])
    return set(rows.values_list("photo", flat=True))


# --- After someone has said no -------------------------------------------------------------------
def of_meetings_of(person: Person) -> QuerySet[MeetingPhoto]:
    """Pictures in use of meetings that someone came to, in which they are not named."""
    came = Attendance.objects.filter(person=person, status=Attendance.Status.PRESENT)
    return MeetingPhoto.objects.in_use().filter(meeting__in=came.values("meeting")).exclude(shown__person=person)


def to_look_through(user: Any, person: Person) -> QuerySet[MeetingPhoto]:
    """The same in the groups whose logs the reader keeps, the newest first."""
    own = Group.objects.permitted(user, "networks.log_meeting")
    rows = of_meetings_of(person).filter(meeting__group__in=own)
    return rows.select_related("meeting__group").order_by("-meeting__starts_at", "-pk")


def said_no_to(user: Any, pk: int) -> Person | None:
    """Someone who came to a meeting whose log the reader keeps, and who does not agree to photographs."""
    person = Person.objects.filter(pk=pk).first()
    if person is None or not consents.declined(PHOTOS, [person.pk]):
        return None
    own = Group.objects.permitted(user, "networks.log_meeting")
    came = person.attendances.filter(status=Attendance.Status.PRESENT, meeting__group__in=own)
    return person if came.exists() else None


@transaction.atomic
def take_off(*, by: Actor, person: Person, photos: Collection[int]) -> int:
    """Take off these pictures, which show someone who said no, also from the log of a meeting that is complete.

    They are named in them, so that the pictures come back only with a new yes. Return how many were taken off.
    """
    rows = list(to_look_through(by, person).filter(pk__in=list(photos)).order_by("meeting_id", "pk"))
    for photo in rows:
        require(by, "networks.log_meeting", photo)
        _name(by, photo, [person.pk])
        _take_out(by, photo)
    return len(rows)


def _take_out(by: Actor, photo: MeetingPhoto) -> None:
    meeting = locked(photo.meeting)
    current = MeetingPhoto.objects.get(pk=photo.pk)
    if current.removed_at is None:
        save_changes(current, {"removed_at": clock.now()}, expected=None)
        audit.record(by, "meeting.photo_removed", meeting)


@dataclass(frozen=True)
class Told:
    """Who looks through which pictures: the group, how many there are, and its coordinators."""

    group: Group
    count: int
    people: list[Person]
    is_run: bool  # by coordinators


def _told(person: Person) -> list[Told]:
    """The groups with pictures that may show someone, and who is told there: engagement leads where no one coordinates."""
    counts = dict(
        of_meetings_of(person)
        .order_by()
        .values_list("meeting__group")
        .annotate(count=Count("pk"))
        .values_list("meeting__group", "count")
    )
    leaders: dict[int, list[Person]] = {}
    if counts:
        for leader, group_id in Membership.objects.current().filter(group__in=counts).who_runs():
            leaders.setdefault(group_id, []).append(leader)
    leads: list[Person] = []
    if counts.keys() - leaders.keys():
        accounts = User.objects.filter(holders([Role.ENGAGEMENT_LEAD]), is_active=True)
        leads = list(Person.objects.filter(user__in=accounts))
    groups = Group.objects.filter(pk__in=counts).order_by("name", "pk")
    return [Told(group, counts[group.pk], leaders.get(group.pk, leads), group.pk in leaders) for group in groups]


def follow_consent(consent: Consent, by: Actor) -> None:
    """A no takes pictures that name the person off at once; for the others the coordinators are told to look."""
    if consent.purpose != PHOTOS or consent.is_given:
        return
    if consents.live(PHOTOS).filter(person=consent.person_id).exists():
        return  # an older answer was written down late; a newer one counts
    named = MeetingPhoto.objects.filter(shown__person=consent.person_id, removed_at__isnull=True)
    for photo in named.select_related("meeting__group").order_by(
        "meeting_id", "pk"
    ):  # meetings are locked in this order
        _take_out(SYSTEM, photo)  # the history of a meeting does not say who said no
    for told in _told(consent.person):
        tell(
            people=told.people,
            event="photos-to-look-through",
            about=told.group,
            title="Look through pictures of your meetings",
            words="Someone who came to your meetings does not agree to photographs. The page shows who it is, and the "
            "pictures of those meetings. Please take off those that show them.",
            path=reverse("networks:photos-of", args=[consent.person_id]),
            key=f"photos:{consent.pk}",
        )


def effects_on_photos(person: Person, purpose: str) -> list[str]:
    """What taking back the yes to photographs does to pictures on logs, and who is told, in sentences."""
    if purpose != PHOTOS:
        return []
    count = MeetingPhoto.objects.filter(shown__person=person, removed_at__isnull=True).count()
    lines = ["No picture on a log has your name with it."]
    if count:
        those = "The picture that has" if count == 1 else f"The {count} pictures that have"
        come = "comes" if count == 1 else "come"
        lines = [f"{those} your name with it {come} off the log at once, and only a new yes from you brings it back."]
        if count > 1:
            lines = [
                f"{those} your name with them {come} off the log at once, and only a new yes from you brings them back."
            ]
    told = _told(person)
    if not told:
        return [*lines, "No other picture of a meeting that you came to is in use."]
    others = sum(one.count for one in told)
    there, them = ("1 other picture was", "it") if others == 1 else (f"{others} other pictures were", "them")
    run = [one.group.name for one in told if one.is_run]
    who = [f"the coordinators of {get_text_list(run, 'and')}"] if run else []
    who += ["our engagement leads"] if len(run) < len(told) else []
    lines.append(
        f"{there} taken at meetings that you came to. We do not know whether you are in {them}, so we tell "
        f"{get_text_list(who, 'and')} that you said no. They look through {them} and take off what shows you."
    )
    return lines


# --- When someone is erased, or two records are joined -------------------------------------------
def delete_pictures(by: Actor, person: Person) -> None:
    """Delete the pictures that show someone by name, with their files: without the name they could come back."""
    rows = list(MeetingPhoto.objects.filter(shown__person=person))
    files: set[tuple[type[Model], str, str]] = {(MeetingPhoto, "file", photo.file.name or "") for photo in rows}
    MeetingPhoto.objects.filter(pk__in=[photo.pk for photo in rows]).delete()
    for photo in rows:
        if not MeetingPhoto.objects.filter(sha256=photo.sha256).exists():
            files.add((MeetingPhoto, "file", small_name(photo)))
        audit.record(SYSTEM, "meeting.photo_deleted", photo.meeting)
    delete_files_later(files)
