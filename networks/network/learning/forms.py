"""Forms about shared learning. The rules live in the services."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms

from impact.core.web.forms import Form
from networks.groups.models import Group
from networks.log.models import Contribution
from networks.network.learning.models import LearningReceipt
from networks.themes.models import Theme

NO_NAMES = "Do not include names or anything else that could identify someone."
GROUPS_OFFERED = 200


class ShareForm(Form):
    """What a group learned, and who gets it."""

    title = forms.CharField(max_length=160, label="Title", help_text="For example: Read the paper aloud first.")
    words = forms.CharField(
        max_length=2000,
        label="What you learned",
        help_text=f"What worked, and what it took. Markdown. {NO_NAMES}",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    theme = forms.ModelChoiceField(
        queryset=Theme.objects.none(),
        to_field_name="slug",
        required=False,
        label="Theme",
        empty_label="No theme",
    )
    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Who gets it",
        help_text="Local networks on the same issue are ticked. Untick any that it would not help.",
        error_messages={"required": "Choose at least one group to send it to."},
    )
    contribution = forms.ModelChoiceField(
        queryset=Contribution.objects.none(), required=False, widget=forms.HiddenInput
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, group: Group, offered: Iterable[Group], **kwargs: Any) -> None:
        offered = list(offered)
        kwargs["initial"] = {
            "key": uuid.uuid4(),
            "groups": [g.pk for g in offered if g.site_id == group.site_id],
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = Theme.objects.in_use().spoken_of()  # type: ignore[attr-defined]
        self.fields["contribution"].queryset = Contribution.objects.kept().filter(meeting__group=group)  # type: ignore[attr-defined]
        choice: Any = self.fields["groups"]
        choice.queryset = Group.objects.filter(pk__in=[g.pk for g in offered])
        own: list[tuple[Any, str]] = []
        others: dict[str, list[tuple[Any, str]]] = {}
        for g in offered:
            nation = str(g.get_nation_display())
            label = g.name if nation in g.name else f"{g.name} ({nation})"
            network = g.site.name if g.site else ""
            (own if g.site_id == group.site_id else others.setdefault(network, [])).append((g.pk, label))
        first = [(f"On the same issue: {group.site.name}", own)] if own and group.site else []
        choice.choices = first + list(others.items())


class AnswerForm(Form):
    """What a group made of a learning that it received."""

    answer = forms.ChoiceField(
        choices=LearningReceipt.Answer.choices, widget=forms.RadioSelect, label="What did your group make of it?"
    )
    why = forms.CharField(
        max_length=400,
        label="What happened, or why it does not fit",
        help_text=f"The group that shared it reads this, and so do the others who got it. {NO_NAMES}",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
