"""Forms about reading the report with the group."""

from typing import Any

from django import forms

from coproduction.group.models import Told
from coproduction.suggestions.passages import LONGEST
from impact.core.web.forms import MARKDOWN_HELP, Form
from impact.core.web.forms import area as text_area
from networks.groups.models import Group
from reports.group_reading.models import LeadershipResponse, ReadingComment


class SendToGroupForm(Form):
    """Which group, and until when."""

    group = forms.ModelChoiceField(label="Group", queryset=Group.objects.none(), empty_label=None)
    deadline = forms.DateField(
        label="Members can comment until",
        help_text="Give at least two weeks: some members need a supporter, or the text in another format.",
    )

    def __init__(self, *args: Any, groups: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group"]
        field.queryset = Group.objects.filter(pk__in=[group.pk for group in groups])  # type: ignore[attr-defined]
        if len(groups) == 1:
            field.initial, field.widget = groups[0].pk, forms.HiddenInput()


class ExtendReadingForm(Form):
    """A later deadline."""

    deadline = forms.DateField(label="Members can comment until")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EndReadingForm(Form):
    """Take the report back; with a reason while members still have time."""

    hide_optional = True

    reason = forms.CharField(
        label="Why do you take it back before the group has had its say?",
        help_text="Members read this. The report has to go to them again.",
        max_length=400,
        required=False,
        widget=text_area(4),
    )

    def __init__(self, *args: Any, is_early: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_early:
            del self.fields["reason"]


class SpokenForm(Form):
    """Words of a member; written down by someone else, also how the member told them."""

    told = forms.ChoiceField(label="How did they tell you?", choices=[("", "Choose one"), *Told.choices])

    def __init__(self, *args: Any, is_own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_own:
            del self.fields["told"]


class CommentForm(SpokenForm):
    """Say what should change in a section."""

    words = forms.CharField(
        label="What should change in this part, and why?",
        help_text="A few words are fine. You will get an answer. Members of the group can read both.",
        max_length=4000,
        widget=text_area(5),
    )
    quote = forms.CharField(
        label="Which words is it about?",
        help_text="Copy them from the text. Leave this empty if it is about all of this part.",
        required=False,
        max_length=LONGEST,
        widget=text_area(2),
    )
    before = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    after = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    field_order = ["words", "quote", "told", "before", "after"]

    def __init__(self, *args: Any, is_own: bool, **kwargs: Any) -> None:
        super().__init__(*args, is_own=is_own, **kwargs)
        if not is_own:
            self.fields["words"].label = "What do they want to say about this part?"
            self.fields["words"].help_text = "In the member’s own words."


class AnswerCommentForm(Form):
    """Answer a comment."""

    status = forms.ChoiceField(
        label="What becomes of it?",
        choices=[choice for choice in ReadingComment.Status.choices if choice[0] != ReadingComment.Status.WAITING],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Answer to the member",
        help_text="Say what has changed in the report, or why not this time. What is carried stands beside the same section "
        "of next year’s report. The member and the group read this.",
        max_length=4000,
        widget=text_area(5),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class RespondForm(Form):
    """The leadership team's response."""

    hide_optional = True

    area = forms.ChoiceField(label="Point", required=False)
    decision = forms.ChoiceField(
        label="What will you do?", choices=LeadershipResponse.Decision.choices, widget=forms.RadioSelect, required=False
    )
    due_on = forms.DateField(label="By when", help_text="If you do it, or part of it.", required=False)
    words = forms.CharField(label="Response", help_text=MARKDOWN_HELP, max_length=6000, widget=text_area(8))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, points: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(point["area"], point["area"] or "The report as a whole") for point in points]
        self.fields["area"].choices = choices  # type: ignore[attr-defined]
