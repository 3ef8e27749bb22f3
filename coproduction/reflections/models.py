"""A yearly reflection: when it was open, the links that were sent, and answers that lead to no one."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.group.members import groups_seen_by
from coproduction.reflections.figures import Area, area_figures, people_answered, shuffled_words
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from networks.groups.models import Group


class ReflectionQuerySet(models.QuerySet["Reflection"]):
    def visible_to(self, user: Any) -> "ReflectionQuerySet":
        return self.filter(group__in=groups_seen_by(user))

    def open_on(self, day: Any) -> "ReflectionQuerySet":
        return self.filter(opened_on__lte=day, closes_on__gte=day)

    def closed_on(self, day: Any) -> "ReflectionQuerySet":
        return self.filter(closes_on__lt=day)


class Reflection(models.Model):
    """One year's reflection of a group. It closes by itself after its last day; figures are shown from then on."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="reflections")
    year = models.PositiveSmallIntegerField()
    opened_on = models.DateField()
    closes_on = models.DateField(help_text="The last day for answers.")
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked = models.PositiveSmallIntegerField(help_text="How many members were asked; not who.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A year’s reflection of a group.", recorders=("opened_by",))

    objects = ReflectionQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "year"],
                name="one_reflection_a_year",
                violation_error_message="This group has a reflection for this year already.",
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gt=F("opened_on")),
                name="reflection_closes_after_it_opens",
                violation_error_message="Choose a last day after the day on which it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"Reflection {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:reflection-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    @property
    def is_closed(self) -> bool:
        return self.closes_on < clock.today()

    # Figures are asked for by lists too, so they look at the answers that were fetched with the rows.
    @property
    def _scales(self) -> list[dict[str, int]]:
        return [row.answer for row in self.answers.all() if row.part == ReflectionAnswer.SCALES]

    @property
    def answered(self) -> int | None:
        """How many answered, rounded. None: too few to say."""
        return people_answered(len(self._scales))

    @property
    def figures(self) -> dict[str, int | None]:
        """People by area and group of points, made safe to show; all None until it has closed."""
        return area_figures(self._scales if self.is_closed else [])

    @property
    def words(self) -> dict[str, list[str]]:
        """What people wrote, by area, once it has closed and enough of them answered."""
        if not self.is_closed:
            return {}
        found = [(row.part, row.answer["words"]) for row in self.answers.all() if row.part in Area.values]
        return shuffled_words(found, len(self._scales), str(self.pk))


class ReflectionLink(models.Model):
    """A private link that was sent to someone. It says whose it is to no one but the one who holds it.

    ``sealed`` gives the key to a person's answers only together with the token of the link, which is not kept. There is no
    person, no address, no time and no running number.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    sealed = models.CharField(max_length=64)

    privacy = NotPersonal("A private link, sealed: only who holds it can tell whose it is.")

    def __str__(self) -> str:
        return f"A link to {self.reflection}"


class ReflectionAnswer(models.Model):
    """Part of one person’s answers, under a pseudonym of its own: the scales together, the words of each area alone.

    There is no foreign key to a person, no time and no running number. Scales and words have different pseudonyms, so that
    words that give someone away do not lead to their scales. It has no admin page, no API and no search.
    """

    SCALES = "scales"
    PARTS = [SCALES, *Area.values]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reflection = models.ForeignKey(Reflection, on_delete=models.CASCADE, related_name="answers")
    part = models.CharField(max_length=20, choices=[(part, part) for part in PARTS])
    pseudonym = models.CharField(max_length=64, unique=True)
    is_own = models.BooleanField(
        help_text="Entered by the person themselves: nothing that someone else enters replaces it."
    )
    answer = models.JSONField()

    privacy = NotPersonal(
        "Part of an answer under a pseudonym of its own. Nothing here leads to a person, so it cannot be shown to one."
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return "Part of a reflection"
