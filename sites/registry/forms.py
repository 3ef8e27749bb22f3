"""Forms about sites and their parts. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.people.forms import PersonField
from impact.core.people.models import Person
from impact.core.web.forms import MARKDOWN_HELP, Form, ModelForm, Versioned, area, name_blanks
from sites.organisations.models import Organisation
from sites.registry.models import MODEL_FIELDS, OF_ONE_MODEL, Site, SiteRole
from sites.topics.models import Topic


class SiteForm(Versioned):
    """What is recorded about a site. Hosts and topics are those that the writer may see."""

    nations = forms.MultipleChoiceField(
        choices=Nation,
        widget=forms.CheckboxSelectMultiple,
        label="Nations",
        help_text="Choose UK-wide, or one or more nations.",
        error_messages={"required": "Choose at least one nation"},
    )
    field_order = ["name", "delivery_model", "topic", "nations"]

    class Meta:
        model = Site
        fields = [
            "name",
            "delivery_model",
            "topic",
            "host",
            "region",
            "place",
            "strategic_issue",
            "evaluation_plan",
            "policy_links",
            "host_service",
            "summary",
            "starts_on",
            "ends_on",
            "origin",
            "origin_note",
            "unit_name",
        ]
        labels = {
            "host": "Host organisation",
            "region": "Region of England",
            "strategic_issue": "Strategic issue",
            "evaluation_plan": "Evaluation plan",
            "policy_links": "Policy links",
            "host_service": "Host service",
            "summary": "What it is about",
            "starts_on": "First day",
            "ends_on": "Last day",
            "origin": "Where it came from",
            "origin_note": "More about where it came from",
            "unit_name": "Unit counted in the roster",
        }
        help_texts = {
            "name": "Short and plain. It heads the site's page.",
            "region": "Only for a site in England, and only if it works in one region.",
            "strategic_issue": "The issue that matters to the whole area, in a sentence.",
            "evaluation_plan": f"How you will know what changed, and who finds out. {MARKDOWN_HELP}",
            "policy_links": "One a line: the web address, a space, then what it is called.",
            "host_service": "The service in which the facilitator works, for example a home care team.",
            "place": "For example a town, a county or a trust's area.",
            "summary": "Anyone can read this. You can use Markdown.",
            "unit_name": "The name of one unit, for example: general practice. Leave empty when the site has no roster.",
        }

        widgets = {"strategic_issue": area(2), "evaluation_plan": area(6), "policy_links": area(4)}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        site = kwargs.get("instance")
        if site is not None and site.pk:
            nations = list(site.nations.values_list("nation", flat=True))
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "nations": nations}
        super().__init__(*args, **kwargs)
        if site is not None and site.pk and not has_perm(user, "sites.change_model", site):
            del self.fields["delivery_model"]
        for name in OF_ONE_MODEL - set(MODEL_FIELDS[site.delivery_model] if site is not None and site.pk else ()):
            del self.fields[name]
        host = self.fields["host"]
        host.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        host.empty_label = "Not chosen yet"  # type: ignore[attr-defined]
        topic = self.fields["topic"]
        topic.queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]
        topic.empty_label = "Choose a topic"  # type: ignore[attr-defined]


class StatusForm(Form):
    """Move a site one step on."""

    status = forms.ChoiceField(label="New status", widget=forms.RadioSelect)
    on = forms.DateField(label="From which day", widget=forms.DateInput)
    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Why",
        help_text="Needed for a pause and for a step back. It is kept for the record.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, initial={"version": site.version, "on": clock.today()}, **kwargs)
        choices = Site.NEXT_STATUSES[Site.Status(site.status)]
        self.fields["status"].choices = [(c.value, c.label) for c in choices]  # type: ignore[attr-defined]


class RoleForm(ModelForm):
    class Meta:
        model = SiteRole
        fields = ["kind", "employer"]
        labels = {"kind": "Which post", "employer": "Who employs them"}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_blanks(self)
        employer = self.fields["employer"]
        employer.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        employer.empty_label = "Not known yet"  # type: ignore[attr-defined]


class AppointForm(Form):
    """Who takes a post, from when, and what they bring."""

    person = PersonField(
        queryset=Person.objects.select_related("user"),
        label="Who was appointed",
        empty_label="Choose a person",
        help_text="From their first day they can see the internal pages of this site and keep them up to date.",
    )
    starts_on = forms.DateField(label="First day", widget=forms.DateInput, initial=clock.today)
    has_lived_experience = forms.BooleanField(required=False, label="Brings lived experience")
    has_practice_experience = forms.BooleanField(required=False, label="Brings practice experience")


class EndRoleForm(Form):
    ends_on = forms.DateField(label="Last day", widget=forms.DateInput, initial=clock.today)
