"""What I agreed to: the questions, my answers, and taking one back in two taps."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.basics import clock
from impact.core.people import consents
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Consent, Person
from impact.core.people.rights.agreeing import services
from impact.core.people.services import own_person
from impact.core.web.forms import errors_as_messages


@require_GET
def my_consents(request: SignedInRequest) -> HttpResponse:
    """Each question with the words, my answer, who wrote it down, and until when it counts."""
    person = own_person(by=request.user)
    answers = list(person.consents.select_related("recorded_by__person"))
    states = consents.consent_states(answers, clock.today(), consents.purposes_of([person.pk])[person.pk])
    cards = [_card(person, state, answers) for state in states]
    return render(request, "core/rights/agreeing/my_consents.html", {"cards": cards, "person": person})


def _card(person: Person, state: consents.ConsentState, answers: list[Consent]) -> dict[str, Any]:
    """One question: what stands now, and the earlier answers."""
    answer = state.consent
    standing = answer if answer is not None and answer.is_given and not state.needs_asking else None
    question = consents.question_for(person, Consent.Purpose(state.purpose))
    return {
        "state": state,
        "words": standing.wording if standing else question,
        "is_live": standing is not None,
        "recorded_by": answer.recorded_by if answer and answer.recorded_by_id != person.user_id else None,
        "earlier": [row for row in answers if row.purpose == state.purpose and row != answer],
    }


@require_http_methods(["GET", "POST"])
def my_consent_withdraw(request: SignedInRequest, purpose: str) -> HttpResponse:
    """Take a yes back: what that does, and one button."""
    if purpose not in Consent.Purpose.values:
        raise Http404
    wanted = Consent.Purpose(purpose)
    person = own_person(by=request.user)
    if request.method == "POST":
        effects = services.effects_of(person, wanted)
        with errors_as_messages(request):
            services.withdraw_consent(by=request.user, person=person, purpose=wanted)
            messages.success(request, f"Your answer is now no. {' '.join(effects)}")
        return redirect("core:my-consents")
    standing = consents.live(wanted).filter(person=person).first()
    context = {"label": wanted.label, "effects": services.effects_of(person, wanted), "standing": standing}
    return render(request, "core/rights/agreeing/withdraw.html", context)
