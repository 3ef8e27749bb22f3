"""What members of the demonstration suggested, said beneath it, and were answered."""

from coproduction.charter.models import Charter, CharterVersion
from coproduction.management.demo import shapes
from coproduction.suggestions.answering.merging import merge_suggestions
from coproduction.suggestions.answering.taking import take_in
from coproduction.suggestions.discussion.services import add_comment, hide_comment
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.passages import Passage
from coproduction.suggestions.services import answer_suggestion, save_draft, suggest_change
from impact.core.basics import clock
from impact.core.people.models import Person, User


def add_suggestions(
    lead: User, member: User, people: list[Person], version: CharterVersion, rows: list[shapes.Suggestion]
) -> None:
    """What members said about a version, and the answer that each of them got or waits for.

    Members without an account speak through the engagement lead; the one with an account writes alone.
    """
    made = [_suggestion(lead, member, people, version, row) for row in rows]
    for row, suggestion in zip(rows, made, strict=True):
        for comment in row.comments:
            _comment(lead, member, people, suggestion, comment)
    for row, suggestion in zip(rows, made, strict=True):
        if row.merged_into:
            with clock.standing_on(row.on):
                merge_suggestions(by=lead, suggestion=made[row.merged_into - 1], others=[suggestion])
    for row, suggestion in zip(rows, made, strict=True):
        if row.answered_on:
            with clock.standing_on(row.answered_on):
                answer_suggestion(by=lead, suggestion=suggestion, status=row.status, answer=row.answer)


def _suggestion(
    lead: User, member: User, people: list[Person], version: CharterVersion, row: shapes.Suggestion
) -> Suggestion:
    section = version.charter.sections.get(key=row.section)
    write = save_draft if row.is_draft else suggest_change
    with clock.standing_on(row.on):
        return write(
            by=lead if row.member else member,
            section=section,
            version=version,
            words=row.words,
            person=people[row.member - 1] if row.member else None,
            told=row.told if row.member else "",
            passage=Passage(row.quote) if row.quote else None,
        )


def _comment(lead: User, member: User, people: list[Person], suggestion: Suggestion, row: shapes.Comment) -> None:
    """A comment of the member with an account, of the lead, or of a member for whom the lead writes it down."""
    with clock.standing_on(row.on):
        comment = add_comment(
            by=member if row.member is None else lead,
            suggestion=suggestion,
            words=row.words,
            person=people[row.member - 1] if row.member else None,
            told="phone" if row.member else "",
        )
        if row.hidden_because:
            hide_comment(by=lead, comment=comment, reason=row.hidden_because)


def take_in_what_was_answered(lead: User, charter: Charter) -> None:
    """Link what was answered to the draft that takes it in, before its words are written."""
    for suggestion in Suggestion.objects.to_write().filter(section__charter=charter).order_by("pk"):
        take_in(by=lead, suggestion=suggestion)
