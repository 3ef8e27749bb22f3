"""Forms that plan several things in one step: a series of meetings, a network with its local networks."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import formset_factory
from django.utils import timezone

from impact.core.web.forms import Form
from networks.groups.models import Group
from networks.meetings.models import Meeting
from networks.meetings.planning.bank_holidays import moved_words, next_working_day
from networks.meetings.planning.directory.models import Venue
from networks.meetings.planning.services import series_dates, still_to_plan, weeks_between

MOST_MEETINGS = 12


class SeriesForm(Form):
    """What the meetings of a series have in common, and the rhythm that their dates follow."""

    first = forms.DateField(label="First date")
    starts = forms.TimeField(label="Starts at")
    minutes = forms.IntegerField(
        label="Length in minutes", initial=120, validators=[MinValueValidator(10), MaxValueValidator(720)]
    )
    count = forms.IntegerField(
        label="How many meetings", validators=[MinValueValidator(1), MaxValueValidator(MOST_MEETINGS)]
    )
    rhythm = forms.ChoiceField(widget=forms.RadioSelect, label="How often", initial="weeks")
    mode = forms.ChoiceField(
        choices=Meeting.Mode.choices, initial=Meeting.Mode.ONLINE, widget=forms.RadioSelect, label="How people meet"
    )
    place = forms.CharField(
        max_length=200,
        required=False,
        label="Place",
        help_text="The room and address. Needed before you announce a meeting in person.",
    )
    venue = forms.ModelChoiceField(
        queryset=Venue.objects.all(), required=False, label="Venue", empty_label="Not in the directory"
    )
    join_url = forms.URLField(required=False, assume_scheme="https", label="Link to join online")
    access_arrangements = forms.CharField(
        max_length=400,
        required=False,
        label="Access arrangements",
        help_text="For example: captions on, step-free, a break every hour.",
    )

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nation, self.weeks = group.nation, weeks_between(group)
        self.moved: list[str] = []  # what is said of dates that fell on a bank holiday
        self.fields["count"].initial = min(MOST_MEETINGS, still_to_plan(group))
        self.fields["rhythm"].choices = [  # type: ignore[attr-defined]
            ("weeks", "Every week" if self.weeks == 1 else f"Every {self.weeks} weeks"),
            ("monthly", "Every month"),
            ("own", "On dates that I enter"),
        ]

    @property
    def details(self) -> dict[str, Any]:
        names = ("mode", "venue", "place", "join_url", "access_arrangements")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The dates worked out, none on a bank holiday; with dates of one's own, the first and room for the rest."""
        data = self.cleaned_data
        ends = (datetime.combine(data["first"], data["starts"]) + timedelta(minutes=data["minutes"])).time()
        days: list[date | None] = [data["first"]] + [None] * (data["count"] - 1)
        if data["rhythm"] != "own":
            usual = series_dates(data["first"], data["rhythm"], data["count"], self.weeks)
            suggested = [next_working_day(on, self.nation) for on in usual]
            both = zip(usual, suggested, strict=True)
            self.moved = [moved_words(was, now, self.nation) for was, now in both if was != now]
            days = [*suggested]
        return [{"date": on, "starts": data["starts"], "ends": ends} for on in days]


class SeriesRowForm(Form):
    """One meeting of a series. A row without a date is left out."""

    hide_optional = True
    date = forms.DateField(required=False, label="Date")
    starts = forms.TimeField(label="Starts at")
    ends = forms.TimeField(label="Ends at")

    @property
    def times(self) -> tuple[datetime, datetime]:
        def aware(at: Any) -> datetime:
            return timezone.make_aware(datetime.combine(self.cleaned_data["date"], at))

        return aware(self.cleaned_data["starts"]), aware(self.cleaned_data["ends"])


SeriesFormSet = formset_factory(SeriesRowForm, extra=0, max_num=MOST_MEETINGS, absolute_max=MOST_MEETINGS)
