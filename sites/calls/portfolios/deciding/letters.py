"""The words of a round's letters: one template for each outcome, with placeholders that are checked strictly."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError

from sites.calls.applications.models import Application
from sites.calls.portfolios.models import Decision, Letter
from sites.calls.rounds.models import Round

PLACEHOLDERS = {
    "contact_name": "The name of the person who applied",
    "organisation": "The name of the organisation",
    "reference": "The reference of the application",
    "round": "The name of the round",
    "feedback": "The feedback written with the decision, or why the application is not eligible",
}
_BRACED = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)

_FIRST = "Dear {{contact_name}}\n\nThank you for applying to {{round}} for {{organisation}}. Your reference is {{reference}}.\n\n"
_LAST = (
    "If anything is unclear, or you think that something went wrong, answer this email and quote your reference. "
    "Someone who did not take part in the decision will look at it.\n\nThe IMPACT team\n"
)
DEFAULTS: dict[str, tuple[str, str]] = {
    Decision.Outcome.CHOSEN: (
        "Your application to {{round}} was chosen",
        f"{_FIRST}We are glad to tell you that your application was chosen.\n\n{{{{feedback}}}}\n\n"
        f"We will call you within two weeks to agree how to begin. Until then you need not do anything.\n\n{_LAST}",
    ),
    Decision.Outcome.RESERVE: (
        "Your application to {{round}} is on the reserve list",
        f"{_FIRST}Your application is on our reserve list. We do not have a place for it now. If one becomes free, we will "
        f"write to you again.\n\n{{{{feedback}}}}\n\n{_LAST}",
    ),
    Decision.Outcome.NOT_CHOSEN: (
        "Your application to {{round}}",
        f"{_FIRST}We are sorry to tell you that we could not choose your application this time. We had more good "
        f"applications than places.\n\n{{{{feedback}}}}\n\nWe hope that you will apply again.\n\n{_LAST}",
    ),
    Letter.NOT_ELIGIBLE: (
        "Your application to {{round}}",
        f"{_FIRST}We are sorry to tell you that we could not consider your application, because it is not eligible for this "
        f"round. The reason is:\n\n{{{{feedback}}}}\n\n{_LAST}",
    ),
}


def check_words(text: str) -> None:
    """Refuse a placeholder that does not exist, by its name, and braces that are not closed."""
    unknown = sorted({found.strip() or "(empty)" for found in _BRACED.findall(text)} - set(PLACEHOLDERS))
    if unknown:
        known = ", ".join(f"{{{{{name}}}}}" for name in PLACEHOLDERS)
        raise ValidationError(f"There is no placeholder called {', '.join(unknown)}. You can use {known}.")
    rest = _BRACED.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise ValidationError("A placeholder is not closed. Write it as {{reference}}, with two braces on each side.")


def fill(text: str, values: Mapping[str, str]) -> str:
    """A template with its placeholders filled in, once: what people wrote is never read as a template."""
    check_words(text)
    filled = _BRACED.sub(lambda found: values[found[1].strip()], text)
    return re.sub(r"\n{3,}", "\n\n", filled)  # an empty feedback leaves no hole


def letter_for(round: Round, outcome: str) -> Letter:
    """The round's letter for an outcome; the usual one, not stored, where staff wrote none."""
    found = Letter.objects.filter(round=round, outcome=outcome).first()
    if found is not None:
        return found
    subject, body = DEFAULTS[outcome]
    return Letter(round=round, outcome=outcome, subject=subject, body=body)


def written(letter: Letter, application: Application, feedback: str) -> tuple[str, str]:
    """The subject and the body of the letter about one application."""
    values = {
        "contact_name": application.contact_name or application.organisation_name or "colleague",
        "organisation": application.organisation_name or "your organisation",
        "reference": application.reference,
        "round": application.round.name,
        "feedback": feedback.strip(),
    }
    return fill(letter.subject, values), fill(letter.body, values)
