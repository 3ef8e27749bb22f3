"""Forms about proposals and the survey. Rules live in the services."""

from datetime import timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.db.models import Q

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import Form, Versioned, area
from sites.topics.models import Topic
from sites.topics.proposals.models import Proposal

NO_NAMES = "Do not name people."
OFFERED = timedelta(days=3 * 366)  # meetings further back are not offered


def assemblies_for(user: Any) -> Any:
    """The assemblies whose proposals ``user`` may record."""
    groups = apps.get_model("networks", "Group").objects
    return groups.permitted(user, "sites.propose_topic").filter(kind="assembly").order_by("name")


class _Meetings(forms.ModelChoiceField):
    """Meetings by assembly and date."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.group.name}, {day(obj.starts_on)}: {obj.title}"


class ProposalForm(Versioned):
    """A proposal, and where it comes from."""

    nations = forms.MultipleChoiceField(
        choices=Nation.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Nations that it is about",
        help_text="Empty: the nation of the assembly.",
    )
    meeting = _Meetings(
        queryset=None,
        required=False,
        empty_label="No meeting",
        label="Meeting at which it was proposed",
    )
    field_order = ["year", "source", "group", "meeting", "title", "why", "nations", "proposed_by", "proposed_on"]

    class Meta:
        model = Proposal
        fields = ["year", "source", "group", "meeting", "title", "why", "proposed_by", "proposed_on"]
        labels = {
            "year": "For the year",
            "source": "Who proposes it",
            "group": "Assembly",
            "title": "What the centre should work on",
            "why": "Why it matters",
            "proposed_by": "Who said it",
            "proposed_on": "Proposed on",
        }
        help_texts = {
            "title": "In the words of those who propose it.",
            "why": NO_NAMES,
            "proposed_by": f"As a role, for example: a table of unpaid carers. {NO_NAMES}",
        }
        widgets = {"why": area(4), "source": forms.RadioSelect}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group, meeting, source = self.fields["group"], self.fields["meeting"], self.fields["source"]
        groups = assemblies_for(user)
        group.queryset = groups  # type: ignore[attr-defined]
        group.empty_label = "No assembly"  # type: ignore[attr-defined]
        recent = Q(starts_at__lte=clock.now(), starts_at__gte=clock.now() - OFFERED)
        meetings = apps.get_model("networks", "Meeting").objects.visible_to(user)
        meeting.queryset = (  # type: ignore[attr-defined]
            meetings.filter(recent | Q(pk=self.instance.meeting_id or 0), group__in=groups)
            .exclude(status="cancelled")
            .select_related("group")
            .order_by("-starts_at")
        )
        choices = Proposal.Source.choices
        if not has_perm(user, "sites.edit_topic"):
            choices = [choice for choice in choices if choice[0] == Proposal.Source.ASSEMBLY]
            self.initial.setdefault("source", Proposal.Source.ASSEMBLY)
        source.choices = choices  # type: ignore[attr-defined]
        self.fields["proposed_on"].required = False
        self.fields["proposed_on"].show_hidden_initial = False
        self.fields["proposed_on"].help_text = "Empty: the day of the meeting, or today."
        if self.instance.pk:
            self.initial["nations"] = [nation.value for nation in self.instance.nations]
        else:
            self.initial.setdefault("year", clock.today().year + 1)
            self.initial["proposed_on"] = None

    def _post_clean(self) -> None:
        """The service checks the row: the instance must stay as it is stored until then."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        meeting = data.get("meeting")
        if meeting and not data.get("group"):
            data["group"] = meeting.group
        if not data.get("proposed_on"):
            data["proposed_on"] = meeting.starts_on if meeting else (self.instance.proposed_on or clock.today())
        return data


class TakeOnForm(Form):
    """What a proposal is taken on as."""

    topic = forms.ModelChoiceField(
        queryset=Topic.objects.none(),
        required=False,
        empty_label="A new topic with these words",
        label="Take it on as",
        help_text="A new topic is a candidate for the year of the proposal. You can edit it afterwards.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]


class _Alike(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title} ({obj.group or obj.get_source_display()})"


class MergeForm(Form):
    """The proposal that another one is merged into."""

    into = _Alike(
        queryset=Proposal.objects.none(),
        empty_label="Choose one",
        label="Merge it into",
        help_text="The words of both stay, and so do the counts of the survey.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, proposal: Proposal, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [Proposal.State.OPEN, Proposal.State.TAKEN]
        rows = Proposal.objects.visible_to(user).filter(year=proposal.year, state__in=states).exclude(pk=proposal.pk)
        self.fields["into"].queryset = rows.select_related("group").order_by("title", "pk")  # type: ignore[attr-defined]


class SetAsideForm(Form):
    """Why a proposal is set aside."""

    reason = forms.CharField(
        max_length=400,
        widget=area(3),
        label="Why it is set aside",
        help_text=f"Those who proposed it read this. {NO_NAMES}",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class SurveyFileForm(Form):
    """The results of the survey as a file."""

    file = forms.FileField(
        label="File",
        help_text="CSV or Excel (.xlsx), up to 2 MB and 2,000 rows.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.xls,.ods,text/csv"}),
    )
