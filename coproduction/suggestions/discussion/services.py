"""Talking about a suggestion, and plain moderation."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from coproduction.group.members import resolve_member
from coproduction.group.models import require_told
from coproduction.suggestions.discussion.models import EDIT_WITHIN, Comment, CommentFlag
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person


def _speaker(by: Actor, suggestion: Suggestion, person: Person | None) -> Person:
    """The member who speaks, or the engagement lead, who speaks for themselves."""
    if person is None and has_perm(by, "coproduction.moderate_discussion", suggestion):
        own = Person.objects.filter(user_id=by.pk, user__isnull=False).first()
        if own is None:
            raise ValidationError("Your account has no person's record yet. Ask an administrator to add one.")
        return own
    return resolve_member(by, suggestion.section.charter.group, person, clock.today())


@transaction.atomic
def add_comment(
    *, by: Actor, suggestion: Suggestion, words: str, person: Person | None = None, told: str = ""
) -> Comment:
    """Add to the discussion of a suggestion: as a member, for a member whom one supports, or as the engagement lead."""
    require(by, "coproduction.discuss", suggestion)
    suggestion = (
        Suggestion.objects.select_for_update(of=("self",))
        .select_related("section__charter__group", "merged_into")
        .get(pk=suggestion.pk)
    )
    if suggestion.merged_into is not None:
        raise StateConflict("This suggestion was merged with another. Write your comment beneath that one.")
    speaker = _speaker(by, suggestion, person)
    comment = Comment(
        suggestion=suggestion,
        person=speaker,
        words=words.strip(),
        recorded_by_id=by.pk,
        told=require_told(by, speaker, told),
    )
    comment.full_clean()
    comment.save()
    audit.record(by, "comment.added", comment)
    others = [one.person for one in (suggestion, *suggestion.merged.select_related("person"))]
    tell(
        people={other.pk: other for other in others if other.pk != speaker.pk}.values(),
        event="comment-added",
        title="There is a new comment beneath your suggestion",
        words=f"It is about “{suggestion.section.title}” in the charter. You can read it, and reply if you want to.",
        path=suggestion.get_absolute_url(),
        about=suggestion,
        key=f"comment:{comment.pk}",
    )
    return comment


@transaction.atomic
def edit_comment(*, by: Actor, comment: Comment, words: str, expected: int | None = None) -> Comment:
    """Change the words of one's own comment while it is new."""
    require(by, "coproduction.discuss", comment)
    if not comment.is_of(by):
        raise PermissionDenied("Only the person who wrote a comment can change it.")
    if not comment.is_editable():
        minutes = int(EDIT_WITHIN.total_seconds() // 60)
        raise StateConflict(f"A comment can be changed for {minutes} minutes. Add another one to put something right.")
    if save_changes(comment, {"words": words.strip()}, expected=expected):
        Comment.objects.filter(pk=comment.pk).update(edited_at=clock.now())
        audit.record(by, "comment.edited", comment, fields=["words"])
    return comment


@transaction.atomic
def hide_comment(*, by: Actor, comment: Comment, reason: str, expected: int | None = None) -> Comment:
    """Hide a comment from the group, with a reason that its writer reads; it is kept, and can be shown again."""
    require(by, "coproduction.moderate_discussion", comment)
    comment = Comment.objects.select_for_update(of=("self",)).select_related("suggestion", "person").get(pk=comment.pk)
    if comment.hidden_at is not None:
        raise StateConflict("This comment is hidden already.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why. The person who wrote it will read this."})
    changes = {"hidden_at": clock.now(), "hidden_reason": reason.strip(), "hidden_by_id": by.pk}
    save_changes(comment, changes, expected=expected)
    comment.flags.filter(settled_on__isnull=True).update(settled_on=clock.today())
    audit.record(by, "comment.hidden", comment)
    tell(
        people=[comment.person],
        event="comment-hidden",
        title="A comment of yours is hidden",
        words="Others cannot read it now. You can read the reason on the page, and talk to the engagement lead.",
        path=comment.get_absolute_url(),
        about=comment,
        key=f"comment-hidden:{comment.pk}:{comment.version}",
    )
    return comment


@transaction.atomic
def show_comment(*, by: Actor, comment: Comment, expected: int | None = None) -> Comment:
    """Show a hidden comment again."""
    require(by, "coproduction.moderate_discussion", comment)
    comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    if comment.hidden_at is None:
        raise StateConflict("This comment is not hidden.")
    save_changes(comment, {"hidden_at": None, "hidden_reason": "", "hidden_by_id": None}, expected=expected)
    audit.record(by, "comment.shown", comment)
    return comment


@transaction.atomic
def flag_comment(*, by: Actor, comment: Comment, reason: str = "") -> CommentFlag:
    """Ask the engagement lead to look at a comment. Nothing is hidden by this, and the writer is not told."""
    require(by, "coproduction.discuss", comment)
    if comment.hidden_at is not None:
        raise StateConflict("This comment is hidden already.")
    if comment.is_of(by):
        raise ValidationError("This comment is your own. Change it, or write another one.")
    flag = CommentFlag(comment=comment, flagged_by_id=by.pk, reason=reason.strip())
    flag.full_clean()
    flag.save()
    audit.record(by, "comment.flagged", comment)
    return flag


@transaction.atomic
def settle_flags(*, by: Actor, comment: Comment) -> int:
    """Let a flagged comment stand; the number of flags that this settles."""
    require(by, "coproduction.moderate_discussion", comment)
    settled = comment.flags.filter(settled_on__isnull=True).update(settled_on=clock.today())
    if settled:
        audit.record(by, "comment.let_stand", comment)
    return settled


@dataclass(frozen=True)
class Said:
    """A comment as one reader may see it. Of a hidden one others see that there was one, and nothing else."""

    comment: Comment
    words: str | None
    who: str
    written_down_by: str
    told: str
    is_own: bool
    is_hidden: bool
    reason: str
    flags: list[CommentFlag]
    may_edit: bool
    may_flag: bool
    may_hide: bool


def discussion_of(suggestion: Suggestion, user: Any) -> list[Said]:
    """The discussion beneath a suggestion, the newest last; empty for those who do not take part in it."""
    if suggestion.is_draft or not has_perm(user, "coproduction.discuss", suggestion):
        return []
    moderates = has_perm(user, "coproduction.moderate_discussion", suggestion)
    rows = suggestion.comments.select_related("person", "recorded_by__person").prefetch_related("flags")
    found = []
    for comment in rows:
        is_own, is_hidden = comment.is_of(user), comment.hidden_at is not None
        is_shown = not is_hidden or is_own or moderates
        flags = [flag for flag in comment.flags.all() if flag.settled_on is None]
        found.append(
            Said(
                comment=comment,
                words=comment.words if is_shown else None,
                who=comment.person.name if is_shown else "",
                written_down_by=comment.written_down_by if is_shown else "",
                told=comment.get_told_display() if is_shown and comment.told else "",
                is_own=is_own,
                is_hidden=is_hidden,
                reason=comment.hidden_reason if is_hidden and is_shown else "",
                flags=flags if moderates else [],
                may_edit=is_own and comment.is_editable(),
                may_flag=not is_hidden and not is_own and not any(flag.flagged_by_id == user.pk for flag in flags),
                may_hide=moderates and not is_hidden,
            )
        )
    return found
