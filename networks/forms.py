"""Forms about groups, members, meetings and actions. Rules live in the services; the log has its own forms."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils import timezone

from impact.core.basics import clock
from impact.core.people.forms import WhoForm
from impact.core.web.forms import Form, ModelForm
from networks.models import Action, Contribution, Group, GroupExplanation, Meeting, Membership, Network
from sites.forms import Versioned

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
            "lead_days": "Papers go out so many days before",
        }
        help_texts = {"about": ABOUT_HINT, "lead_days": "Papers sent later than this are marked as late."}
        widgets = {"about": forms.Textarea(attrs={"rows": 4})}


class EndMembershipForm(Form):
    """The last day of a membership."""

    ends_on = forms.DateField(
        label="Last day",
        help_text="They can open the group's pages up to and including this day. Choose yesterday to end it now.",
    )
    reason = forms.CharField(
        max_length=200, required=False, label="Why it ends", help_text="Only if the person wants it kept."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CoordinatorForm(WhoForm):
    """Appoint a coordinator, with a day of hand-over."""

    email = forms.EmailField(
        label="E-mail address of the new coordinator",
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
        if group.leaders_planned == 1 or not running:  # whoever coordinates hands over
            del self.fields["takes_over_from"]
            if running:
                self.fields["starts_on"].help_text = "Whoever coordinates now hands over on the day before."


class ExplainForm(Form):
    """Why a group is outside one of its guard rails."""

    guard = forms.ChoiceField(choices=GroupExplanation.Guard.choices, label="What you are explaining")
    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Why it is so",
        help_text="One or two sentences. Leave empty to take an explanation back.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MeetingForm(Versioned):
    """Plan a meeting, or change it."""

    date = forms.DateField(label="Date")
    starts = forms.TimeField(label="Starts at")
    ends = forms.TimeField(label="Ends at")
    reason = forms.CharField(
        max_length=400,
        required=False,
        label="If the date or time changes: why",
        help_text="It goes to everybody who was asked. For example: the room is taken.",
    )
    join_url = forms.URLField(
        required=False,
        assume_scheme="https",
        label="Link to join online",
        help_text="For example from Zoom or Teams. It goes to members in their invitation.",
    )

    field_order = [
        "title",
        "date",
        "starts",
        "ends",
        "reason",
        "mode",
        "place",
        "join_url",
        "access_arrangements",
        "purpose",
    ]

    class Meta:
        model = Meeting
        fields = ["title", "mode", "place", "join_url", "access_arrangements", "purpose"]
        labels = {"mode": "How people meet", "purpose": "What it is for"}
        help_texts = {
            "title": "A few words. Members see this. Leave empty for “Meeting 1”, “Meeting 2” and so on.",
            "place": "The room and address. Needed before you announce a meeting in person.",
            "access_arrangements": "For example: captions on, step-free, a break every hour.",
            "purpose": "What you want to reach together. Markdown.",
        }
        widgets = {"purpose": forms.Textarea(attrs={"rows": 4}), "mode": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meeting = self.instance
        self.fields["title"].required = meeting.pk is not None
        if meeting.is_draft or meeting.is_held:
            del self.fields["reason"]
        if meeting.pk:
            starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
            self.initial |= {"date": starts.date(), "starts": starts.time(), "ends": ends.time()}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts") and data.get("ends") and data["ends"] <= data["starts"]:
            self.add_error("ends", "The meeting ends before it starts. Choose a later end.")
        return data

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""

    @property
    def changes(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if name in self._meta.fields}
        day = self.cleaned_data["date"]
        return given | {
            "starts_at": _aware(day, self.cleaned_data["starts"]),
            "ends_at": _aware(day, self.cleaned_data["ends"]),
        }


def _aware(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


class ReasonForm(Form):
    """A step that needs a reason."""

    reason = forms.CharField(max_length=400, label="Why", widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint


class AgendaItemForm(Form):
    """One line of the agenda; an empty title takes it off."""

    hide_optional = True
    id = forms.IntegerField(widget=forms.HiddenInput, required=False)
    order = forms.IntegerField(min_value=1, max_value=99, required=False, label="Order")
    title = forms.CharField(max_length=160, required=False, label="What to talk about")
    minutes = forms.IntegerField(min_value=1, max_value=600, required=False, label="Minutes")
    owner = forms.CharField(max_length=120, required=False, label="Led by")


AgendaFormSet = formset_factory(AgendaItemForm, extra=2, max_num=40)


class DebriefForm(Form):
    """What manager and coordinator agreed after a meeting."""

    held_on = forms.DateField(label="When you talked")
    went_well = forms.CharField(
        required=False, max_length=5000, label="What went well", widget=forms.Textarea(attrs={"rows": 3})
    )
    to_change = forms.CharField(
        required=False, max_length=5000, label="What to change", widget=forms.Textarea(attrs={"rows": 3})
    )
    agreed_next = forms.CharField(
        max_length=2000,
        label="What you agreed for next time",
        help_text="This goes on the agenda of the next meeting, so that it is not forgotten.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ActionForm(Versioned):
    """Change an open action."""

    class Meta:
        model = Action
        fields = ["what", "owner", "due_on", "contribution"]
        labels = {
            "what": "What will be done",
            "owner": "Owner",
            "due_on": "By when",
            "contribution": "It comes from",
        }
        help_texts = {"owner": "Choose a member or a role, or write who."}
        widgets = {
            "what": forms.Textarea(attrs={"rows": 2}),
            "owner": forms.TextInput(attrs={"list": "owners", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        action = self.instance
        said = Contribution.objects.kept().filter(meeting__group_id=action.group_id)
        if action.meeting_id:
            said = said.filter(meeting_id=action.meeting_id)
        if action.contribution_id:
            said = said | Contribution.objects.filter(pk=action.contribution_id)
        self.fields["contribution"].queryset = said  # type: ignore[attr-defined]
        self.fields["contribution"].empty_label = "Nothing in particular"  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class ProgressForm(Form):
    """How far an action has come."""

    words = forms.CharField(
        max_length=400, label="What has happened since", widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )
    on = forms.DateField(label="On", initial=clock.today)


class CloseActionForm(Form):
    """How an action ended."""

    status = forms.ChoiceField(
        choices=[(Action.Status.DONE.value, "It is done"), (Action.Status.DROPPED.value, "It was dropped")],
        widget=forms.RadioSelect,
        label="How it ended",
    )
    outcome = forms.CharField(
        max_length=400,
        required=False,
        label="What came of it",
        help_text="Or, when it was dropped, why.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    closed_on = forms.DateField(label="On", initial=clock.today)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
