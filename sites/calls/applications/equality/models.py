"""Answers to the equality questions. Nothing here leads to an application, an organisation, a person or a moment."""

import uuid

from django.db import models

from impact.core.basics.privacy import NotPersonal


class EqualityAnswer(models.Model):
    """One applicant's voluntary answers, under a pseudonym that only their own link can work out again.

    There is no foreign key, no time and no running number: no one who reads this table can tell whose row it is, and
    nothing else in the database says who answered. It has no admin page, no API and no search.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.CharField(max_length=80, help_text="The slug of the round: what figures are counted by.")
    pseudonym = models.CharField(max_length=64, unique=True)
    answers = models.JSONField(default=dict)

    privacy = NotPersonal(
        "Answers to the equality questions under a pseudonym that only the applicant’s own link can work out. Nothing here leads to a person, so they cannot be shown to one; the applicant replaces or deletes them."
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return "Answers to the equality questions"
