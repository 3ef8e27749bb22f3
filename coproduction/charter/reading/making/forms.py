"""Forms for Easy Read, pictures, recordings, and choosing what to compare."""

from typing import Any

from django import forms

from coproduction.charter.models import CharterVersion
from coproduction.charter.reading.making.services import LONGEST, SOUND
from impact.core.basics import clock
from impact.core.web.files import uploads
from impact.core.web.files.uploads import MB, PAPER_LIMIT, PHOTO_LIMIT, Upload
from impact.core.web.forms import Form, area


class EasyReadForm(Form):
    """The words of a section in Easy Read."""

    hide_optional = True

    sentences = forms.CharField(
        label="Easy Read",
        max_length=20_000,
        widget=area(14),
        help_text=f"One short sentence on each line, of at most {LONGEST} characters. You can put a picture beside each "
        "line after you save.",
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def clean_sentences(self) -> list[str]:
        return str(self.cleaned_data["sentences"]).splitlines()


class PictureForm(Form):
    """A picture beside a sentence, and what it shows."""

    file = forms.FileField(
        label="Picture",
        help_text=f"A JPEG, PNG or WebP of up to {PHOTO_LIMIT // MB} MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".jpg,.jpeg,.png,.webp"}),
    )
    alt = forms.CharField(
        label="What the picture shows",
        max_length=200,
        help_text="For people who do not see it. For example: five people sit around a table.",
    )

    def __init__(self, *args: Any, has_picture: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_picture:
            self.fields["file"].required = False
            self.fields["file"].help_text = f"Choose one to replace the picture. {self.fields['file'].help_text}"

    def clean_file(self) -> Upload | None:
        file = self.cleaned_data["file"]
        return uploads.accept_photo(file) if file else None


class ReviewForm(Form):
    """Who reviewed an Easy Read, and when."""

    reviewed_by = forms.CharField(
        label="Who reviewed it",
        max_length=160,
        help_text="A name or a role. Readers see this. For example: the Easy Read readers’ panel.",
    )
    reviewed_on = forms.DateField(label="Reviewed on", initial=clock.today)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class RecordingForm(Form):
    """A recording of a version or a section."""

    section = forms.ChoiceField(label="What is read aloud", required=False)
    file = forms.FileField(
        label="Recording",
        help_text=f"An MP3 or M4A file of up to {PAPER_LIMIT // MB} MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".mp3,.m4a"}),
    )
    read_by = forms.CharField(
        label="Who reads it", max_length=120, required=False, help_text="A name or a role. Readers see this."
    )

    def __init__(self, *args: Any, version: CharterVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = version.texts.values_list("section__key", "title")
        self.fields["section"].choices = [("", "The whole charter"), *rows]  # type: ignore[attr-defined]

    def clean_file(self) -> Upload:
        return uploads.accept_paper(self.cleaned_data["file"], allowed=SOUND)
