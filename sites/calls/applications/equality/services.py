"""Keeping applicants' equality answers apart from everything else (TRUST: voluntary, pseudonymous, never joined)."""

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from impact.core.access.permissions import Actor, require
from impact.core.people.rights.equality.questions import checked
from sites.calls.applications.equality.models import EqualityAnswer
from sites.calls.applications.models import Application


def pseudonym_of(application: Application, email: str) -> str:
    """The name under which one mailbox's answers for one application are kept: pairwise, and useless without our key.

    The key is one of its own, so that a new SECRET_KEY leaves answers where their applicants find them.
    """
    value = f"{application.round_id}:{application.pk}:{email.strip().lower()}"
    key = settings.PSEUDONYM_KEY
    return salted_hmac("sites.equality", value, secret=key, algorithm="sha256").hexdigest()


@transaction.atomic
def keep_equality_answers(*, by: Actor, application: Application, email: str, answers: Mapping[str, str]) -> None:
    """Keep the answers of someone who applied, in place of earlier ones. No answers at all deletes them.

    Nothing is recorded in the audit log: that someone answered is theirs alone to know.
    """
    require(by, "sites.enter_application")
    given = checked(answers)
    pseudonym = pseudonym_of(application, email)
    EqualityAnswer.objects.filter(pseudonym=pseudonym).delete()
    if given:  # as a new row, so that its place in the table does not say who changed their answers
        EqualityAnswer.objects.create(round=application.round.slug, pseudonym=pseudonym, answers=given)
