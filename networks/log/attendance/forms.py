"""The form that takes an attendance report."""

from django import forms

from impact.core.web.forms import Form


class AttendanceFileForm(Form):
    """Send an attendance report."""

    file = forms.FileField(
        label="Attendance report",
        help_text="The CSV file, just as you downloaded it from Zoom or Teams.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        allow_empty_file=True,  # told in our own words
    )
