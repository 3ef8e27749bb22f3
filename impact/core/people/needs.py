"""What people need in order to take part. It is theirs: others suggest, or write down what someone told them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, name_of
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.jobs import outbox
from impact.core.people.models import NeedsProposal, Person

NEEDS = ("preferred_format", "preferred_language", "access_arrangements")


def marked(by: Actor, person: Person, changes: Mapping[str, Any], *, own_words: bool = False) -> dict[str, Any]:
    """``changes`` with who recorded the needs among them; empty when they are the person's own words."""
    if not any(name in changes and changes[name] != getattr(person, name) for name in NEEDS):
        return dict(changes)
    is_own = own_words or (person.user_id is not None and person.user_id == by.pk)
    return {
        **changes,
        "needs_recorded_by_id": None if is_own else by.pk,
        "needs_recorded_on": None if is_own else clock.today(),
    }


def named(changed: Iterable[str]) -> list[str]:
    """The names of fields that changed, without those that say who recorded them."""
    return [name for name in changed if not name.startswith("needs_recorded")]


@transaction.atomic
def propose_needs(*, by: Actor, person: Person, link: str, **changes: Any) -> NeedsProposal | None:
    """Suggest needs to a person who has an account; nothing changes until they use it. None when nothing differs.

    For a service that has asked for a permission of its own. A newer suggestion by the same person replaces theirs.
    """
    assert person.user is not None  # noqa: S101  callers write down the needs of people without an account
    wanted = {name: changes.get(name, getattr(person, name)) for name in NEEDS}
    if all(getattr(person, name) == value for name, value in wanted.items()):
        return None
    NeedsProposal.objects.filter(person=person, proposed_by_id=by.pk, answered_at__isnull=True).delete()
    proposal = NeedsProposal(person=person, proposed_by_id=by.pk, **wanted)
    proposal.full_clean()
    proposal.save()
    audit.record(by, "person.needs_proposed", person)
    outbox.send_later(
        event="needs-suggested",
        to=person.user.email,
        subject="A suggestion for you",
        body=(
            f"Hello {person.name},\n\n{name_of(by)} suggests a change to what you need in order to take part.\n\n"
            f"Read it, then use it or leave it:\n{link}\n\nNothing changes unless you say so.\n"
        ),
    )
    return proposal


@transaction.atomic
def answer_proposal(*, by: Actor, proposal: NeedsProposal, is_accepted: bool) -> None:
    """Use or leave a suggestion about one's own needs."""
    if proposal.person.user_id != by.pk:
        raise PermissionDenied("This suggestion is about someone else.")
    changed = NeedsProposal.objects.filter(pk=proposal.pk, answered_at__isnull=True).update(
        answered_at=clock.now(), is_accepted=is_accepted
    )
    if not changed:
        raise ValidationError("You have answered this suggestion already.")
    if is_accepted:
        wanted = {name: getattr(proposal, name) for name in NEEDS}
        save_changes(proposal.person, marked(by, proposal.person, wanted), expected=None)
    audit.record(by, "person.needs_answered", proposal.person, used=is_accepted)
