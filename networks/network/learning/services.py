"""Learning that groups share: sent, answered, seen by its giver, withdrawn (rule 12)."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes, tidy
from impact.core.jobs import outbox
from impact.core.notices.choices import address_of, stop_url, wants_email
from impact.core.notices.models import NoticeKind
from impact.core.people.models import Person
from networks.groups.models import Group, Membership, Network
from networks.log.models import Contribution
from networks.log.services import MAX_WORDS
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.models import Theme

MIN_QUOTE = 25  # characters; shorter words than these can be anybody's

MOST_RECEIVERS = 200  # groups that one learning goes to


def groups_to_offer(user: Any, group: Group) -> Any:
    """Local networks to which ``group`` may send a learning: running ones of every network that the user may see."""
    running = Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today())
    networks = Network.objects.visible_to(user).values("pk")
    rows = Group.objects.local_networks().filter(running, site__in=networks).exclude(pk=group.pk)
    return rows.select_related("site").order_by("site__name", "nation", "name")


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def check_words(group: Group, **texts: str) -> None:
    """Refuse text that names a member of the group, or repeats what someone did not agree to have quoted.

    ``texts``: field → what it says. Words that leave a group are read by people whom its members never met.
    """
    held_back = [
        _plain(words)
        for words in Contribution.objects.kept()
        .filter(meeting__group=group)
        .exclude(pk__in=Contribution.objects.quotable().values("pk"))
        .values_list("words", flat=True)
    ]
    names = [
        name
        for name in Person.objects.filter(memberships__group=group).values_list("name", flat=True).distinct()
        if " " in name.strip()
    ]
    for field, text in texts.items():
        plain = _plain(text)
        for name in names:
            if re.search(rf"\b{re.escape(_plain(name))}\b", plain):
                raise ValidationError({field: f"This names {name}. Remove the name, because others will read this."})
        if any(len(words) >= MIN_QUOTE and words in plain for words in held_back):
            message = "This repeats words that may not be quoted outside the group. In the log, choose who said them and ask that person; or say it in other words."
            raise ValidationError({field: message})


def check_source(group: Group, contribution: Contribution) -> None:
    """Refuse to share a log entry that is another group's, unfinished, removed or not quotable."""
    if contribution.meeting.group_id != group.pk:
        raise ValidationError("What was said belongs to another group. Share it from there.")
    if contribution.removed_at:
        raise StateConflict("This was removed from the log. Restore it before you share it.")
    if not contribution.meeting.is_held:
        raise StateConflict("Finish the log of this meeting before you share what was said.")
    if not Contribution.objects.quotable().filter(pk=contribution.pk).exists():
        raise ValidationError(
            "No one's consent to quote this counts today. In the log, choose who said it and ask that person. "
            "Or share learning in your own words."
        )


@transaction.atomic
def share_learning(
    *,
    by: Actor,
    group: Group,
    groups: Iterable[Group],
    title: str,
    words: str,
    theme: Theme | None = None,
    contribution: Contribution | None = None,
    key: uuid.UUID | None = None,
) -> SharedLearning:
    """Send what ``group`` learned to other local networks. Their coordinators get an email that leads to it.

    ``key`` is made by the sender: the same one twice shares it once.
    """
    require(by, "networks.share_learning", group)
    known = SharedLearning.objects.filter(key=key).first() if key else None
    if known:
        if known.group_id != group.pk:
            raise StateConflict("This was sent for another group before. Reload the page and try again.", "id_taken")
        if (known.title, known.words) != (" ".join(title.split()), tidy(words)):
            raise StateConflict(
                "This was already shared with different wording. Open the page again to share something else.",
                "id_taken",
                known,
            )
        return known
    receivers = {receiver.pk: receiver for receiver in groups}
    if group.pk in receivers:
        raise ValidationError({"groups": "A group cannot send learning to itself."})
    if not receivers:
        raise ValidationError({"groups": "Choose at least one group to send it to."})
    if len(receivers) > MOST_RECEIVERS:
        raise ValidationError({"groups": f"Send it to at most {MOST_RECEIVERS} groups."})
    if not all(receiver.is_local_network for receiver in receivers.values()):
        raise ValidationError({"groups": "Learning goes to local networks. Remove the other groups."})
    if contribution:
        check_source(group, contribution)
        theme = theme or contribution.theme
    learning = SharedLearning(
        key=key or uuid.uuid4(),
        group=group,
        contribution=contribution,
        theme=(theme.merged_into or theme) if theme else None,
        title=" ".join(title.split()),
        words=tidy(words),
        shared_by_id=by.pk,
        shared_at=clock.now(),
    )
    if not learning.title or not learning.words:
        missing = "title" if not learning.title else "words"
        raise ValidationError({missing: "Write what you learned, so that others can try it."})
    if len(learning.words) > MAX_WORDS:
        raise ValidationError(
            {"words": f"This is longer than {MAX_WORDS:,} characters. Keep what others need to try it."}
        )
    check_words(group, title=learning.title, words=learning.words)
    learning.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            learning.save()
    except IntegrityError:  # sent twice at the same moment
        return SharedLearning.objects.get(key=learning.key, group=group)
    LearningReceipt.objects.bulk_create(LearningReceipt(learning=learning, group_id=pk) for pk in receivers)
    _tell_coordinators(by, learning, receivers)
    audit.record(by, "learning.shared", learning, groups=len(receivers))
    return learning


def _tell_coordinators(by: Actor, learning: SharedLearning, receivers: dict[int, Group]) -> None:
    """One email to each person who coordinates a receiving group today, and who covers for them. It says where to read,
    not what was said."""
    running = Membership.objects.current().filter(group__in=receivers).order_by("person", "group__name")
    to: dict[int, tuple[Person, list[str]]] = {}
    for person, group in running.who_runs():
        to.setdefault(person.pk, (person, []))[1].append(receivers[group].name)
    for person, names in to.values():
        address = address_of(person)
        if not address or (person.user_id and person.user_id == by.pk):
            continue
        if not wants_email(person, "learning-shared"):
            continue
        body = render_to_string(
            "emails/learning_shared.txt",
            {
                "person": person,
                "learning": learning,
                "names": names,
                "link": settings.SITE_URL + learning.get_absolute_url(),
            },
        )
        leave = stop_url(person, [NoticeKind.WORK])
        outbox.send_later(
            event="learning-shared",
            to=address,
            subject="A group shared a learning with you",
            body=f"{body.strip()}\n\nStop emails about what other groups learned:\n{leave}\n",
            leave_url=leave,
        )


def _locked(learning: SharedLearning) -> SharedLearning:
    return SharedLearning.objects.select_for_update(of=("self",)).select_related("group").get(pk=learning.pk)


@transaction.atomic
def withdraw_learning(
    *, by: Actor, learning: SharedLearning, reason: str, expected: int | None = None
) -> SharedLearning:
    """Take a shared learning back, with the reason. The groups that received it no longer see it."""
    require(by, "networks.share_learning", learning)
    seen = learning.version if expected is None else expected
    learning = _locked(learning)
    if learning.withdrawn_at:
        raise StateConflict("This learning has been withdrawn already.")
    reason = " ".join(reason.split())
    if not reason:
        raise ValidationError({"reason": "Say why you are withdrawing it."})
    save_changes(
        learning, {"withdrawn_at": clock.now(), "withdrawn_by_id": by.pk, "withdrawn_reason": reason}, expected=seen
    )
    audit.record(by, "learning.withdrawn", learning)
    return learning


@transaction.atomic
def answer_learning(
    *, by: Actor, receipt: LearningReceipt, answer: str, why: str, expected: int | None = None
) -> LearningReceipt:
    """Say what a group made of a learning: tried it, adapted it, or not for us, with a word why. It can be changed."""
    require(by, "networks.answer_learning", receipt)
    seen = receipt.version if expected is None else expected
    if _locked(receipt.learning).withdrawn_at:
        raise StateConflict("The group that shared this has withdrawn it, so there is nothing to answer.")
    if answer not in LearningReceipt.Answer.values:
        raise ValidationError({"answer": "Choose one of the three answers."})
    why = " ".join(why.split())
    if not why:
        raise ValidationError({"why": "Say briefly why."})
    check_words(receipt.group, why=why)
    if (receipt.answer, receipt.why, receipt.version) == (answer, why, seen):
        return receipt
    changes = {"answer": answer, "why": why, "answered_by_id": by.pk, "answered_at": clock.now()}
    save_changes(receipt, changes | {"seen_by_giver_at": None}, expected=seen)
    audit.record(by, "learning.answered", receipt.learning, answer=receipt.get_answer_display())
    return receipt


@transaction.atomic
def mark_answers_seen(*, by: Actor, learning: SharedLearning) -> int:
    """The group that gave a learning has read the answers; returns how many were new."""
    require(by, "networks.share_learning", learning)
    new = learning.receipts.exclude(answer="").filter(seen_by_giver_at__isnull=True)
    return new.update(seen_by_giver_at=clock.now())
