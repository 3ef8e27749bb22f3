"""Forms that staff fill in about applications. Rules live in the services."""

from collections.abc import Mapping
from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.basics.markdown import render_markdown
from impact.core.web.files.tables import BYTES_LIMIT
from impact.core.web.forms import Form, area
from sites.calls.applications.intake.changing.matching import near_organisations
from sites.calls.applications.models import Application, Correction
from sites.calls.rounds.questions.answering import AnswerForm
from sites.calls.rounds.questions.models import Kind, QuestionSet
from sites.organisations.models import Organisation

OTHER_WAYS = [(way.value, way.label) for way in Application.Source if way != Application.Source.ONLINE]
LATE_HELP = (
    "Only if it came after the round had closed. For example: the post was late; the date on the stamp was in time."
)


class EnterForm(Form):
    """How an application came that was not written online, and whom to ask about it."""

    source = forms.ChoiceField(
        choices=[way for way in OTHER_WAYS if way[0] != Application.Source.IMPORTED],
        widget=forms.RadioSelect,
        label="How did it come?",
    )
    received_on = forms.DateField(label="When did it come?", initial=clock.today)
    contact_name = forms.CharField(
        max_length=120, required=False, label="Who to ask about it", help_text="Only staff see this."
    )
    email = forms.EmailField(required=False, label="Email address", help_text="If they gave one. Only staff see this.")
    late_reason = forms.CharField(
        max_length=400, required=False, widget=area(3), label="Why do you accept it late?", help_text=LATE_HELP
    )


class LateForm(Form):
    """Why an application that was not submitted in time is accepted."""

    reason = forms.CharField(
        max_length=400, widget=area(3), label="Why do you accept it?", help_text="Only staff see this."
    )


class CorrectionForm(Form):
    """Why staff change an answer."""

    why = forms.ChoiceField(choices=Correction.Why.choices, widget=forms.RadioSelect, label="Why do you change it?")
    note = forms.CharField(
        max_length=400, required=False, widget=area(2), label="Note", help_text="Only staff see this."
    )


class EraseForm(Form):
    """The confirmation of a deletion that cannot be undone."""

    asked_on = forms.DateField(label="When did the applicant ask for it?", initial=clock.today)
    reference = forms.CharField(max_length=30, label="Reference")

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reference"].help_text = f"Type {application.reference} to confirm."
        if application.erasure_asked_on:
            self.fields["asked_on"].initial = application.erasure_asked_on


class MatchForm(Form):
    """Which organisation on record an application is from. Near names come first."""

    organisation = forms.ModelChoiceField(
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="No organisation on record",
        label="Organisation",
    )

    def __init__(self, *args: Any, application: Application, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        near = near_organisations(application, user)
        chosen: Any = self.fields["organisation"]
        chosen.queryset = Organisation.objects.visible_to(user)
        first = [(row.pk, f"{row.name} ({row.get_kind_display()})") for row in near]
        seen = {row.pk for row in near}
        others = [(row.pk, row.name) for row in chosen.queryset if row.pk not in seen]
        groups = [("Names like this one", first), ("Other organisations", others)]
        chosen.choices = [("", chosen.empty_label), *[(label, rows) for label, rows in groups if rows]]
        self.initial.setdefault("organisation", application.organisation_id or (near[0].pk if near else None))


class ImportForm(Form):
    """A file with one application in each row."""

    file = forms.FileField(
        label="CSV or Excel file",
        help_text=f"At most {BYTES_LIMIT // 1024 // 1024} MB. The first row has the headings.",
    )


def section_form(
    questions: QuestionSet,
    section: int,
    answers: Mapping[str, Any],
    data: Any = None,
    files: Any = None,
    *,
    complete: bool,
) -> AnswerForm:
    """The questions of one section with the answers so far, as the applicant would read them.

    Not ``complete``: staff may leave answers for later, and send files. A correction leaves files as they are.
    """
    form = AnswerForm(
        questions, data, complete=complete, section=section, answers=answers, initial=dict(answers), files=files
    )
    form.hide_optional = not complete  # type: ignore[attr-defined]
    form.asked = [question for question in form.asked if not (complete and question.kind == Kind.FILE)]
    for key in [key for key in form.fields if key not in {question.key for question in form.asked}]:
        del form.fields[key]
    for question in form.asked:
        if question.kind == Kind.FILE:
            kept = "One was added. Choose another to take its place." if answers.get(question.key) else ""
            form.fields[question.key] = forms.FileField(
                label=question.label, required=False, widget=forms.FileInput, help_text=kept
            )
    for question in form.asked:
        if question.help_text:
            form.fields[question.key].help_text = render_markdown(question.help_text)
    return form
