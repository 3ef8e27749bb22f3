"""Forms for groups."""

from typing import Any

from django import forms

from impact.core.people.forms import WhoForm
from impact.core.web.forms import Form, ModelForm, Versioned
from networks.groups.models import Group, GroupExplanation, Membership, Network

ABOUT_HINT = "What brings people together, in two or three sentences. Markdown."


class GroupForm(ModelForm):
    """Start a group; its size and rhythm follow from its kind."""

    class Meta:
        model = Group
        fields = ["kind", "name", "site", "nation", "place", "about", "starts_on", "ends_on"]
        labels = {
            "kind": "What kind of group",
            "site": "Network",
            "about": "About the group",
            "starts_on": "First day",
            "ends_on": "Last day",
        }
        help_texts = {
            "kind": "A local network has 8 to 10 members and meets four times over six months. You can change this later.",
            "site": "For a local network: the network it is part of.",
            "place": "For example a county or a city.",
            "about": ABOUT_HINT,
        }
        widgets = {"about": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Network.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["site"].empty_label = "None"  # type: ignore[attr-defined]
        for name in ("kind", "nation"):
            field = self.fields[name]
            field.choices = [("", "Choose one"), *[c for c in field.choices if c[0]]]  # type: ignore[attr-defined]


class GroupEditForm(Versioned):
    """Change a group. Its kind, network and nation stay: they decide who may see it."""

    class Meta:
        model = Group
        fields = [
            "name",
            "place",
            "about",
            "starts_on",
            "ends_on",
            "size_min",
            "size_max",
            "meetings_planned",
            "months_planned",
            "leaders_planned",
            "lead_days",
        ]
        labels = {
            "about": "About the group",
            "starts_on": "First day",
            "ends_on": "Last day",
            "size_min": "Fewest members",
            "size_max": "Most members",
            "meetings_planned": "Meetings planned",
            "months_planned": "Over how many months",
            "leaders_planned": "Coordinators",
            "lead_days": "Days before a meeting that papers go out",
        }
        help_texts = {"about": ABOUT_HINT, "lead_days": "Papers sent later than this are marked as late."}
        widgets = {"about": forms.Textarea(attrs={"rows": 4})}


class CoordinatorForm(WhoForm):
    """Appoint a coordinator, with a day of hand-over."""

    email = forms.EmailField(
        label="Email address of the new coordinator",
        help_text="The address they sign in with, or where to send an invitation.",
    )
    name = forms.CharField(max_length=120, required=False, label="Full name", help_text="Only if they are new to us.")
    starts_on = forms.DateField(label="First day")
    takes_over_from = forms.ModelChoiceField(
        Membership.objects.none(),
        required=False,
        label="Takes over from",
        help_text="They hand over on the day before.",
        empty_label="No one: they coordinate together",
    )

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["takes_over_from"]
        running = group.memberships.filter(role=Membership.Role.COORDINATOR, ends_on__isnull=True)
        field.queryset = running.select_related("person").order_by("starts_on")  # type: ignore[attr-defined]
        field.label_from_instance = lambda membership: membership.person.name  # type: ignore[attr-defined]
        if group.leaders_planned == 1 or not running:  # the present coordinator hands over
            del self.fields["takes_over_from"]
            if running:
                self.fields["starts_on"].help_text = "The current coordinator hands over on the day before."


class ExplainForm(Form):
    """Why a group is outside one of its guard rails."""

    guard = forms.ChoiceField(choices=GroupExplanation.Guard.choices, label="What you are explaining")
    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Reason",
        help_text="One or two sentences. Leave empty to remove an explanation.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
