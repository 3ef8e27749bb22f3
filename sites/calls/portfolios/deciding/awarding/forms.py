"""The form that turns a chosen application into a site, filled from the application and its statement."""

from typing import Any

from django import forms

from impact.core.basics.vocabulary import Nation, Region, pounds
from impact.core.web.forms import Form, area
from sites.calls.applications.models import Application
from sites.calls.portfolios.deciding.awarding.services import copied_from, near_organisations
from sites.organisations.models import Organisation
from sites.registry.models import DeliveryModel
from sites.topics.models import Topic

NEW = "new"


class AwardForm(Form):
    """What the site starts with. Everything comes from the application, and staff can change it before they press."""

    organisation = forms.ChoiceField(label="Host organisation", widget=forms.RadioSelect)
    name = forms.CharField(label="Name of the site", max_length=160)
    delivery_model = forms.ChoiceField(label="Delivery model", choices=DeliveryModel)
    topic = forms.ModelChoiceField(queryset=Topic.objects.none(), label="Topic", empty_label="Choose one")
    nations = forms.MultipleChoiceField(label="Nations", choices=Nation, widget=forms.CheckboxSelectMultiple)
    region = forms.ChoiceField(
        label="Region of England",
        choices=[("", "None, or more than one"), *Region.choices],
        required=False,
        help_text="Only for a site in England, and only if it works in one region. The map shows it there.",
    )
    place = forms.CharField(label="Place", max_length=120, required=False)
    starts_on = forms.DateField(label="Starts on", required=False)
    money = forms.DecimalField(
        label="Money awarded, in pounds", min_value=0, max_digits=12, decimal_places=2, required=False
    )
    in_kind = forms.CharField(
        label="Given other than money",
        help_text="For example a coach for two days a week.",
        max_length=200,
        required=False,
    )
    centre = forms.CharField(
        label="What the centre promises",
        help_text="One promise a line, from what the round offered.",
        widget=area(6),
        required=False,
    )
    host = forms.CharField(
        label="What the host promises",
        help_text="One promise a line, from what the round asked in return.",
        widget=area(6),
        required=False,
    )

    def __init__(self, *args: Any, application: Application, user: Any, **kwargs: Any) -> None:
        copied = copied_from(application)
        known = copied["organisation"]
        near = near_organisations(application.organisation_name)
        kwargs["initial"] = {
            **copied,
            "organisation": str(known.pk) if known else NEW,
            "topic": application.topic_id,
            "centre": "\n".join(copied["centre"]),
            "host": "\n".join(copied["host"]),
        }
        super().__init__(*args, **kwargs)
        choices = [(str(row.pk), f"{row.name}, on record") for row in near]
        if known is None:
            choices.append((NEW, f"{application.organisation_name or 'The applicant'}, as a new organisation"))
        self.fields["organisation"].choices = choices  # type: ignore[attr-defined]
        self.fields["topic"].queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]
        if application.money is not None:
            self.fields["money"].help_text = f"They asked for {pounds(application.money)}."

    @property
    def details(self) -> dict[str, Any]:
        """What the service takes."""
        given = dict(self.cleaned_data)
        key = given.pop("organisation")
        given["organisation"] = None if key == NEW else Organisation.objects.get(pk=int(key))
        given["centre"], given["host"] = given["centre"].splitlines(), given["host"].splitlines()
        return given
