"""Forms for the discussion beneath a suggestion."""

from typing import Any

from django import forms

from coproduction.group.models import Told
from impact.core.people.models import Person
from impact.core.web.forms import Form, area


class CommentForm(Form):
    """Add a comment; for a member whom one supports, who is chosen by name."""

    hide_optional = True

    person = forms.ModelChoiceField(queryset=Person.objects.none(), label="Whose comment is it?", empty_label=None)
    words = forms.CharField(label="Your comment", max_length=2000, widget=area(3))
    told = forms.ChoiceField(label="How did they tell you?", required=False)

    def __init__(self, *args: Any, people: list[Person], own: Person | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [person for person in people if own is None or person.pk != own.pk]
        if not others:
            del self.fields["person"], self.fields["told"]
            return
        field = self.fields["person"]
        field.queryset = Person.objects.filter(pk__in=[person.pk for person in people])  # type: ignore[attr-defined]
        field.empty_label = None if own is not None else "Choose a member"  # type: ignore[attr-defined]
        field.label_from_instance = lambda row: "Mine" if own and row.pk == own.pk else row.name  # type: ignore[attr-defined]
        field.initial = own.pk if own else None
        self.fields["words"].label = "Comment"
        self.fields["told"].choices = [("", "It is my own comment"), *Told.choices]  # type: ignore[attr-defined]
        self.order_fields(["person", "words", "told"])


class EditCommentForm(Form):
    """Change one's own comment."""

    words = forms.CharField(label="Your comment", max_length=2000, widget=area(4))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)


class HideForm(Form):
    """Hide a comment."""

    reason = forms.CharField(
        label="Why it is hidden",
        max_length=400,
        widget=area(3),
        help_text="The person who wrote it will read this. Others will see that a comment was hidden, and no more.",
    )


class FlagForm(Form):
    """Ask the engagement lead to look at a comment."""

    reason = forms.CharField(
        label="What is wrong with it?",
        max_length=400,
        required=False,
        widget=area(3),
        help_text="Only the engagement lead reads this. The person who wrote the comment is not told that it was you.",
    )
