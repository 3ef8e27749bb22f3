"""Forms about questions to Ask IMPACT. Rules live in the services."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from impact.core.access.models import RoleGrant
from impact.core.access.permissions import GRANTS, Role, has_perm
from impact.core.basics import clock
from impact.core.people.models import User
from impact.core.web.forms import MARKDOWN_HELP, Form, Versioned, area
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceItem
from sites.questions.models import CONTACT_KEPT, AskedQuestion
from sites.registry.models import DeliveryModel, Site, SiteRole
from sites.topics.models import Topic

NO_NAMES = "Do not name people."


class QuestionForm(Versioned):
    """What was asked, by whom, and by when it is answered."""

    due_on = forms.DateField(
        required=False, label="Answer due on", help_text="Leave this empty for four weeks after it came in."
    )

    class Meta:
        model = AskedQuestion
        fields = [
            *("words", "background", "asker", "asker_role", "contact_email", "received_on", "due_on"),
            *("topic", "nation", "site"),
        ]
        labels = {
            "words": "The question",
            "background": "Why they ask",
            "asker": "Organisation that asks",
            "asker_role": "Role of the person who asks",
            "contact_email": "Email address for the answer",
            "received_on": "Date it came in",
            "site": "Ask IMPACT site",
        }
        help_texts = {
            "words": f"One question, in plain words. {NO_NAMES}",
            "background": f"What they would do with the answer. {NO_NAMES}",
            "asker": "Choose an organisation here, or give a role below, or both.",
            "asker_role": f"For example: manager of a home care service. {NO_NAMES}",
            "contact_email": "Only national staff can see it. It is deleted "
            f"{CONTACT_KEPT.days} days after the answer was shared.",
            "site": "Only if one site answers this.",
        }
        widgets = {"words": area(3), "background": area(4), "contact_email": forms.EmailInput}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        is_national = has_perm(user, "sites.edit_question")
        sites = Site.objects.filter(delivery_model=DeliveryModel.ASK_IMPACT)
        fields["asker"].queryset = Organisation.objects.visible_to(user)
        fields["asker"].empty_label = "No organisation"
        fields["topic"].queryset = Topic.objects.visible_to(user)
        fields["topic"].empty_label = "Not known yet"
        fields["site"].queryset = sites if is_national else sites & Site.objects.worked_at_by(user)
        fields["site"].empty_label = "No site"
        if not fields["site"].queryset.exists():
            del fields["site"]
        elif not is_national:
            fields["site"].required, fields["site"].empty_label = True, None
        if not has_perm(user, "sites.view_asker"):
            del fields["contact_email"]

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


def answerers(question: AskedQuestion) -> QuerySet[User]:
    """Accounts that may be given a question: those whose role says so, and the team of its site."""
    everywhere = GRANTS["sites.edit_question"] - {Role.SITE_TEAM}
    team = SiteRole.objects.current().filter(site=question.site_id or 0)
    holders = RoleGrant.objects.in_force().filter(role__in=everywhere)
    chosen = Q(pk__in=holders.values("user")) | Q(person__in=team.values("person"))
    return User.objects.filter(chosen, is_active=True).select_related("person").order_by("person__name", "pk")


class AssigneeField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.display_name)


class _Step(Form):
    """One step of a question, with the version that its reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, question: AskedQuestion, initial: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial={"version": question.version, **(initial or {})}, **kwargs)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class AssignForm(_Step):
    assignee = AssigneeField(queryset=User.objects.none(), label="Who answers it", empty_label="Choose a person")

    def __init__(self, *args: Any, question: AskedQuestion, **kwargs: Any) -> None:
        super().__init__(*args, question=question, initial={"assignee": question.assignee_id}, **kwargs)
        self.fields["assignee"].queryset = answerers(question)  # type: ignore[attr-defined]


class AnswerForm(_Step):
    """The answer, and the items of the library that it rests on."""

    field_order = ["answer", "evidence", "on"]
    answer = forms.CharField(max_length=8000, widget=area(12), label="Answer", help_text=f"{MARKDOWN_HELP} {NO_NAMES}")
    on = forms.DateField(label="Answered on")
    evidence = forms.ModelMultipleChoiceField(
        queryset=EvidenceItem.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Evidence used",
        help_text="If it is not in the library yet, add it there first.",
    )

    def __init__(self, *args: Any, question: AskedQuestion, user: Any, **kwargs: Any) -> None:
        known = {
            "answer": question.answer,
            "on": question.answered_on or clock.today(),
            "evidence": list(question.evidence.values_list("pk", flat=True)),
        }
        super().__init__(*args, question=question, initial=known, **kwargs)
        items = EvidenceItem.objects.visible_to(user)
        chosen: Any = self.fields["evidence"]
        chosen.queryset = items
        near = items.about_topics(Topic.objects.filter(pk=question.topic_id or 0))
        first = [(item.pk, item.title) for item in near]
        others = [(item.pk, item.title) for item in items.exclude(pk__in=[pk for pk, _title in first])]
        groups = [("On this topic", first), ("Other evidence", others)]
        if not first and not others:
            del self.fields["evidence"]
        else:
            chosen.choices = [(label, rows) for label, rows in groups if rows] if first else others


class ShareForm(_Step):
    how = forms.CharField(
        max_length=200, label="How it was shared", help_text="For example: by email, or in a call on the same day."
    )
    on = forms.DateField(label="Shared on", initial=clock.today)


class DeclineForm(_Step):
    reason = forms.CharField(
        max_length=400,
        widget=area(3),
        label="Why it is not for us",
        help_text=f"And where they could ask instead, if you know. {NO_NAMES}",
    )
    on = forms.DateField(label="Date", initial=clock.today)

    def __init__(self, *args: Any, question: AskedQuestion, **kwargs: Any) -> None:
        super().__init__(*args, question=question, initial={"reason": question.declined_reason}, **kwargs)
