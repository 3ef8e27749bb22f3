"""Forms around the log: an attendance report, photographs, restricted notes."""

from django import forms

from impact.core.forms import Form


class AttendanceFileForm(Form):
    """Send an attendance report."""

    file = forms.FileField(
        label="Attendance report",
        help_text="The CSV file, just as you downloaded it from Zoom or Teams.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        allow_empty_file=True,  # told in our own words
    )


class RestrictedNoteForm(Form):
    """Write what must not stand in the minutes."""

    words = forms.CharField(
        label="What happened",
        max_length=5000,
        help_text="What you saw or were told, and when. Use the person’s own words where you can.",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write what happened, in a sentence or two."},
    )
    is_safeguarding = forms.BooleanField(
        label="Somebody may not be safe: raise a safeguarding flag",
        help_text="National staff get an e-mail straight away. It does not say what happened.",
        required=False,
    )


class DoneForm(Form):
    """Say what was done about a flag."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    done = forms.CharField(
        label="What was done",
        max_length=400,
        help_text="For example: the council’s safeguarding team was told on 11 January.",
        error_messages={"required": "Say what was done, in a sentence."},
    )
