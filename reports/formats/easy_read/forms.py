"""Forms for a report's Easy Read. The words and the review are those of a charter's; drawings come from our own library."""

from collections.abc import Sequence
from typing import Any

from django import forms

from coproduction.charter.reading.making.forms import EasyReadForm, ReviewForm
from impact.core.basics import clock
from impact.core.web.forms import Form
from reports.formats.easy_read.drawings import drawings
from reports.formats.easy_read.services import Line

__all__ = ["DrawingsForm", "EasyReadForm", "FinishReviewForm", "ReviewForm"]


class DrawingsForm(Form):
    """A drawing beside each sentence, or none."""

    hide_optional = True

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "No picture"), *((one.key, one.name) for one in drawings().values())]
        self.names = [f"picture-{number}" for number in range(len(lines))]
        for name, line in zip(self.names, lines, strict=True):
            self.fields[name] = forms.ChoiceField(
                label=f"Picture beside “{line.words}”", choices=choices, required=False, initial=line.picture
            )

    @property
    def pictures(self) -> list[str]:
        """The chosen keys, in order."""
        return [self.cleaned_data[name] for name in self.names]


class FinishReviewForm(Form):
    """That a chapter in Easy Read is reviewed: members who answered are counted; others are named."""

    hide_optional = True

    reviewed_by = forms.CharField(
        label="Who reviewed it outside this site?",
        max_length=160,
        required=False,
        help_text="A name or a role. Readers see this. Leave it empty if only members reviewed it, on this site.",
    )
    reviewed_on = forms.DateField(label="Reviewed on", initial=clock.today)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
