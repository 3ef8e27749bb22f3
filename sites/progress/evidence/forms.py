"""Forms about evidence and evidence gaps. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.basics.vocabulary import EvidenceKind, Format
from impact.core.web.forms import MARKDOWN_HELP, Form, HintedRadios, Versioned, area
from sites.organisations.models import Organisation
from sites.progress.evidence.models import STRENGTH_MEANS, EvidenceGap, EvidenceItem, GapFeedback, Strength
from sites.registry.models import Site
from sites.topics.models import Topic

NO_NAMES = "Do not name people."
KIND_MEANS = {
    EvidenceKind.RESEARCH: "What studies and surveys found.",
    EvidenceKind.LIVED: "What people who draw on care, and carers, say from their own lives.",
    EvidenceKind.PRACTICE: "What people who work in care and support know from doing it.",
}


class EvidenceForm(Versioned):
    """One item of the library, with the topics and sites that it is about."""

    kind = forms.ChoiceField(
        choices=EvidenceKind.choices,
        widget=HintedRadios(KIND_MEANS),
        label="Kind of evidence",
        help_text="The three kinds count the same.",
    )
    strength = forms.ChoiceField(
        choices=Strength.choices,
        widget=HintedRadios(STRENGTH_MEANS),
        label="Strength",
        help_text="How sure this one item makes us. Evidence of each kind can be strong.",
    )
    formats = forms.MultipleChoiceField(
        choices=Format.choices, widget=forms.CheckboxSelectMultiple, required=False, label="Formats available"
    )

    class Meta:
        model = EvidenceItem
        fields = ["title", "kind", "strength", "summary", "source", "year", "web_address", "formats", "topics", "sites"]
        labels = {
            "summary": "What it says",
            "source": "Who says it",
            "topics": "Topics that it is about",
            "sites": "Sites that it is about",
        }
        help_texts = {
            "title": "What we know, in a few plain words.",
            "summary": f"{MARKDOWN_HELP} {NO_NAMES}",
            "source": "For example an organisation, a group of people or a publication. Do not name people who only spoke to us.",
            "year": "For example 2021.",
            "web_address": "Where it can be read, if it is on the web.",
        }
        widgets = {
            "summary": area(8),
            "web_address": forms.URLInput,
            "topics": forms.CheckboxSelectMultiple,
            "sites": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["sites"].queryset = Site.objects.visible_to(user)  # type: ignore[attr-defined]


class _Unwritten(Versioned):
    """A form whose service checks the row: the instance must stay as it is stored until then."""

    def _post_clean(self) -> None:
        """Nothing is set on the instance here."""


class GapForm(_Unwritten):
    """A question without a good answer yet, and where it comes from."""

    class Meta:
        model = EvidenceGap
        fields = ["title", "why", "topic", "site", "raised_on"]
        labels = {
            "title": "The question",
            "why": "Why it matters",
            "topic": "Topic that it comes from",
            "site": "Site that it comes from",
            "raised_on": "Raised on",
        }
        help_texts = {
            "title": "One question, in plain words.",
            "why": f"Who would do what differently if they knew? {NO_NAMES}",
            "topic": "Choose a topic here, or a site below, and not both.",
        }
        widgets = {"why": area(4)}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic, site = self.fields["topic"], self.fields["site"]
        topic.queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]
        site.queryset = Site.objects.visible_to(user)  # type: ignore[attr-defined]
        topic.empty_label, site.empty_label = "No topic", "No site"  # type: ignore[attr-defined]


class FeedbackForm(_Unwritten):
    """Who a gap was fed back to, and what they said."""

    class Meta:
        model = GapFeedback
        fields = ["organisation", "role", "on", "said"]
        labels = {
            "role": "Or a person’s role",
            "on": "Fed back on",
            "said": "What they said",
        }
        help_texts = {
            "organisation": "Choose an organisation here, or give a role below, and not both.",
            "role": f"For example: manager of a care home. {NO_NAMES}",
            "said": f"Leave it empty if they have not answered; you can add it later. {NO_NAMES}",
        }
        widgets = {"said": area(4)}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = self.fields["organisation"]
        organisation.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        organisation.empty_label = "No organisation"  # type: ignore[attr-defined]


class _SettleForm(Form):
    """What answering and closing share."""

    on = forms.DateField(initial=clock.today)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, gap: EvidenceGap, user: Any, **kwargs: Any) -> None:
        initial = {"version": gap.version, **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class AnswerForm(_SettleForm):
    """The answer to a gap, and the items of the library that give it."""

    field_order = ["answer", "on", "evidence"]
    answer = forms.CharField(max_length=4000, widget=area(8), label="Answer", help_text=f"{MARKDOWN_HELP} {NO_NAMES}")
    evidence = forms.ModelMultipleChoiceField(
        queryset=EvidenceItem.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Evidence that answers it",
        help_text="If it is not in the library yet, add it there first.",
    )

    def __init__(self, *args: Any, gap: EvidenceGap, user: Any, **kwargs: Any) -> None:
        earlier = {"answer": gap.answer, "evidence": list(gap.evidence.values_list("pk", flat=True))}
        super().__init__(*args, gap=gap, user=user, initial=earlier, **kwargs)
        self.fields["on"].label = "Answered on"
        items = EvidenceItem.objects.visible_to(user)
        topic_id = gap.site.topic_id if gap.site else gap.topic_id
        topics, sites = Topic.objects.filter(pk=topic_id or 0), Site.objects.filter(pk=gap.site_id or 0)
        near = items.about_topics(topics) | items.about_sites(sites)
        chosen: Any = self.fields["evidence"]
        chosen.queryset = items
        first = [(item.pk, item.title) for item in near]
        others = [(item.pk, item.title) for item in items.exclude(pk__in=[pk for pk, _title in first])]
        groups = [("On this topic or site", first), ("Other evidence", others)]
        if not first and not others:
            del self.fields["evidence"]
        else:
            chosen.choices = [(label, rows) for label, rows in groups if rows] if first else others


class CloseForm(_SettleForm):
    """Why a gap is closed without an answer."""

    field_order = ["reason", "on"]
    reason = forms.CharField(
        max_length=400,
        widget=area(3),
        label="Why it is closed",
        help_text=f"For example: the question no longer matters, or someone else takes it on. {NO_NAMES}",
    )

    def __init__(self, *args: Any, gap: EvidenceGap, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, gap=gap, user=user, initial={"reason": gap.closed_reason}, **kwargs)
        self.fields["on"].label = "Closed on"
