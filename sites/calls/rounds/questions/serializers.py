"""The questions of a round as the API gives and takes them."""

from typing import Any

from rest_framework import serializers

from impact.core.api.fields import Input
from sites.calls.rounds.questions.models import Fact, Kind, Question, QuestionSet, Section

MOST_SECTIONS, MOST_QUESTIONS, MOST_CHOICES = 30, 100, 100


class RoundQuestionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Question
        fields = [
            "key",
            "kind",
            "fact",
            "label",
            "help_text",
            "is_required",
            "word_limit",
            "least",
            "most",
            "choices",
            "only_if_key",
            "only_if_values",
            "must_be",
            "names_applicant",
        ]


class RoundSectionSerializer(serializers.ModelSerializer):
    questions = RoundQuestionSerializer(many=True)

    class Meta:
        model = Section
        fields = ["title", "intro", "is_eligibility", "questions"]


class QuestionSetSerializer(serializers.ModelSerializer):
    sections = RoundSectionSerializer(many=True)

    class Meta:
        model = QuestionSet
        fields = ["number", "published_at", "what_changed", "sections"]
        extra_kwargs = {"published_at": {"help_text": "Null: in preparation."}}


class RoundQuestionInput(Input):
    key = serializers.RegexField(r"^[a-z][a-z0-9_]*$", max_length=50, help_text="The same in each version.")
    kind = serializers.ChoiceField(choices=Kind.choices)
    fact = serializers.ChoiceField(choices=Fact.choices, required=False, allow_blank=True)
    label = serializers.CharField(max_length=300)  # type: ignore[assignment]
    help_text = serializers.CharField(required=False, allow_blank=True)  # type: ignore[assignment]
    is_required = serializers.BooleanField(required=False)
    word_limit = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=Question.LONGEST_ANSWER
    )
    least = serializers.DecimalField(max_digits=12, decimal_places=2, required=False, allow_null=True)
    most = serializers.DecimalField(max_digits=12, decimal_places=2, required=False, allow_null=True)
    choices = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=MOST_CHOICES
    )
    only_if_key = serializers.CharField(required=False, allow_blank=True, max_length=50)
    only_if_values = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=MOST_CHOICES
    )
    must_be = serializers.ChoiceField(choices=[("yes", "Yes"), ("no", "No")], required=False, allow_blank=True)
    names_applicant = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Leave out what is empty, so that a version that was read can be sent back as it is."""
        empty: tuple[Any, ...] = ("", None, [])
        return {name: value for name, value in attrs.items() if value not in empty}


class RoundSectionInput(Input):
    title = serializers.CharField(max_length=120)
    intro = serializers.CharField(required=False, allow_blank=True)
    is_eligibility = serializers.BooleanField(required=False)
    questions = RoundQuestionInput(many=True, max_length=MOST_QUESTIONS)


class QuestionsInput(Input):
    sections = RoundSectionInput(many=True, max_length=MOST_SECTIONS)
