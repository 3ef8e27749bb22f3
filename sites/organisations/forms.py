"""Forms for organisations and the parts they play."""

from typing import Any

from django import forms

from impact.core.web.forms import ModelForm, Versioned, name_blanks
from sites.organisations.models import Organisation
from sites.registry.models import OrganisationPart


class OrganisationForm(Versioned):
    class Meta:
        model = Organisation
        fields = ["name", "kind", "nation", "summary", "website"]
        labels = {"kind": "What kind of organisation", "summary": "What it does", "website": "Web address"}
        help_texts = {
            "nation": "Leave empty when it is outside the UK.",
            "summary": "One or two sentences.",
            "website": "For example https://www.example.org",
        }
        widgets = {"summary": forms.Textarea(attrs={"rows": 3}), "website": forms.URLInput}


class PartForm(ModelForm):
    """A funder, partner or friend of a site."""

    class Meta:
        model = OrganisationPart
        fields = ["organisation", "part", "note"]
        labels = {"part": "Role"}
        help_texts = {"note": "A few words, for example what it pays for."}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_blanks(self)
        organisation = self.fields["organisation"]
        organisation.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        organisation.empty_label = "Choose an organisation"  # type: ignore[attr-defined]
