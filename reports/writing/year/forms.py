"""The days of a reporting year."""

from typing import Any

from impact.core.web.forms import Versioned
from reports.writing.year.models import STEPS, ReportingYear


class DaysForm(Versioned):
    """When each step of a year is due."""

    class Meta:
        model = ReportingYear
        fields = list(STEPS)
        labels = STEPS
        help_texts = {
            "sections_due_on": "Owners are reminded a week before. Sections that are due on the old day move with it.",
            "group_on": "Members read the draft and comment.",
            "leadership_on": "They read one edition, and approve it or send it back.",
            "response_on": "They answer the areas for development and the requests one by one, and are reminded of it.",
        }

    def __init__(self, *args: Any, is_open: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_open:
            del self.fields["opens_on"]  # the day stays as it was

    def _post_clean(self) -> None:
        """The service checks the order of the days, with words for each; the database's own constraint comes last."""
