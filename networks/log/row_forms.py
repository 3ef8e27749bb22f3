"""The rows of the log form: guests, contributions, decisions and actions."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict

from impact.core.basics.vocabulary import Perspective
from impact.core.web.forms import Form, whole_number
from networks.log.models import Contribution
from networks.log.saving import (
    Decided,
    Guest,
    Said,
    Todo,
)
from networks.log.services import MAX_WORDS

BLANK_ROWS = {"guests": 1, "said": 3, "decided": 1, "todo": 1}
MORE_ROWS = {"guests": 2, "said": 3, "decided": 2, "todo": 2}
MAX_ROWS = 200
PERSPECTIVES = [("", "Perspective not recorded"), *Perspective.choices]


class Row(Form):
    """A row that counts only when one of ``written`` holds something."""

    written: Sequence[str] = ()
    use_required_attribute = False
    hide_optional = True
    is_only_kept = False  # shown again as typed, without a check
    sent_row: Any = None  # what was handed to the service
    hint = ""  # what tells a guest from others of the same name
    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def raw(self, name: str) -> Any:
        field = self.fields[name]
        return field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))

    @property
    def is_blank(self) -> bool:
        """Nothing was written, and nothing was there before."""
        return not self.raw("was") and not any(str(self.raw(name) or "").strip() for name in self.written)

    def full_clean(self) -> None:
        if self.is_bound and (self.is_only_kept or self.is_blank):
            self._errors, self.cleaned_data = ErrorDict(renderer=self.renderer), {}
        else:
            super().full_clean()

    @property
    def counts(self) -> bool:
        """Whether a checked row holds something to save."""
        return bool(self.cleaned_data)


def _is_removed(form: Row) -> bool:
    return bool(form.fields["remove"].widget.value_from_datadict(form.data, form.files, form.add_prefix("remove")))


class GuestForm(Row):
    written = ["name"]
    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(max_length=120, label="Name, or what to call them", required=False)
    perspective = forms.ChoiceField(choices=PERSPECTIVES, required=False, label="Perspective")
    remove = forms.BooleanField(required=False, label="Remove from the list")

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if not name and not _is_removed(self):
            raise forms.ValidationError("Write a name, or tick to remove this guest.")
        return name

    def to_row(self) -> Guest:
        data = self.cleaned_data
        return Guest(data["name"], data["perspective"], data["pk"], data["remove"], data["was"])


class SaidForm(Row):
    written = ["words", "theme"]
    id = forms.UUIDField(widget=forms.HiddenInput(attrs={"data-key": ""}), required=False)
    kind = forms.ChoiceField(choices=Contribution.Kind.choices, widget=forms.RadioSelect, label="Kind", required=False)
    words = forms.CharField(
        required=False, max_length=MAX_WORDS, label="What was said", widget=forms.Textarea(attrs={"rows": 2})
    )
    theme = forms.CharField(
        required=False,
        max_length=80,
        label="Theme",
        widget=forms.TextInput(attrs={"list": "themes", "autocomplete": "off", "data-theme": ""}),
    )
    new_theme = forms.BooleanField(required=False, label="Add it as a new theme")
    level = forms.ChoiceField(
        choices=[("", "Not sure"), *Contribution.Level.choices],
        widget=forms.RadioSelect,
        required=False,
        label="Systemic or human",
    )
    perspective = forms.ChoiceField(choices=PERSPECTIVES, required=False, label="Perspective of the speaker")
    speaker = forms.ChoiceField(required=False, label="Who said it")
    remove = forms.BooleanField(required=False, label="Remove this from the log")

    def __init__(self, *args: Any, speakers: Sequence[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if speakers is None:
            del self.fields["speaker"]
        else:
            self.fields["speaker"].choices = speakers  # type: ignore[attr-defined]

    def clean_kind(self) -> str:
        kind = self.cleaned_data["kind"]
        if not kind and not _is_removed(self):
            raise forms.ValidationError("Choose what kind it was.")
        return kind

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if not words and not _is_removed(self):
            raise forms.ValidationError("Write what was said.")
        return words

    def to_row(self) -> Said:
        data = self.cleaned_data
        return Said(
            id=data["id"] or uuid.uuid4(),
            kind=data["kind"],
            words=data["words"],
            theme=data["theme"],
            level=data["level"],
            perspective=data["perspective"],
            speaker=data.get("speaker"),
            remove=data["remove"],
            was=data["was"],
            new_theme=data["new_theme"],
        )


class DecidedForm(Row):
    written = ["words"]
    key = forms.UUIDField(widget=forms.HiddenInput(attrs={"data-key": ""}), required=False)
    words = forms.CharField(max_length=400, required=False, label="What was decided")
    remove = forms.BooleanField(required=False, label="Remove this from the log")

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if not words and not _is_removed(self):
            raise forms.ValidationError("Write what was decided, or tick to remove it.")
        return words

    def to_row(self) -> Decided:
        data = self.cleaned_data
        return Decided(data["key"] or uuid.uuid4(), data["words"], data["remove"], data["was"])


class TodoForm(Row):
    written = ["what", "owner", "due_on"]
    key = forms.UUIDField(widget=forms.HiddenInput(attrs={"data-key": ""}), required=False)
    what = forms.CharField(max_length=400, required=False, label="What will be done")
    owner = forms.CharField(
        max_length=120,
        required=False,
        label="Owner",
        help_text="Choose a member or a role, or write who.",
        widget=forms.TextInput(attrs={"list": "owners", "autocomplete": "off"}),
    )
    due_on = forms.DateField(required=False, label="Due date")
    source = forms.ChoiceField(required=False, label="Source contribution")

    def __init__(self, *args: Any, sources: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", "Nothing in particular"), *sources]  # type: ignore[attr-defined]

    def clean_what(self) -> str:
        if not self.cleaned_data["what"]:
            raise forms.ValidationError("Write what will be done. To drop an action, open it and say why.")
        return self.cleaned_data["what"]

    def to_row(self) -> Todo:
        data = self.cleaned_data
        source = uuid.UUID(data["source"]) if data["source"] else None
        return Todo(data["key"] or uuid.uuid4(), data["what"], data["owner"], data["due_on"], source, data["was"])


class RowSet(BaseFormSet):
    """Rows of one part of the log."""

    def keep_only(self) -> None:
        for form in self.forms:
            form.is_only_kept = True


def _rows(form: type[Row]) -> type[RowSet]:
    rows: Any = formset_factory(form, formset=RowSet, extra=0, max_num=MAX_ROWS, absolute_max=MAX_ROWS + 20)
    return rows


PARTS: dict[str, tuple[type[RowSet], str]] = {
    "guests": (_rows(GuestForm), "pk"),
    "said": (_rows(SaidForm), "id"),
    "decided": (_rows(DecidedForm), "key"),
    "todo": (_rows(TodoForm), "key"),
}


TITLES = {"guests": "Guest", "said": "Contribution", "decided": "Decision", "todo": "Action"}


def row_count(text: str | None) -> int:
    return min(whole_number(text) or 0, MAX_ROWS)


NOT_SHOWN = ("was", "remove", "new_theme")  # what a row asks for, not what it says


def as_initial(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__ if name not in NOT_SHOWN}
