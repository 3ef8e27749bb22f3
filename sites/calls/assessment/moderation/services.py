"""Where assessors of an application differ: staff note what they found, and those who submitted talk about it."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.people.models import User
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assignment, DiscussionMessage, ModerationNote


def may_discuss(user: Any, application: Application) -> bool:
    """Staff, and assessors of this application whose own assessment is submitted."""
    if has_perm(user, "sites.edit_assessment"):
        return True
    submitted = Assignment.objects.open_to(user).filter(assessment__submitted_at__isnull=False)
    return has_perm(user, "sites.assess") and submitted.filter(application=application).exists()


@transaction.atomic
def note_moderation(*, by: Actor, application: Application, words: str) -> ModerationNote:
    """Record what staff found about an application's scores. For staff; a later note corrects an earlier one."""
    require(by, "sites.edit_assessment")
    if not words.strip():
        raise ValidationError({"words": "Write what you found."})
    note = ModerationNote(
        application=application,
        words=words.strip(),
        written_by=by if isinstance(by, User) else None,
        written_at=clock.now(),
    )
    note.full_clean()
    note.save()
    audit.record(by, "application.moderated", application)
    return note


@transaction.atomic
def post_message(*, by: Actor, application: Application, words: str) -> DiscussionMessage:
    """Say something about an application to its other assessors and staff, once one's own assessment is submitted."""
    if not may_discuss(by, application):
        raise PermissionDenied("Submit your own assessment first. Then you can discuss it with the others.")
    if not words.strip():
        raise ValidationError({"words": "Write a message."})
    message = DiscussionMessage(
        application=application,
        words=words.strip(),
        author=by if isinstance(by, User) else None,
        written_at=clock.now(),
    )
    message.full_clean()
    message.save()
    audit.record(by, "application.discussed", application)
    return message
