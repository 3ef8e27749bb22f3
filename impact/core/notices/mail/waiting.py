"""What is asked again of an email about notices when its turn comes, however long it waited.

A notice is left out that was read, that its reader chose meanwhile to hear of in another way, or whose page they may not
see any more. With nothing left the email is not sent.
"""

from django.apps import apps

from impact.core.basics.vocabulary import Format
from impact.core.basics.words.mailboxes import same_mailbox
from impact.core.jobs.catalogue import DIGEST, event_of
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.choices import address_of, choices_of, failed_addresses, owed_to, timing_of
from impact.core.notices.mail import letters
from impact.core.notices.models import BY_EMAIL, Notice, Timing
from impact.core.people.models import Person


def may_see(person: Person, notice: Notice) -> bool:
    """Whether someone may still see what a notice is about. Someone without an account is not sent to a page."""
    if not notice.about or person.user is None:
        return True
    label, key = notice.about.split(":", 1)
    rows = apps.get_model(label)._default_manager
    if not hasattr(rows, "visible_to"):
        return True  # the page itself asks
    return bool(rows.visible_to(person.user).filter(pk=key).exists())


def recheck(email: OutboxEmail) -> bool:
    """Whether an email should still go; what it holds is brought up to date first."""
    if not email.event or not event_of(email.event).is_notice:
        return True
    rows = list(Notice.objects.filter(letter=email).select_related("person__user").order_by("made_at", "pk"))
    if not rows:
        return False  # deleted, as with the data of someone who left
    person, is_digest = rows[0].person, email.event == DIGEST
    choices, failed = choices_of(person), failed_addresses([person])
    wanted = BY_EMAIL if is_digest else {Timing.AT_ONCE}
    kept = []
    for notice in rows:
        timing = timing_of(choices, notice)
        is_news = notice.read_at is None and may_see(person, notice)
        if is_news and timing in wanted and address_of(person):
            kept.append(notice)
            continue
        owed = owed_to(person, timing, failed) if is_news else ""
        Notice.objects.filter(pk=notice.pk).update(letter=None, emailed_at=None, owed=owed)
    if not kept:
        return False
    if len(kept) != len(rows) or email.to != address_of(person):
        new = letters.write(person, kept, is_digest=is_digest)
        for field in ("to", "subject", "body", "html", "leave_url"):
            setattr(email, field, getattr(new, field))
        email.save(update_fields=["to", "subject", "body", "html", "leave_url"])
    return True


def tell_in_another_way(email: OutboxEmail) -> None:
    """What an email told that did not arrive is told by phone where the site does not tell it."""
    for notice in Notice.objects.filter(letter=email, read_at__isnull=True).select_related("person__user"):
        failed = failed_addresses([notice.person])
        if failed:
            owed = owed_to(notice.person, Timing.AT_ONCE, failed)
            Notice.objects.filter(pk=notice.pk).update(letter=None, emailed_at=None, owed=owed)


def needs_large(address: str) -> bool:
    """Whether someone who reads this mailbox needs large print."""
    large = Person.objects.filter(preferred_format=Format.LARGE_PRINT)
    return large.filter(same_mailbox("email", address) | same_mailbox("user__email", address)).exists()
