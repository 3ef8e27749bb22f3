"""Terms of office, strengths that members want to bring, and who supports whom."""

from collections.abc import Callable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from coproduction.group.members import DECIDING_ROLES, deciding_members, holders_of, resolve_member, say_day
from coproduction.group.models import SupportLink, Told, require_told
from coproduction.group.people.models import Strengths, Term
from impact.core.access import audit
from impact.core.access.acting.models import ActingFor, Sort
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, delete_unchanged, save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person
from impact.core.people.rights.acting.services import hold
from networks.groups.lent import READING
from networks.groups.models import Group, Membership

ONE_DAY = timedelta(days=1)
LONGEST = timedelta(days=3660)  # of a term: a date typed wrong is more likely than eleven years


# --- Terms of office -----------------------------------------------------------------------------
def _check_term(membership: Membership, starts_on: date, ends_on: date, *, other_than: Term | None = None) -> None:
    """Refuse a term that is outside its membership, too long, or over another term."""
    if ends_on < starts_on:
        raise ValidationError({"ends_on": "The last day is before the first day. Choose a later one."})
    if ends_on - starts_on > LONGEST:
        raise ValidationError({"ends_on": "A term is at most ten years. Check the year."})
    if starts_on < membership.starts_on:
        raise ValidationError(
            {"starts_on": f"They joined the group on {say_day(membership.starts_on)}. Choose a later day."}
        )
    if membership.ends_on and ends_on > membership.ends_on:
        raise ValidationError({"ends_on": f"Their last day is {say_day(membership.ends_on)}. Choose an earlier day."})
    others = membership.terms.all() if other_than is None else membership.terms.exclude(pk=other_than.pk)
    clash = others.filter(Q(starts_on__lte=ends_on, ends_on__gte=starts_on)).first()
    if clash:
        until = f"{say_day(clash.starts_on)} to {say_day(clash.ends_on)}"
        raise ValidationError({"starts_on": f"They have a term from {until}. Choose days outside it."})


@transaction.atomic
def appoint_for_term(
    *, by: Actor, membership: Membership, ends_on: date, starts_on: date | None = None, after: int | None = None
) -> Term:
    """Appoint a member for a term, or for another one after the last; earlier terms are kept.

    Without ``starts_on`` it begins the day after the last term, or on the member's first day. ``after``: how many terms
    the page showed, so that two people who reappoint at once do not do so twice.
    """
    require(by, "coproduction.edit_members", membership.group)
    locked = Membership.objects.select_for_update().select_related("group", "person").get(pk=membership.pk)
    if locked.has_ended(clock.today()):
        raise StateConflict(f"{locked.person.name} has left the group.")
    if locked.role not in DECIDING_ROLES:
        raise ValidationError("Only members, the chair and the vice-chair have terms of office.")
    last = locked.terms.order_by("-ends_on").first()
    if after is not None and locked.terms.count() != after:
        raise StateConflict("Someone else recorded a term in the meantime. Check the terms, then try again.")
    start = starts_on or (last.ends_on + ONE_DAY if last else locked.starts_on)
    _check_term(locked, start, ends_on)
    term = Term(membership=locked, starts_on=start, ends_on=ends_on, recorded_by_id=by.pk)
    term.full_clean()
    term.save()
    audit.record(by, "term.reappointed" if last else "term.added", term, until=ends_on.isoformat())
    return term


@transaction.atomic
def update_term(*, by: Actor, term: Term, starts_on: date, ends_on: date, expected: int | None = None) -> Term:
    """Correct the days of a term."""
    require(by, "coproduction.edit_members", term)
    membership = Membership.objects.select_for_update().get(pk=term.membership_id)
    _check_term(membership, starts_on, ends_on, other_than=term)
    changed = save_changes(term, {"starts_on": starts_on, "ends_on": ends_on}, expected=expected)
    if changed:
        audit.record(by, "term.changed", term, fields=changed)
    return term


@transaction.atomic
def remove_term(*, by: Actor, term: Term, expected: int | None = None) -> None:
    """Remove a term that was recorded by mistake."""
    require(by, "coproduction.edit_members", term)
    audit.record(by, "term.removed", term)
    delete_unchanged(term, expected=expected)


@transaction.atomic
def remind_of_terms(*, by: Actor, on: date) -> int:
    """Tell each engagement lead, once a term, that it ends soon; the number of people told."""
    require(by, "coproduction.edit_members")
    leads = Person.objects.filter(user__in=holders_of("coproduction.edit_members"))
    told = 0
    for term in Term.objects.running_out(on).select_related("membership__group"):
        told += tell(
            people=leads,
            event="term-ends",
            title=f"A term of office ends on {say_day(term.ends_on)}",
            words=f"A member of the {term.membership.group.name} has a term that ends on {say_day(term.ends_on)}. "
            "Ask whether they want to go on. Then record the next term, or their last day.",
            path=term.get_absolute_url(),
            about=term,
            key=f"term-ends:{term.pk}:{term.ends_on}",
        )
    return told


# --- Strengths -----------------------------------------------------------------------------------
@transaction.atomic
def write_strengths(
    *, by: Actor, group: Group, words: str, person: Person | None = None, told: str = "", expected: int | None = None
) -> Strengths:
    """Keep what a member wants to bring, in their own words. Empty words take it back.

    Others of the group only see it while the member has said yes to that. ``expected``: the version that the writer
    saw, 0 for none yet.
    """
    require(by, "coproduction.write_strengths", group)
    member = resolve_member(by, group, person, clock.today())
    told = require_told(by, member, told)
    words = words.strip()
    row = Strengths.objects.select_for_update().filter(group=group, person=member).first()
    if row is None:
        if not words:
            raise ValidationError({"words": "Write down what you would like to bring. A few words are fine."})
        row = Strengths(group=group, person=member, words=words, told=told, recorded_by_id=by.pk)
        row.written_on = clock.today()
        row.full_clean()
        row.save()
    else:
        if expected == 0:
            raise Conflict(row)
        if told == Told.PROXY and not row.told:
            raise ValidationError({"told": f"{member.name} wrote this. Ask them what they would like to say now."})
        changes = {"words": words, "told": told, "recorded_by_id": by.pk, "written_on": clock.today()}
        if row.words == words:
            changes = {}
        if not save_changes(row, changes, expected=expected):
            return row
    audit.record(by, "strengths.written", row)
    return row


# --- Supporters ----------------------------------------------------------------------------------
def people_who_could_support(group: Group, member: Person) -> "list[Person]":
    """People of the group whom a member may choose as their supporter: all but coordinators and the member."""
    rows = Membership.objects.current().filter(group=group).exclude(role=Membership.Role.COORDINATOR)
    taken = SupportLink.objects.in_force().filter(group=group, member=member).values("supporter")
    rows = rows.exclude(person=member).exclude(person__in=taken)
    return list(Person.objects.filter(pk__in=rows.values("person")).order_by("name", "pk"))


def _member_or_lead(by: Actor, group: Group, member: Person) -> None:
    """Let the member themselves do it, or who looks after members. A supporter does not choose other supporters."""
    if member.user_id is None or member.user_id != by.pk:
        require(by, "coproduction.edit_members", group)


@transaction.atomic
def name_supporter(*, by: Actor, group: Group, supporter: Person, member: Person | None = None) -> SupportLink:
    """Let a supporter write things down for a member. The member chooses; the engagement lead may record it for them."""
    if member is None:
        member = Person.objects.filter(user_id=by.pk, user__isnull=False).first()
    if member is None:
        raise ValidationError("Choose the member who wants support.")
    _member_or_lead(by, group, member)
    if not deciding_members(group).filter(person=member).exists():
        raise ValidationError("Only members of this group can name a supporter.")
    if supporter == member:
        raise ValidationError({"supporter": "Choose someone else: people do not support themselves."})
    if supporter not in people_who_could_support(group, member):
        if SupportLink.objects.in_force().filter(group=group, member=member, supporter=supporter).exists():
            raise StateConflict("This person supports the member already.")
        raise ValidationError(
            {"supporter": "Choose someone who belongs to the group. The engagement lead can add your supporter first."}
        )
    link = SupportLink(group=group, member=member, supporter=supporter, starts_on=clock.today(), recorded_by_id=by.pk)
    link.full_clean()
    link.save()
    audit.record(by, "supporter.named", link)
    tell(
        people=[supporter],
        event="supporter-named",
        title="You can now write things down for a member",
        words=f"A member of the {group.name} asked that you support them. You can write down what they tell you, and "
        "you say each time how they told you. Either of you can end this at any time.",
        path=reverse("coproduction:supporting", args=[group.slug]),
        key=f"supporter-named:{link.pk}",
    )
    return link


def support_everywhere(link: SupportLink) -> ActingFor | None:
    """The supporter's role for all of the member's groups, which stays when support in one group ends; None without one."""
    rows = ActingFor.objects.in_force().filter(kind=ActingFor.Kind.SUPPORT, person=link.member_id)
    return rows.filter(helper=link.supporter_id, duties__sort__in=READING).first()


@transaction.atomic
def end_support(*, by: Actor, link: SupportLink) -> SupportLink:
    """End it in this group from now on: the member, the supporter, or the engagement lead. What was written down stays.

    All support by this supporter for this member ends in the group. A supporter whom the member named for all of their
    groups keeps that role in the others.
    """
    if link.supporter.user_id is None or link.supporter.user_id != by.pk:
        _member_or_lead(by, link.group, link.member)
    rows = SupportLink.objects.select_for_update(of=("self",)).select_related("group", "member", "supporter")
    locked = rows.get(pk=link.pk)
    if locked.ends_on is not None and locked.ends_on < clock.today():
        raise StateConflict("This support has ended already.")
    same = {name: getattr(locked, name) for name in ("group", "member", "supporter")}
    for one in rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today()), **same).order_by("pk"):
        audit.record(by, "supporter.ended", one)
        _end(one)
    others = [person for person in (locked.member, locked.supporter) if person.user_id != by.pk]
    more = " In other groups nothing changes." if support_everywhere(locked) else ""
    tell(
        people=others,
        event="supporter-ended",
        title="Support in the group has ended",
        words=f"Support that one person gave another in the {locked.group.name} has ended. What was written down stays.{more}",
        path=reverse("coproduction:index"),
        key=f"supporter-ended:{link.pk}",
    )
    return rows.get(pk=link.pk)


def _end(link: SupportLink) -> None:
    link.ends_on = clock.today() - ONE_DAY
    link.starts_on = min(link.starts_on, link.ends_on)  # named today: it ends at once as well
    link.full_clean(exclude=["recorded_by"])  # empty once who recorded it is gone
    link.save(update_fields=["starts_on", "ends_on"])


def follow_supporter(by: Actor, acting: ActingFor) -> None:
    """What a supporter may do everywhere, in each group in which the member decides: a link while it runs, with pay where
    the member chose so. Ended with it."""
    if acting.kind != ActingFor.Kind.SUPPORT:
        return
    if acting.ended_at is not None:
        for link in SupportLink.objects.in_force().filter(acting=acting):
            _end(link)
        SupportLink.objects.filter(acting=acting, starts_on__gt=clock.today()).delete()
        return
    today = clock.today()
    mine = Membership.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), person=acting.person)
    for row in mine.select_related("group").order_by("pk"):
        _link(acting, row)


def _link(acting: ActingFor, membership: Membership) -> SupportLink | None:
    """Link the supporter to one group, where the member decides there and chose more than reading. A link that was ended
    stays ended."""
    scopes = set(acting.duties.values_list("sort", flat=True))
    if membership.role not in DECIDING_ROLES or not scopes & {Sort.WORDS, Sort.CLAIMS}:
        return None
    starts_on = max(acting.starts_on, membership.starts_on)
    if starts_on > acting.ends_on or SupportLink.objects.filter(acting=acting, group=membership.group_id).exists():
        return None
    link = SupportLink.objects.create(
        group=membership.group,
        member=acting.person,
        supporter=acting.helper,
        starts_on=starts_on,
        ends_on=acting.ends_on,
        recorded_by_id=acting.asked_by_id,
        acting=acting,
    )
    if Sort.CLAIMS in scopes:
        for share in SHARE_PAY:
            share(link)
    return link


def follow_membership(by: Actor, membership: Membership, is_new: bool) -> None:
    """Let the supporters whom someone named for all their groups help in a group that they join, and tell both. For someone
    who is in the group already, do so only where a new role lets a supporter do more."""
    if membership.role == Membership.Role.COORDINATOR or membership.has_ended(clock.today()):
        return
    hold(membership.person)  # a supporter who says yes at this moment waits, and finds the membership
    rows = ActingFor.objects.open().filter(
        kind=ActingFor.Kind.SUPPORT, is_accepted=True, person=membership.person_id, duties__sort__in=READING
    )
    for acting in rows.select_related("person", "helper").distinct().order_by("pk"):
        link = _link(acting, membership)
        if link is not None:
            audit.record(SYSTEM, "supporter.followed", link)
        if is_new or link is not None:
            _tell_of_group(acting, membership.group, writes=link is not None)


def _tell_of_group(acting: ActingFor, group: Group, *, writes: bool) -> None:
    can = "read its papers, and do there what you agreed" if writes else "read its papers"
    told = [
        (
            acting.person,
            "Your supporter helps you in a new group too",
            f"You belong to the {group.name}. The supporter whom you named for all your groups can {can}. If you do "
            "not want that, open it and stop it.",
        ),
        (
            acting.helper,
            "Someone whom you support is in a new group",
            f"The person whom you support belongs to the {group.name}. You can {can}.",
        ),
    ]
    for person, title, words in told:
        tell(
            people=[person],
            event="acting-told",
            about=acting,
            title=title,
            words=words,
            path=acting.get_absolute_url(),
            key=f"acting:{acting.pk}:group:{group.pk}",
        )


def groups_supported(acting: ActingFor) -> list[tuple[str, str]]:
    """Where a supporter helps today, for the page about it: (group, what they can do there)."""
    scopes = set(acting.duties.values_list("sort", flat=True))
    if acting.kind != ActingFor.Kind.SUPPORT or not scopes & set(READING):
        return []
    writes = set(SupportLink.objects.in_force().filter(acting=acting).values_list("group", flat=True))
    rows = Membership.objects.current().filter(person=acting.person).exclude(role=Membership.Role.COORDINATOR)
    rows = rows.select_related("group").order_by("group__name")
    return [(row.group.name, "reads and writes" if row.group_id in writes else "reads") for row in rows]


# How another package lets a supporter see pay and claims. It is imported after this one.
SHARE_PAY: list[Callable[[SupportLink], None]] = []


def end_links(by: Actor, person: Person) -> None:
    """End who supports whom where one of the two is erased. No one is written to: a letter would name them."""
    links = SupportLink.objects.in_force().filter(Q(member=person) | Q(supporter=person))
    for link in links.select_related("group"):
        _end(link)
        audit.record(by, "supporter.ended", link)
