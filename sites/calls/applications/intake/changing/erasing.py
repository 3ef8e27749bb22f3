"""Deleting an application at the applicant's request: nothing of theirs is left but that there was one."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q, QuerySet

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications.equality.services import keep_equality_answers
from sites.calls.applications.models import Application, MailboxLink

DELETED = "Deleted at the applicant’s request."
# What stays of an application: that there was one, how and when it came, and when it was deleted.
STAYS = frozenset(
    {"id", "round", "reference", "source", "entered_by", "question_set", "statement", "version", "is_illustrative"}
    | {"created_at", "updated_at", "submitted_at", "withdrawn_at", "received_on", "state", "erasure_asked_on"}
)


@transaction.atomic
def erase_application(
    *, by: Actor, application: Application, reference: str, asked_on: date, expected: int | None = None
) -> Application:
    """Delete what an application holds, for its applicant: answers of every revision, names, mailboxes, links, files, what
    assessors wrote, emails about it, and answers to the equality questions. A stub with the reference and dates stays, so that counts stay true.

    ``reference``: typed again, so that no other one is deleted by a slip. ``asked_on``: the day of the request.
    """
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    if expected is not None and application.version != expected:
        raise Conflict(application)
    if application.state == Application.State.ERASED:
        raise StateConflict("This application was deleted before.", code="erased")
    if reference.strip().upper() != application.reference.upper():
        raise ValidationError({"reference": f"Type the reference as it stands here: {application.reference}"})
    if asked_on > clock.today():
        raise ValidationError({"asked_on": "Date cannot be in the future."})
    for mailbox in _mailboxes(application):
        keep_equality_answers(by=by, application=application, email=mailbox, answers={})
    _delete_emails(application)
    files = _delete_parts(application)
    _empty_decision(application)
    _empty(application, asked_on)
    audit.record(by, "application.erased", application, asked_on=asked_on.isoformat())
    transaction.on_commit(lambda: _delete_files(files))
    return application


def _mailboxes(application: Application) -> set[str]:
    """The applicant's mailbox and those of colleagues who helped."""
    return {application.email, *application.links.values_list("email", flat=True)} - {""}


def _others_of(application: Application, mailboxes: set[str]) -> QuerySet[Application]:
    """Other applications in the round that these mailboxes may open: two organisations may share one."""
    theirs = Q(email__in=mailboxes) | Q(links__email__in=mailboxes, links__ended_at__isnull=True)
    others = Application.objects.filter(theirs, round=application.round).exclude(pk=application.pk)
    return others.exclude(state=Application.State.ERASED).distinct()


def _delete_emails(application: Application) -> None:
    """Emails to the applicant and to those who helped, sent or not, that are about this application.

    One that names the round and only another application of the same mailbox is about that one, and stays.
    """
    round, mailboxes = application.round, _mailboxes(application)
    words = {application.reference, round.name, f"/rounds/{round.slug}/", application.organisation_name} - {""}
    others = _others_of(application, mailboxes).values_list("reference", flat=True)
    is_another = _says(others) & ~_says([application.reference])
    OutboxEmail.objects.filter(_says(words), to__in=mailboxes).exclude(is_another).delete()
    of_others = set(_others_of(application, mailboxes).values_list("email", "links__email"))
    still = {email for pair in of_others for email in pair if email}
    MailboxLink.objects.filter(round=round, email__in=mailboxes - still).delete()


def _says(words: Iterable[str]) -> Q:
    """Emails that hold any of these words; a letter may name the round or the organisation alone."""
    about = Q(pk__in=[])
    for word in words:
        about |= Q(body__contains=word) | Q(subject__contains=word)
    return about


def _delete_parts(application: Application) -> set[tuple[type[models.Model], str, str]]:
    """Every row that belongs to the application, whatever package it is from; the decision is emptied instead.

    Returns the files that they named: model, field, name.
    """
    files: set[tuple[type[models.Model], str, str]] = set()
    for relation in Application._meta.related_objects:
        if relation.on_delete is not models.CASCADE or relation.name == "decision":
            continue
        rows: Any = relation.related_model._default_manager.filter(**{relation.field.name: application})
        for field in relation.related_model._meta.fields:
            if isinstance(field, models.FileField):
                names: Iterable[str] = rows.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                files |= {(relation.related_model, field.name, name) for name in names}
        rows.delete()
    return files


def _empty_decision(application: Application) -> None:
    """Keep what was decided, without the words about the applicant."""
    decisions = apps.get_model("sites", "Decision").objects.filter(application=application)
    apps.get_model("sites", "Enquiry").objects.filter(decision__in=decisions).delete()
    decisions.update(reason=DELETED, feedback="", version=models.F("version") + 1)


def _empty(application: Application, asked_on: date) -> None:
    """Set every column that is not to stay to its empty value."""
    for field in Application._meta.concrete_fields:
        if field.name not in STAYS:
            empty: Any = None if field.null else [] if field.name == "needs" else {} if field.name == "draft" else ""
            setattr(application, field.name, empty)
    application.state, application.erasure_asked_on = Application.State.ERASED, asked_on
    application.version += 1
    application.full_clean()
    application.save()


def _delete_files(files: set[tuple[type[models.Model], str, str]]) -> None:
    """Delete files that no row names any more: the same contents may have been sent with another application."""
    for model, field, name in files:
        if not model._default_manager.filter(**{field: name}).exists():
            default_storage.delete(name)
