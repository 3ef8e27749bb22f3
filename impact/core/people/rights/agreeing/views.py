"""What I agreed to: the questions, my answers, and taking one back in two taps. Signed in, or by a link from my mailbox."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.people import consents
from impact.core.people.accounts import SignedInRequest
from impact.core.people.forms import OwnConsentForm
from impact.core.people.models import Consent, Person
from impact.core.people.rights.agreeing import services
from impact.core.people.rights.holdings.models import DataLink
from impact.core.people.rights.holdings.views import with_link
from impact.core.people.services import own_person, record_consent
from impact.core.web.forms import Crumbs, errors_as_messages


@dataclass(frozen=True)
class Answering:
    """Whose answers the pages are about, who gives them, and what the pages are called in addresses."""

    person: Person
    by: Actor
    name: str
    crumbs: Crumbs

    @property
    def all(self) -> str:
        """The page with all questions."""
        return reverse(f"core:{self.name}s")

    def answer(self, purpose: str) -> str:
        """The page where one question is answered."""
        return reverse(f"core:{self.name}", args=[purpose])

    def withdraw(self, purpose: str) -> str:
        """The page where a yes is taken back."""
        return reverse(f"core:{self.name}-withdraw", args=[purpose])


def _signed_in(request: SignedInRequest) -> Answering:
    crumbs = [("Your details", reverse("core:my-details"))]
    return Answering(own_person(by=request.user), request.user, "my-consent", crumbs)


def _by_link(link: DataLink) -> Answering:
    """For someone without an account. A mailbox alone, without a person, is asked nothing."""
    if link.person is None:
        raise Http404
    crumbs = [("What is held about you", reverse("core:data-mine"))]
    return Answering(link.person, SYSTEM, "data-consent", crumbs)


# --- Signed in -----------------------------------------------------------------------------------
@require_GET
def my_consents(request: SignedInRequest) -> HttpResponse:
    """Each question with the words, my answer, who wrote it down, and until when it counts."""
    return _all(request, _signed_in(request))


@require_http_methods(["GET", "POST"])
def my_consent(request: SignedInRequest, purpose: str) -> HttpResponse:
    """Answer one question oneself; the newest answer counts."""
    return _answer(request, _signed_in(request), purpose)


@require_http_methods(["GET", "POST"])
def my_consent_withdraw(request: SignedInRequest, purpose: str) -> HttpResponse:
    """Take a yes back: what that does, and one button."""
    return _withdraw(request, _signed_in(request), purpose)


# --- By a link from the mailbox --------------------------------------------------------------------
@with_link("GET")
def data_consents(request: HttpRequest, link: DataLink) -> HttpResponse:
    """The same for someone without an account."""
    return _all(request, _by_link(link))


@with_link("GET", "POST")
def data_consent(request: HttpRequest, link: DataLink, purpose: str) -> HttpResponse:
    """Answer one question without an account."""
    return _answer(request, _by_link(link), purpose)


@with_link("GET", "POST")
def data_consent_withdraw(request: HttpRequest, link: DataLink, purpose: str) -> HttpResponse:
    """Take a yes back without an account."""
    return _withdraw(request, _by_link(link), purpose)


# --- The pages -------------------------------------------------------------------------------------
def _all(request: HttpRequest, who: Answering) -> HttpResponse:
    answers = list(who.person.consents.select_related("recorded_by__person"))
    states = consents.consent_states(answers, clock.today(), consents.purposes_of([who.person.pk])[who.person.pk])
    cards = [_card(who, state, answers) for state in states]
    return render(request, "core/rights/agreeing/my_consents.html", {"cards": cards, "crumbs": who.crumbs})


def _card(who: Answering, state: consents.ConsentState, answers: list[Consent]) -> dict[str, Any]:
    """One question: what stands now, and the earlier answers."""
    answer = state.consent
    standing = answer if answer is not None and answer.is_given and not state.needs_asking else None
    question = consents.question_for(who.person, Consent.Purpose(state.purpose))
    return {
        "state": state,
        "words": standing.wording if standing else question,
        "answer": who.answer(state.purpose),
        "withdraw": who.withdraw(state.purpose) if standing else "",
        "recorded_by": answer.recorded_by if answer and answer.recorded_by_id != who.person.user_id else None,
        "earlier": [row for row in answers if row.purpose == state.purpose and row != answer],
    }


def _answer(request: HttpRequest, who: Answering, purpose: str) -> HttpResponse:
    wanted = _asked(who.person, purpose)
    if wanted not in consents.purposes_of([who.person.pk])[who.person.pk]:
        raise Http404
    words = consents.shown_words(who.person, wanted, request.GET.get("words"))
    form = OwnConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        record_consent(
            by=who.by,
            person=who.person,
            purpose=purpose,
            wording=words.text,
            is_given=form.cleaned_data["is_given"],
            given_on=clock.today(),
            expires_on=clock.today() + consents.ASK_AGAIN_AFTER,
        )
        messages.success(request, "Your answer is saved. You can change it at any time.")
        return redirect(who.all)
    earlier = who.person.consents.filter(purpose=purpose).select_related("recorded_by__person")[:5]
    context = {"form": form, "label": wanted.label, "words": words, "earlier": earlier, "who": who}
    return render(request, "core/rights/agreeing/my_consent.html", context)


def _withdraw(request: HttpRequest, who: Answering, purpose: str) -> HttpResponse:
    wanted = _asked(who.person, purpose)
    if request.method == "POST":
        effects = services.effects_of(who.person, wanted)
        with errors_as_messages(request):
            services.withdraw_consent(by=who.by, person=who.person, purpose=wanted)
            messages.success(request, f"Your answer is now no. {' '.join(effects)}")
        return redirect(who.all)
    standing = consents.live(wanted).filter(person=who.person).first()
    effects = services.effects_of(who.person, wanted)
    context = {"label": wanted.label, "effects": effects, "standing": standing, "who": who}
    return render(request, "core/rights/agreeing/withdraw.html", context)


def _asked(person: Person, purpose: str) -> Consent.Purpose:
    if purpose not in Consent.Purpose.values:
        raise Http404
    return Consent.Purpose(purpose)
