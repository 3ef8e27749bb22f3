"""Merging suggestions that ask for the same: each member still gets the answer."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.suggestions.answering.alike import Words, alike
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.services import tell

WAITING, MERGED = Suggestion.Status.WAITING, Suggestion.Status.MERGED


def mergeable(suggestion: Suggestion) -> tuple[list[Suggestion], list[Suggestion]]:
    """The waiting suggestions on the same charter that can be merged into this one: those alike first, then the others."""
    rows = Suggestion.objects.waiting().filter(section__charter=suggestion.section.charter_id).exclude(pk=suggestion.pk)
    by_pk = {row.pk: row for row in rows.select_related("section", "person").order_by("section__position", "pk")}
    mine = Words(suggestion.pk, suggestion.section_id, suggestion.words, suggestion.quote)
    found = alike(mine, (Words(row.pk, row.section_id, row.words, row.quote) for row in by_pk.values()))
    return [by_pk[pk] for pk in found], [row for pk, row in by_pk.items() if pk not in found]


@transaction.atomic
def merge_suggestions(
    *, by: Actor, suggestion: Suggestion, others: Iterable[Suggestion], expected: int | None = None
) -> Suggestion:
    """Merge waiting suggestions into one that is answered for all of them. Their words stay as they are."""
    require(by, "coproduction.answer_suggestion", suggestion)
    wanted = {row.pk for row in others} - {suggestion.pk}
    if not wanted:
        raise ValidationError({"others": "Choose at least one suggestion to merge."})
    locked = Suggestion.objects.select_for_update(of=("self",)).select_related("section__charter", "person")
    rows = {row.pk: row for row in locked.filter(pk__in=[suggestion.pk, *wanted]).order_by("pk")}
    main = rows.pop(suggestion.pk)
    if expected is not None and main.revision != expected:
        raise Conflict(main)
    if main.status != WAITING:
        raise StateConflict("Only suggestions that wait for an answer can be merged. Reload the page.")
    for row in rows.values():
        if row.section.charter_id != main.section.charter_id:
            raise ValidationError({"others": "Choose suggestions on the same charter."})
        if row.status != WAITING:
            raise StateConflict("One of these was answered or merged in the meantime. Reload the page, then choose.")
    for row in rows.values():
        for one in [row, *row.merged.all()]:  # what was merged into it comes along
            one.status, one.merged_into = MERGED, main
            one.revision += 1
            one.full_clean()
            one.save(update_fields=["status", "merged_into", "revision"])
        audit.record(by, "suggestion.merged", row, section=main.section.title)
        tell(
            people=[row.person],
            event="suggestion-merged",
            title="Your suggestion was put together with one like it",
            words="Your words stay as you wrote them. Both get the same answer, and you will be told of it.",
            path=row.get_absolute_url(),
            about=row,
            key=f"suggestion-merged:{row.pk}:{row.revision}",
        )
    main.revision += 1
    main.save(update_fields=["revision"])
    return main


@transaction.atomic
def unmerge_suggestion(*, by: Actor, suggestion: Suggestion) -> Suggestion:
    """Undo a merge, as long as there is no answer: the suggestion waits for its own again."""
    require(by, "coproduction.answer_suggestion", suggestion)
    row = (
        Suggestion.objects.select_for_update(of=("self",))
        .select_related("merged_into", "section__charter")
        .get(pk=suggestion.pk)
    )
    if row.merged_into is None:
        raise StateConflict("This suggestion is not merged with another.")
    main = Suggestion.objects.select_for_update(of=("self",)).get(pk=row.merged_into_id)
    if main.is_answered:
        raise StateConflict("Both have their answer, so they stay together.")
    row.status, row.merged_into = WAITING, None
    row.revision += 1
    row.full_clean()
    row.save(update_fields=["status", "merged_into", "revision"])
    audit.record(by, "suggestion.unmerged", row, section=row.section.title)
    return row
