"""Forms for talking about an application's scores."""

from django import forms

from impact.core.web.forms import MARKDOWN_HELP, Form, area

LONGEST = 4000


class NoteForm(Form):
    """What staff found."""

    words = forms.CharField(max_length=LONGEST, widget=area(6), label="Moderation note", help_text=MARKDOWN_HELP)


class DiscussForm(Form):
    """Something to say to the assessors of an application."""

    words = forms.CharField(max_length=LONGEST, widget=area(5), label="Your message", help_text=MARKDOWN_HELP)
