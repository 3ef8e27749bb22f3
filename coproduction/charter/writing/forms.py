"""Forms for the sections of a draft."""

from django import forms

from impact.core.web.forms import Form, area


class RetireForm(Form):
    """Take a section out of a draft."""

    reason = forms.CharField(
        label="Why it is taken out",
        max_length=400,
        widget=area(3),
        help_text="Everyone who can read the new version will see this.",
    )
