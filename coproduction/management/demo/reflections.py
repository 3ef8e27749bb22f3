"""The demonstration's two yearly reflections."""

from django.db import transaction

from coproduction.group.members import deciding_members
from coproduction.management.demo import shapes
from coproduction.reflections.figures import Area
from coproduction.reflections.models import Reflection
from coproduction.reflections.services import Answers, answer_reflection, open_reflection
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from networks.groups.models import Group


@transaction.atomic
def build_reflections(lead: User, member: User, group: Group) -> None:
    """Build the reflections of the advisory group, where there are none. The engagement lead writes the answers down."""
    if Reflection.objects.filter(group=group).exists():
        return
    for row in read(__file__, "reflections.toml", dict[int, shapes.Reflection]).values():
        with clock.standing_on(row.opened_on):
            reflection = open_reflection(
                by=lead, group=group, closes_on=row.closes_on, is_illustrative=True, send=False
            )
            members = deciding_members(group).select_related("person").order_by("pk")
            words: list[dict[str, str]] = [{} for _points in row.points]
            for shift, (area, texts) in enumerate(row.words.items()):
                for n, text in enumerate(texts):
                    words[(2 * n + shift) % len(words)][area] = text
            for membership, points, said in zip(members, row.points, words, strict=False):
                person = membership.person
                scales = {area.value: point for area, point in zip(Area, points, strict=True) if point}
                is_own = person.user_id == member.pk
                answer_reflection(
                    by=member if is_own else lead,
                    reflection=reflection,
                    answers=Answers(scales, said),
                    person=None if is_own else person,
                )
