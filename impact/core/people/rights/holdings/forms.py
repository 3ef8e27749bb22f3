"""The form of someone without an account who asks what we hold about them."""

from django import forms

from impact.core.web.forms import Form


class FindForm(Form):
    """An address. ``website`` is hidden: only programs fill it in."""

    email = forms.EmailField(
        label="Your email address",
        help_text="The one that we write to you at.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
