"""Forms about support at a meeting, and about the charter put before one."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from coproduction.charter.models import CharterVersion
from coproduction.group.meetings.models import SupportBooking
from coproduction.group.meetings.services import people_who_arrange
from coproduction.group.people.forms import ForMember
from impact.core.people.models import User
from impact.core.web.forms import Form, area
from networks.groups.models import Group
from networks.meetings.models import Meeting


class AskForm(ForMember):
    """Ask for support at a meeting."""

    kind = forms.ChoiceField(
        choices=SupportBooking.Kind.choices,
        widget=forms.RadioSelect,
        label="What kind of support?",
        error_messages={"required": "Choose what kind of support"},
    )
    words = forms.CharField(
        required=False,
        max_length=1000,
        widget=area(3),
        label="What exactly is needed?",
        help_text="For example: an interpreter for Punjabi, or a taxi with a ramp from the station.",
    )
    person = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ChangeForm(ForMember):
    """Say more exactly what is needed."""

    words = forms.CharField(required=False, max_length=1000, widget=area(3), label="What exactly is needed?")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ArrangerField(forms.ModelChoiceField):
    def label_from_instance(self, user: Any) -> str:
        return str(user.display_name)


class ArrangeForm(Form):
    """Who arranges it, and by when."""

    arranged_by = ArrangerField(
        queryset=User.objects.none(),
        empty_label="Choose a person",
        label="Who arranges it?",
        error_messages={"required": "Choose who arranges it"},
    )
    arrange_by = forms.DateField(label="Arrange it by", help_text="A week before the meeting is usual.")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["arranged_by"]
        field.queryset = User.objects.filter(pk__in=[user.pk for user in people_who_arrange(group)])
        field.queryset = field.queryset.select_related("person").order_by("person__name", "pk")


class ConfirmForm(Form):
    """The support is booked."""

    arranged = forms.CharField(
        max_length=400,
        widget=area(3),
        label="What is booked?",
        help_text="The member reads this. For example: two BSL interpreters, from 10am to 12:30pm.",
    )
    confirmed_on = forms.DateField(label="When was it confirmed?")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


STATES = [
    ("open", "To arrange"),
    ("confirmed", "Confirmed"),
    ("cancelled", "Cancelled"),
]


class SupportFilter(django_filters.FilterSet):
    """Narrow the list of support."""

    state = django_filters.ChoiceFilter(label="Status", choices=STATES, method="by_state", empty_label="Any")
    kind = django_filters.ChoiceFilter(label="Kind", choices=SupportBooking.Kind.choices, empty_label="Any kind")

    class Meta:
        model = SupportBooking
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.hide_optional = True

    def by_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == "open":
            return queryset.to_arrange()
        if value == "cancelled":
            return queryset.filter(cancelled_on__isnull=False)
        return queryset.filter(cancelled_on__isnull=True, confirmed_on__isnull=False)


class MeetingChoice(forms.ModelChoiceField):
    def label_from_instance(self, meeting: Any) -> str:
        day = meeting.starts_on
        return f"{meeting.title}, {day.day} {day:%B %Y}"


class BeforeMeetingForm(Form):
    """Which meeting looks at a version of the charter."""

    meeting = MeetingChoice(
        queryset=Meeting.objects.none(),
        empty_label="Choose a meeting",
        label="Which meeting looks at this text?",
        error_messages={"required": "Choose a meeting"},
    )
    is_induction = forms.BooleanField(
        required=False, label="This is the induction", help_text="The meeting at which members are introduced."
    )

    def __init__(self, *args: Any, version: CharterVersion, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Meeting.objects.visible_to(user).filter(group=version.charter.group_id)
        field: Any = self.fields["meeting"]
        field.queryset = rows.exclude(status=Meeting.Status.CANCELLED).exclude(charter_texts__version=version)
        field.queryset = field.queryset.order_by("-starts_at")
