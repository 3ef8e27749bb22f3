"""Forms about taking part in an involvement."""

from typing import Any

from django import forms

from coproduction.group.members import deciding_members
from coproduction.group.models import Told
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.models import Participation, may_quote
from impact.core.people.models import Person
from impact.core.web.forms import Form, area

YES, NO = "yes", "no"


class InviteForm(Form):
    """Choose who to ask."""

    people = forms.ModelMultipleChoiceField(
        label="Who would you like to ask?",
        queryset=Person.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one member"},
    )

    def __init__(self, *args: Any, involvement: Involvement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = involvement.participations.values("person")
        members = deciding_members(involvement.group).exclude(person__in=known)
        self.fields["people"].queryset = Person.objects.filter(pk__in=members.values("person")).order_by("name")  # type: ignore[attr-defined]


class TookPartForm(Form):
    """Tick those who took part."""

    hide_optional = True

    people = forms.ModelMultipleChoiceField(
        label="Who took part?", queryset=Person.objects.none(), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, involvement: Involvement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = involvement.participations
        self.fields["people"].queryset = Person.objects.filter(pk__in=rows.values("person")).order_by("name")  # type: ignore[attr-defined]
        self.initial["people"] = list(rows.filter(took_part=True).values_list("person", flat=True))


class _ForMember(Form):
    """What someone else writes down for a member says how the member told them."""

    def __init__(self, *args: Any, member: Person | None, part: Participation | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if member is not None:
            self.fields["told"] = forms.ChoiceField(
                label=f"How did {member} tell you?",
                choices=[("", "Choose one"), *Told.choices],
                error_messages={"required": "Choose how they told you"},
            )


class ReplyForm(_ForMember):
    """Say yes or no to an invitation."""

    answer = forms.ChoiceField(
        label="Would you like to take part?",
        choices=[(YES, "Yes, I’ll take part"), (NO, "No, not this time")],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, member: Person | None, part: Participation | None, **kwargs: Any) -> None:
        super().__init__(*args, member=member, part=part, **kwargs)
        if member is not None:
            self.fields["answer"].label = f"Would {member} like to take part?"
            self.fields["answer"].choices = [(YES, "Yes"), (NO, "No, not this time")]  # type: ignore[attr-defined]


class WordsForm(_ForMember):
    """Say what you think."""

    words = forms.CharField(
        label="What do you think?",
        max_length=4000,
        widget=area(6),
        help_text="In your own words. Your group and the engagement lead read this; other members do not see your name.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, member: Person | None, part: Participation | None, **kwargs: Any) -> None:
        super().__init__(*args, member=member, part=part, **kwargs)
        self.initial["version"] = part.version if part else 0
        if part is not None:
            self.initial["words"] = part.words
        if member is not None:
            self.fields["words"].label = f"What does {member} think?"
            self.fields["words"].help_text = f"In {member}’s own words. The group and the engagement lead read this."


class PublishForm(Form):
    """Approve what everyone will read."""

    hide_optional = True

    public_summary = forms.CharField(
        label="Summary for everyone",
        max_length=1000,
        widget=area(5),
        help_text="What was asked, what members said together and what changed. No names, nothing that points to a person.",
    )
    quoted = forms.ModelMultipleChoiceField(
        label="Words of members to quote",
        queryset=Participation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Only of members who agreed to be quoted. Without names.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, involvement: Involvement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = Participation.objects.filter(involvement=involvement).exclude(words="")
        agreed = may_quote(set(said.values_list("person_id", flat=True)))
        field: Any = self.fields["quoted"]
        field.queryset = said.filter(person__in=agreed)
        field.label_from_instance = lambda row: f"“{row.words}”"
        if not agreed:
            del self.fields["quoted"]
        self.initial = {
            **self.initial,
            "public_summary": involvement.public_summary,
            "quoted": list(said.filter(is_quoted=True).values_list("pk", flat=True)),
            "version": involvement.version,
        }
