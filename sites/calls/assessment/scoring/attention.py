"""What waits for an assessor, for their first page."""

from typing import Any

from django.urls import reverse

from sites.calls.assessment.scoring.todo import todo_of

FEW = 8  # the rest are a link away


def to_assess(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>`` for applications that an assessor has left, the earliest due first."""
    left = [todo for todo in todo_of(user) if todo.is_left]
    items = [
        {
            "title": todo.title,
            "href": reverse("sites:assessing-detail", args=[todo.pk]),
            "detail": ". ".join(filter(None, [todo.state, todo.due, todo.note])) + ".",
            "tone": "yellow" if todo.due.startswith("Overdue") else "blue",
        }
        for todo in left[:FEW]
    ]
    if len(left) > FEW:
        more = len(left) - FEW
        title = f"{more} more application{'' if more == 1 else 's'} to assess"
        items.append({"title": title, "href": reverse("sites:assessing"), "detail": "", "tone": "grey"})
    return items
