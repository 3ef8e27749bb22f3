"""Keeping equality answers apart from everything else (TRUST: voluntary, pseudonymous, never joined)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac

from impact.core.access.permissions import Actor, require
from sites.calls.applications.equality.models import EqualityAnswer
from sites.calls.applications.models import Application

PREFER_NOT = ("prefer_not", "Prefer not to say")


@cache
def equality_questions() -> dict[str, dict[str, Any]]:
    """What is asked: key → label and choices, with "Prefer not to say" last."""
    found = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
    return {
        key: {"label": one["label"], "choices": [*one["choices"].items(), PREFER_NOT]} for key, one in found.items()
    }


def pseudonym_of(application: Application, email: str) -> str:
    """The name under which one mailbox's answers for one application are kept: pairwise, and useless without our key."""
    value = f"{application.round_id}:{application.pk}:{email.strip().lower()}"
    return salted_hmac("sites.equality", value, algorithm="sha256").hexdigest()


@transaction.atomic
def keep_equality_answers(*, by: Actor, application: Application, email: str, answers: Mapping[str, str]) -> None:
    """Keep the answers of someone who applied, in place of earlier ones. No answers at all deletes them.

    Nothing is recorded in the audit log: that someone answered is theirs alone to know.
    """
    require(by, "sites.enter_application")
    asked = equality_questions()
    given = {key: value for key, value in answers.items() if value}
    for key, value in given.items():
        if key not in asked or value not in dict(asked[key]["choices"]):
            raise ValidationError("Choose one of the answers, or leave the question out.")
    pseudonym = pseudonym_of(application, email)
    EqualityAnswer.objects.filter(pseudonym=pseudonym).delete()
    if given:  # as a new row, so that its place in the table does not say who changed their answers
        EqualityAnswer.objects.create(round=application.round.slug, pseudonym=pseudonym, answers=given)
