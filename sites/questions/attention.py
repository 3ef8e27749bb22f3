"""Overdue questions to Ask IMPACT, for the first page of those who answer them."""

from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from sites.questions.models import AskedQuestion
from sites.registry.models import Site

FEW = 4  # the rest are a link away


def overdue_questions(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>`` for questions whose answer is overdue, the longest first."""
    mine = (
        AskedQuestion.objects.all()
        if has_perm(user, "sites.edit_question")
        else AskedQuestion.objects.filter(site__in=Site.objects.worked_at_by(user))
    )
    rows = mine.overdue(clock.today())
    items = [
        {
            "title": f"Question to Ask IMPACT: {question.words}",
            "href": question.get_absolute_url(),
            "detail": f"{question.get_state_display()}. An answer was due on {day(question.due_on)}.",
            "tone": "yellow",
        }
        for question in rows.order_by("due_on", "pk")[:FEW]
    ]
    more = rows.count() - len(items)
    if more > 0:
        href = f"{reverse('sites:question-list')}?overdue=on"
        items.append({"title": f"{more} more overdue question{'' if more == 1 else 's'}", "href": href, "tone": "grey"})
    return items
