"""Forms around the log: an attendance report, photographs, restricted notes."""

from typing import Any

from django import forms

from impact.core.web.forms import Form
from networks.log.record.photos import AT_ONCE


class RestrictedNoteForm(Form):
    """Record something that must not appear in the minutes."""

    words = forms.CharField(
        label="What happened",
        max_length=5000,
        help_text="What you saw or were told, and when. Use the person’s own words where you can.",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write what happened, in a sentence or two."},
    )
    is_safeguarding = forms.BooleanField(
        label="Someone may not be safe: raise a safeguarding flag",
        help_text="National staff get an email straight away. It does not say what happened.",
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


class Photos(forms.FileInput):
    """Several photographs at once; telephones turn theirs into JPEG when only that is asked for."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """One photograph or several."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) else [data]
        clean = super().clean
        return [clean(one, initial) for one in given] if any(given) else []


PICTURES = "image/jpeg,image/png,image/webp"


class PhotosForm(Form):
    """Add photographs of flip charts."""

    hide_optional = True
    camera = forms.FileField(
        label="Take a photo",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": PICTURES, "capture": "environment"}),
    )
    photos = PhotosField(
        label="Choose photos",
        help_text="Up to 10 at once, each up to 15 MB. JPEG, PNG or WebP.",
        required=False,
        allow_empty_file=True,
        widget=Photos(attrs={"accept": PICTURES, "multiple": True}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        files = [*data.get("photos", []), *([data["camera"]] if data.get("camera") else [])]
        if not files:
            self.add_error("photos", "Choose a photo first.")
        elif len(files) > AT_ONCE:
            self.add_error("photos", f"These are {len(files)} photos. Send up to {AT_ONCE} at once, then the rest.")
        data["files"] = files
        return data
