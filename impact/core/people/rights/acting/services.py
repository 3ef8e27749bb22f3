"""Handing over duties for a while, naming supporters, agreeing to act for someone, and ending it."""

from collections.abc import Callable, Collection
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from impact.core.access import audit
from impact.core.access.acting.models import SCOPES, ActingFor, Duty, Sort
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM, Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.notices.services import tell
from impact.core.people.accounts import invite_person
from impact.core.people.lookup import person_signing_in_with
from impact.core.people.models import Person, User
from impact.core.people.rights.acting.duties import Held, held_by, may_take

LONGEST = {ActingFor.Kind.COVER: timedelta(days=366), ActingFor.Kind.SUPPORT: timedelta(days=731)}
MOST = 6  # supporters of one person at a time: more is a mistake, or a way to write to strangers
SOON, A_DAY = timedelta(days=7), timedelta(days=1)
# What an app does once someone has agreed to act, and once it has ended. In the transaction.
FOLLOW: list[Callable[[Actor, ActingFor], None]] = []
# Where it counts today: (a place, what the one who acts can do there). An app adds its own.
WHERE: list[Callable[[ActingFor], list[tuple[str, str]]]] = []


def _is(person: Person, by: Actor) -> bool:
    return person.user_id is not None and person.user_id == by.pk


def hold(*people: Person) -> None:
    """Hold these people's records until the end of the transaction: what is decided about one of them takes turns. Always
    before what belongs to them, and in the same order, so that no two wait for each other."""
    rows = Person.objects.select_for_update(no_key=True, of=("self",))
    list(rows.filter(pk__in=[person.pk for person in people]).order_by("pk").values_list("pk", flat=True))


def where(acting: ActingFor) -> list[tuple[str, str]]:
    """Where it counts today, while it runs."""
    is_running = acting.is_open and acting.is_accepted and acting.starts_on <= clock.today()
    return [place for find in WHERE for place in find(acting)] if is_running else []


def _check_days(kind: str, starts_on: date, ends_on: date) -> None:
    today = clock.today()
    if starts_on < today:
        raise ValidationError({"starts_on": "The first day is in the past. Choose today or a later day."})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": "The last day is before the first day. Choose a later one."})
    if ends_on - starts_on > LONGEST[ActingFor.Kind(kind)]:
        longest = "a year" if kind == ActingFor.Kind.COVER else "two years"
        raise ValidationError({"ends_on": f"Choose a last day within {longest}. It can be agreed again after that."})


def _lock(acting: ActingFor) -> ActingFor:
    rows = ActingFor.objects.select_for_update(of=("self",)).select_related("person__user", "helper__user")
    return rows.get(pk=acting.pk)


# --- Cover ---------------------------------------------------------------------------------------
def _overlap(person: Person, held: Held, starts_on: date, ends_on: date) -> ActingFor | None:
    same = Q(duties__sort=held.sort, duties__key=held.key, duties__object_id=held.object_id)
    rows = ActingFor.objects.open().filter(same, kind=ActingFor.Kind.COVER, person=person)
    return rows.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).select_related("helper").first()


@transaction.atomic
def ask_for_cover(
    *,
    by: Actor,
    person: Person,
    helper: Person,
    duties: Collection[str],
    starts_on: date,
    ends_on: date,
    note: str = "",
) -> ActingFor:
    """Ask a colleague to take on duties from a day to a day. Nothing is theirs before they agree.

    Everyone hands over what they hold themselves, never what they cover for another; national staff may ask for a
    colleague who cannot. ``duties``: as ``Held.value`` names them.
    """
    if not _is(person, by):
        require(by, "core.arrange_cover")
    hold(person, helper)
    helper = Person.objects.select_related("user").get(pk=helper.pk)  # their account may have been closed just now
    _check_days(ActingFor.Kind.COVER, starts_on, ends_on)
    if helper.pk == person.pk:
        raise ValidationError({"helper": "Choose someone else: no one covers for themselves."})
    if _is(helper, by):  # else asking and agreeing would be one person, and anyone's duties theirs to take
        raise ValidationError({"helper": "You would be the cover. Ask another colleague to arrange this."})
    if helper.user is None or not helper.user.is_active:
        raise ValidationError({"helper": f"{helper.name} has no account to sign in with. Choose someone who has."})
    known = {held.value: held for _sort, found in held_by(person, to_cover=True) for held in found}
    if not duties:
        raise ValidationError({"duties": "Choose at least one duty."})
    if set(duties) - known.keys():
        raise ValidationError({"duties": f"{person.name} does not hold all of these any more. Choose from the list."})
    for value in duties:
        held = known[value]
        if not may_take(person, helper, held):
            raise ValidationError(
                {"helper": f"{helper.name} cannot take this on: {held.label}. Leave it out, or choose someone else."}
            )
        if clash := _overlap(person, held, starts_on, ends_on):
            raise ValidationError(
                {
                    "starts_on": f"{clash.helper.name} covers this from {day(clash.starts_on)} to {day(clash.ends_on)}: "
                    f"{held.label}. Choose other days, or end that first."
                }
            )
    acting = ActingFor(
        kind=ActingFor.Kind.COVER,
        person=person,
        helper=helper,
        starts_on=starts_on,
        ends_on=ends_on,
        note=note.strip(),
        asked_by_id=by.pk,
    )
    acting.full_clean()
    acting.save()
    Duty.objects.bulk_create(
        Duty(acting=acting, sort=known[v].sort, key=known[v].key, object_id=known[v].object_id)
        for v in dict.fromkeys(duties)
    )
    audit.record(by, "cover.asked", acting, duties=len(set(duties)), until=ends_on.isoformat())
    _tell(
        acting,
        [helper],
        "A colleague asks you to cover for them",
        f"From {day(starts_on)} to {day(ends_on)}. Read which duties it is about, and say yes or no.",
        "asked",
    )
    if not _is(person, by):
        words = f"From {day(starts_on)} to {day(ends_on)}. If that is not right, open it and stop it."
        _tell(acting, [person], "A colleague has arranged that someone covers for you", words, "arranged")
    return acting


# --- Supporters ----------------------------------------------------------------------------------
@transaction.atomic
def name_supporter(
    *,
    by: Actor,
    person: Person,
    email: str,
    name: str,
    scopes: Collection[str],
    ends_on: date,
    starts_on: date | None = None,
    note: str = "",
    told: str = "",
) -> ActingFor:
    """Let a supporter act for a person, as far as the person chose. One without an account is invited to make one.

    The person decides. For someone without an account, staff write down what they said, and how they said it.
    """
    if not _is(person, by):
        require(by, "core.record_supporter")
        if person.user_id is not None:
            raise PermissionDenied("This person has an account, and names their supporters there.")
        if told not in ActingFor.Told.values:
            raise ValidationError({"told": "Choose how they told you."})
    else:
        told = ""
    hold(person)
    starts_on = starts_on or clock.today()
    _check_days(ActingFor.Kind.SUPPORT, starts_on, ends_on)
    chosen = [scope for scope in SCOPES if scope in scopes]
    if not chosen or set(scopes) - set(SCOPES):
        raise ValidationError({"scopes": "Choose at least one thing that they may do."})
    if ActingFor.objects.open().filter(person=person, kind=ActingFor.Kind.SUPPORT).count() >= MOST:
        raise ValidationError(f"There are {MOST} supporters already. End one first.")
    asked = ActingFor.objects.filter(person=person, kind=ActingFor.Kind.SUPPORT, asked_at__gt=clock.now() - A_DAY)
    if asked.count() >= 2 * MOST:  # asked and ended again: each is an email to someone
        raise ValidationError("You have asked many people today. Ask again tomorrow.")
    helper = _supporter_at(by, person, email, name)
    if ActingFor.objects.open().filter(person=person, helper=helper, kind=ActingFor.Kind.SUPPORT).exists():
        raise ValidationError(
            {"email": "This person is a supporter already. To change what they may do, end it first."}
        )
    acting = ActingFor(
        kind=ActingFor.Kind.SUPPORT,
        person=person,
        helper=helper,
        starts_on=starts_on,
        ends_on=ends_on,
        note=note.strip(),
        address=mailbox_key(email),
        asked_by_id=by.pk,
        told=told,
    )
    acting.full_clean()
    acting.save()
    Duty.objects.bulk_create(Duty(acting=acting, sort=scope) for scope in chosen)
    audit.record(by, "support.asked", acting, may=", ".join(chosen), until=ends_on.isoformat())
    _tell(
        acting,
        [helper],
        "Someone would like you to be their supporter",
        f"Until {day(ends_on)}. Read what they would like you to do, and say yes or no.",
        "asked",
    )
    return acting


def _supporter_at(by: Actor, person: Person, email: str, name: str) -> Person:
    """The person behind an address, or a new one who is invited. Nothing is said of whose the address is."""
    email = mailbox_key(email)
    helper = person_signing_in_with(email)
    if helper is not None:
        if helper.pk == person.pk:
            raise ValidationError({"email": "This is your own address. Enter your supporter’s."})
        if _is(helper, by):
            raise ValidationError({"email": "You would be the supporter. Ask a colleague to write this down."})
        return helper
    if User.objects.filter(email=email).exists():
        raise ValidationError({"email": "We cannot reach anyone there at the moment. Check the address."})
    if not name.strip():
        raise ValidationError({"name": "Enter your supporter’s name."})
    waiting = Person.objects.filter(acts_for__address=email, user__isnull=True, invitations__email=email).first()
    helper = waiting or Person(name=name.strip(), email=email)
    helper.full_clean()
    helper.save()
    invite_person(by=SYSTEM, email=email, name=helper.name, person=helper)
    return helper


# --- Agreeing, and ending it ---------------------------------------------------------------------
@transaction.atomic
def answer(*, by: Actor, acting: ActingFor, is_accepted: bool, reason: str = "") -> ActingFor:
    """Agree to act for someone, or decline with a reason. Only the one who was asked."""
    if not _is(acting.helper, by):
        raise PermissionDenied("This was asked of someone else.")
    hold(acting.person, acting.helper)  # before the row, as closing an account does
    acting = _lock(acting)
    if acting.is_accepted is not None or not acting.is_open:
        raise StateConflict("This has been answered or ended already.")
    if not is_accepted and not reason.strip() and acting.kind == ActingFor.Kind.COVER:
        raise ValidationError({"reason": "Say why, so that they can ask someone else."})
    if is_accepted and acting.kind == ActingFor.Kind.COVER:
        _require_still_theirs(acting)
    acting.is_accepted, acting.answered_at = is_accepted, clock.now()
    acting.answer = "" if is_accepted else reason.strip()
    acting.full_clean()
    acting.save(update_fields=["is_accepted", "answered_at", "answer"])
    is_cover = acting.kind == ActingFor.Kind.COVER
    if is_accepted:
        audit.record(by, "cover.accepted" if is_cover else "support.accepted", acting)
        for follow in FOLLOW:
            follow(by, acting)
    else:
        audit.record(by, "cover.declined" if is_cover else "support.declined", acting)
    what = "cover for you" if is_cover else "be your supporter"
    said = f"The person you asked to {what} has said {'yes' if is_accepted else 'no'}."
    _tell(acting, [acting.person], said.rstrip("."), f"{said} Open it to read more.", "answered")
    return acting


def _require_still_theirs(acting: ActingFor) -> None:
    """What changed since it was asked: duties that went, or a colleague who no longer does such work."""
    known = {held.value: held for _sort, found in held_by(acting.person, to_cover=True) for held in found}
    for duty in acting.duties.all():
        held = known.get(f"{duty.sort}:{duty.key or duty.object_id}")
        if held is None:
            raise StateConflict(f"{acting.person.name} no longer holds all of these duties. Ask them to send it again.")
        if not may_take(acting.person, acting.helper, held):
            raise StateConflict("You cannot take this on any more. Tell them, so that they can ask someone else.")


def may_end(by: Actor, acting: ActingFor) -> bool:
    """Whether someone may end it: either of the two, and staff where they may arrange it."""
    if _is(acting.person, by) or _is(acting.helper, by):
        return True
    is_cover = acting.kind == ActingFor.Kind.COVER
    return has_perm(by, "core.arrange_cover" if is_cover else "core.record_supporter")


@transaction.atomic
def end(*, by: Actor, acting: ActingFor) -> ActingFor:
    """End it now: what is being saved at this moment is finished first, and nothing counts after. What was done stays."""
    if not may_end(by, acting):
        raise PermissionDenied("You do not have permission to do this.")
    acting = _lock(acting)
    if not acting.is_open:
        raise StateConflict("This has ended already.")
    _end(by, acting)
    others = [person for person in (acting.person, acting.helper) if not _is(person, by)]
    what = "Cover" if acting.kind == ActingFor.Kind.COVER else "Support"
    _tell(acting, others, f"{what} has ended", "What was done stays, and says by whom and for whom.", "ended")
    return acting


def _end(by: Actor, acting: ActingFor) -> None:
    acting.ended_at, acting.ended_by_id = clock.now(), by.pk
    acting.save(update_fields=["ended_at", "ended_by"])
    audit.record(by, "cover.ended" if acting.kind == ActingFor.Kind.COVER else "support.ended", acting)
    for follow in FOLLOW:
        follow(by, acting)


def end_all(by: Actor, person: Person) -> None:
    """End all in which a person acts or is acted for, where they leave or are erased."""
    rows = ActingFor.objects.select_for_update(of=("self",)).select_related("person", "helper")
    for acting in rows.open().of(person):
        _end(by, acting)


# --- What was done, and reminders ----------------------------------------------------------------
def done_in(acting: ActingFor) -> list[AuditEvent]:
    """What was done for the person by the one who acts, over these days, the newest first."""
    if acting.helper.user_id is None or acting.answered_at is None:
        return []
    both = {"for_person_id__in": acting.person.record_ids, "actor_id__in": acting.helper.accounts}
    rows = AuditEvent.objects.changes().filter(**both)
    rows = rows.filter(at__gte=acting.answered_at, at__date__gte=acting.starts_on, at__date__lte=acting.ends_on)
    return list((rows.filter(at__lte=acting.ended_at) if acting.ended_at else rows).order_by("-pk")[:100])


def remind(on: date) -> int:
    """Tell both, once, that it ends within a week; how many were told."""
    told = 0
    for acting in ActingFor.objects.in_force(on).filter(ends_on__lte=on + SOON).select_related("person", "helper"):
        what = "Cover" if acting.kind == ActingFor.Kind.COVER else "Support"
        words = f"The last day is {day(acting.ends_on)}. If it should go on, agree it again."
        told += _tell(acting, [acting.person, acting.helper], f"{what} ends soon", words, f"soon:{acting.ends_on}")
    return told


def _tell(acting: ActingFor, people: list[Person], title: str, words: str, step: str) -> int:
    is_cover = acting.kind == ActingFor.Kind.COVER
    return tell(
        people=people,
        event="cover-told" if is_cover else "acting-told",
        title=title,
        words=words,
        path=acting.get_absolute_url(),
        about=acting,
        key=f"acting:{acting.pk}:{step}",
    )


def supported(by: User, acting: ActingFor, scope: Sort) -> bool:
    """Whether an account acts for this person today in one way that they chose."""
    return ActingFor.objects.by(by).filter(pk=acting.pk, duties__sort=scope).exists()
