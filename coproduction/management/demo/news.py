"""The demonstration's choices about notices, and its monthly summaries."""

from django.db import transaction

from coproduction.group.members import deciding_members
from coproduction.group.news.models import MonthlySummary
from coproduction.group.news.services import draft_summary, send_summary
from coproduction.management.demo import shapes
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.notices.choices import choose
from impact.core.notices.models import Notice, NoticeChoices
from impact.core.people.models import User
from networks.groups.models import Group


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Choose for some members how they hear from us, and sum up the group's months, where missing."""
    data = read(__file__, "news.toml", shapes.News)
    group = Group.objects.get(slug="advisory-group")
    lead, member = accounts["engagement"], accounts["member"]
    rows = deciding_members(group, data.chosen_on).exclude(person__user_id=member.pk).select_related("person")
    people = [row.person for row in rows.order_by("pk")]
    with clock.standing_on(data.chosen_on):
        if not NoticeChoices.objects.filter(person=member.person).exists():
            choose(by=member, person=member.person, expected=None, **data.member)
        for place, timings in data.others.items():
            person = people[int(place) - 1]
            if not NoticeChoices.objects.filter(person=person).exists():
                choose(by=lead, person=person, expected=None, **timings)
    with clock.standing_on(data.read_until):  # the member has read what came before the last days
        Notice.objects.visible_to(member).unread().filter(made_at__lt=clock.now()).update(read_at=clock.now())
    for row in data.summaries:
        if MonthlySummary.objects.filter(group=group, month=row.month).exists():
            continue
        with clock.standing_on(row.drafted_on):
            summary = draft_summary(by=lead, group=group, month=row.month)
        if row.sent_on:
            with clock.standing_on(row.sent_on):
                send_summary(by=lead, summary=summary)
